"""Days in providers' lists: RFC 3339, bare dates, and seconds since 1970. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from model_manager.core.source_values import count, text

#: The fields that announce an end, of whichever provider.
_ENDS = ("retires_at", "shutdown_date", "deprecation", "expiration_date")
#: Those of lists that give every model's end: null says that there is none.
_COMPLETE = ("retires_at", "shutdown_date", "deprecation")
#: Dates that stand for "unknown" (1970, by recorders and lists alike) and for "never" (2098).
_FIRST_YEAR, _NEVER = 2015, 2090
_LATEST_SECOND = 2**33


def day(value: object) -> date | None:
    """The day in UTC, or None for what is no date, and for those that stand for "unknown" or "never"."""
    found = _of_text(text(value) or "") if isinstance(value, str) else _of_seconds(count(value))
    return found if found and _FIRST_YEAR <= found.year < _NEVER else None


def end_of(row: Mapping[str, Any]) -> date | None:
    """The day on which a row says that the model ends."""
    return next((found for name in _ENDS if (found := day(row.get(name)))), None)


def says_end(row: Mapping[str, Any]) -> bool:
    """Whether a row says when the model ends, or that no end is known."""
    return end_of(row) is not None or any(name in row for name in _COMPLETE)


def _of_seconds(seconds: int | None) -> date | None:
    if seconds is None or seconds > _LATEST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).date()


def _of_text(value: str) -> date | None:
    try:
        moment = datetime.fromisoformat(value)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None
