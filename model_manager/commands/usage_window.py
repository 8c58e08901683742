"""The time that `usage` is about, as people say it: days of their own time zone, moments, or "7d"."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from model_manager.core.quantities import in_utc
from model_manager.errors import UsageError
from model_manager.ledger.reports.calendar import (
    midnight,
    moment_of_quarter,
    month_of,
    quarter_from,
    quarter_until,
)
from model_manager.ledger.reports.reader import Span

_LOCALTIME = Path("/etc/localtime")
_AGO = re.compile(r"(\d{1,5})\s*([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, and the zone whose days it is made of."""

    span: Span
    zone: tzinfo
    zone_name: str

    @property
    def since(self) -> datetime:
        """When it begins."""
        return moment_of_quarter(self.span.start, self.zone)

    @property
    def until(self) -> datetime:
        """When it is over."""
        return moment_of_quarter(self.span.end, self.zone)


def parse_window(
    since: str | None, until: str | None, zone_name: str | None, now: datetime, environ: Mapping[str, str]
) -> Window:
    """The time from `since` to before `until`, in quarter hours; by default the calendar month of now.

    Raises:
        UsageError: a time or zone that cannot be read, or an end that is not after the beginning.
    """
    zone, name = find_zone(zone_name, environ, now)
    month = month_of(now, zone)
    start = month.start if since is None else quarter_from(_moment(since, "since", zone, now))
    if until is None:
        end = month.end if since is None else max(month.end, start + 1)
    else:
        end = quarter_until(_moment(until, "until", zone, now))
    if end <= start:
        what = f"`until` {until} is not after {f'`since` {since}' if since else 'the beginning of this month'}"
        raise UsageError(what, hint="`until` is exclusive: the first moment after the report", parameter="until")
    return Window(Span(start, end), zone, name)


def _moment(text: str, option: str, zone: tzinfo, now: datetime) -> datetime:
    text = text.strip()
    try:
        if ago := _AGO.fullmatch(text):
            return now - int(ago[1]) * _UNITS[ago[2]]
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return midnight(date.fromisoformat(text), zone)
        if re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", text):
            return in_utc(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        pass
    hint = "write 2026-12-31 for a day, 2026-12-31T08:00:00Z for a time, or 7d, 24h, 4w for that long ago"
    raise UsageError(f"{text!r} is not a valid time", hint=hint, parameter=option)


def find_zone(name: str | None, environ: Mapping[str, str], now: datetime) -> tuple[tzinfo, str]:
    """A time zone and its name; without one the system's.

    Raises:
        UsageError: there is no such zone.
    """
    if name is not None:
        return _named_zone(name.strip(), f"there is no time zone {name!r}")
    named = environ.get("TZ", "").strip().lstrip(":") or _system_zone()
    if named:
        try:
            return _named_zone(named, "")
        except UsageError:  # a rule such as EST5EDT4,M3.2.0, or a zone that nobody has
            pass
    offset = now.astimezone().utcoffset() or timedelta(0)
    return timezone(offset), timezone(offset).tzname(None)


def _named_zone(name: str, problem: str) -> tuple[tzinfo, str]:
    if name.upper() in {"UTC", "ETC/UTC", "Z"}:
        return UTC, "UTC"
    try:
        return ZoneInfo(name), name
    except (OSError, ValueError, KeyError):  # a directory, a path out of the database, a name that it lacks
        hint = "write it like Europe/Berlin, Asia/Kolkata or UTC"
        raise UsageError(problem, hint=hint, parameter="timezone") from None


def _system_zone() -> str:
    """The name of the zone that /etc/localtime links to, or nothing."""
    try:
        target = os.readlink(_LOCALTIME)  # noqa: PTH115 - only the text of the link
    except OSError:
        return ""
    return target.partition("zoneinfo/")[2]
