"""The overview of a ledger: what was spent on which tasks, how fast and reliably, and the latest calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_manager.ledger.reports.call_rows import latest_calls
from model_manager.ledger.reports.degradation import Degradation, read_degraded
from model_manager.ledger.reports.figures import Figures, total_of
from model_manager.ledger.reports.reader import LedgerReader, Span
from model_manager.ledger.reports.usage import UsageQuery, UsageRow, projected_pico, read_usage

#: How many tasks are told one by one; the others are added up.
MOST_TASKS = 6
_CALLS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewTimes:
    """The times that an overview is about.

    Attributes:
        span: the whole, and its `parts`.
        before: a time of the same length as has passed of `span`, which ended when it began.
        today, month: the present day and calendar month.
        now: the present quarter hour.
    """

    span: Span
    parts: Sequence[Span]
    before: Span
    today: Span
    month: Span
    now: int


@dataclass(frozen=True, slots=True)
class TaskShare:
    """The calls of a task (None: models that were asked by name), or of several `others` together."""

    task: str | None
    others: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class OverviewPart:
    """A part of the time: all its calls, and what each task has cost in the order of the tasks."""

    span: Span
    figures: Figures
    costs_pico: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The overview.

    Attributes:
        totals: the calls of the whole time.
        before: the calls of the time before it; None if the ledger does not go back so far.
        tasks: what costs most first, the rest as one; `parts` has their costs in this order.
        models: a row for each model, what costs most first.
        errors: failed and cancelled calls by kind.
        splits: the tasks with calls of which the route was split.
        degraded: the models that are worse than in their own week, whatever the time.
        calls: the latest calls, as mappings of the columns of the table.
    """

    totals: Figures = field(default_factory=Figures)
    before: Figures | None = None
    today: Figures = field(default_factory=Figures)
    month: Figures = field(default_factory=Figures)
    projected_pico: int = 0
    tasks: Sequence[TaskShare] = ()
    parts: Sequence[OverviewPart] = ()
    models: Sequence[UsageRow] = ()
    errors: Mapping[str, int] = field(default_factory=dict)
    unrecorded: int = 0
    splits: Sequence[str] = ()
    degraded: Sequence[Degradation] = ()
    calls: Sequence[Mapping[str, Any]] = ()


def read_overview(reader: LedgerReader, times: OverviewTimes) -> Overview:
    """The overview of a ledger."""
    by_task = read_usage([reader], UsageQuery(span=times.span))
    shares, places = _shares(by_task.rows)
    parts = _parts(reader, times.parts, places, len(shares))
    reader.group_by(lambda info: (info.task,) if info.arm is not None and info.task is not None else None)
    splits = sorted(str(task) for (task,) in reader.sums(times.span))
    reader.group_by(lambda _: ())
    before, today, month = (
        total_of(reader.sums(one).values()) for one in (times.before, times.today, times.month)
    )
    extent = reader.extent()
    goes_back = extent is not None and extent.start <= times.before.start
    return Overview(
        totals=by_task.totals,
        before=before if goes_back else None,
        today=today,
        month=month,
        projected_pico=projected_pico([reader], UsageQuery(span=times.span), times.month, times.now),
        tasks=shares,
        parts=parts,
        models=read_usage([reader], UsageQuery(span=times.span, by=("model",))).rows,
        errors=by_task.errors,
        unrecorded=by_task.unrecorded,
        splits=splits,
        degraded=read_degraded(reader, times.now),
        calls=latest_calls([reader], times.span, _CALLS),
    )


def _shares(rows: Sequence[UsageRow]) -> tuple[list[TaskShare], dict[str | None, int]]:
    """The tasks that are told, and where among them each task's cost is added."""
    # One more is told rather than called "others" alone.
    told = rows if len(rows) <= MOST_TASKS + 1 else rows[:MOST_TASKS]
    shares = [TaskShare(row.key["task"], 0, row.figures) for row in told]
    if rest := rows[len(told) :]:
        shares.append(TaskShare(None, len(rest), total_of(row.figures for row in rest)))
    return shares, {row.key["task"]: min(place, len(told)) for place, row in enumerate(rows)}


def _parts(
    reader: LedgerReader, spans: Sequence[Span], places: Mapping[str | None, int], count: int
) -> list[OverviewPart]:
    reader.group_by(lambda info: (info.task,))
    parts = []
    for span in spans:
        sums = reader.sums(span)
        reader.add_latencies(span, sums)
        costs = [0] * count
        for (task,), figures in sums.items():
            costs[places[None if task is None else str(task)]] += figures.cost_pico
        parts.append(OverviewPart(span, total_of(sums.values()), costs))
    return parts
