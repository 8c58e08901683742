"""The runner of live tests: the order of jobs, how many run at a time, how they end, and who hears of it."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from raw_server import Peer, RawServer

from model_manager.commands import test as command
from model_manager.config.workspace import open_workspace
from model_manager.errors import ExitCode
from model_manager.live_test.report import Event, OnEvent, Target, TestReport, TestRequest
from model_manager.live_test.runner import MOST_AT_ONCE, JobRunner, run_on_new_loop

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TARGET = Target("m", None)
CATALOGUE = (
    '[providers.local]\nwire = "openai"\nbase_url = "{url}/v1"\nkey = "none"\n[models.m]\nprovider = "local"\n'
)


def interrupt(_: Event) -> None:
    raise KeyboardInterrupt


class Jobs:
    """Jobs that note when they run, each as long as it has turns of the loop to wait."""

    def __init__(self, turns: Callable[[int], int] = lambda _: 0) -> None:
        self.runner = JobRunner(open_workspace(), TestRequest(), NOW)
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.most = 0
        self._turns = turns

    async def work(self, index: int) -> None:
        self.begun.append(index)
        self.most = max(self.most, len(self.begun) - len(self.ended))
        self.runner.emit(Event("started", index, TARGET))
        try:
            for _ in range(self._turns(index)):
                await asyncio.sleep(0)
        finally:
            self.ended.append(index)
            self.runner.emit(Event("finished", index, TARGET))

    def run(self, jobs: int, at_once: int, on_event: OnEvent = lambda _: None) -> None:
        run_on_new_loop(self.runner.run(jobs, at_once, self.work, on_event))


@pytest.mark.parametrize(
    ("jobs", "at_once", "most"),
    [(1, 1, 1), (5, 1, 1), (5, 2, 2), (3, 9, 3), (MOST_AT_ONCE + 9, 999, MOST_AT_ONCE)],
)
def test_how_many_run_at_a_time(jobs: int, at_once: int, most: int) -> None:
    """Every job runs once, in order, as many at a time as asked for and as there are, within the limit of all runs."""
    known = Jobs(lambda _: 2_000)
    known.run(jobs, at_once)
    assert (known.begun, sorted(known.ended), known.most) == (list(range(jobs)), list(range(jobs)), most)
    assert not known.runner.is_stopped


def test_a_short_job_makes_room_for_the_next() -> None:
    """A job that ends early is followed at once, while a longer one goes on."""
    jobs = Jobs(lambda index: 500 if index == 0 else 0)
    jobs.run(4, 2)
    assert jobs.ended == [1, 2, 3, 0]


def test_events_come_in_order_in_the_callers_thread() -> None:
    """All events arrive, those of a job in their order, in the thread that runs the test."""
    events: list[tuple[str, int]] = []
    threads = set[int]()

    def note(event: Event) -> None:
        events.append((event.kind, event.index))
        threads.add(threading.get_ident())

    Jobs(lambda index: 7 * index).run(5, 5, note)
    for index in range(5):
        assert [kind for kind, of in events if of == index] == ["started", "finished"]
    assert threads == {threading.get_ident()}


def test_an_interruption_ends_the_jobs_and_begins_no_other() -> None:
    """Ctrl-C ends the jobs under way, begins no further one, and the last events are handed on."""
    jobs, events = Jobs(lambda _: 10**9), list[Event]()

    def on_event(event: Event) -> None:
        events.append(event)
        if event.index == 1:
            raise KeyboardInterrupt

    jobs.run(9, 2, on_event)
    assert jobs.runner.is_stopped
    assert sorted(jobs.ended) == jobs.begun == [0, 1]
    assert [event.kind for event in events] == ["started", "started", "finished", "finished"]


def test_a_cancelled_task_ends_the_jobs() -> None:
    """Cancelling the task that runs a live test is as Ctrl-C: it ends in order."""
    jobs = Jobs(lambda _: 10**9)

    async def cancel() -> None:
        task = asyncio.create_task(jobs.runner.run(3, 1, jobs.work, lambda _: task.cancel()))
        await task

    asyncio.run(cancel())
    assert jobs.runner.is_stopped
    assert jobs.begun == jobs.ended == [0]


def test_a_run_that_was_stopped_before_it_began() -> None:
    """Nothing is done by a runner that was stopped before."""
    jobs = Jobs()
    jobs.runner.stop()
    jobs.run(3, 1)
    assert jobs.begun == []


def test_a_listener_that_fails_ends_the_jobs() -> None:
    """An error of the listener, such as a closed pipe, ends the jobs and is the caller's."""
    jobs = Jobs(lambda _: 10**9)

    def fail(_: Event) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        jobs.run(3, 2, fail)
    assert jobs.begun == jobs.ended


def test_an_error_of_a_job_is_the_callers() -> None:
    """A mistake of ours in a job is not swallowed."""
    runner = JobRunner(open_workspace(), TestRequest(), NOW)

    async def fail(_: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        run_on_new_loop(runner.run(1, 1, fail, lambda _: None))
    assert caught.group_contains(ZeroDivisionError)


def call(on_event: OnEvent = lambda _: None, **asked: Any) -> TestReport:
    request = TestRequest(models=("m",), **{"retries": 0, **asked})
    return command.run(open_workspace(), request, NOW, on_event)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_an_interruption_before_the_first_byte(work: Path, stream: bool) -> None:  # noqa: FBT001 - a table
    """Ctrl-C ends a call whose server has said nothing: the server sees the connection end, the request is counted."""
    asked, gone = threading.Event(), threading.Event()

    def silent(peer: Peer) -> None:
        asked.set()
        peer.hold()
        gone.set()

    async def press_ctrl_c(report: Awaitable[TestReport]) -> TestReport:
        task = asyncio.ensure_future(report)
        await asyncio.to_thread(asked.wait, 20)
        task.cancel()
        return await task

    with RawServer({"m": [silent]}) as server:
        (work / "models.toml").write_text(CATALOGUE.format(url=server.url))
        run = command.TestRun(open_workspace(), TestRequest(models=("m",), stream=stream), NOW)
        report = asyncio.run(press_ctrl_c(run.report(lambda _: None)))
        assert gone.wait(20)
    (result,) = report.results
    assert report.exit_code is ExitCode.INTERRUPTED
    assert result.error
    assert (result.error.kind, result.error.message, result.error.attempts) == ("cancelled", "interrupted", 1)


def test_an_interruption_while_a_name_is_looked_up(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C does not wait for a name server that does not answer."""
    looked_up, released = threading.Event(), threading.Event()

    def silent(*_: object, **__: object) -> list[Any]:
        looked_up.set()
        released.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    def press_ctrl_c(_: Event) -> None:
        raise KeyboardInterrupt

    (work / "models.toml").write_text(CATALOGUE.format(url="http://models.example"))
    monkeypatch.setattr(socket, "getaddrinfo", silent)
    report = call(press_ctrl_c)
    assert not released.is_set()
    released.set()
    assert report.exit_code is ExitCode.INTERRUPTED


def test_a_live_test_in_another_thread(work: Path) -> None:
    """A live test runs in any thread, also beside an event loop."""
    answer = b'{"model": "m", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"

    async def beside_a_loop() -> TestReport:
        return await asyncio.to_thread(call)

    with RawServer({"m": [lambda peer: peer.send(head.encode(), answer)]}) as server:
        (work / "models.toml").write_text(CATALOGUE.format(url=server.url))
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(call).result(20).passed == 1
        assert asyncio.run(beside_a_loop()).passed == 1
