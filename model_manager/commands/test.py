"""`test`: live calls. Says what arrived, how fast, at what cost, and whether it was an answer."""

import math
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_manager.commands.rows import find_assignment, find_model
from model_manager.config.trust import Destination
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.messages import ChatMessage, ChatOptions, Endpoint, Reply
from model_manager.core.models import Model
from model_manager.core.pricing import Usage, add, cost, plain
from model_manager.core.quantities import estimate_tokens
from model_manager.errors import (
    REFUSED_KINDS,
    UNAVAILABLE_KINDS,
    ExitCode,
    ProviderError,
    UnknownNameError,
    UsageError,
)
from model_manager.providers import wire_of
from model_manager.providers.curl import as_curl
from model_manager.service import Caller

PROMPT = "Say hello in one short sentence."
#: Reasoning models spend hundreds of hidden tokens before the first visible one; less than this starves them.
DEFAULT_MAX_TOKENS = 4096
MOST_WORKERS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to call, and how: US dollars and seconds; no `timeout_s` or `retries` means: as the settings say."""

    models: Sequence[str] = ()
    task: str | None = None
    assigned: bool = False
    all: bool = False
    prompt: str = PROMPT
    system: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    stream: bool = True
    timeout_s: float | None = None
    retries: int | None = None
    repeat: int = 1
    concurrency: int | None = None
    max_cost: Decimal | None = None
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A model to call, or (model None) a name that an assignment has and the catalogue does not."""

    name: str
    model: Model | None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One call: the reply, or the error with what had arrived; and the variable that held the key."""

    target: Target
    key_variable: str | None = None
    reply: Reply | None = None
    error: ProviderError | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether a complete answer arrived."""
        return self.error is None and self.reply is not None


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the 95th percentile of some durations, in milliseconds."""

    minimum: float
    median: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """What several calls of one model have in common."""

    name: str
    runs: int
    passed: int
    latency_ms: Spread | None
    ttft_ms: Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """All calls in the order they were asked for; `cost_usd` is None if one that answered has an unknown cost."""

    results: tuple[TestResult, ...]
    repetitions: tuple[Repetition, ...] = ()
    interrupted: bool = False

    @property
    def passed(self) -> int:
        """How many answered."""
        return sum(result.is_ok for result in self.results)

    @property
    def cost_usd(self) -> Decimal | None:
        """What all of it cost, as far as it reached a provider."""
        replies = [result.reply for result in self.results if result.reply]
        return add(reply.cost_usd for reply in replies) if replies else Decimal(0)

    @property
    def exit_code(self) -> ExitCode:
        """0 if all answered; 4 or 5 if every failure is a refusal or an outage; else 1."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        kinds = {result.error.kind for result in self.results if result.error}
        if not kinds:
            return ExitCode.OK
        if kinds <= REFUSED_KINDS:
            return ExitCode.REFUSED
        return ExitCode.UNAVAILABLE if kinds <= UNAVAILABLE_KINDS else ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class Event:
    """What happens to the call with this index: started, text, notice (a retry, a dropped option), or finished."""

    kind: Literal["started", "text", "notice", "finished"]
    index: int
    target: Target
    text: str = ""
    result: TestResult | None = None


OnEvent = Callable[[Event], None]


@dataclass
class _Budget:
    """US dollars that may still be spent; what a call could cost at worst is set aside before it starts."""

    left: Decimal | None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self, amount: Decimal | None, name: str) -> Decimal:
        """Set an amount aside.

        Raises:
            ProviderError: of kind "budget" if it is not there, or cannot be known.
        """
        if self.left is None:
            return Decimal(0)
        if amount is None:
            hint = "leave --max-cost out, or add its price to models.toml"
            raise ProviderError("budget", f"{name} has no price, so --max-cost cannot be kept", hint=hint)
        with self.lock:
            if amount > self.left:
                message = f"{name} could cost ${plain(amount):f} and ${plain(self.left):f} of --max-cost are left"
                raise ProviderError("budget", message, hint="lower --max-tokens or raise --max-cost")
            self.left -= amount
        return amount

    def settle(self, reserved: Decimal, reply: Reply | None) -> None:
        """Give back what was set aside and not spent; where the cost is unknown, nothing comes back."""
        if self.left is None:
            return
        spent = Decimal(0) if reply is None else reply.cost_usd
        if spent is not None:
            with self.lock:
                self.left += reserved - spent


