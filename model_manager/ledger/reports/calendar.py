"""Days, hours and months of a time zone, as spans of quarter hours: every present offset is made of those."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby

from model_manager.ledger.records import microseconds_of, moment_of
from model_manager.ledger.reports.reader import Span
from model_manager.ledger.reports.usage import Period
from model_manager.ledger.storage.insertion import QUARTER_US

_DAY = timedelta(days=1)
_HOURS_A_DAY = 24


def quarter_from(moment: datetime) -> int:
    """The quarter hour that a moment lies in."""
    return microseconds_of(moment) // QUARTER_US


def quarter_until(moment: datetime) -> int:
    """The first quarter hour that does not begin before a moment."""
    return -(-microseconds_of(moment) // QUARTER_US)


def moment_of_quarter(quarter: int, zone: tzinfo) -> datetime:
    """When a quarter hour begins."""
    return moment_of(quarter * QUARTER_US).astimezone(zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def month_of(moment: datetime, zone: tzinfo) -> Span:
    """The calendar month that a moment lies in."""
    first = moment.astimezone(zone).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Span(quarter_from(midnight(first, zone)), quarter_from(midnight(following, zone)))


def periods_of(span: Span, zone: tzinfo, words: Sequence[str]) -> Sequence[Period]:
    """The days or hours of a span that have rows of their own; none if neither is asked for."""
    if "hour" in words:
        return tuple(_hours(span, zone, words))
    return tuple(_days(span, zone)) if "day" in words else ()


def parts_of(span: Span, zone: tzinfo, hours: int) -> Sequence[Span]:
    """A span of time in parts of so many hours (1, 2, 3, 4, 6, 8, 12) that begin with a day, or in days (24).

    Where clocks change, a part is longer or shorter.
    """
    if hours >= _HOURS_A_DAY:
        return [period.span for period in _days(span, zone)]

    def part_of(quarter: int) -> tuple[date, int, int | None]:
        local = moment_of_quarter(quarter, zone)
        # A single hour that comes twice is two.
        twice = local.fold if hours == 1 else None
        return local.date(), local.hour // hours, twice

    groups = (list(quarters) for _, quarters in groupby(range(span.start, span.end), key=part_of))
    return [Span(found[0], found[-1] + 1) for found in groups]


def _days(span: Span, zone: tzinfo) -> Iterator[Period]:
    start = span.start
    day = moment_of_quarter(start, zone).date()
    while start < span.end:
        end = min(quarter_from(midnight(day + _DAY, zone)), span.end)
        if end > start:
            yield Period({"day": day.isoformat()}, Span(start, end))
        start, day = max(start, end), day + _DAY


def _hours(span: Span, zone: tzinfo, words: Sequence[str]) -> Iterator[Period]:
    def hour_of(quarter: int) -> datetime:
        return moment_of_quarter(quarter, zone).replace(minute=0)

    # Not by the moment: the hour that comes twice when clocks are turned back is two.
    for label, quarters in groupby(range(span.start, span.end), key=lambda quarter: hour_of(quarter).isoformat()):
        found = list(quarters)
        labels = {"day": label[:10], "hour": label[:16] + label[19:]}
        yield Period({word: labels[word] for word in words if word in labels}, Span(found[0], found[-1] + 1))
