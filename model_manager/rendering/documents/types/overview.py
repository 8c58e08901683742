"""Types of the overview that the admin page begins with."""

from collections.abc import Sequence
from typing import Annotated

from model_manager.rendering.documents.types.base import JsonObject, RootDocument, SchemaHint, Usd
from model_manager.rendering.documents.types.usage import (
    CallObject,
    ErrorCountObject,
    FiguresObject,
    UsageRowObject,
)


class LedgerStateObject(JsonObject):
    """The ledger, and whether there is anything in it."""

    path: str | None
    """Its file; null: nothing is recorded."""
    state: Annotated[str, SchemaHint(enum=["recording", "empty", "off", "unreadable"])]
    """recording: there are calls; empty: none yet; off: none are recorded; unreadable: it cannot be read."""
    message: str | None
    """Why there is nothing to see, where it is off or unreadable."""
    hint: str | None
    """How an unreadable one is mended, where that is known."""


class OverviewTaskObject(FiguresObject):
    """The calls of a task, or of the tasks that cost least together."""

    task: str | None
    """The task; null: models that were asked by name, or the others."""
    others: int
    """How many tasks these are together; 0: it is one."""


class OverviewPeriodObject(FiguresObject):
    """A part of the time."""

    start: str
    """When it begins (RFC 3339)."""
    costs_by_task: Sequence[Usd]
    """The known cost of each of `tasks`, in their order."""


class ModelProblemObject(JsonObject):
    """What is twice as bad as in a model's own week."""

    model: str
    """The model's id."""
    code: str
    """failures_doubled or latency_doubled."""
    severity: str
    """warning."""
    message: str
    """The problem, in a sentence."""


class OverviewDocument(RootDocument):
    """The overview: what was spent on which tasks, how fast and reliably, and the latest calls."""

    since: str
    """When the time begins (RFC 3339)."""
    until: str
    """When its last period ends; this moment does not count."""
    timezone: str
    """Whose days are meant."""
    period_hours: int
    """How many hours a period is; 24: a day."""
    ledger: LedgerStateObject
    """The ledger."""
    today: FiguresObject
    """The calls of today."""
    month: FiguresObject
    """The calls of this calendar month."""
    projected_month_usd: Usd
    """The cost of this calendar month at the pace of the last seven days."""
    totals: FiguresObject
    """All calls of the time."""
    before: FiguresObject | None
    """The calls of the time before, as long as what has passed of this one, without percentiles; null: the ledger
    does not go back so far."""
    tasks: Sequence[OverviewTaskObject]
    """At most seven, what costs most first; the last may be others together."""
    periods: Sequence[OverviewPeriodObject]
    """The parts of the time in their order."""
    models: Sequence[UsageRowObject]
    """A row for each model, what costs most first."""
    errors: Sequence[ErrorCountObject]
    """Calls that were not answered."""
    unrecorded_calls: int
    """Calls that could not be recorded."""
    splits: Sequence[str]
    """Tasks with calls of which the route was split: /api/ai/arms/{task} compares their arms."""
    problems: Sequence[ModelProblemObject]
    """Models whose failures or latency have doubled against their own week, by now."""
    calls: Sequence[CallObject]
    """The latest calls, at most twelve."""
