"""Types of what is computed without a call: the documents of `cost` and `route`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired

from model_manager.commands.profiles import Per
from model_manager.commands.request_limits import LimitName
from model_manager.commands.route import OptionState
from model_manager.core.routing.auto import ComplexityTier
from model_manager.rendering.documents.types.base import JsonObject, Number, RootDocument, Usd
from model_manager.rendering.documents.types.problems import FindingObject, SourceObject
from model_manager.rendering.documents.types.tasks import MeasuredObject


class WorkloadObject(JsonObject):
    """The workload that was priced; the counts are null where each task has its own."""

    input_tokens: int | None
    """Tokens of one prompt, cached parts included."""
    output_tokens: int | None
    """Tokens of one answer."""
    cache_read_tokens: int | None
    """The part of the prompt that is read from a cache."""
    cache_write_tokens: int | None
    """The part of the prompt that is written to a cache, for any time."""
    cache_write_1h_tokens: int | None
    """The part of it that is kept for an hour."""
    cache_write_12h_tokens: int | None
    """The part of it that is kept for twelve hours."""
    requests: Number | None
    """The number of requests."""
    per: Per | None
    """The time in which these requests are made; null: no matter when."""
    estimated: bool
    """Whether the numbers of tokens are estimates."""
    on: str
    """The moment of the prices (RFC 3339)."""


class ExceededLimitObject(JsonObject):
    """A limit of a model that the request is beyond."""

    limit: LimitName
    """The limit, by its name in the catalogue."""
    tokens: int
    """The tokens that it allows."""


class TierReachedObject(JsonObject):
    """A tier of prices for long prompts, and what the same tokens would cost below it."""

    above: int
    """The tokens of a prompt above which the tier applies."""
    smaller_tokens: int
    """The most tokens of a prompt that no tier applies to."""
    smaller_usd: Usd | None
    """The cost of the same tokens in requests with such prompts; null: it is not less."""


class CostObject(JsonObject):
    """Cost of the workload on a model."""

    model: str | None
    """The model's id; null: the task has none."""
    provider: str | None
    """Its provider's id."""
    task: NotRequired[str | None]
    """The task, where tasks were priced."""
    measured: NotRequired[MeasuredObject | None]
    """What the task really did, where tasks were priced; null: no recorded calls."""
    cost_usd: Usd | None
    """The cost; null: unknown."""
    input_usd: Usd | None
    """The part of it for prompts, cached tokens included; null: unknown."""
    output_usd: Usd | None
    """The part of it for answers; null: unknown."""
    request_usd: Usd | None
    """The part of it that is a fee for each request; null: unknown."""
    relative: float | None
    """The cost divided by that of the reference."""
    best_for: str | None
    """The work that the model is best for."""
    exceeds: Sequence[ExceededLimitObject]
    """The model's limits that the request is beyond: it could not be made."""
    tier: TierReachedObject | None
    """The tier for long prompts by which the request is billed; null: by none."""


class CostDocument(RootDocument):
    """The document of `model-manager cost --json`."""

    workload: WorkloadObject
    """The workload."""
    reference: str | None
    """The model with which the others are compared."""
    costs: Sequence[CostObject]
    """The cheapest first, unknown costs last."""
    notes: Sequence[str]
    """Models that were left out, and other remarks."""
    total_usd: NotRequired[Usd | None]
    """Cost of all tasks, where tasks were priced; null: that of one is unknown."""
    known_usd: NotRequired[Usd | None]
    """Cost of those tasks whose cost is known, where tasks were priced."""
    unknown_tasks: NotRequired[int]
    """Number of tasks whose cost is unknown, where tasks were priced."""


class ComplexityObject(JsonObject):
    """How complex `auto` finds a prompt."""

    score: float
    """From 0 to 1."""
    tier: ComplexityTier
    """The tier of this score."""
    signals: Mapping[str, float]
    """The strength of each signal that was found, from 0 to 1."""


class RouteOptionObject(JsonObject):
    """A share of a route, and whether it could be called."""

    option: int
    """The position of its option in the route, from 1."""
    percent: int | None
    """Its part of the option."""
    name: str
    """The model's name in the route."""
    model: str | None
    """The model's id; null: it is not in the catalogue."""
    provider: str | None
    """Its provider's id."""
    order: int | None
    """Its place in the order of calls, from 1; null: it would never be called."""
    state: OptionState
    """chosen: it is called; ready: it could be; off: its share is 0; the others say what keeps it from a call."""
    cooling_s: float | None
    """Seconds until it may be called again."""
    message: str | None
    """Why it cannot be called, in a sentence."""


class RouteDocument(RootDocument):
    """The document of `model-manager route --json`."""

    task: str
    """The task."""
    route: str
    """The route that the call takes."""
    source: SourceObject | None
    """Where the route comes from; null: a preference."""
    preference: str | None
    """The preference that was asked for."""
    user: str | None
    """The user who was named."""
    model: str | None
    """The model that would be called; null: none could be."""
    provider: str | None
    """Its provider's id."""
    reason: str
    """Why this one, or why none."""
    complexity: ComplexityObject | None
    """The complexity of the prompt, where `auto` chose."""
    options: Sequence[RouteOptionObject]
    """Every share of the route."""
    problems: Sequence[FindingObject]
    """Problems with the route."""
