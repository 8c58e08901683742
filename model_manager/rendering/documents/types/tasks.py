"""Types of tasks, as `list` and `info` show them."""

from collections.abc import Mapping, Sequence

from model_manager.rendering.documents.types.base import JsonObject, Number, RootDocument, Usd
from model_manager.rendering.documents.types.changes import AssignmentChangeObject
from model_manager.rendering.documents.types.problems import FindingObject, SourceObject


class ShadowedObject(JsonObject):
    """A value that a stronger one overrides."""

    value: str
    """The value."""
    source: SourceObject
    """Where it stands."""


class TaskObject(JsonObject):
    """A task and its route."""

    task: str
    """Its name."""
    purpose: str | None
    """Its purpose in the application."""
    env: str
    """The variable that assigns its model."""
    route: str | None
    """The route in force; null: none."""
    model: str | None
    """The model with the largest share of the route's first option; null: none that is in the catalogue."""
    source: SourceObject | None
    """Where the route comes from."""
    shadowed: Sequence[ShadowedObject]
    """Overridden values, the strongest first."""
    problems: Sequence[FindingObject]
    """Problems with the assignment."""
    example: bool
    """Whether the task is one of the embedded examples, which are there until a file of one's own has tasks."""


class ProfileObject(JsonObject):
    """The typical work of a task."""

    requests_per_day: Number | None
    """Requests in a day."""
    input_tokens: int | None
    """Tokens of one prompt."""
    output_tokens: int | None
    """Tokens of one answer."""
    cache_share: Number
    """The part of the prompt that is read from a cache, from 0 to 1."""


class MeasuredLatencyObject(JsonObject):
    """Percentiles of the time to the whole answer, in milliseconds; null: no call was answered."""

    p50: float | None
    """Half of the answers took at most this."""
    p95: float | None
    """95 of 100 took at most this."""


class MeasuredObject(JsonObject):
    """What a task really did in the last 30 days, by the ledger: an application's calls, no live tests."""

    since: str
    """From when on it was measured: 30 days ago, or the task's first call (RFC 3339, UTC)."""
    days: Number
    """Days since then, at least 1."""
    calls: int
    """How often the task was called; fallbacks are not counted again."""
    calls_per_day: Number
    """Calls in a day."""
    input_tokens: int | None
    """Mean tokens of a prompt; null: no call was answered."""
    output_tokens: int | None
    """Mean tokens of an answer."""
    cache_share: Number | None
    """The part of all prompts that was read from a cache, from 0 to 1."""
    monthly_usd: Usd | None
    """Cost of 30 days like these; null: unknown."""
    unpriced_calls: int
    """Calls whose cost is unknown; they are not in monthly_usd."""
    latency_ms: MeasuredLatencyObject
    """How long answers took."""
    profile_toml: str | None
    """Lines for models.toml with these figures; null: the profile differs by less than a factor of two."""


class AutoObject(JsonObject):
    """How `auto` chooses a model by the complexity of the prompt."""

    models: Mapping[str, str]
    """A model for each tier."""
    thresholds: Mapping[str, float]
    """The score from which on each tier begins."""
    weights: Mapping[str, float]
    """The weight of each signal."""


class TaskInfoObject(TaskObject):
    """Everything about a task."""

    requires: Sequence[str]
    """Capabilities that its model must have."""
    min_context: int | None
    """The least context window, in tokens."""
    max_price: Usd | None
    """The highest price of a million input tokens."""
    profile: ProfileObject | None
    """Its typical work."""
    monthly_usd: Usd | None
    """Cost of 30 days by the profile; null: unknown."""
    moved: str | None
    """The route with what replaces models whose end is announced or past; null: it has none of them."""
    measured: MeasuredObject | None
    """What it really did; null: no recorded calls."""
    preferences: Mapping[str, str]
    """Named routes that a call may ask for."""
    auto: AutoObject | None
    """How `auto` chooses for it."""


class TaskHistoryObject(TaskInfoObject):
    """Everything about a task, with its history."""

    history: Sequence[AssignmentChangeObject]
    """The changes of its assignment, the latest first."""


class TaskInfoDocument(RootDocument):
    """The document of `model-manager info TASK --json`."""

    task: TaskInfoObject | TaskHistoryObject
    """The task; with `--history` it has a history."""
