"""How a thread does what has to be waited for. Nothing here ever suspends: see `drive.now`."""

import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from socket import SHUT_RDWR, socket
from typing import Any
from urllib.request import getproxies
from weakref import WeakKeyDictionary

import httpx

from model_manager.core.hosts import is_loopback
from model_manager.providers.io.transport.faults import FAILING
from model_manager.providers.io.transport.timers import TimerThread

_Client = httpx.Client | httpx.HTTPTransport
#: How httpcore's events end that bring a line: a plain one, or the same with TLS.
_LINES = ("connect_tcp.complete", "start_tls.complete")


class SyncBackend:
    """Transports of httpx, each for one exchange at a time, and behind a proxy its clients.

    A client would add redirects, cookies, hooks and authentication to each call, which take as long as a fifth of
    the call itself on this machine, and none of which is wanted.

    Args:
        cancelled: set when everything is to end, which ends pauses; `cut` is for clients that wait.
        client: a client to use for everything in place of our own.
        can_cut: whether `cut` is going to be asked for: to know the sockets takes some microseconds a call.
    """

    blocks = True

    def __init__(self, cancelled: threading.Event, client: httpx.Client | None, *, can_cut: bool = False) -> None:
        self._cancelled, self._client, self._can_cut = cancelled, client, can_cut
        self._lines: WeakKeyDictionary[_Client, Any] = WeakKeyDictionary()
        self._idle: dict[str, list[_Client]] = defaultdict(list)
        self._closed = False
        self._lock = threading.Lock()
        self._watchdog = TimerThread()

    async def take(self, origin: str) -> _Client:
        """A client that nobody else uses now.

        Raises:
            ValueError: if a proxy variable of the environment is wrong.
        """
        if self._client is not None:
            return self._client
        with self._lock:
            if self._idle[origin]:
                return self._idle[origin].pop()
        return (
            httpx.Client(verify=trust(origin)) if has_proxy(origin) else httpx.HTTPTransport(verify=trust(origin))
        )

    async def give_back(self, origin: str, client: _Client) -> None:
        """Return a client that `take` gave."""
        if client is self._client:
            return
        with self._lock:
            if not self._closed:
                self._idle[origin].append(client)
                return
        client.close()

    async def send(self, client: _Client, request: httpx.Request, deadline: float | None) -> httpx.Response:
        """Status and headers; the request's own timeouts end with the deadline.

        Raises:
            TimeoutError: at the deadline, also of a server that drips its headers. (Not behind a proxy.)
        """
        if self._can_cut:
            request.extensions["trace"] = partial(self._note_line, client)
        if isinstance(client, httpx.Client):
            return client.send(request, stream=True)
        if deadline is None:
            return client.handle_request(request)
        alarm = self._watchdog.at(deadline, client.close)
        try:
            return client.handle_request(request)
        except (OSError, *FAILING):
            if alarm.has_fired:
                raise TimeoutError from None
            raise
        finally:
            alarm.call_off()

    def pieces(self, response: httpx.Response) -> Iterator[bytes]:
        """The body to come, decompressed; where nothing is compressed, straight from below."""
        return response.iter_bytes() if "content-encoding" in response.headers else iter(plain(response))

    async def piece(self, pieces: Iterator[bytes], response: httpx.Response, deadline: float | None) -> bytes:
        """The next bytes of a body, none at its end.

        Raises:
            TimeoutError: at the deadline.
        """
        if deadline is None:
            return next(pieces, b"")
        # Reading can block, and its timeout is fixed for the whole response: an alarm ends it by cutting the line.
        alarm = self._watchdog.at(deadline, lambda: cut(response))
        try:
            content = next(pieces, b"")
        except FAILING:
            if time.monotonic() < deadline:
                raise
            raise TimeoutError from None
        finally:
            alarm.call_off()
        if not content and alarm.has_fired:
            raise TimeoutError
        return content

    async def close(self, response: httpx.Response) -> None:
        """Give up a response."""
        with suppress(httpx.HTTPError, OSError):
            response.close()

    async def pause(self, seconds: float) -> None:
        """Wait."""
        self._cancelled.wait(seconds)

    def cut(self, client: _Client) -> None:
        """End what a client waits for, from another thread, once it is connected."""
        _shut(self._lines.get(client))

    def _note_line(self, client: _Client, event: str, about: Mapping[str, Any]) -> None:
        """Told of by httpcore: a client has a new line to its host."""
        if event.endswith(_LINES):
            self._lines[client] = about["return_value"]
            if self._cancelled.is_set():  # too early for `cut`
                _shut(about["return_value"])

    def close_idle(self) -> None:
        """Close what nobody uses, and from now on what is given back."""
        with self._lock:
            self._closed = True
            idle = [client for clients in self._idle.values() for client in clients]
            self._idle.clear()
        for client in idle:
            client.close()


def has_proxy(origin: str) -> bool:
    """Whether a proxy may stand before a host: httpx's clients know how, its bare transports do not.

    No proxy can reach this machine for us, and one that could would see the key.
    """
    return not is_loopback(origin) and bool(getproxies().keys() - {"no"})


def trust(origin: str) -> ssl.SSLContext:
    """Whom a client of a host trusts."""
    return _trusting() if origin.startswith("https:") else _trusting_nobody()


def plain(response: httpx.Response) -> Any:
    """The body as it comes: httpx would take as long again to hand each piece on as to receive it."""
    return response.stream


def cut(response: httpx.Response | None) -> None:
    """End the reading of a response that is still open, from another thread."""
    if response is None or response.is_closed:
        return
    _shut(response.extensions.get("network_stream"))


def _shut(stream: Any) -> None:
    line: socket | None = stream.get_extra_info("socket") if stream else None
    if line is not None:
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
