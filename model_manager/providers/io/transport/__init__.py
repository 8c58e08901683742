"""HTTP for exchanges. The only home of httpx, and the only place where a key meets a request."""

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Self, TypeVar
from weakref import WeakSet

import httpx

from model_manager.core.limits import DEFAULT_CONNECT_S
from model_manager.providers.io.transport.sync_backend import SyncBackend, SyncHttpConnection

if TYPE_CHECKING:  # a process without an event loop does not load it
    from model_manager.providers.io.transport.async_backend import AsyncBackend, AsyncHttpConnection

__all__ = ["Transport", "in_worker_thread"]

T = TypeVar("T")


class Transport:
    """HTTP clients for any number of exchanges at once, from any thread and any event loop.

    Every exchange has a client to itself while it lasts: a shared pool makes calls wait for each other and
    their times lie. Clients are kept by host, so connections are used again, and all share one SSL context.

    Args:
        connect_s: how long making a connection may take, in seconds.
        client: a client to use for everything in place of our own; its owner closes it.
        can_cancel: whether `cancel` is to end also those exchanges that wait for the first word of an answer.
    """

    def __init__(
        self,
        connect_s: float = DEFAULT_CONNECT_S,
        client: httpx.Client | None = None,
        *,
        can_cancel: bool = False,
    ) -> None:
        self.connect_s = connect_s
        self._client, self._can_cancel = client, can_cancel
        self._cancelled = threading.Event()
        #: Whether every exchange is to end.
        self.is_cancelled = False
        self.reset_after_fork()
        _TRANSPORTS.add(self)

    def reset_after_fork(self) -> None:
        """Forget all connections: in a forked process they are the parent's."""
        self._sync = SyncBackend(self._cancelled, self._client, can_abort=self._can_cancel)
        self._async: AsyncBackend | None = None
        self._lock = threading.Lock()
        self._connections: WeakSet[SyncHttpConnection] = WeakSet()

    def connect(self) -> SyncHttpConnection:
        """A connection for one exchange of this thread."""
        connection = self._sync.connect(self)
        with self._lock:
            self._connections.add(connection)
        return connection

    def aconnect(self) -> "AsyncHttpConnection":
        """A connection for one exchange of a task."""
        if self._async is None:
            from model_manager.providers.io.transport.async_backend import AsyncBackend

            self._async = AsyncBackend()
        return self._async.connect(self)

    def cancel(self) -> None:
        """End every exchange from another thread: waits are cut short, and so are answers; nothing more is sent.

        One whose connection is only being made ends when that is done, or with its time.
        """
        self.is_cancelled = True
        self._cancelled.set()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.abort()

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


async def in_worker_thread(function: Callable[[], T]) -> T:
    """The result of a function that would block the event loop."""
    from model_manager.providers.io.transport import async_backend

    return await async_backend.in_worker_thread(function)
