"""A connection whose task may be cancelled: the call ends with an error that holds the part that had arrived."""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

from model_manager.providers.io.driver import AsyncConnection
from model_manager.providers.io.steps import Data, Fault, Head, Open

_T = TypeVar("_T")


class CancellableConnection:
    """Another connection; a task that is cancelled while it waits gets a fault in place of an exception.

    A `CancelledError` would pass by the exchange, which knows the text, the usage and the times so far.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._is_cancelled = False

    async def open(self, step: Open) -> Head | Fault:
        """Send a request, unless it was cancelled before."""
        if self._is_cancelled:
            return _interrupted(sent=False)
        return await self._unless_cancelled(self._connection.open(step)) or _interrupted()

    async def read(self) -> Data | Fault:
        """The next bytes of the answer."""
        return await self._unless_cancelled(self._connection.read()) or _interrupted()

    async def pause(self, seconds: float) -> None:
        """Wait."""
        await self._unless_cancelled(self._connection.pause(seconds))

    async def finish(self) -> None:
        """Close after a complete answer."""
        await self._unless_cancelled(self._connection.finish())

    async def close(self) -> None:
        """Close at once."""
        await self._unless_cancelled(self._connection.close())

    async def _unless_cancelled(self, waiting: Awaitable[_T]) -> _T | None:
        try:
            return await waiting
        except asyncio.CancelledError:
            self._is_cancelled = True
            if task := asyncio.current_task():
                task.uncancel()
            return None


def _interrupted(*, sent: bool = True) -> Fault:
    return Fault("cancelled", "interrupted", time.monotonic(), "own", sent=sent)
