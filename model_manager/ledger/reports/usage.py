"""The usage report: calls by task, model, day, …, from one ledger or several together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from model_manager.ledger.reports.figures import Figures, total_of
from model_manager.ledger.reports.reader import Group, LedgerReader, SeriesInfo, Span
from model_manager.ledger.storage.insertion import QUARTERS_A_DAY

#: What calls can be grouped by, besides periods of time: the word, and the field of a series.
_FIELDS = {
    "task": "task",
    "model": "model",
    "provider": "provider",
    "arm": "arm",
    "error": "error_kind",
    "project": "project",
}
PERIODS = ("day", "hour")
#: The words of `by`, in the order of help.
DIMENSIONS = ("task", "model", "provider", "day", "hour", "arm", "error", "project")
_SLICES = 24


class Period(NamedTuple):
    """A part of the span that has rows of its own: its labels by dimension ("day", "hour"), and when it is."""

    labels: Mapping[str, str]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuery:
    """The query of a usage report.

    Attributes:
        span: the time that counts.
        by: words of `DIMENSIONS`; none: one row of all.
        periods: the parts of `span` where `by` has a period, else the span as a whole.
        project: only calls of this project; `task` only of this task.
        slices: whether each row has its cost over time.
    """

    span: Span
    by: Sequence[str] = ("task",)
    periods: Sequence[Period] = ()
    project: str | None = None
    task: str | None = None
    slices: bool = False

    def takes(self, info: SeriesInfo) -> bool:
        """Whether the calls of a series count."""
        return self.project in (None, info.project) and self.task in (None, info.task)

    def key_of(self, info: SeriesInfo) -> Group | None:
        """The row of a series, periods left out; None if it does not count."""
        if not self.takes(info):
            return None
        return tuple(getattr(info, _FIELDS[word]) for word in self.by if word in _FIELDS)


@dataclass(slots=True)
class UsageRow:
    """Calls that belong together: the value of each dimension (None: none), and what they add up to."""

    key: dict[str, str | None]
    figures: Figures
    #: The cost of each slice of the time, in 10^-12 dollars; empty unless it was asked for.
    slices: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """The rows, what they add up to, and what is in none of them."""

    query: UsageQuery
    rows: Sequence[UsageRow]
    totals: Figures
    unrecorded: int
    #: Failed and cancelled calls by kind; calls by task and option that were asked after another had failed.
    errors: Mapping[str, int]
    fallbacks: Mapping[tuple[str | None, int], int]
    #: Calls that another model answered than was asked: by the model and the one that answered.
    served: Mapping[tuple[str, str], int]


def read_usage(readers: Sequence[LedgerReader], query: UsageQuery) -> UsageReport:
    """The report of some ledgers together."""
    found: dict[tuple[int, Group], Figures] = {}
    slices: dict[Group, list[int]] = {}
    errors: Counter[str] = Counter()
    fallbacks: Counter[tuple[str | None, int]] = Counter()
    served: Counter[tuple[str, str]] = Counter()
    for reader in readers:
        _read_rows(reader, query, found, slices)
        _read_failures(reader, query, errors, fallbacks)
        if query.project is query.task is None:
            served.update(reader.served_otherwise(query.span))
    rows = [UsageRow(_labels(query, key), figures, slices.get(key[1], [])) for key, figures in found.items()]
    return UsageReport(
        query=query,
        rows=_ordered(query, rows),
        totals=total_of(row.figures for row in rows),
        unrecorded=sum(reader.unrecorded(query.span) for reader in readers),
        errors=errors,
        fallbacks=fallbacks,
        served=served,
    )


def _periods(query: UsageQuery) -> Sequence[Period]:
    return query.periods or (Period({}, query.span),)


def _read_rows(
    reader: LedgerReader,
    query: UsageQuery,
    found: dict[tuple[int, Group], Figures],
    slices: dict[Group, list[int]],
) -> None:
    reader.group_by(query.key_of)
    for place, period in enumerate(_periods(query)):
        sums = reader.sums(period.span)
        reader.add_latencies(period.span, sums)
        for group, figures in sums.items():
            found.setdefault((place, group), Figures()).add(figures)
    if query.slices:
        for place, span in enumerate(slices_of(query.span)):
            for group, figures in reader.sums(span).items():
                slices.setdefault(group, [0] * _SLICES)[place] += figures.cost_pico


def slices_of(span: Span) -> list[Span]:
    """A span of time in parts of equal length, the last perhaps shorter; whole days where it is long."""
    step = max(1, -(-(span.end - span.start) // _SLICES))
    starts = range(span.start, span.end, step)
    return [Span(start, min(start + step, span.end)) for start in starts]


def _read_failures(
    reader: LedgerReader,
    query: UsageQuery,
    errors: Counter[str],
    fallbacks: Counter[tuple[str | None, int]],
) -> None:
    reader.group_by(lambda info: (info.task, info.option, info.error_kind) if query.takes(info) else None)
    for (task, option, kind), figures in reader.sums(query.span).items():
        if kind is not None:
            errors[str(kind)] += figures.calls
        if figures.fallbacks:
            fallbacks[None if task is None else str(task), int(option or 0)] += figures.fallbacks


def _labels(query: UsageQuery, key: tuple[int, Group]) -> dict[str, str | None]:
    period, values = _periods(query)[key[0]], iter(key[1])
    labels: dict[str, str | None] = {}
    for word in query.by:
        value = period.labels[word] if word in PERIODS else next(values)
        labels[word] = None if value is None else str(value)
    return labels


def _ordered(query: UsageQuery, rows: list[UsageRow]) -> list[UsageRow]:
    """By time where that comes first, else what costs most first."""
    ordered = sorted(rows, key=lambda row: (-row.figures.cost_pico, -row.figures.calls, str(row.key)))
    # They were found in the order of the periods; labels of hours do not sort where clocks are turned back.
    places = {tuple(period.labels.values()): place for place, period in enumerate(_periods(query))}
    if query.by and query.by[0] in PERIODS:
        words = list(_periods(query)[0].labels)
        ordered.sort(key=lambda row: places[tuple(row.key[word] or "" for word in words)])
    return ordered


class SeriesFilter(Protocol):
    """Says whose calls count."""

    def takes(self, info: SeriesInfo) -> bool:
        """Whether the calls of a series count."""


def projected_pico(readers: Sequence[LedgerReader], query: SeriesFilter, month: Span, now: int) -> int:
    """The projected cost of a month: its cost by now, and the rest of it at the pace of the last seven days.

    Args:
        readers: the ledgers.
        query: whose calls count.
        month: the calendar month, or another period.
        now: the present quarter hour.
    """
    week = 7 * QUARTERS_A_DAY
    total = 0
    for reader in readers:
        reader.group_by(lambda info: () if query.takes(info) else None)
        spent = total_of(reader.sums(Span(month.start, now + 1)).values()).cost_pico
        recent = total_of(reader.sums(Span(now + 1 - week, now + 1)).values()).cost_pico
        extent = reader.extent()
        known = week if extent is None else min(week, max(now + 1 - extent.start, QUARTERS_A_DAY))
        total += spent + recent * max(month.end - now - 1, 0) // known
    return total
