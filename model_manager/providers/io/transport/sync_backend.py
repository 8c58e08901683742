"""HTTP for threads: a connection whose every step blocks, and the clients that connections borrow."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from socket import SHUT_RDWR, socket
from typing import Any

import httpx

from model_manager.errors import ProviderError
from model_manager.providers.io.steps import Data, Fault, Head, Open
from model_manager.providers.io.transport.application_clients import ApplicationClient, auth_beside
from model_manager.providers.io.transport.certificates import ssl_context
from model_manager.providers.io.transport.connection import DRAIN_S, HttpConnection, Owner
from model_manager.providers.io.transport.faults import FAILING, UNUSABLE
from model_manager.providers.io.transport.idle import SWEEP_S, IdleClients
from model_manager.providers.io.transport.proxies import httpx_proxy
from model_manager.providers.io.transport.timers import TimerThread

_Client = httpx.Client | httpx.HTTPTransport


class SyncHttpConnection(HttpConnection):
    """The connection of one exchange in a thread."""

    def __init__(self, owner: Owner, backend: "SyncBackend") -> None:
        super().__init__(owner)
        self._backend = backend

    def open(self, step: Open) -> Head | Fault:
        """Send a request and wait for status and headers; an earlier response is given up.

        Raises:
            UsageError: the body cannot be written as JSON; nothing has been sent.
        """
        self.close()
        if fault := self._prepare(step):
            return fault
        try:
            self._client = self._backend.acquire(self._origin)
            request = self._request(step.call)
        except (ProviderError, *UNUSABLE) as error:
            return self._not_sent(error)
        sent_at = time.monotonic()
        try:
            self._response = self._backend.send(self._client, request, self._ends_at)
        except httpx.HTTPStatusError as error:
            return self._head(error.response, sent_at)
        except (TimeoutError, UnicodeError, *FAILING) as error:
            return self._failed(error)
        self._chunks = self._backend.iter_chunks(self._response)
        return self._head(self._response, sent_at)

    def read(self) -> Data | Fault:
        """The next bytes of the body, decompressed; none at its end."""
        if self._chunks is None:
            return Data(b"", time.monotonic())
        try:
            if self._ends_at is None:
                content = next(self._chunks, b"")
            else:
                content = self._backend.read_chunk(self._chunks, self._response, self._ends_at)
            return self._received(content)
        except (TimeoutError, *FAILING) as error:
            return self._failed(error)

    def pause(self, seconds: float) -> None:
        """Wait before another attempt."""
        self._backend.pause(seconds)

    def finish(self) -> None:
        """Close after a complete answer: what still belongs to it is read, so that the client can be kept."""
        if self._chunks is not None:
            deadline = time.monotonic() + DRAIN_S
            with suppress(TimeoutError, *FAILING):
                while self._backend.read_chunk(self._chunks, self._response, deadline):
                    pass
        self.close()

    def close(self) -> None:
        """Give up the response, if there is one, and return the client."""
        response, self._response, self._chunks = self._response, None, None
        stream = None
        if response is not None:
            stream = response.extensions.get("network_stream")
            with suppress(httpx.HTTPError, OSError):
                response.close()
        client, self._client = self._client, None
        if client is not None:
            self._backend.release(self._origin, client, stream)


class SyncBackend:
    """Transports of httpx, each for one exchange at a time.

    A client would add redirects, cookies, hooks and authentication to each call, which take as long as a fifth of
    the call itself on this machine, and none of which is wanted.

    Args:
        application: an application's client to use for everything in place of our own.
    """

    def __init__(self, application: ApplicationClient[httpx.Client] | None) -> None:
        self._application = application
        self._idle: IdleClients[_Client] = IdleClients()
        self._is_swept = False
        self._closed = False
        self._lock = threading.Lock()
        self._timers = TimerThread()

    def connect(self, owner: Owner) -> SyncHttpConnection:
        """A connection for one exchange."""
        return SyncHttpConnection(owner, self)

    def acquire(self, origin: str) -> _Client:
        """A client that nobody else uses now.

        Raises:
            ProviderError: if a proxy or an authority that the environment names cannot be used.
            UsageError: the application's client cannot be used.
        """
        if self._application is not None:
            return self._application.acquire()
        with self._lock:
            known = self._idle.take(origin)
        if known is not None:
            return known
        return httpx.HTTPTransport(verify=ssl_context(origin), proxy=httpx_proxy(origin))

    def release(self, origin: str, client: _Client, stream: Any) -> None:
        """Return a client that `acquire` gave, with the network stream of its last response."""
        if isinstance(client, httpx.Client):
            return
        with self._lock:
            if not self._closed:
                self._idle.put(origin, client, stream)
                if not self._is_swept:
                    self._is_swept = True
                    self._timers.at(time.monotonic() + SWEEP_S, self._sweep)
                return
        client.close()

    def _sweep(self) -> None:
        """Let go of connections that the server has closed or nobody has used for long; while there are any."""
        with self._lock:
            ended = self._idle.take_ended()
            self._is_swept = bool(self._idle)
            if self._is_swept:
                self._timers.at(time.monotonic() + SWEEP_S, self._sweep)
        for client in ended:
            client.close()

    def send(self, client: _Client, request: httpx.Request, deadline: float | None) -> httpx.Response:
        """Status and headers; the request's own timeouts end with the deadline.

        Raises:
            TimeoutError: at the deadline, also of a server that drips its headers: but to an application's client,
                which others use meanwhile.
        """
        if isinstance(client, httpx.Client):
            return client.send(request, stream=True, auth=auth_beside(request), follow_redirects=False)
        if deadline is None:
            return client.handle_request(request)
        timer = self._timers.at(deadline, client.close)
        try:
            return client.handle_request(request)
        except (OSError, *FAILING):
            if timer.has_fired:
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()

    def iter_chunks(self, response: httpx.Response) -> Iterator[bytes]:
        """The body to come, decompressed; where nothing is compressed, straight from below."""
        return response.iter_bytes() if "content-encoding" in response.headers else iter(raw_chunks(response))

    def read_chunk(self, chunks: Iterator[bytes], response: httpx.Response, deadline: float) -> bytes:
        """The next bytes of a body, none at its end, before a moment.

        Raises:
            TimeoutError: at the deadline.
        """
        # Reading can block, and its timeout is fixed for the whole response: a timer shuts the socket down.
        timer = self._timers.at(deadline, lambda: _abort_reading(response))
        try:
            content = next(chunks, b"")
        except FAILING:
            if time.monotonic() < deadline:
                raise
            raise TimeoutError from None
        finally:
            timer.cancel()
        if not content and timer.has_fired:
            raise TimeoutError
        return content

    def pause(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))

    def close_idle(self) -> None:
        """Close what nobody uses, and from now on what is given back."""
        with self._lock:
            self._closed = True
            idle = self._idle.take_all()
        for client in idle:
            client.close()


def raw_chunks(response: httpx.Response) -> Any:
    """The body as it comes: httpx would take as long again to hand each chunk on as to receive it."""
    return response.stream


def _abort_reading(response: httpx.Response | None) -> None:
    """End the reading of a response that is still open, from another thread."""
    if response is None or response.is_closed:
        return
    _shut_down(response.extensions.get("network_stream"))


def _shut_down(stream: Any) -> None:
    peer: socket | None = stream.get_extra_info("socket") if stream else None
    if peer is not None:
        with suppress(OSError):
            peer.shutdown(SHUT_RDWR)
