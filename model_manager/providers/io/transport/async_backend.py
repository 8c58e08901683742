"""HTTP for tasks of asyncio and trio: the connection of one exchange, and the clients that each loop keeps."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import ref

import anyio
import anyio.to_thread
import httpx
from anyio.lowlevel import RunVar

from model_manager.errors import ProviderError
from model_manager.providers.io.steps import Data, Fault, Head, Open
from model_manager.providers.io.transport.application_clients import ApplicationClient, auth_beside
from model_manager.providers.io.transport.certificates import ssl_context
from model_manager.providers.io.transport.connection import DRAIN_S, HttpConnection, Owner
from model_manager.providers.io.transport.faults import FAILING, UNUSABLE
from model_manager.providers.io.transport.idle import SWEEP_S, IdleClients
from model_manager.providers.io.transport.proxies import httpx_proxy
from model_manager.providers.io.transport.sync_backend import raw_chunks

T = TypeVar("T")
_Client = httpx.AsyncHTTPTransport | httpx.AsyncClient


class AsyncHttpConnection(HttpConnection):
    """The connection of one exchange in a task."""

    def __init__(self, owner: Owner, backend: "AsyncBackend") -> None:
        super().__init__(owner)
        self._backend = backend

    async def open(self, step: Open) -> Head | Fault:
        """Send a request and wait for status and headers; an earlier response is given up.

        Raises:
            UsageError: the body cannot be written as JSON; nothing has been sent.
        """
        await self.close()
        if fault := self._prepare(step):
            return fault
        try:
            self._client = await self._backend.acquire(self._origin)
            request = self._request(step.call)
        except (ProviderError, *UNUSABLE) as error:
            return self._not_sent(error)
        sent_at = time.monotonic()
        try:
            self._response = await self._backend.send(self._client, request, self._ends_at)
        except httpx.HTTPStatusError as error:
            return self._head(error.response, sent_at)
        except (TimeoutError, UnicodeError, *FAILING) as error:
            return self._failed(error)
        self._chunks = self._backend.iter_chunks(self._response)
        return self._head(self._response, sent_at)

    async def read(self) -> Data | Fault:
        """The next bytes of the body, decompressed; none at its end."""
        if self._chunks is None:
            return Data(b"", time.monotonic())
        try:
            if self._ends_at is None:
                content = await anext(self._chunks, b"")
            else:
                content = await self._backend.read_chunk(self._chunks, self._ends_at)
            return self._received(content)
        except (TimeoutError, *FAILING) as error:
            return self._failed(error)

    async def pause(self, seconds: float) -> None:
        """Wait before another attempt."""
        await anyio.sleep(seconds)

    async def finish(self) -> None:
        """Close after a complete answer: what still belongs to it is read, so that the client can be kept."""
        if self._chunks is not None:
            deadline = time.monotonic() + DRAIN_S
            with suppress(TimeoutError, *FAILING):
                while await self._backend.read_chunk(self._chunks, deadline):
                    pass
        await self.close()

    async def close(self) -> None:
        """Give up the response, if there is one, and return the client; also of a task that was cancelled."""
        response, self._response, self._chunks = self._response, None, None
        stream = None
        if response is not None:
            stream = response.extensions.get("network_stream")
            with anyio.CancelScope(shield=True), suppress(httpx.HTTPError, OSError):
                await response.aclose()
        client, self._client = self._client, None
        if client is not None:
            await self._backend.release(self._origin, client, stream)


class _LoopClients:
    """The idle clients of one event loop; when that ends, they are closed."""

    def __init__(self) -> None:
        self.idle: IdleClients[_Client] | None = IdleClients()
        self._is_swept = False
        self.lent: set[_Client] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        with suppress(RuntimeError):  # trio's
            self._loop = asyncio.get_running_loop()
        # An event loop that ends closes the generators that began in it: the only moment to close connections.
        self._living = self._live()

    @property
    def is_over(self) -> bool:
        """Whether its event loop is: one that was closed by hand need not have ended its generators."""
        return (self.idle is None and not self.lent) or (self._loop is not None and self._loop.is_closed())

    @property
    def is_of_asyncio(self) -> bool:
        """Whether the loop is one of asyncio, where something can be done later."""
        return self._loop is not None

    async def begin(self) -> None:
        """Live as long as the loop does."""
        await anext(self._living)

    async def _live(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self.close()
            # Calls whose closing was itself cancelled when the loop was stopped.
            for client in tuple(self.lent):
                await client.aclose()

    async def close(self) -> None:
        """Close what nobody uses, and from now on what is given back."""
        idle, self.idle = self.idle, None
        for client in idle.take_all() if idle else ():
            await client.aclose()

    def sweep_later(self) -> None:
        """Look for connections that have ended in a moment; in trio's loops when the next call begins."""
        if not self._is_swept and self._loop is not None:
            self._is_swept = True
            self._loop.call_later(SWEEP_S, self._begin_sweep)

    def _begin_sweep(self) -> None:
        self._sweeping = asyncio.ensure_future(self.sweep())  # loops know their tasks only weakly

    async def sweep(self) -> None:
        """Let go of connections that the server has closed or nobody has used for long."""
        self._is_swept = False
        for client in self.idle.take_ended() if self.idle is not None else ():
            await client.aclose()
        if self.idle:
            self.sweep_later()


