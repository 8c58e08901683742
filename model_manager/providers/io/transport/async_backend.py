"""How a task of an event loop, asyncio's or trio's, does what has to be waited for."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from weakref import ref

import anyio
import httpx
from anyio.lowlevel import RunVar

from model_manager.providers.io.transport.sync_backend import has_proxy, plain, trust

_Client = httpx.AsyncClient | httpx.AsyncHTTPTransport
_Idle = dict[str, list[_Client]]


class _Keeping:
    """The idle clients of one event loop; when that ends, they are closed."""

    def __init__(self) -> None:
        self.idle: _Idle | None = defaultdict(list)
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
        for clients in (idle or {}).values():
            for client in clients:
                await client.aclose()


class AsyncBackend:
    """Asynchronous transports and clients of httpx, each for one exchange at a time, kept by event loop."""

    blocks = False

    def __init__(self) -> None:
        self._closed = False
        # Weak, for the event loop would otherwise live as long as what is remembered of it, which knows it.
        self._keeping: RunVar[ref[_Keeping]] = RunVar("model_manager.clients")
        self._keepings: set[_Keeping] = set()

    async def take(self, origin: str) -> _Client:
        """A client that nobody else uses now.

        Raises:
            ValueError: if a proxy variable of the environment is wrong.
        """
        keeping = self._here()
        if keeping is None:
            self.forget_ended()
            keeping = _Keeping()
            self._keepings.add(keeping)
            self._keeping.set(ref(keeping))
            await keeping.begin()
        waiting = keeping.idle[origin] if keeping.idle is not None else []
        client = waiting.pop() if waiting else _client(origin)
        keeping.lent.add(client)
        return client

    async def give_back(self, origin: str, client: _Client) -> None:
        """Return a client that `take` gave."""
        keeping = self._here()
        if keeping is not None:
            keeping.lent.discard(client)
        if keeping is None or keeping.idle is None or self._closed:
            with anyio.CancelScope(shield=True):
                await client.aclose()
        else:
            keeping.idle[origin].append(client)

    async def send(self, client: _Client, request: httpx.Request, deadline: float | None) -> httpx.Response:
        """Status and headers.

        Raises:
            TimeoutError: at the deadline.
        """
        if deadline is None:
            return await _send(client, request)
        with anyio.fail_after(deadline - time.monotonic()):
            return await _send(client, request)

    def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The body to come, decompressed; where nothing is compressed, straight from below."""
        return response.aiter_bytes() if "content-encoding" in response.headers else aiter(plain(response))

    async def piece(self, pieces: AsyncIterator[bytes], response: httpx.Response, deadline: float | None) -> bytes:
        """The next bytes of a body, none at its end.

        Raises:
            TimeoutError: at the deadline.
        """
        del response
        if deadline is None:
            return await anext(pieces, b"")
        with anyio.fail_after(deadline - time.monotonic()):
            return await anext(pieces, b"")

    async def close(self, response: httpx.Response) -> None:
        """Give up a response, also of a task that was cancelled."""
        with anyio.CancelScope(shield=True), suppress(httpx.HTTPError, OSError):
            await response.aclose()

    async def pause(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)

    def cut(self, client: _Client) -> None:
        """Not for tasks: their event loop cancels them."""

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

    def _here(self) -> _Keeping | None:
        """What is kept for this event loop."""
        known = self._keeping.get(None)
        return known() if known else None


def _client(origin: str) -> _Client:
    if has_proxy(origin):
        return httpx.AsyncClient(verify=trust(origin))
    return httpx.AsyncHTTPTransport(verify=trust(origin))


async def _send(client: _Client, request: httpx.Request) -> httpx.Response:
    if isinstance(client, httpx.AsyncClient):
        return await client.send(request, stream=True)
    return await client.handle_async_request(request)
