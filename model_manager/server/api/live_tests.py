"""Live tests for clients: how many at once, what they may spend, and that they end when a client disconnects."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import Request
from fastapi.responses import Response

from model_manager.core.redaction import ModelText
from model_manager.live_test.cost_limit import CostLimit
from model_manager.live_test.probing import PROBES, ProbeReport, ProbeRun
from model_manager.live_test.testing import Event, TestReport, TestRequest, TestRun
from model_manager.rendering.documents.json import error_document
from model_manager.rendering.documents.probe import probe_document
from model_manager.rendering.documents.test import result_object, test_document
from model_manager.rendering.documents.types.base import RootDocument
from model_manager.rendering.documents.types.server import (
    CallFinishedEvent,
    CallStartedEvent,
    CallTextEvent,
    ProbeStepEvent,
    TestedEvent,
)
from model_manager.server.api.problems import NAMES, HttpError, as_ours, stopping
from model_manager.server.events.broadcaster import Broadcaster
from model_manager.server.events.streams import event_stream, wait_for_disconnect
from model_manager.server.workspace_cache import WorkspaceCache

#: Tests at once, and how many seconds one waits for its turn.
MOST_TESTS = 16
PATIENCE_S = 5.0
Report = TestReport | ProbeReport
#: A test's events, its report, an unexpected error, and None at the end.
Happening = Event | Report | Exception | None


class LiveTestRunner:
    """Makes the calls that clients ask for. For one event loop.

    Args:
        cache: the catalogue and the keys.
        broadcaster: is told what became of each call.
        budget: what all of them may cost together.
    """

    def __init__(self, cache: WorkspaceCache, broadcaster: Broadcaster, budget: CostLimit) -> None:
        self._cache, self._broadcaster, self.budget = cache, broadcaster, budget
        self._turns = asyncio.Semaphore(MOST_TESTS)
        self._under_way: set[_Test] = set()
        self._is_closed = False
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    @property
    def count(self) -> int:
        """How many are under way."""
        return len(self._under_way)

    def close(self) -> None:
        """Begin no further one."""
        self._is_closed = True

    async def idle(self) -> None:
        """Wait until none is under way."""
        await self._is_idle.wait()

    def cancel(self) -> None:
        """End all that are under way."""
        for test in self._under_way:
            test.cancel()

    async def whole(self, request: Request, test_request: TestRequest, *, probe: bool = False) -> Response:
        """Test or probe, and answer when all is over; a client that disconnects ends it."""
        test = await self._begin(test_request, probe=probe)
        gone = asyncio.create_task(wait_for_disconnect(request))
        gone.add_done_callback(lambda _: test.cancel())
        report = None
        try:
            while (happening := await test.next()) is not None:
                report = happening if isinstance(happening, Report) else report
        finally:
            gone.cancel()
            test.cancel()
        if report is None:
            raise HttpError(500, "the test ended without a report", hint="this is a bug in model-manager")
        return Response(self._cache.as_json(_document_of(report)), media_type="application/json")

    async def streamed(self, request: Request, test_request: TestRequest, *, probe: bool = False) -> Response:
        """Test or probe, and tell what happens as it happens."""
        test = await self._begin(test_request, probe=probe)
        told = _probe_event_of if probe else _event_of

        async def following() -> tuple[str, bytes] | None:
            happening = await test.next()
            if happening is None:
                return None
            name, document = told(happening)
            return name, self._cache.as_json(document)

        return event_stream(request, following, test.cancel)

    async def _begin(self, test_request: TestRequest, *, probe: bool) -> "_Test":
        """Start a test or a probe when it is its turn.

        Raises:
            HttpError: 429, too many are under way; 503, the server stops.
            UsageError: the request names nothing that exists.
        """
        try:
            await asyncio.wait_for(self._turns.acquire(), PATIENCE_S)
        except TimeoutError:
            message = f"{MOST_TESTS} tests are already running"
            raise HttpError(429, message, hint="try again", headers={"retry-after": "5"}) from None
        try:
            if self._is_closed:
                raise stopping()  # noqa: TRY301 - gives the turn back
            kind = ProbeRun if probe else TestRun
            run = kind(self._cache.workspace(), test_request, datetime.now(UTC), self.budget)
            test = _Test(run, self._note)
        except Exception:
            self._turns.release()
            raise
        self._under_way.add(test)
        self._is_idle.clear()
        return test

    def _note(self, test: "_Test", happening: Happening) -> None:
        """Take note of an event, also where nobody reads it: a turn ends with the calls, not with the answer."""
        if happening is None:
            self._under_way.remove(test)
            self._turns.release()
            if not self._under_way:
                self._is_idle.set()
        else:
            self._publish(happening)

    def _publish(self, happening: Happening) -> None:
        """Tell everybody what became of a call: not what was asked, nor what was answered."""
        if isinstance(happening, Event) and happening.result:
            found = result_object(happening.result)
            event: TestedEvent = {
                "schema": 1,
                "model": found["model"],
                "provider": found["provider"],
                "ok": found["ok"],
                "finish_reason": found["finish_reason"],
                "cost_usd": found["cost_usd"],
                "latency_ms": found["latency_ms"],
                "ttft_ms": found["ttft_ms"],
                "error": found["error"]["kind"] if found["error"] else None,
            }
            self._broadcaster.publish("test", event)


class _Test:
    """A test under way as a task of its own, which ends with its calls, whether or not its answer is read.

    Args:
        run: the calls.
        note: is told what happens as well.
    """

    def __init__(self, run: TestRun | ProbeRun, note: Callable[["_Test", Happening], None]) -> None:
        self._run, self._note = run, note
        self._happenings: asyncio.Queue[Happening] = asyncio.Queue()
        self._task = asyncio.create_task(self._make_calls())

    async def next(self) -> Happening:
        """The next event, the report, or an error; None: it is over."""
        return await self._happenings.get()

    def cancel(self) -> None:
        """End the calls."""
        self._run.cancel()

    async def _make_calls(self) -> None:
        try:
            self._tell(await self._run.report(self._tell))
        except Exception as error:  # noqa: BLE001 - the client is told
            self._tell(error)
        finally:
            self._tell(None)

    def _tell(self, happening: Happening) -> None:
        self._happenings.put_nowait(happening)
        self._note(self, happening)


def _document_of(report: Report) -> RootDocument:
    return probe_document(report) if isinstance(report, ProbeReport) else test_document(report)


def _last_event_of(happening: Report | Exception) -> tuple[str, RootDocument]:
    if isinstance(happening, Exception):
        return "problem", error_document(as_ours(happening), NAMES)
    return "done", _document_of(happening)


def _event_of(happening: Event | Report | Exception) -> tuple[str, RootDocument]:
    """A happening as a client is told of it: the name of the event, and its document."""
    if not isinstance(happening, Event):
        return _last_event_of(happening)
    if happening.result:
        finished: CallFinishedEvent = {"schema": 1, "index": happening.index, **result_object(happening.result)}
        return happening.kind, finished
    started: CallStartedEvent = {"schema": 1, "index": happening.index, "model": _name(happening)}
    if happening.kind == "started":
        return happening.kind, started
    text: CallTextEvent = {**started, "text": ModelText(happening.text)}
    return happening.kind, text


def _probe_event_of(happening: Event | Report | Exception) -> tuple[str, RootDocument]:
    """A happening of a probe as a client is told of it: by the index of its model."""
    if not isinstance(happening, Event):
        return _last_event_of(happening)
    index, number = divmod(happening.index, len(PROBES))
    started: CallStartedEvent = {"schema": 1, "index": index, "model": _name(happening)}
    if happening.kind == "notice":
        notice: CallTextEvent = {**started, "text": ModelText(happening.text)}
        return happening.kind, notice
    step: ProbeStepEvent = {**started, "probe": PROBES[number].name, "number": number + 1, "of": len(PROBES)}
    return happening.kind, step


def _name(event: Event) -> str:
    return event.target.model.id if event.target.model else event.target.name