class AsyncBackend:
    """Asynchronous transports of httpx, each for one exchange at a time, kept by event loop.

    Args:
        application: an application's client to use for everything in place of our own.
    """

    def __init__(self, application: ApplicationClient[httpx.AsyncClient] | None = None) -> None:
        self._application = application
        self._loop: RunVar[object] = RunVar("model_manager.loop")
        self._closed = False
        # Weak, for the event loop would otherwise live as long as what is remembered of it, which knows it.
        self._keeping: RunVar[ref[_LoopClients]] = RunVar("model_manager.clients")
        self._keepings: set[_LoopClients] = set()

    def connect(self, owner: Owner) -> AsyncHttpConnection:
        """A connection for one exchange."""
        return AsyncHttpConnection(owner, self)

    async def acquire(self, origin: str) -> _Client:
        """A client that nobody else uses now.

        Raises:
            ProviderError: if a proxy or an authority that the environment names cannot be used.
            UsageError: the application's client cannot be used, or not in this event loop.
        """
        if self._application is not None:
            return self._application.acquire(self._loop_mark())
        keeping = self._here()
        if keeping is None:
            self.forget_ended()
            keeping = _LoopClients()
            self._keepings.add(keeping)
            self._keeping.set(ref(keeping))
            await keeping.begin()
        if not keeping.is_of_asyncio:
            await keeping.sweep()
        known = keeping.idle.take(origin) if keeping.idle is not None else None
        client = known or _client(origin)
        keeping.lent.add(client)
        return client

    async def release(self, origin: str, client: _Client, stream: Any) -> None:
        """Return a client that `acquire` gave, with the network stream of its last response."""
        if isinstance(client, httpx.AsyncClient):
            return
        keeping = self._here()
        if keeping is not None:
            keeping.lent.discard(client)
        if keeping is None or keeping.idle is None or self._closed:
            with anyio.CancelScope(shield=True):
                await client.aclose()
        else:
            keeping.idle.put(origin, client, stream)
            keeping.sweep_later()

    async def send(self, client: _Client, request: httpx.Request, deadline: float | None) -> httpx.Response:
        """Status and headers.

        Raises:
            TimeoutError: at the deadline.
        """
        if isinstance(client, httpx.AsyncClient):
            sending = client.send(request, stream=True, auth=auth_beside(request), follow_redirects=False)
        else:
            sending = client.handle_async_request(request)
        if deadline is None:
            return await sending
        with anyio.fail_after(deadline - time.monotonic()):
            return await sending

    def iter_chunks(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The body to come, decompressed; where nothing is compressed, straight from below."""
        return response.aiter_bytes() if "content-encoding" in response.headers else aiter(raw_chunks(response))

    async def read_chunk(self, chunks: AsyncIterator[bytes], deadline: float) -> bytes:
        """The next bytes of a body, none at its end, before a moment.

        Raises:
            TimeoutError: at the deadline.
        """
        with anyio.fail_after(deadline - time.monotonic()):
            return await anext(chunks, b"")

    async def close_idle(self) -> None:
        """Close what nobody uses in this event loop."""
        self._closed = True
        keeping = self._here()
        if keeping is not None:
            await keeping.close()

    def forget_ended(self) -> None:
        """Let go of event loops that have ended, and of what they left open."""
        for known in tuple(self._keepings):  # other threads add theirs meanwhile
            if known.is_over:
                self._keepings.discard(known)

    def _loop_mark(self) -> object:
        """An object that this event loop has and no other, also of those that come after it."""
        mark = self._loop.get(None)
        if mark is None:
            mark = object()
            self._loop.set(mark)
        return mark

    def _here(self) -> _LoopClients | None:
        """The clients of this event loop."""
        known = self._keeping.get(None)
        return known() if known else None


def _client(origin: str) -> _Client:
    return httpx.AsyncHTTPTransport(verify=ssl_context(origin), proxy=httpx_proxy(origin))


async def in_worker_thread(function: Callable[[], T]) -> T:
    """The result of a function that would block the event loop."""
    return await anyio.to_thread.run_sync(function)
