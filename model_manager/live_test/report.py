"""The request of a live test, its events, the result of each call and the report of all: values only."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from model_manager.core.messages import Reply
from model_manager.core.models import Model
from model_manager.core.parts import File
from model_manager.core.pricing import add
from model_manager.errors import REFUSED_KINDS, UNAVAILABLE_KINDS, ExitCode, ProviderError
from model_manager.service.outcomes import OptionFailure

PROMPT = "Say hello in one short sentence."


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRequest:
    """The models to call, and how: US dollars and seconds; the settings have the other limits.

    `options` are further options of the calls, by name, as the library takes them; `files` come before the prompt.
    """

    models: Sequence[str] = ()
    task: str | None = None
    assigned: bool = False
    all: bool = False
    each: bool = False
    prompt: str = PROMPT
    system: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    stream: bool = True
    timeout_s: float | None = None
    retries: int | None = None
    repeat: int = 1
    concurrency: int | None = None
    max_cost: Decimal | None = None
    verbose: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """A call to make.

    Attributes:
        name: what is called, for people.
        model: the model, or the one that stands for the route; None: there is none that can be called.
        problem: why there is none.
        hint: the name that was probably meant, or None.
        task: the task whose call it is, or None.
        route: the text of the route to follow with its fallbacks, or None: the model alone.
        option: which option of the route is called by itself, from 0, or None: the route is followed.
    """

    name: str
    model: Model | None
    problem: str | None = None
    task: str | None = None
    route: str | None = None
    option: int | None = None
    hint: str | None = None

    @property
    def refusal(self) -> ProviderError:
        """The error of a target without a model."""
        return ProviderError("not_found", self.problem or self.name, hint=self.hint)

    @property
    def followed(self) -> str | None:
        """The route that the call follows, or None: it is of one model."""
        return self.route if self.option is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One call: the reply, or the error with what had arrived; and the variable that held the key.

    `model` is the one that answered, or the one that stands for the call; `failures` are the options of a route
    that were tried before it, or all if none answered.
    """

    target: Target
    model: Model | None = None
    key_variable: str | None = None
    reply: Reply | None = None
    error: ProviderError | None = None
    failures: tuple[OptionFailure, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the call for people: for a task with the model that answered."""
        model = self.model.id if self.model else self.target.name
        return f"{self.target.task}: {model}" if self.target.task else model

    @property
    def is_ok(self) -> bool:
        """Whether a complete answer arrived."""
        return self.error is None and self.reply is not None

    @property
    def all_warnings(self) -> tuple[str, ...]:
        """The warnings of the call and of its reply, each once: a task's reply repeats those of its model."""
        return tuple(dict.fromkeys((*self.warnings, *(self.reply.warnings if self.reply else ()))))


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the 95th percentile of some durations in milliseconds, or of some speeds."""

    minimum: float
    median: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """Statistics of several calls of one model; `cost_usd` is the mean of those that answered, None if unknown."""

    name: str
    runs: int
    passed: int
    latency_ms: Spread | None
    ttft_ms: Spread | None
    tokens_per_second: Spread | None = None
    cost_usd: Decimal | None = None


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
        """US dollars of all calls, as far as they reached a provider."""
        replies = [result.reply for result in self.results if result.reply]
        return add(reply.cost_usd for reply in replies) if replies else Decimal(0)

    @property
    def exit_code(self) -> ExitCode:
        """0 if all answered; 4 or 5 if every failure is a refusal or an outage; else 1."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        kinds = {kind for result in self.results if result.error for kind in _kinds(result)}
        if not kinds:
            return ExitCode.OK
        if kinds <= REFUSED_KINDS:
            return ExitCode.REFUSED
        return ExitCode.UNAVAILABLE if kinds <= UNAVAILABLE_KINDS else ExitCode.FAILED


def _kinds(result: TestResult) -> Iterator[str]:
    """The kinds of a failed call: of a route those of all its options."""
    yield from (failure.error.kind for failure in result.failures)
    if result.error and not result.failures:
        yield result.error.kind


@dataclass(frozen=True, slots=True)
class Event:
    """Progress of the call with this index: started, text, notice (a retry, a dropped option), or finished."""

    kind: Literal["started", "text", "notice", "finished"]
    index: int
    target: Target
    text: str = ""
    result: TestResult | None = None


OnEvent = Callable[[Event], None]


def repetitions_of(results: Sequence[TestResult]) -> Iterator[Repetition]:
    """The statistics of each model's calls."""
    for name in dict.fromkeys(result.name for result in results):
        own = [result for result in results if result.name == name]
        replies = [result.reply for result in own if result.is_ok and result.reply]
        speeds = [reply.tokens_per_second for reply in replies if reply.tokens_per_second is not None]
        total = add(reply.cost_usd for reply in replies) if replies else None
        yield Repetition(
            name=name,
            runs=len(own),
            passed=len(replies),
            latency_ms=spread([reply.latency_ms for reply in replies if reply.latency_ms is not None]),
            ttft_ms=spread([reply.ttft_ms for reply in replies if reply.ttft_ms is not None]),
            tokens_per_second=spread(speeds),
            cost_usd=None if total is None else total / len(replies),
        )


def spread(durations: Sequence[float]) -> Spread | None:
    """Minimum, median and 95th percentile (nearest rank), or None of nothing."""
    if not durations:
        return None
    ordered = sorted(durations)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Spread(ordered[0], median, ordered[math.ceil(0.95 * len(ordered)) - 1])
