"""Types of the document of `usage`."""

from collections.abc import Sequence
from typing import NotRequired

from model_manager.rendering.documents.types.base import JsonObject, RootDocument, Usd
from model_manager.rendering.documents.types.budgets import BudgetObject
from model_manager.rendering.documents.types.calls import UsageObject


class PercentilesObject(JsonObject):
    """Percentiles of times in milliseconds; null where there are none."""

    p50: float | None
    """The median."""
    p95: float | None
    """Exceeded by one of twenty."""
    p99: float | None
    """Exceeded by one of a hundred."""


class FiguresObject(JsonObject):
    """Sums over calls. A call is an option that was asked: a fallback counts as a call of its own."""

    calls: int
    """Options that were asked."""
    failed: int
    """Those without a complete answer."""
    cancelled: int
    """Those that the caller gave up."""
    fallbacks: int
    """Those that were asked because another option had failed."""
    retries: int
    """Requests that were sent again, beyond the first of each call."""
    input_tokens: int
    """Tokens of the prompts, cached parts included."""
    output_tokens: int
    """Tokens of the answers, reasoning included."""
    cache_read_tokens: int
    """The part of the prompts that was read from a cache."""
    cache_write_tokens: int
    """The part of the prompts that was written to a cache."""
    reasoning_tokens: int
    """The part of the answers that was reasoning."""
    estimated_calls: int
    """Calls whose tokens are estimated."""
    unpriced_calls: int
    """Calls whose cost is unknown, and in no sum."""
    cost_usd: Usd | None
    """The sum of the known costs; null: none is known."""
    latency_ms: PercentilesObject
    """Times of the whole answers."""
    ttft_ms: PercentilesObject
    """Times to the first text."""
    tokens_per_second: float | None
    """Output tokens over the time after the first text."""


class UsageRowObject(FiguresObject):
    """A row: the value of each dimension of `by`, null for none, and its sums."""

    task: NotRequired[str | None]
    """The task; null: a model was asked by name."""
    model: NotRequired[str | None]
    """The model's id."""
    provider: NotRequired[str | None]
    """The provider's id."""
    day: NotRequired[str | None]
    """The day in the time zone of the report."""
    hour: NotRequired[str | None]
    """The beginning of the hour, with its offset."""
    arm: NotRequired[str | None]
    """The model whose share was drawn; null: nothing was split."""
    error: NotRequired[str | None]
    """The kind of the error; null: none."""
    project: NotRequired[str | None]
    """The project whose call it was."""


class ErrorCountObject(JsonObject):
    """Calls that were not answered, by kind of error."""

    error: str
    """The kind."""
    calls: int
    """How many."""


class FallbackCountObject(JsonObject):
    """Calls that were fallbacks."""

    task: str | None
    """The task."""
    option: int
    """The option of its route that was asked instead, from 0."""
    calls: int
    """How many."""


class ServedCountObject(JsonObject):
    """Calls that another model answered than was asked."""

    model: str
    """The model that was asked."""
    served_model: str | None
    """The one that answered, as the provider calls it."""
    calls: int
    """How many."""


class ReasonCountObject(JsonObject):
    """Calls that are left out for a reason."""

    reason: str
    """The reason."""
    calls: int
    """How many."""


class WhatIfObject(JsonObject):
    """The same calls on another route."""

    route: str
    """The route."""
    cost_usd: Usd | None
    """The cost of the same tokens; null: a price is unknown."""
    low_usd: Usd | None
    """The least that it may have been."""
    high_usd: Usd | None
    """The most that it may have been."""
    relative: float | None
    """The cost divided by what the same calls did cost."""
    calls: int
    """The calls that are in the cost."""
    cannot: Sequence[ReasonCountObject]
    """The calls that are not: the other model could not have taken them."""
    reasons: Sequence[str]
    """Why the cost is a range."""


class CallObject(JsonObject):
    """One option that was asked."""

    call: str
    """The call's UUID; all options asked for one call share it."""
    position: int
    """Which option in the order in which they were asked, from 0."""
    at: str
    """When it was asked (RFC 3339, UTC)."""
    project: str | None
    """The project."""
    process: str | None
    """Host and number of the process."""
    kind: str
    """chat, test or probe."""
    task: str | None
    """The task."""
    preference: str | None
    """The named route that was chosen."""
    route: str | None
    """The route."""
    option: int | None
    """Which option of the route, from 0."""
    arm: str | None
    """The model whose share was drawn."""
    user: str | None
    """The user's pseudonym."""
    provider: str
    """The provider's id."""
    model: str
    """The model's id."""
    model_id: str
    """The model's id at the provider."""
    served_model: str | None
    """The name that the provider answered with."""
    match: str | None
    """How the two agree."""
    outcome: str
    """ok, failed or cancelled."""
    error_kind: str | None
    """The kind of the error."""
    status: int | None
    """The HTTP status of the error."""
    finish_reason: str | None
    """Why the answer ended."""
    stream: bool
    """Whether it was streamed."""
    attempts: int | None
    """Requests that were sent."""
    usage: UsageObject
    """Its tokens."""
    cost_usd: Usd | None
    """Its cost; null: unknown."""
    cost_source: str | None
    """catalogue or reported."""
    price_checked: str | None
    """The day on which the price was checked."""
    needs: Sequence[str]
    """Its needs of the model besides text."""
    latency_ms: float | None
    """The time of the whole answer."""
    ttft_ms: float | None
    """The time to its first text."""
    request_id: str | None
    """The provider's name for it."""


class RepricedObject(JsonObject):
    """Calls whose price was unknown."""

    calls: int
    """Those that have a price now."""
    cost_usd: Usd
    """What these cost."""
    unpriced_calls: int
    """Those whose price is still unknown."""


class LedgerDocument(RootDocument):
    """The document of `model-manager usage --path`, `--prune` and `--backup`."""

    path: str
    """The ledger's file."""
    exists: bool
    """Whether anything was recorded yet."""
    removed_rows: NotRequired[int]
    """Rows that were too old, if these were to be removed."""
    backup: NotRequired[str]
    """The copy, if one was to be made."""
    backup_bytes: NotRequired[int]
    """The size of the copy."""


class UsageDocument(RootDocument):
    """The document of `model-manager usage --json`."""

    since: str
    """When the time begins (RFC 3339)."""
    until: str
    """When it ends; this moment does not count."""
    timezone: str
    """Whose days are meant."""
    by: Sequence[str]
    """The dimensions of the rows."""
    rows: Sequence[UsageRowObject]
    """The rows."""
    totals: FiguresObject
    """The sums of the rows."""
    projected_month_usd: Usd
    """The cost of this calendar month at the pace of the last seven days."""
    budgets: Sequence[BudgetObject]
    """The budgets, as they are now."""
    unrecorded_calls: int
    """Calls that could not be recorded."""
    errors: Sequence[ErrorCountObject]
    """Calls that were not answered."""
    fallbacks: Sequence[FallbackCountObject]
    """Calls that were fallbacks."""
    served: Sequence[ServedCountObject]
    """Calls that another model answered."""
    what_if: Sequence[WhatIfObject]
    """The same calls on other routes."""
    notes: Sequence[str]
    """Notes about the numbers."""
    calls: NotRequired[Sequence[CallObject]]
    """The latest calls, if they were asked for."""
    repriced: NotRequired[RepricedObject]
    """The result of `--reprice`, if it was asked for."""


class ScoreDocument(RootDocument):
    """A score that was taken."""

    call: str
    """The call's UUID."""
    name: str
    """The name of the score."""
    value: float
    """The score."""
    recorded: bool
    """Whether it is in the ledger."""
