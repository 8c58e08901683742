"""Checks of single values in the catalogue. A check returns the error of a value, or None."""

import re
from collections.abc import Callable, Collection
from datetime import MAXYEAR, MINYEAR, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from model_manager.core.base_urls import VARIABLE, variables_of
from model_manager.core.redaction import is_secret_name
from model_manager.core.suggestions import did_you_mean

Check = Callable[[Any], str | None]

#: A plain URL: no user, query or fragment, and no character that two parsers could read differently.
_URL = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/[A-Za-z0-9._~%+@:/-]*)?")
_SUFFIX = re.compile(r"/[A-Za-z0-9._~%+:/-]*")
#: A user and password in what should be a URL: not to be repeated in a message.
_USER = re.compile(r"//[^/]*@")
_QUERY = re.compile(r"[?#].*", re.DOTALL)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: No model is sold below or above these, in US dollars per million tokens; one that seems to be has its price in
#: another unit.
LOWEST_RATE, HIGHEST_RATE = Decimal("0.01"), Decimal(2000)
#: More digits than any amount or count has, on either side of the point: what is longer is a slip, and arithmetic
#: with it need not be exact.
_MOST_DIGITS = 18
_LONGEST_SHOWN = 60


def text(value: Any) -> str | None:
    """Text with something in it."""
    return None if isinstance(value, str) and value.strip() else f"expected text, got {show(value)}"


