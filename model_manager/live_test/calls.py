"""The calls of one `test`, several at a time: threads, and the events they send to whoever shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from model_manager.config.trust import Destination
from model_manager.config.workspace import Workspace
from model_manager.core.endpoints import Endpoint
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.messages import ChatMessage, ChatOptions, Reply
from model_manager.core.models import Model
from model_manager.core.pricing import Usage, cost
from model_manager.core.quantities import estimate_tokens
from model_manager.errors import ProviderError
from model_manager.live_test.budget import Budget, spent_on, worst_case
from model_manager.live_test.masking import Masked
from model_manager.live_test.report import Event, Target, TestRequest, TestResult
from model_manager.live_test.workers import Workers
from model_manager.service.model_client import ModelClient

#: Reasoning models spend hundreds of hidden tokens before the first visible one; less than this starves them.
DEFAULT_MAX_TOKENS = 4096
MOST_WORKERS = 48
#: How long after Ctrl-C an answer may take to be put away; who still waits for its first word is not waited for.
_LAST_WORDS_S = 0.25


def request_of(question: TestRequest, model: Model) -> tuple[list[ChatMessage], ChatOptions]:
    """What is sent to a model."""
    messages = [ChatMessage("system", question.system)] if question.system else []
    messages.append(ChatMessage("user", question.prompt))
    asked = question.max_tokens is not None
    limit = question.max_tokens or min(DEFAULT_MAX_TOKENS, model.max_output or DEFAULT_MAX_TOKENS)
    options = ChatOptions(
        # As the library does it, which is what is tested.
        stream=question.stream and model.has("streaming") is not False,
        max_tokens=limit,
        temperature=question.temperature,
        max_tokens_asked=asked,
    )
    return messages, options


def workers_for(question: TestRequest, calls: int) -> int:
    """How many calls run at a time. Repetitions measure, so they wait for each other unless told otherwise."""
    if question.concurrency:
        return min(question.concurrency, calls, MOST_WORKERS)
    return 1 if question.repeat > 1 else min(calls, MOST_WORKERS)


class Calls:
    """The calls of one run, each a job of the workers."""

    def __init__(
        self,
        workspace: Workspace,
        question: TestRequest,
        moment: datetime,
        *,
        caller: ModelClient,
        targets: Sequence[Target],
        budget: Budget,
    ) -> None:
        self._workspace, self._question, self._moment, self._caller = workspace, question, moment, caller
        self._targets = targets
        self._budget = budget
        self._workers = Workers()
        self._started: set[int] = set()
        self._arrived: dict[int, list[str]] = {}
        self._finished: dict[int, TestResult] = {}

    def events(self) -> Iterator[Event]:
        """Start the workers and yield what happens until all calls are finished, or stopped."""
        calls = len(self._targets)
        self._workers.start(calls, workers_for(self._question, calls), self._work)
        while len(self._finished) < calls:
            event = self._workers.next_event()
            if event is None:
                return
            self._take(event)
            yield event

    @property
    def are_stopped(self) -> bool:
        """Whether somebody has ended them."""
        return self._workers.are_stopped

    def stop(self) -> None:
        """End all calls, from any thread."""
        self._workers.stop()
        self._caller.cancel()

    def last_events(self) -> Iterator[Event]:
        """What stopped calls have to say of what had arrived, which is over in no time."""
        events = self._workers.last_events(_LAST_WORDS_S)
        while self._started - self._finished.keys() and (event := next(events, None)):
            self._take(event)
            yield event

    def results(self) -> tuple[TestResult, ...]:
        """Every call's result; those that Ctrl-C ended have the text that had arrived."""
        return tuple(self._finished.get(index) or self._cancelled(index) for index in range(len(self._targets)))

    def _take(self, event: Event) -> None:
        if event.kind == "started":
            self._started.add(event.index)
        elif event.kind == "text":
            self._arrived.setdefault(event.index, []).append(event.text)
        elif event.result:
            self._finished[event.index] = event.result

    def _work(self, index: int) -> None:
        target = self._targets[index]
        self._workers.tell(Event("started", index, target))
        self._workers.tell(Event("finished", index, target, result=self._result(index, target)))

    def _result(self, index: int, target: Target) -> TestResult:
        if target.model is None:
            return TestResult(target=target, error=ProviderError("not_found", target.problem or target.name))
        result = self._known(target, target.model)
        try:
            reply = self._ask(index, target.name, self._workspace.endpoint(target.model))
            return replace(result, reply=reply)
        except ProviderError as error:
            return replace(result, reply=error.partial, error=error)
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to, and the others go on
            return replace(result, error=ProviderError("protocol", f"unexpected {type(error).__name__}: {error}"))

    def _known(self, target: Target, model: Model) -> TestResult:
        """What is known about a call before it is made."""
        provider = self._workspace.catalogue.provider_of(model)
        findings = (*lifecycle_problem(model, self._moment.date()), *self._workspace.key_doubts(provider))
        return TestResult(
            target=target,
            key_variable=self._workspace.key(provider).variable,
            warnings=tuple(finding.message for finding in findings),
        )

    def _ask(self, index: int, name: str, endpoint: Endpoint) -> Reply:
        """Make a call within the budget.

        Raises:
            ProviderError: if no complete answer came, or the budget does not allow the call.
        """
        messages, options = request_of(self._question, endpoint.model)
        reserved = self._budget.reserve(worst_case(endpoint, messages, options, self._moment), name)
        reply, error = None, None
        try:
            if self._workers.are_stopped:
                raise ProviderError("cancelled", "interrupted")  # noqa: TRY301 - it had to wait for its money
            if self._question.verbose:
                self._tell("notice", index, _whereto(self._workspace.destination(endpoint.provider)))
            reply = self._call(index, endpoint, messages, options)
        except ProviderError as broken:
            reply, error = broken.partial, broken
            raise
        else:
            return reply
        finally:
            self._budget.settle(reserved, spent_on(reply, error))

    def _call(
        self, index: int, endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions
    ) -> Reply:
        masked = Masked(endpoint.key)

        def tell(kind: Literal["text", "notice"], text: str) -> None:
            self._tell(kind, index, masked(text) if kind == "text" else text)

        try:
            return self._caller.call(endpoint, messages, options, tell, verbose=self._question.verbose)
        finally:
            self._tell("text", index, masked.rest())

    def _tell(self, kind: Literal["text", "notice"], index: int, text: str) -> None:
        if text:
            self._workers.tell(Event(kind, index, self._targets[index], text))

    def _cancelled(self, index: int) -> TestResult:
        target, was_started = self._targets[index], index in self._started
        error = ProviderError("cancelled", "interrupted" if was_started else "interrupted before it started")
        error.attempts = int(was_started)
        if target.model is None:
            return TestResult(target=target, error=error)
        text = "".join(self._arrived.get(index, ()))
        reply = self._broken_off(target.model, text) if text else None
        return replace(self._known(target, target.model), reply=reply, error=error)

    def _broken_off(self, model: Model, text: str) -> Reply:
        """What had arrived of an answer, with its cost as far as it can be told."""
        messages, _ = request_of(self._question, model)
        usage = Usage(
            input_tokens=sum(estimate_tokens(message.content.encode()) for message in messages),
            output_tokens=estimate_tokens(text.encode()),
            estimated=True,
        )
        dollars = cost(model.price, usage, self._moment)
        return Reply(
            model=model.id,
            provider=model.provider,
            model_id=model.model_id,
            text=text,
            usage=usage,
            cost_usd=dollars,
            cost_source=None if dollars is None else "catalogue",
        )


def _whereto(to: Destination) -> str:
    key = f"with the key of {to.key_variable}" if to.key_variable else "without a key"
    return f"calling {to.base_url} ({to.named_by}) {key}"
