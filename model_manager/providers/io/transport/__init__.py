"""HTTP for exchanges. The only home of httpx, and the only place where a key meets a request."""

import os
import threading
from typing import Any, Self
from weakref import WeakSet

import httpx

from model_manager.providers.io.driver import run
from model_manager.providers.io.transport.connection import HttpConnection
from model_manager.providers.io.transport.faults import DEFAULT_TIMEOUT_S, Limits
from model_manager.providers.io.transport.sync_backend import SyncBackend

__all__ = ["HttpConnection", "Limits", "Transport", "run"]


class Transport:
    """HTTP clients for any number of exchanges at once, from any thread and any event loop.

    Every exchange has a client to itself while it lasts: a shared pool makes calls wait for each other and
    their times lie. Clients are kept by host, so connections are used again, and all share one SSL context.

    Args:
        timeout_s: the longest silence of a server, in seconds.
        client: a client to use for everything in place of our own; its owner closes it.
        limits: all limits, in place of `timeout_s`.
        can_cancel: whether `cancel` is to end also those exchanges that wait for the first word of an answer.
    """

    def __init__(
        self,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        client: httpx.Client | None = None,
        limits: Limits | None = None,
        *,
        can_cancel: bool = False,
    ) -> None:
        self._limits, self._can_cancel = limits or Limits(silence_s=timeout_s), can_cancel
        self._client = client
        self._cancelled = threading.Event()
        #: Whether every exchange is to end.
        self.is_cancelled = False
        self.reset_after_fork()
        _TRANSPORTS.add(self)

    def reset_after_fork(self) -> None:
        """Forget all connections: in a forked process they are the parent's."""
        self._blocking = SyncBackend(self._cancelled, self._client, can_cut=self._can_cancel)
        self._waiting: Any = None
        self._lock = threading.Lock()
        self._connections: WeakSet[HttpConnection] = WeakSet()

    def connect(self, limits: Limits | None = None) -> HttpConnection:
        """The means for one exchange of this thread."""
        connection = HttpConnection(self, self._blocking, limits or self._limits)
        with self._lock:
            self._connections.add(connection)
        return connection

    def aconnect(self, limits: Limits | None = None) -> HttpConnection:
        """The means for one exchange of a task."""
        if self._waiting is None:
            from model_manager.providers.io.transport.async_backend import AsyncBackend

            self._waiting = AsyncBackend()
        return HttpConnection(self, self._waiting, limits or self._limits)

    def cancel(self) -> None:
        """End every exchange from another thread: waits are cut short, and so are answers; nothing more is sent.

        One whose connection is only being made ends when that is done, or with its time.
        """
        self.is_cancelled = True
        self._cancelled.set()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.cut()

    def close(self) -> None:
        """Close every idle connection of threads; those in use close when their exchange ends."""
        self._blocking.close_idle()
        if self._waiting is not None:
            self._waiting.forget_ended()

    async def aclose(self) -> None:
        """The same, and those of this event loop."""
        self.close()
        if self._waiting is not None:
            await self._waiting.close_idle()

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
