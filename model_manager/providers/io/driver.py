"""Carries out the steps of an exchange over a connection: one loop for threads, one for tasks. Decides nothing."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing, suppress
from typing import Protocol

from model_manager.core.messages import Chunk, Reply
from model_manager.errors import ProviderError
from model_manager.providers.io.steps import (
    Blocking,
    Data,
    Fault,
    Head,
    Notice,
    Open,
    Pause,
    Read,
    StepAnswer,
    Steps,
)
from model_manager.providers.io.transport import in_worker_thread

#: What is told as it happens, besides text.
News = Notice | Pause
Notify = Callable[[News], object]


class SyncConnection(Protocol):
    """A thread's way to a provider; see `transport.sync_backend`."""

    def open(self, step: Open) -> Head | Fault:
        """Send a request."""

    def read(self) -> Data | Fault:
        """The next bytes of the answer."""

    def pause(self, seconds: float) -> None:
        """Wait."""

    def finish(self) -> None:
        """Close after a complete answer."""

    def close(self) -> None:
        """Close at once."""


class AsyncConnection(Protocol):
    """The same for a task of an event loop; see `transport.async_backend`."""

    async def open(self, step: Open) -> Head | Fault:
        """Send a request."""

    async def read(self) -> Data | Fault:
        """The next bytes of the answer."""

    async def pause(self, seconds: float) -> None:
        """Wait."""

    async def finish(self) -> None:
        """Close after a complete answer."""

    async def close(self) -> None:
        """Close at once."""


def ignore(_: object) -> None:
    """Tells nobody."""


def stream_sync(steps: Steps, connection: SyncConnection, notify: Notify = ignore) -> Generator[Chunk, None, None]:
    """Carry out steps in this thread; yields the answer as it comes, and at the end a chunk with the reply.

    Raises:
        ProviderError: no complete answer came.
    """
    answer: StepAnswer = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Read):
                answer = connection.read()
            elif isinstance(step, Chunk):
                answer = None
                yield step
            elif isinstance(step, Open):
                answer = connection.open(step)
            elif isinstance(step, Blocking):
                answer = step.work()
            else:
                answer = None
                notify(step)
                if isinstance(step, Pause):
                    connection.close()
                    connection.pause(step.seconds)
    except StopIteration as end:
        connection.finish()
        yield Chunk(reply=end.value)
    except BaseException as error:
        _abandon(steps, error)
        raise
    finally:
        connection.close()


async def stream_async(
    steps: Steps, connection: AsyncConnection, notify: Notify = ignore
) -> AsyncGenerator[Chunk, None]:
    """As `stream_sync`, in a task of an event loop."""
    answer: StepAnswer = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Read):
                answer = await connection.read()
            elif isinstance(step, Chunk):
                answer = None
                yield step
            elif isinstance(step, Open):
                answer = await connection.open(step)
            elif isinstance(step, Blocking):
                answer = await in_worker_thread(step.work)
            else:
                answer = None
                notify(step)
                if isinstance(step, Pause):
                    await connection.close()
                    await connection.pause(step.seconds)
    except StopIteration as end:
        await connection.finish()
        yield Chunk(reply=end.value)
    except BaseException as error:
        _abandon(steps, error)
        raise
    finally:
        await connection.close()


def run_sync(
    steps: Steps,
    connection: SyncConnection,
    notify: Notify = ignore,
    show: Callable[[str], object] = ignore,
) -> Reply:
    """Carry out steps to their end in this thread; `show` gets text as it comes.

    Raises:
        ProviderError: no complete answer came.
    """
    with closing(stream_sync(steps, connection, notify)) as chunks:
        for chunk in chunks:
            if chunk.reply is not None:
                return chunk.reply
            if chunk.text:
                show(chunk.text)
    raise AssertionError("steps end in a reply or an error")


async def run_async(
    steps: Steps,
    connection: AsyncConnection,
    notify: Notify = ignore,
    show: Callable[[str], object] = ignore,
) -> Reply:
    """As `run_sync`, in a task of an event loop."""
    async with aclosing(stream_async(steps, connection, notify)) as chunks:
        async for chunk in chunks:
            if chunk.reply is not None:
                return chunk.reply
            if chunk.text:
                show(chunk.text)
    raise AssertionError("steps end in a reply or an error")


def _abandon(steps: Steps, error: BaseException) -> None:
    """End steps that are not carried on. They learn why: an error, or that their caller gave up."""
    # What is no Exception: the task was cancelled, the stream was closed, Ctrl-C.
    given_up = ProviderError("cancelled", "the caller gave up")
    with suppress(Exception):
        steps.throw(error if isinstance(error, Exception) else given_up)
    steps.close()
