"""The loops that carry out steps: what is yielded, when a connection is closed, and what steps learn of giving up."""

import asyncio
import threading
from collections.abc import Generator
from typing import Any

import pytest

from model_manager.core.messages import Chunk, HttpCall, Reply
from model_manager.errors import ProviderError, UsageError
from model_manager.providers.io.driver import run_async, run_sync, stream_async, stream_sync
from model_manager.providers.io.steps import Blocking, Data, Head, Notice, Open, Pause, Read

REPLY = Reply(model="m", provider="p", model_id="m", text="Hi")
OPEN = Open(HttpCall(url="http://127.0.0.1/"))


class Connection:
    """Answers at once, and remembers what was asked of it."""

    def __init__(self, failing: BaseException | None = None) -> None:
        self.asked: list[str] = []
        self._failing = failing

    def open(self, step: Open) -> Head:
        assert step is OPEN
        self.asked.append("open")
        return Head(status=200)

    def read(self) -> Data:
        self.asked.append("read")
        if self._failing:
            raise self._failing
        return Data(b"x")

    def pause(self, seconds: float) -> None:
        self.asked.append(f"pause {seconds:g}")

    def finish(self) -> None:
        self.asked.append("finish")

    def close(self) -> None:
        self.asked.append("close")


class AsyncConnection:
    """The same, awaited."""

    def __init__(self, failing: BaseException | None = None) -> None:
        self._own = Connection(failing)
        self.asked = self._own.asked

    async def open(self, step: Open) -> Head:
        return self._own.open(step)

    async def read(self) -> Data:
        return self._own.read()

    async def pause(self, seconds: float) -> None:
        self._own.pause(seconds)

    async def finish(self) -> None:
        self._own.finish()

    async def close(self) -> None:
        self._own.close()


def steps(learned: list[BaseException] | None = None) -> Generator[Any, Any, Reply]:
    """A refused attempt, a wait, an answer in two pieces."""
    try:
        assert (yield Notice("left out")) is None
        assert isinstance((yield OPEN), Head)
        assert (yield Pause(2.0, "busy")) is None
        assert isinstance((yield OPEN), Head)
        assert isinstance((yield Read()), Data)
        assert (yield Chunk("H")) is None
        assert isinstance((yield Read()), Data)
        assert (yield Chunk("i")) is None
    except BaseException as error:
        if learned is not None:
            learned.append(error)
        raise
    return REPLY


EXPECTED = ["open", "close", "pause 2", "open", "read", "read", "finish", "close"]


def collected(way: str, connection: Any, told: list) -> list[Chunk]:
    """The chunks of a stream."""
    if way == "sync":
        return list(stream_sync(steps(), connection, told.append))

    async def main() -> list[Chunk]:
        return [chunk async for chunk in stream_async(steps(), connection, told.append)]

    return asyncio.run(main())


@pytest.mark.parametrize("way", ["sync", "async"])
def test_steps_are_carried_out_in_order(way):
    """Text is yielded as it comes and the reply last; waits and notices are told; each is closed before a wait."""
    connection, told = Connection() if way == "sync" else AsyncConnection(), []
    assert collected(way, connection, told) == [Chunk("H"), Chunk("i"), Chunk(reply=REPLY)]
    assert told == [Notice("left out"), Pause(2.0, "busy")]
    assert connection.asked == EXPECTED


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_whole_call_shows_text_and_returns_the_reply(way):
    """`run_sync` and `run_async` do the same, to the end."""
    shown, told = [], []
    if way == "sync":
        connection = Connection()
        reply = run_sync(steps(), connection, told.append, shown.append)
    else:
        connection = AsyncConnection()
        reply = asyncio.run(run_async(steps(), connection, told.append, shown.append))
    assert (reply, shown, len(told)) == (REPLY, ["H", "i"], 2)
    assert connection.asked == EXPECTED


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_stream_that_is_closed_gives_its_steps_up(way):
    """The steps learn that the caller gave up, and the connection is closed at once."""
    learned: list[BaseException] = []
    if way == "sync":
        connection = Connection()
        stream = stream_sync(steps(learned), connection)
        assert next(stream) == Chunk("H")
        stream.close()
    else:
        connection = AsyncConnection()

        async def main() -> None:
            stream = stream_async(steps(learned), connection)
            assert await anext(stream) == Chunk("H")
            await stream.aclose()

        asyncio.run(main())
    (error,) = learned
    assert isinstance(error, ProviderError)
    assert error.kind == "cancelled"
    assert connection.asked[-2:] == ["read", "close"]


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize(
    ("raised", "kind"),
    [(KeyboardInterrupt(), "cancelled"), (UsageError("no JSON"), "usage")],
    ids=["ctrl-c", "own"],
)
def test_steps_learn_of_what_a_connection_raises(way, raised, kind):
    """An error goes on as it is; anything that is no error means that the caller gave up."""
    learned: list[BaseException] = []
    if way == "sync":
        connection = Connection(raised)
        with pytest.raises(type(raised)):
            run_sync(steps(learned), connection)
    else:
        connection = AsyncConnection(raised)

        async def main() -> None:
            with pytest.raises(type(raised)):
                await run_async(steps(learned), connection)

        asyncio.run(main())
    assert [getattr(error, "kind", None) for error in learned] == [kind]
    assert connection.asked[-1] == "close"


def test_steps_that_give_up_answering_are_still_closed():
    """Steps that swallow the error and go on are ended all the same."""
    ended = []

    def stubborn() -> Generator[Any, Any, Reply]:
        try:
            while True:
                try:
                    yield Chunk("x")
                except ProviderError:
                    yield Chunk("y")
        finally:
            ended.append(True)

    connection = Connection()
    stream = stream_sync(stubborn(), connection)
    next(stream)
    stream.close()
    assert ended == [True]
    assert connection.asked == ["close"]


@pytest.mark.parametrize("way", ["sync", "async"])
def test_what_waits_for_the_disk_stops_no_event_loop(way):
    """Blocking work is done in the calling thread, and for a task in another one than the event loop's."""
    threads = []

    def blocking() -> Generator[Any, Any, Reply]:
        assert (yield Blocking(lambda: threads.append(threading.get_ident()))) is None
        return REPLY

    if way == "sync":
        assert run_sync(blocking(), Connection()) is REPLY
    else:
        assert asyncio.run(run_async(blocking(), AsyncConnection())) is REPLY
    assert len(threads) == 1
    assert (threads[0] == threading.get_ident()) == (way == "sync")
