"""`FakeService`: an `AIService` that answers what it was given, in that order."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import repeat
from typing import Any

from model_manager.core.chat.conversation import Messages
from model_manager.core.endpoints import Endpoint
from model_manager.core.limits import DEFAULT_TIMEOUT_S
from model_manager.core.messages import Reply
from model_manager.core.models import Task
from model_manager.core.routing.choosing import Choice
from model_manager.core.routing.grammar import Route
from model_manager.errors import ProviderError, UsageError
from model_manager.providers.io.steps import Steps
from model_manager.service.call_runner import CallRunner
from model_manager.service.checks import CallCheck, OptionCheck, check_call
from model_manager.service.cooldowns import NoCooldowns
from model_manager.service.requests import CallOptions, CallRequest
from model_manager.service.routes import Plan, endpoint_for
from model_manager.service.service import AIService
from model_manager.service.snapshot import Snapshot, follow
from model_manager.service.sources import source_of
from model_manager.service.tasks import Preferences
from model_manager.testing.answers import (
    UNKNOWN,
    Answer,
    FakeAnswer,
    FakeCall,
    FakeContext,
    answer_steps,
    full_answer,
)

#: Errors for want of a key that may go where it would have to.
_OF_KEYS = frozenset({"missing_key", "untrusted", "auth"})
_HINT = "give an answer for each call, a function of the call, or itertools.repeat(answer)"


@dataclass(frozen=True, kw_only=True)
class _GivenRequest(CallRequest):
    """A request with its options as they were given."""

    given: Mapping[str, Any]


class FakeService(AIService):
    """An `AIService` for tests: it answers what it was given, in that order, without a network, keys or a ledger.

    It has all methods of `AIService` and checks what it is given as that does. Tasks are those of the
    application's `models.toml`, found as `AIService` finds it; where no file defines tasks, any name will do.

    Args:
        answers: for each call a text, a `Reply`, a `ProviderError` that is raised, a `FakeAnswer`, or a function
            of the `FakeCall` that gives one of these; or one such function for all calls.
        directory: where `.env` and `models.toml` are, as for `AIService`; `env_files`, `models_file` too.
        timeout: seconds that an answer may be delayed; `total_timeout` that a whole call may take.
        user_preferences: which preference a user has: a mapping or a function of the user's id.

    Attributes:
        calls: the calls that were made, in their order.
        scores: what `score` was given: replies, values and names.

    Raises:
        UsageError: an answer is none; by a call: there is none left.

    >>> from model_manager.testing import FakeService
    >>> service = FakeService(["Hello!", lambda call: call.text.upper()])
    >>> service.chat("chat", "Hi", max_tokens=10).text
    'Hello!'
    >>> service.chat("chat", "louder").text
    'LOUDER'
    >>> service.calls[0].task, service.calls[0].text, service.calls[0].options
    ('chat', 'Hi', {'max_tokens': 10})
    """

    def __init__(
        self,
        answers: Iterable[Answer] | Callable[[FakeCall], Any] = (),
        *,
        directory: str | os.PathLike[str] | None = None,
        env_files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
        models_file: str | os.PathLike[str] | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        total_timeout: float | None = None,
        user_preferences: Preferences | None = None,
    ) -> None:
        runner = CallRunner(timeout_s=timeout, total_s=total_timeout, retries=0, cooldowns=NoCooldowns())
        source = source_of(directory, env_files, models_file)
        # Not that of `AIService`, which opens the ledger and the state directory.
        super(AIService, self).__init__(follow(source), user_preferences, runner, None)
        self.calls: list[FakeCall] = []
        self.scores: list[tuple[Reply, float, str]] = []
        self._lock = threading.Lock()
        self._answers = _checked(answers)

    def score(self, reply: Reply, value: float, name: str = "quality") -> None:
        """Note what a user thought of an answer in `scores`; what is checked is what `AIService.score` checks."""
        super().score(reply, value, name)
        self.scores.append((reply, value, name))

    def _parse(self, messages: Messages, options: CallOptions, *, stream: bool) -> CallRequest:
        request = super()._parse(messages, options, stream=stream)
        parsed = {one.name: getattr(request, one.name) for one in fields(request)}
        return _GivenRequest(**parsed, given=dict(options))

    def _plan(self, task: str | None, request: CallRequest) -> Plan:
        state = self._reloader.latest
        if task is None or task in state.workspace.catalogue.tasks or _has_own_tasks(state):
            return super()._plan(task, request)
        if request.route is not None:
            return replace(super()._plan(None, request), task=Task(name=task))
        route: Route = state.route(UNKNOWN)
        choice = Choice(UNKNOWN, 0, None, "", UNKNOWN)
        return Plan(route=route, task=Task(name=task), choices=(choice,), state=state)

    def _steps(self, plan: Plan, request: CallRequest) -> Steps:
        task = plan.task.name if plan.task else None
        given = dict(request.given) if isinstance(request, _GivenRequest) else {}
        call = FakeCall(
            task, request.route if task is None else None, request.messages, given, request.options.stream
        )
        name = plan.choices[0].name
        resources = self._runner.resources(request)
        context = FakeContext(
            call=resources.call,
            request=request,
            model=plan.state.find(name),
            name=name,
            route=str(plan.route),
            deadline=resources.deadline,
            clock=resources.clock,
            monotonic=resources.monotonic,
        )
        return self._answered(call, context)

    def _answered(self, call: FakeCall, context: FakeContext) -> Steps:
        """Take the next answer when the call is made, as a request is sent then."""
        with self._lock:
            self.calls.append(call)
            number = len(self.calls)
            answer = next(self._answers, None)
        if answer is None:
            what = f"task {call.task!r}" if call.task else f"model {call.model!r}"
            message = f"the FakeService has no answer for call {number} ({what}: {call.text!r:.60})"
            raise UsageError(message, hint=_HINT)
        given = answer(call) if callable(answer) else answer
        return (yield from answer_steps(full_answer(given), context))

    def _check(self, plan: Plan, request: CallRequest) -> CallCheck:
        check = check_call(plan, request, self._runner.resources(request), _endpoint_without_key)
        if plan.choices[0].name != UNKNOWN:
            return check
        return replace(check, options=(OptionCheck(name=UNKNOWN),), error=None)

    def _counting(self, plan: Plan, request: CallRequest) -> Steps | None:  # noqa: ARG002 - as AIService has it
        """Nobody is asked: the estimate it is."""
        return None


def _checked(answers: object) -> Iterator[Any]:
    """The answers in turn; those of a list are checked at once, others when their turn comes.

    Raises:
        UsageError: one is no answer, or they are no collection.
    """
    if callable(answers):
        return repeat(answers)
    if isinstance(answers, str | Reply | ProviderError | FakeAnswer) or not isinstance(answers, Iterable):
        raise UsageError(f"expected a list of answers, got {answers!r:.100}", parameter="answers")
    if isinstance(answers, Sequence):
        for answer in answers:
            if not callable(answer):
                full_answer(answer)
    return iter(answers)


def _has_own_tasks(state: Snapshot) -> bool:
    """Whether a file of the application's defines tasks: those of the embedded catalogue are examples."""
    return any(task.place.layer != "embedded" for task in state.workspace.catalogue.tasks.values())


def _endpoint_without_key(plan: Plan, choice: Choice, request: CallRequest) -> Endpoint:
    """Where a choice would be called; tests have no keys."""
    try:
        return endpoint_for(plan, choice, request)
    except ProviderError as error:
        model = plan.state.find(choice.name)
        if model is None or error.kind not in _OF_KEYS:
            raise
        return plan.state.workspace.unsent_endpoint(model)
