"""HTTP for exchanges. The only home of httpx, and the only place where a key meets a request."""

import json
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from socket import SHUT_RDWR, socket
from typing import Self
from urllib.parse import urlsplit
from weakref import WeakSet

import httpx

from model_manager.core.hosts import is_loopback
from model_manager.core.messages import HttpCall
from model_manager.errors import ProviderError
from model_manager.providers.causes import broken_protocol, unconnected
from model_manager.providers.drive import run, walk
from model_manager.providers.steps import Data, Fault, Head

__all__ = ["Connection", "Transport", "run", "walk"]

DEFAULT_TIMEOUT_S = 60.0
_CONNECT_TIMEOUT_S = 10.0
#: How long the end of a finished stream is waited for, so that its connection can be used again.
_DRAIN_S = 0.2
#: What httpx raises: (exceptions, kind, message, whether another attempt may help); the first that fits counts.
_FAULTS = (
    (
        (httpx.ConnectTimeout, httpx.PoolTimeout),
        "timeout",
        "no connection to {host} within the time allowed",
        True,
    ),
    # The request may be at work over there, and be billed: it is not sent a second time.
    ((httpx.TimeoutException,), "timeout", "{host} was silent for {silence:g} s", False),
    ((httpx.ProxyError,), "connection", "the proxy on the way to {host} failed", True),
    ((httpx.DecodingError,), "protocol", "the compressed answer of {host} cannot be decoded", False),
    ((httpx.NetworkError,), "connection", "the connection to {host} broke", True),
)


