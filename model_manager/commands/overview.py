"""The overview of the admin page: spending, speed and failures of a range of time up to now."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Literal

from model_manager.commands.usage_window import find_zone
from model_manager.config.directories import LEDGER_VARIABLE, ledger_path
from model_manager.config.workspace import Workspace
from model_manager.errors import LedgerError
from model_manager.ledger.reports.calendar import midnight, moment_of_quarter, month_of, parts_of, quarter_from
from model_manager.ledger.reports.overview import Overview, OverviewTimes, read_overview
from model_manager.ledger.reports.reader import LedgerReader, Span
from model_manager.ledger.storage.file_system import has_begun
from model_manager.ledger.storage.insertion import QUARTERS_A_DAY

RANGES = ("24h", "7d", "30d", "month")
LedgerState = Literal["recording", "empty", "off", "unreadable"]
#: How many hours a part is, for ranges of up to so many days.
_STEPS = ((1, 1), (7, 6), (366, 24))
_QUARTERS_AN_HOUR = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewReport:
    """The overview, and the time that it is about.

    Attributes:
        zone, zone_name: the zone whose days count.
        hours: how many hours a part is.
        path: the ledger's file; None if nothing is recorded.
        message: why there is nothing to see, where the ledger is off or unreadable.
        hint: how an unreadable ledger is mended, where that is known.
    """

    times: OverviewTimes
    zone: tzinfo
    zone_name: str
    hours: int
    overview: Overview
    path: Path | None
    state: LedgerState
    message: str | None = None
    hint: str | None = None


def run(workspace: Workspace, now: datetime, *, range_: str = "7d", timezone: str | None = None) -> OverviewReport:
    """The overview of a range of time; an empty one that says why where nothing can be read.

    Args:
        workspace: says where the ledger is.
        now: the present moment.
        range_: one of `RANGES`: 24 hours, days that include today, or this calendar month.
        timezone: whose days count; the system's if not given.

    Raises:
        UsageError: there is no such time zone.
    """
    zone, name = find_zone(timezone, workspace.environ, now)
    hours, times = _times(range_, zone, now)
    path = ledger_path(workspace.settings.ledger, workspace.environ)
    message = hint = None
    try:
        overview, state = _read(path, times)
    except LedgerError as error:
        overview, state, message, hint = Overview(), "unreadable", error.message, error.hint
    if state == "off":
        message = f"{LEDGER_VARIABLE} is off: nothing is recorded"
    return OverviewReport(
        times=times,
        zone=zone,
        zone_name=name,
        hours=hours,
        overview=overview,
        path=path,
        state=state,
        message=message,
        hint=hint,
    )


def _read(path: Path | None, times: OverviewTimes) -> tuple[Overview, LedgerState]:
    if path is None:
        return Overview(), "off"
    if not has_begun(path):
        return Overview(), "empty"
    with LedgerReader(path) as reader:
        if reader.extent() is None:
            return Overview(), "empty"
        return read_overview(reader, times), "recording"


def _times(range_: str, zone: tzinfo, now: datetime) -> tuple[int, OverviewTimes]:
    today, month, quarter = now.astimezone(zone).date(), month_of(now, zone), quarter_from(now)
    # An offset may have half hours: local hours are what people read.
    this_hour = quarter - now.astimezone(zone).minute // 15
    starts = {
        "24h": this_hour - QUARTERS_A_DAY + _QUARTERS_AN_HOUR,
        "7d": quarter_from(midnight(today - timedelta(days=6), zone)),
        "30d": quarter_from(midnight(today - timedelta(days=29), zone)),
        "month": month.start,
    }
    start = starts[range_]
    # Counted by the calendar: a day has 25 hours where clocks are turned back.
    days = 1 if range_ == "24h" else (today - moment_of_quarter(start, zone).date()).days + 1
    hours = next(step for most, step in _STEPS if days <= most)
    tomorrow = quarter_from(midnight(today + timedelta(days=1), zone))
    # The last part is shown whole, though it is not over.
    end = quarter + 1 if hours == 1 else tomorrow
    parts = [part for part in parts_of(Span(start, max(end, quarter + 1)), zone, hours) if part.start <= quarter]
    span = Span(start, parts[-1].end)
    return hours, OverviewTimes(
        span=span,
        parts=parts,
        before=Span(start - (quarter + 1 - start), start),
        today=Span(quarter_from(midnight(today, zone)), tomorrow),
        month=month,
        now=quarter,
    )
