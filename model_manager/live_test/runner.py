"""The one runner of live tests: numbered jobs on an event loop, their calls within a budget, and their events."""

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from model_manager.config.workspace import Workspace
from model_manager.core.calls import CallKind
from model_manager.core.endpoints import Endpoint
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.models import Model
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import add
from model_manager.errors import ProviderError
from model_manager.live_test.call_costs import spent_on, worst_case
from model_manager.live_test.cancellation import CancellableConnection
from model_manager.live_test.cost_limit import CostLimit
from model_manager.live_test.report import Event, OnEvent, TestRequest
from model_manager.service.budgets import guard_for
from model_manager.service.model_client import ModelClient, Tell
from model_manager.service.outcomes import OptionFailure
from model_manager.service.recording import observers_of, recorder_for
from model_manager.service.requests import CallRequest
from model_manager.service.routes import Plan
from model_manager.service.snapshot import Snapshot

#: The most calls at a time.
MOST_AT_ONCE = 64
#: Turns of the event loop from the start of a call until its request is sent, where connecting takes no time. The
#: next call starts after them: calls that start in the same instant would wait for each other before they are sent
#: and when their answers come, and that wait would be reported as the models' latency.
_TURNS_UNTIL_SENT = 10
_T = TypeVar("_T")


class JobRunner:
    """Runs the jobs of one live test on the event loop that it is started on.

    Args:
        workspace: the catalogue, the keys and the settings.
        request: how to call.
        moment: as of when prices and lifecycles are.
        budget: the money of these calls; the request's own if there is none.
        kind: as what the calls are recorded.
    """

    def __init__(
        self,
        workspace: Workspace,
        request: TestRequest,
        moment: datetime,
        budget: CostLimit | None = None,
        *,
        kind: CallKind = "test",
    ) -> None:
        self._workspace, self._request, self._moment = workspace, request, moment
        self._budget = budget or CostLimit(request.max_cost)
        retries = workspace.settings.retries if request.retries is None else request.retries
        timeout_s = request.timeout_s or workspace.settings.timeout
        self._snapshot = Snapshot(workspace)
        recorder = recorder_for(workspace, budgets=lambda: self._snapshot.budgets)
        self._client = ModelClient(
            timeout_s=timeout_s,
            retries=retries,
            kind=kind,
            observers=observers_of(workspace, recorder),
            guard=guard_for(self._snapshot, recorder),
        )
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._jobs: asyncio.Task[None] | None = None
        #: Whether no further call is to begin.
        self.is_stopped = False

    async def run(
        self, jobs: int, at_once: int, work: Callable[[int], Awaitable[None]], on_event: OnEvent
    ) -> None:
        """Do the jobs 0, 1, … in this order, some at a time, and hand their events to `on_event` as they come.

        Ctrl-C, a cancelled task and `stop` end the jobs; the events that those still send are handed on.
        """
        self._jobs = asyncio.create_task(self._run_jobs(jobs, min(jobs, at_once, MOST_AT_ONCE), work))
        self._jobs.add_done_callback(lambda _: self._events.put_nowait(None))
        try:
            is_over = False
            while not is_over:
                try:
                    if event := await self._events.get():
                        on_event(event)
                    is_over = event is None
                except (KeyboardInterrupt, asyncio.CancelledError):
                    self.stop()
        finally:
            if not self._jobs.done():  # `on_event` failed
                self.stop()
            await asyncio.wait([self._jobs])
            await self._client.aclose()
        if not self._jobs.cancelled():
            self._jobs.result()

    async def _run_jobs(self, jobs: int, at_once: int, work: Callable[[int], Awaitable[None]]) -> None:
        indexes = iter(range(jobs))
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._work_through(indexes, work))
                for _ in range(_TURNS_UNTIL_SENT):
                    await asyncio.sleep(0)

    async def _work_through(self, indexes: Iterator[int], work: Callable[[int], Awaitable[None]]) -> None:
        for index in indexes:
            if self.is_stopped:
                return
            await work(index)

    def stop(self) -> None:
        """Begin no further call and end those under way."""
        if not self.is_stopped and self._jobs:
            self._jobs.cancel()
        self.is_stopped = True

    def emit(self, event: Event) -> None:
        """Send an event, from a job."""
        self._events.put_nowait(event)

    async def ask(
        self,
        endpoint: Endpoint,
        messages: Sequence[ChatMessage],
        options: ChatOptions,
        tell: Tell,
        *,
        name: str,
        announcement: str | None = None,
        place: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Make one call within the budget.

        Args:
            endpoint: the model, and where and with which key it is called.
            messages: the conversation.
            options: how to answer.
            tell: is told of text and notices as they come.
            name: what is called, for the error of a budget that is too small.
            announcement: a notice to tell once the call can be paid.
            place: the fields of `CallContext` for the place of the model in a route, if it has one.

        Raises:
            ProviderError: no complete answer came, or the budget does not allow the call.
        """
        call = self._client.acall(
            endpoint,
            messages,
            options,
            tell,
            verbose=self._request.verbose,
            wrapped=CancellableConnection,
            place=place,
        )
        most = worst_case(endpoint, messages, options, self._moment)
        return await self._paid(call, most, name, partial(_announce, tell, announcement))

    def plan(self, task: str | None, request: CallRequest) -> Plan:
        """The plan of a call of a task, or along the request's route.

        Raises:
            ConfigurationError: the route cannot be followed.
        """
        return self._client.plan(self._snapshot, task, request)

    async def follow(
        self, plan: Plan, request: CallRequest, tell: Tell, failures: list[OptionFailure], *, name: str
    ) -> Reply:
        """Make one call along a route within the budget; `failures` gets what became of its options.

        Raises:
            ProviderError: no complete answer came, or the budget does not allow the call.
        """
        call = self._client.afollow(
            plan, request, tell, failures, verbose=self._request.verbose, wrapped=CancellableConnection
        )
        models = [model for choice in plan.choices if (model := self._snapshot.find(choice.name))]
        endpoints = [self._workspace.unsent_endpoint(model, plan.task) for model in models]
        most = add(worst_case(one, request.messages, request.options, self._moment) for one in endpoints)
        return await self._paid(call, most, name, lambda: None)

    async def _paid(
        self, call: Coroutine[Any, Any, Reply], most: Decimal | None, name: str, begin: Callable[[], None]
    ) -> Reply:
        """Make a call for which the budget has what it costs at most."""
        try:
            reserved = await self._budget.reserve(most, name)
        except BaseException:
            call.close()
            raise
        reply, error = None, None
        try:
            begin()
            reply = await call
        except ProviderError as broken:
            reply, error = broken.partial, broken
            raise
        else:
            return reply
        finally:
            self._budget.settle(reserved, spent_on(reply, error))

    def known(self, model: Model) -> tuple[str | None, tuple[str, ...]]:
        """The variable that holds a model's key, and warnings about key and lifecycle."""
        provider = self._workspace.catalogue.provider_of(model)
        findings = (*lifecycle_problem(model, self._moment.date()), *self._workspace.key_doubts(provider))
        return self._workspace.key(provider).variable, tuple(finding.message for finding in findings)


def _announce(tell: Tell, announcement: str | None) -> None:
    if announcement:
        tell("notice", announcement)


def failure_of(error: Exception) -> ProviderError:
    """The error of a call that raised: a bug in one call must not end the others."""
    if isinstance(error, ProviderError):
        return error
    return ProviderError("protocol", f"unexpected {type(error).__name__}: {error}")


def run_on_new_loop(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """The result of a coroutine, run on an event loop of this thread; Ctrl-C cancels it."""
    # A collection that goes through all that the start has loaded pauses calls for tens of milliseconds.
    gc.freeze()
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        return runner.run(coroutine)


def _new_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_DaemonThreads())
    return loop


class _DaemonThreads(ThreadPoolExecutor):
    """Runs each function on a daemon thread of its own.

    An event loop looks up host names on threads. The usual executor has few, so calls would wait for each other's
    look-ups; and Python joins its threads at exit, so Ctrl-C would wait for a name server that does not answer.
    """

    def submit(self, function: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        """Begin at once."""
        future: Future[_T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - it is raised to whoever waits for the future
                future.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        return future