def flag(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else f"expected true or false, got {show(value)}"


def count(value: Any) -> str | None:
    """A whole number above zero."""
    good = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**_MOST_DIGITS
    return None if good else f"expected a whole number above 0, got {show(value)}"


def whole(value: Any) -> str | None:
    """A whole number from zero up."""
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if good else f"expected a whole number, got {show(value)}"


def amount(value: Any) -> str | None:
    """A number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return f"expected a number, got {show(value)}"
    if not Decimal(value).is_finite() or value < 0:
        return f"expected a number of at least 0, got {show(value)}"
    if not _is_short(Decimal(value)):
        return f"expected at most {_MOST_DIGITS} digits before and after the point, got {show(value)}"
    return None


def _is_short(value: Decimal) -> bool:
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - the value is finite; this is for the type checker
    return -exponent <= _MOST_DIGITS and len(digits) + exponent <= _MOST_DIGITS


def fraction(value: Any) -> str | None:
    """A number from 0 to 1."""
    return amount(value) or (None if value <= 1 else f"expected a fraction between 0 and 1, got {show(value)}")


def cache_rate(value: Any) -> str | None:
    """US dollars per million tokens; a cache may be nearly free, so only the upper bound tells a wrong unit."""
    if problem := amount(value):
        return problem
    return _too_high(value) if value > HIGHEST_RATE else None


def rate(value: Any) -> str | None:
    """US dollars per million tokens."""
    if problem := cache_rate(value):
        return problem
    if 0 < value < LOWEST_RATE:
        return (
            f"{show(value)} is too low for US dollars per million tokens; "
            f"per thousand tokens it would be {show(value * 1000)} here, per token {show(value * 1_000_000)}"
        )
    return None


def rate_per_thousand(value: Any) -> str | None:
    """US dollars per thousand tokens."""
    if problem := amount(value):
        return problem
    if value * 1000 > HIGHEST_RATE:
        return f"{show(value)} is too high for US dollars per thousand tokens; did you mean {show(value / 1000)}?"
    if 0 < value * 1000 < LOWEST_RATE:
        return f"{show(value)} is too low for US dollars per thousand tokens; did you mean {show(value * 1000)}?"
    return None


def _too_high(value: Any) -> str:
    return f"{show(value)} is too high for US dollars per million tokens"


def day(value: Any) -> str | None:
    """A date."""
    good = isinstance(value, date) and not isinstance(value, datetime)
    return None if good else f"expected a date such as 2026-12-31, without quotes, got {show(value)}"


def moment(value: Any) -> str | None:
    """A date or a date with a time."""
    # A time zone must not lead out of the calendar.
    good = isinstance(value, date) and MINYEAR < value.year < MAXYEAR
    return None if good else f"expected a date such as 2026-12-31, got {show(value)}"


def day_or_text(value: Any) -> str | None:
    """A date, or text where only the month or the year is known."""
    return text(value) and day(value)


def url(value: Any) -> str | None:
    """A URL of a scheme, a host and a path, and nothing else."""
    if isinstance(value, str) and _URL.fullmatch(value) and _has_valid_host(value):
        return None
    shown = _QUERY.sub("?***", _USER.sub("//***@", value)) if isinstance(value, str) else value
    return f"expected a URL such as https://host/path without user, query or fragment, got {show(shown)}"


def _has_valid_host(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:  # a port above 65535, or brackets around what is no IPv6 address
        return False


def base_url(value: Any) -> str | None:
    """A URL in which variables of the environment, as ${NAME}, may stand for parts of its host and path."""
    if not (isinstance(value, str) and "$" in value):
        return url(value)
    for name in variables_of(value):
        if problem := harmless_variable(name):
            return problem
    if url(VARIABLE.sub("x", value)) is None:
        return None
    return f"expected a URL with variables such as https://${{NAME}}.host/${{NAME}}/path, got {show(value)}"


def path_suffix(value: Any) -> str | None:
    """Check the part of a URL behind its host: a path and nothing that could change the host."""
    good = isinstance(value, str) and _SUFFIX.fullmatch(value)
    return None if good else f"expected a path such as /v1, got {show(value)}"


def variable(value: Any) -> str | None:
    """The name of an environment variable."""
    good = isinstance(value, str) and _VARIABLE.fullmatch(value)
    return None if good else f"expected the name of an environment variable, got {show(value)}"


def harmless_variable(value: Any) -> str | None:
    """The name of a variable whose value may be shown, and written."""
    if problem := variable(value):
        return problem
    return f"{value} looks like the name of a key or a password" if is_secret_name(value) else None


def window(value: Any) -> str | None:
    """A part of the day such as 01:00-04:00."""
    good = isinstance(value, str) and _WINDOW.fullmatch(value)
    return None if good else f"expected a window such as 01:00-04:00, got {show(value)}"


def weekdays(value: Any) -> str | None:
    """Days such as mon-fri or sat,sun or daily."""
    try:
        parse_weekdays(value)
    except (AttributeError, TypeError, ValueError):
        return f"expected days such as mon-fri or sat,sun or daily, got {show(value)}"
    return None


def parse_weekdays(days: str) -> frozenset[int]:
    """The numbers of the days, Monday being 0."""
    if days == "daily":
        return frozenset(range(7))
    numbers: set[int] = set()
    for part in days.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        start = WEEKDAYS.index(first)
        end = WEEKDAYS.index(last or first)
        numbers.update(range(start, end + 1) if start <= end else [*range(start, 7), *range(end + 1)])
    return frozenset(numbers)


def one_of(words: Collection[str]) -> Check:
    """One of a few words."""

    def check(value: Any) -> str | None:
        if value in words if isinstance(value, str) else False:
            return None
        hint = did_you_mean(value, words) if isinstance(value, str) else None
        return f"expected one of {' '.join(words)}, got {show(value)}" + (f"; {hint}" if hint else "")

    return check


def list_of(check_item: Check) -> Check:
    """A list, each item of which passes a check."""

    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return f"expected a list, got {show(value)}"
        return "; ".join(problem for item in value if (problem := check_item(item))) or None

    return check


def either(*checks: Check) -> Check:
    """A check that passes if one of several does; else it returns the error of the first."""

    def check(value: Any) -> str | None:
        problems = [check(value) for check in checks]
        return None if None in problems else problems[0]

    return check


def exactly(expected: Any) -> Check:
    """One value only."""
    return lambda value: None if value is expected else f"expected {show(expected)}, got {show(value)}"


def show(value: Any) -> str:
    """A value as TOML has it, short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Decimal) and value.is_finite() and _is_short(value):
        return f"{value.normalize():f}"
    if isinstance(value, int) and abs(value) >= 10**_LONGEST_SHOWN:
        return "a very long number"
    written = repr(value) if isinstance(value, str) else str(value)
    return written if len(written) <= _LONGEST_SHOWN else written[: _LONGEST_SHOWN - 1] + "…"


def plain_value(value: Any) -> Any:
    """A value of a file as an application would have it: numbers with a fraction are floats there."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: plain_value(item) for name, item in value.items()}
    return [plain_value(item) for item in value] if isinstance(value, list) else value
