"""Carries out an exchange's steps over a connection: once, for threads and event loops. Decides nothing.

What a line does is a coroutine. A line of a thread never suspends, so its coroutines are done at their first step:
`run_sync` takes that step, and nothing of asyncio is involved.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from model_manager.core.messages import HttpCall, Reply
from model_manager.errors import ModelManagerError, ProviderError
from model_manager.providers.io.steps import Data, Emit, Fault, Head, Notice, Open, Pause, Read, StepAnswer, Steps

Shown = Emit | Notice | Pause
_Result = TypeVar("_Result")


class Connection(Protocol):
    """What is needed of a connection; see `transport.Connection`."""

    async def open(self, call: HttpCall) -> Head | Fault:
        """Send a request."""

    async def read(self) -> Data | Fault:
        """The next bytes of the answer."""

    async def pause(self, seconds: float) -> None:
        """Wait."""

    async def finish(self) -> None:
        """Close after a complete answer."""

    async def close(self) -> None:
        """Close at once."""


class Driver:
    """An exchange under way over a line."""

    def __init__(self, steps: Steps, line: Connection) -> None:
        self._steps, self._line = steps, line
        self._wait: float | None = None

    async def advance(self) -> Shown | Reply:
        """What can be shown next, or at the end the reply.

        Raises:
            ProviderError: if no complete answer came.
        """
        if self._wait is not None:
            seconds, self._wait = self._wait, None
            await self._line.pause(seconds)
        answer: StepAnswer = None
        try:
            while True:
                step = self._steps.send(answer)
                if isinstance(step, Read):
                    answer = await self._line.read()
                elif isinstance(step, Open):
                    answer = await self._open(step)
                else:
                    if isinstance(step, Pause):
                        self._wait = step.seconds
                        await self._line.close()
                    return step
        except StopIteration as stop:
            await self._line.finish()
            reply: Reply = stop.value
            return reply

    async def _open(self, step: Open) -> Head | Fault:
        try:
            return await self._line.open(step.call)
        except ModelManagerError as error:  # nothing has been sent
            self._steps.throw(error)
            raise

    async def close(self) -> None:
        """Give up what is left of it, and close the connection."""
        give_up(self._steps)
        await self._line.close()


def give_up(steps: Steps) -> None:
    """End steps that nobody carries on: they learn of it as an error of kind "cancelled"."""
    with suppress(ProviderError, StopIteration):
        steps.throw(ProviderError("cancelled", "the caller gave up"))
    steps.close()


def run_sync(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of a coroutine that does not wait for an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: _Result = done.value
        return result
    coroutine.close()
    raise RuntimeError("a line of a thread waits for an event loop")


async def complete(driver: Driver, observe: Callable[[Shown], object] = lambda _: None) -> Reply:
    """The reply at the end of an exchange; `observe` is told what can be shown as it happens.

    Raises:
        ProviderError: if no complete answer came.
    """
    try:
        while not isinstance(shown := await driver.advance(), Reply):
            observe(shown)
        return shown
    finally:
        await driver.close()


def run(steps: Steps, line: Connection, observe: Callable[[Shown], object] = lambda _: None) -> Reply:
    """Carry out an exchange to its end in this thread.

    Raises:
        ProviderError: if no complete answer came.
    """
    return run_sync(complete(Driver(steps, line), observe))