class Transport:
    """HTTP clients for any number of exchanges at once, from any thread.

    Every exchange has a client to itself while it lasts: a shared pool makes calls wait for each other and
    their times lie. Clients are kept by host, so connections are used again.

    Args:
        timeout_s: the longest silence of a server, in seconds.
        client: a client to use for everything in place of our own; its owner closes it.
    """

    def __init__(self, timeout_s: float = DEFAULT_TIMEOUT_S, client: httpx.Client | None = None) -> None:
        self.timeout_s = timeout_s
        self._client = client
        self._idle: dict[str, list[httpx.Client]] = defaultdict(list)
        self._lock = threading.Lock()
        self._closed = False
        self._cancelled = threading.Event()
        self._connections: WeakSet[Connection] = WeakSet()

    def connect(self) -> "Connection":
        """The means for one exchange."""
        connection = Connection(self)
        with self._lock:
            self._connections.add(connection)
        return connection

    @property
    def is_cancelled(self) -> bool:
        """Whether every exchange is to end."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """End every exchange from another thread: waits are cut short, and so are answers; nothing more is sent.

        An exchange that still waits for the first word of an answer ends when that comes, or with its time.
        """
        self._cancelled.set()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.cut()

    def pause(self, seconds: float) -> None:
        """Wait before another attempt, unless cancelled."""
        self._cancelled.wait(seconds)

    def take(self, origin: str) -> httpx.Client:
        """A client that nobody else uses now.

        Raises:
            ValueError: if a proxy variable of the environment is wrong.
        """
        if self._client is not None:
            return self._client
        with self._lock:
            if self._idle[origin]:
                return self._idle[origin].pop()
        return httpx.Client(
            verify=_trusting() if origin.startswith("https:") else _trusting_nobody(),
            timeout=httpx.Timeout(self.timeout_s, connect=min(self.timeout_s, _CONNECT_TIMEOUT_S)),
            # No proxy can reach this machine for us, and one that could would see the key.
            trust_env=not is_loopback(origin),
            follow_redirects=False,
        )

    def give_back(self, origin: str, client: httpx.Client) -> None:
        """Return a client that `take` gave."""
        if client is self._client:
            return
        with self._lock:
            if not self._closed:
                self._idle[origin].append(client)
                return
        client.close()

    def close(self) -> None:
        """Close every idle connection; those in use close when their exchange ends."""
        with self._lock:
            self._closed = True
            idle = [client for clients in self._idle.values() for client in clients]
            self._idle.clear()
        for client in idle:
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


class Connection:
    """One exchange's way to its provider: one response at a time."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._client: httpx.Client | None = None
        self._origin = ""
        self._host = ""
        self._response: httpx.Response | None = None
        self._content: Iterator[bytes] = iter(())

    def open(self, call: HttpCall) -> Head | Fault:
        """Send a request and wait for status and headers; an earlier response is given up.

        Raises:
            ProviderError: if the key cannot be sent; nothing has been, then.
        """
        self.close()
        if self._transport.is_cancelled:
            return _interrupted()
        headers = _with_keys(call)
        parts = urlsplit(call.url)
        self._origin, self._host = f"{parts.scheme}://{parts.netloc}", parts.netloc.rpartition("@")[2]
        content = json.dumps(call.body, ensure_ascii=False).encode(errors="replace")
        try:
            self._client = self._transport.take(self._origin)
            request = self._client.build_request(call.method, call.url, headers=headers, content=content)
        except (ValueError, ImportError, httpx.InvalidURL, httpx.UnsupportedProtocol):
            return self._unusable()
        sent_at = time.monotonic()
        try:
            self._response = self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return self._fault(error)
        self._content = self._response.iter_bytes()
        seen = {name.lower(): value for name, value in self._response.headers.items()}
        return Head(status=self._response.status_code, headers=seen, sent_at=sent_at, at=time.monotonic())

    def read(self) -> Data | Fault:
        """The next bytes of the body, decompressed; none at its end."""
        try:
            for content in self._content:
                if content:
                    return Data(content, time.monotonic())
        except (httpx.HTTPError, httpx.StreamError) as error:
            return _interrupted() if self._transport.is_cancelled else self._fault(error)
        return _interrupted() if self._transport.is_cancelled else Data(b"", time.monotonic())

    def cut(self) -> None:
        """End the reading of a response, from another thread."""
        line = _socket_of(self._response)
        if line is not None:
            _cut(line)

    def finish(self) -> None:
        """Close after a complete answer: what still belongs to it is read, so that the connection can be kept."""
        line = _socket_of(self._response)
        if line is not None:
            self._drain(line)
        self.close()

    def _drain(self, line: socket) -> None:
        # Reading can block, and its timeout is fixed for the whole response: a timer ends it by cutting the line.
        watchdog = threading.Timer(_DRAIN_S, _cut, (line,))
        watchdog.daemon = True
        watchdog.start()
        try:
            while isinstance(answer := self.read(), Data) and answer.content:
                pass
        finally:
            watchdog.cancel()

    def close(self) -> None:
        """Give up the response, if there is one, and return the client."""
        response, self._response = self._response, None
        self._content = iter(())
        if response is not None:
            with suppress(httpx.HTTPError, OSError):
                response.close()
        client, self._client = self._client, None
        if client is not None:
            self._transport.give_back(self._origin, client)

    def _unusable(self) -> Fault:
        message = f"cannot call {self._host or 'a URL without a host'}: its URL or a proxy setting is wrong"
        return Fault(
            "connection",
            message,
            time.monotonic(),
            retryable=False,
            hint="check the base URL, HTTP_PROXY, HTTPS_PROXY and ALL_PROXY",
        )

    def _fault(self, error: Exception) -> Fault:
        """What an exception of httpx means. Its own text may hold the URL or a header, so little of it is used."""
        if isinstance(error, httpx.ConnectError):
            return unconnected(error, self._host)
        if isinstance(error, httpx.RemoteProtocolError):
            return broken_protocol(error, self._host)
        for of, kind, words, retryable in _FAULTS:
            if isinstance(error, of):
                message = words.format(host=self._host, silence=self._transport.timeout_s)
                return Fault(kind, message, time.monotonic(), retryable=retryable)
        return Fault(
            "protocol", f"the request to {self._host} could not be sent", time.monotonic(), retryable=False
        )


def _with_keys(call: HttpCall) -> Mapping[str, str]:
    """The headers with the keys, which lose the white space around them."""
    headers = dict(call.headers)
    for name, (prefix, secret) in call.secret_headers.items():
        key = secret.reveal().strip()
        if not (key and key.isascii() and key.isprintable()):
            raise ProviderError(
                "auth",
                "the key was not sent: it has characters that no HTTP header can carry",
                hint="look for line breaks and invisible or accented characters where the key is set",
            )
        headers[name] = prefix + key
    return headers


def _interrupted() -> Fault:
    return Fault("cancelled", "interrupted", time.monotonic(), retryable=False)


def _socket_of(response: httpx.Response | None) -> socket | None:
    """The connection below a response that is still open."""
    if response is None or response.is_closed:
        return None
    stream = response.extensions.get("network_stream")
    line: socket | None = stream.get_extra_info("socket") if stream else None
    return line


def _cut(line: socket) -> None:
    with suppress(OSError):
        line.shutdown(SHUT_RDWR)


@cache
def _trusting() -> ssl.SSLContext:
    """The usual authorities. Loading them takes longer than a call on this machine, so it is done once."""
    return httpx.create_ssl_context()


@cache
def _trusting_nobody() -> ssl.SSLContext:
    """For plain http, where there is nothing to trust."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
