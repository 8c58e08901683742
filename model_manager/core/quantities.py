"""Numbers, amounts and dates as people write them: 100k, $2.50, 2026-12-31."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from model_manager.errors import UsageError

_COUNT = re.compile(r"(\d[\d_]*(?:\.\d+)?|\.\d+)\s*([kKmMbBgG]?)")
_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9}
_LARGEST_COUNT = 10**18
_NOON = time(12, tzinfo=UTC)
_BYTES_PER_TOKEN = 4


def parse_count(text: str, parameter: str | None = None) -> int:
    """A whole number such as 100k, 1.5M or 100_000.

    Raises:
        UsageError: it is not; names `parameter`.
    """
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        message = f"{text!r} is not a valid number; use 1000, 100k, 1.5M or 100_000"
        raise UsageError(message, parameter=parameter)
    number = Decimal(match[1].replace("_", "")) * _FACTORS[match[2].lower()]
    if number != number.to_integral_value():
        raise UsageError(f"{text!r} is not a whole number", parameter=parameter)
    if number > _LARGEST_COUNT:
        raise UsageError(f"{text!r} is more than {_LARGEST_COUNT:.0e}", parameter=parameter)
    return int(number)


def parse_amount(text: str, parameter: str | None = None) -> Decimal:
    """US dollars, with or without the sign.

    Raises:
        UsageError: it is not; names `parameter`.
    """
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise UsageError(f"{text!r} is not a valid amount of US dollars; use 2.50", parameter=parameter)
    return amount


def parse_moment(text: str, parameter: str | None = None) -> datetime:
    """A moment from a date (12:00 UTC of it) or an RFC 3339 date and time; without an offset it is UTC.

    Raises:
        UsageError: it is not; names `parameter`.
    """
    text = text.strip()
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return noon(date.fromisoformat(text))
        if not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", text):
            raise ValueError  # noqa: TRY301 - the one message for all that is not a date
        return in_utc(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        message = f"{text!r} is not a valid date; use 2026-12-31 or 2026-12-31T08:00:00Z"
        raise UsageError(message, parameter=parameter) from None


def in_utc(moment: datetime) -> datetime:
    """A moment in UTC; without an offset it is UTC already.

    Raises:
        OverflowError: it lies outside the years of UTC.
    """
    return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment.astimezone(UTC)


def noon(day: date) -> datetime:
    """The moment that stands for a day: 12:00 UTC."""
    return datetime.combine(day, _NOON)


def estimate_tokens(text: bytes) -> int:
    """About how many tokens a text is: a token per four bytes of UTF-8, rounded up.

    A rule of thumb that holds within a third for prose in European languages and for source code; no provider
    documents more than that.
    """
    return -(-len(text) // _BYTES_PER_TOKEN)