def targets_of(workspace: Workspace, question: Question, moment: datetime) -> list[Target]:
    """What is to be called, each once, in the order of the command line or of the catalogue.

    Raises:
        UsageError: nothing, or nothing that exists, was named.
    """
    targets = [_named(workspace, name) for name in question.models]
    if question.task:
        targets.append(_of_task(find_assignment(workspace, question.task, moment.date())))
    if question.assigned:
        targets += [_of_task(assignment) for assignment in workspace.assignments(moment.date())]
    if question.all:
        models = workspace.catalogue.models.values()
        current = [model for model in models if model.status(moment.date()) != "retired"]
        ready = [model for model in current if workspace.is_ready(workspace.catalogue.provider_of(model))]
        targets += [Target(model.id, model) for model in ready]
        if not ready:
            raise UsageError(
                "--all calls the models whose key is set, and there is none", hint="model-manager list"
            )
    if not targets:
        hint = "model-manager test MODEL [PROMPT], or -m MODEL, --task TASK, --assigned, --all"
        raise UsageError("test needs to know what to call", hint=hint)
    return list({(target.model.id if target.model else target.name): target for target in targets}.values())


def _named(workspace: Workspace, name: str) -> Target:
    if name in workspace.catalogue.tasks:
        raise UnknownNameError(f"{name!r} is a task, not a model", hint=f"model-manager test --task {name}")
    model = find_model(workspace, name)
    return Target(model.id, model)


def _of_task(assignment: Assignment) -> Target:
    """The model of a task's route; where there is none, the reason in its place."""
    if assignment.model:
        return Target(assignment.model.id, assignment.model)
    reason = next(
        (f.message for f in assignment.problems if f.severity == "error"), "its model depends on the query"
    )
    where = f" ({assignment.source.text})" if assignment.source else ""
    return Target(assignment.text or assignment.task.name, None, f"{assignment.task.name}: {reason}{where}")


def run(workspace: Workspace, question: Question, moment: datetime, on_event: OnEvent) -> TestReport:
    """Call what the question names, several at a time; Ctrl-C ends it at once and keeps what has arrived.

    Raises:
        UsageError: the question names nothing that exists.
        SettingsError: a variable holds a base URL that is none.
    """
    named = targets_of(workspace, question, moment)
    for provider in {target.model.provider for target in named if target.model}:
        workspace.destination(workspace.catalogue.providers[provider])
    targets = [target for target in named for _ in range(question.repeat)]
    caller = Caller(
        timeout_s=question.timeout_s or workspace.settings.timeout,
        retries=workspace.settings.retries if question.retries is None else question.retries,
    )
    calls = _Calls(workspace, question, moment, caller, targets)
    interrupted = False
    try:
        for event in calls.events():
            on_event(event)
    except KeyboardInterrupt:
        interrupted = True
    results = calls.results()
    repetitions = tuple(_repetitions(results)) if question.repeat > 1 else ()
    return TestReport(results=results, repetitions=repetitions, interrupted=interrupted)


def workers_for(question: Question, calls: int) -> int:
    """How many calls run at a time. Repetitions measure, so they wait for each other unless told otherwise."""
    if question.concurrency:
        return min(question.concurrency, calls, MOST_WORKERS)
    return 1 if question.repeat > 1 else min(calls, MOST_WORKERS)


