"""HTTP for exchanges. The only home of httpx, and the only place where a key meets a request."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakSet

import httpx

from model_manager.core.limits import DEFAULT_CONNECT_S
from model_manager.errors import ProviderError
from model_manager.providers.io.transport.application_clients import checked_client
from model_manager.providers.io.transport.certificates import default_context
from model_manager.providers.io.transport.sync_backend import SyncBackend, SyncHttpConnection

if TYPE_CHECKING:  # a process without an event loop does not load it
    from model_manager.providers.io.transport.async_backend import AsyncBackend, AsyncHttpConnection

__all__ = ["Transport", "in_worker_thread", "load_async_backend"]

T = TypeVar("T")
_ASYNC_BACKEND = "model_manager.providers.io.transport.async_backend"


class Transport:
    """HTTP clients for any number of exchanges at once, from any thread and any event loop.

    Every exchange has a client to itself while it lasts: a shared pool makes calls wait for each other and
    their times lie. Clients are kept by host, so connections are used again, and all share one SSL context.

    Args:
        connect_s: how long making a connection may take, in seconds.
        client: an application's client, for the calls of threads in place of our own; its owner closes it.
        async_client: the same for the calls of one event loop.

    Raises:
        UsageError: a client is something else.
    """

    def __init__(
        self,
        connect_s: float = DEFAULT_CONNECT_S,
        client: httpx.Client | None = None,
        async_client: httpx.AsyncClient | None = None,
    ) -> None:
        self.connect_s = connect_s
        self._client = checked_client("http_client", client, httpx.Client)
        self._async_client = checked_client("async_http_client", async_client, httpx.AsyncClient)
        self.reset_after_fork()
        _TRANSPORTS.add(self)

    def reset_after_fork(self) -> None:
        """Forget all connections: in a forked process they are the parent's."""
        self._sync = SyncBackend(self._client)
        self._async: AsyncBackend | None = None

    def connect(self) -> SyncHttpConnection:
        """A connection for one exchange of this thread."""
        return self._sync.connect(self)

    def aconnect(self) -> "AsyncHttpConnection":
        """A connection for one exchange of a task."""
        if self._async is None:
            from model_manager.providers.io.transport.async_backend import AsyncBackend

            self._async = AsyncBackend(self._async_client)
        return self._async.connect(self)

    def close(self) -> None:
        """Close every idle connection of threads; those in use close when their exchange ends."""
        self._sync.close_idle()
        if self._async is not None:
            self._async.forget_ended()

    async def aclose(self) -> None:
        """The same, and those of this event loop."""
        self.close()
        if self._async is not None:
            await self._async.close_idle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


_TRANSPORTS: WeakSet[Transport] = WeakSet()


def _reset_after_fork() -> None:
    for transport in list(_TRANSPORTS):
        transport.reset_after_fork()


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_reset_after_fork)


async def load_async_backend(load_more: Callable[[], object]) -> None:
    """Import what tasks need and load the authorities in a thread: both would hold up the event loop.

    Args:
        load_more: what else the first call would import, done in the same thread.
    """
    if _ASYNC_BACKEND in sys.modules:
        return
    asyncio: Any = sys.modules.get("asyncio")  # not loaded for programs without an event loop, or with trio's
    try:
        loop = asyncio.get_running_loop()
    except (AttributeError, RuntimeError):
        import_module(_ASYNC_BACKEND)
    else:
        await loop.run_in_executor(None, _load, load_more)


def _load(load_more: Callable[[], object]) -> None:
    load_more()
    import_module("httpcore")  # which httpx would load in the event loop
    with suppress(ImportError):  # and anyio this
        import_module("anyio._backends._asyncio")
    import_module(_ASYNC_BACKEND)
    with suppress(ProviderError):  # told by the call that needs them
        default_context()


async def in_worker_thread(function: Callable[[], T]) -> T:
    """The result of a function that would block the event loop."""
    from model_manager.providers.io.transport import async_backend

    return await async_backend.in_worker_thread(function)