class _Calls:
    """The calls of one run, on daemon threads: a blocked read must keep neither Ctrl-C nor the process waiting."""

    def __init__(
        self, workspace: Workspace, question: Question, moment: datetime, caller: Caller, targets: list[Target]
    ) -> None:
        self._workspace, self._question, self._moment, self._caller = workspace, question, moment, caller
        self._targets = targets
        self._budget = _Budget(question.max_cost)
        self._waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._arrived: dict[int, str] = {}
        self._finished: dict[int, TestResult] = {}

    def events(self) -> Iterator[Event]:
        """Start the workers and yield what happens until all calls are finished."""
        for index in range(len(self._targets)):
            self._waiting.put(index)
        for _ in range(workers_for(self._question, len(self._targets))):
            threading.Thread(target=self._work, daemon=True).start()
        while len(self._finished) < len(self._targets):
            event = self._events.get()
            if event.kind == "text":
                self._arrived[event.index] = self._arrived.get(event.index, "") + event.text
            elif event.result:
                self._finished[event.index] = event.result
            yield event

    def results(self) -> tuple[TestResult, ...]:
        """Every call's result; those that Ctrl-C ended have the text that had arrived."""
        return tuple(self._finished.get(index) or self._cancelled(index) for index in range(len(self._targets)))

    def _work(self) -> None:
        while True:
            try:
                index = self._waiting.get_nowait()
            except queue.Empty:
                return
            target = self._targets[index]
            self._events.put(Event("started", index, target))
            result = self._call(index, target)
            self._events.put(Event("finished", index, target, result=result))

    def _call(self, index: int, target: Target) -> TestResult:
        if target.model is None:
            return TestResult(target=target, error=ProviderError("not_found", target.problem or target.name))
        result = TestResult(
            target=target,
            key_variable=self._workspace.key(self._workspace.catalogue.provider_of(target.model)).variable,
            warnings=tuple(finding.message for finding in lifecycle_problem(target.model, self._moment.date())),
        )
        reserved, reply = Decimal(0), None
        try:
            endpoint = self._workspace.endpoint(target.model)
            messages, options = request_of(self._question, target.model)
            reserved = self._budget.reserve(worst_case(endpoint, messages, options, self._moment), target.name)
            if self._question.verbose:
                self._tell("notice", index, _whereto(self._workspace.destination(endpoint.provider)))
            reply = self._caller.call(
                endpoint, messages, options, lambda kind, text: self._tell(kind, index, text)
            )
            return replace(result, reply=reply)
        except ProviderError as error:
            reply = error.partial
            return replace(result, reply=reply, error=error)
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to, and the others go on
            return replace(result, error=ProviderError("protocol", f"unexpected {type(error).__name__}: {error}"))
        finally:
            self._budget.settle(reserved, reply)

    def _tell(self, kind: Literal["text", "notice"], index: int, text: str) -> None:
        self._events.put(Event(kind, index, self._targets[index], text))

    def _cancelled(self, index: int) -> TestResult:
        target, text = self._targets[index], self._arrived.get(index, "")
        reply = None
        if target.model and text:
            usage = Usage(output_tokens=estimate_tokens(text.encode()), estimated=True)
            model = target.model
            reply = Reply(model=model.id, provider=model.provider, model_id=model.model_id, text=text, usage=usage)
        return TestResult(target=target, reply=reply, error=ProviderError("cancelled", "interrupted"))


def curl_commands(workspace: Workspace, question: Question, moment: datetime) -> list[str]:
    """The requests as curl commands with the key as a variable; nothing is sent.

    Raises:
        UsageError: the question names nothing that exists.
    """
    commands = []
    for target in targets_of(workspace, question, moment):
        if target.model is None:
            raise UsageError(target.problem or target.name)
        endpoint = workspace.unsent_endpoint(target.model)
        messages, options = request_of(question, target.model)
        call = wire_of(endpoint.provider.wire).build_call(endpoint, messages, options)
        commands.append(as_curl(call, workspace.key(endpoint.provider).shown))
    return commands


def _whereto(to: Destination) -> str:
    key = f"with the key of {to.key_variable}" if to.key_variable else "without a key"
    return f"calling {to.base_url} ({to.named_by}) {key}"


def request_of(question: Question, model: Model) -> tuple[list[ChatMessage], ChatOptions]:
    """What is sent to a model."""
    messages = [ChatMessage("system", question.system)] if question.system else []
    messages.append(ChatMessage("user", question.prompt))
    asked = question.max_tokens is not None
    limit = question.max_tokens or min(DEFAULT_MAX_TOKENS, model.max_output or DEFAULT_MAX_TOKENS)
    options = ChatOptions(
        stream=question.stream, max_tokens=limit, temperature=question.temperature, max_tokens_asked=asked
    )
    return messages, options


def worst_case(
    endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions, moment: datetime
) -> Decimal | None:
    """US dollars that a call costs if the answer is as long as it may be; the prompt is estimated, generously."""
    prompt = sum(2 * estimate_tokens(message.content.encode()) + 16 for message in messages)
    return cost(endpoint.model.price, Usage(input_tokens=prompt, output_tokens=options.max_tokens), moment)


def _repetitions(results: Sequence[TestResult]) -> Iterator[Repetition]:
    for name in dict.fromkeys(result.target.name for result in results):
        own = [result for result in results if result.target.name == name]
        replies = [result.reply for result in own if result.is_ok and result.reply]
        yield Repetition(
            name=name,
            runs=len(own),
            passed=len(replies),
            latency_ms=spread([reply.latency_ms for reply in replies if reply.latency_ms is not None]),
            ttft_ms=spread([reply.ttft_ms for reply in replies if reply.ttft_ms is not None]),
        )


def spread(durations: Sequence[float]) -> Spread | None:
    """Minimum, median and 95th percentile (nearest rank), or None of nothing."""
    if not durations:
        return None
    ordered = sorted(durations)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Spread(ordered[0], median, ordered[math.ceil(0.95 * len(ordered)) - 1])
