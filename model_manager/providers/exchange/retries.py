"""Which failures are worth another attempt, and how long to wait before it. The clock is an argument."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from model_manager.errors import UNAVAILABLE_KINDS
from model_manager.providers.wires.base import Failure

LONGEST_WAIT_S = 60.0
_FIRST_WAIT_S = 0.5
_LONGEST_BACKOFF_S = 8.0
_JITTER = 0.25
_RETRIED = frozenset({408, 409, 429})
_FIRST_SERVER_ERROR = 500
#: Kinds of an error inside a stream that pass by themselves.
_PASSING = frozenset({"overloaded", "rate_limit", "server"})
#: Headers with milliseconds; OpenAI's and Azure's.
_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")


def is_retryable(failure: Failure, headers: Mapping[str, str]) -> bool:
    """Whether the same request may succeed later. A bill that is to be paid does not pay itself."""
    if failure.kind == "quota":
        return False
    word = headers.get("x-should-retry", "").strip().lower()
    if word in {"true", "false"}:
        return word == "true"
    if failure.status is None:
        return failure.kind in _PASSING
    if failure.kind not in UNAVAILABLE_KINDS:
        return False
    return failure.status in _RETRIED or failure.status >= _FIRST_SERVER_ERROR


def wait_before(retry: int, asked: float | None, random: Callable[[], float]) -> float:
    """Seconds before a retry, counted from 1: doubling, less a random quarter at most, never less than asked."""
    backoff: float = min(_LONGEST_BACKOFF_S, _FIRST_WAIT_S * 2 ** (retry - 1)) * (1 - _JITTER * random())
    return max(backoff, asked or 0.0)


def asked_wait(headers: Mapping[str, str], in_body: float | None, now: datetime) -> float | None:
    """Seconds that the provider asks to wait, in a header or in the body; None if it does not, or not legibly."""
    for name in _MILLISECONDS:
        milliseconds = _number(headers.get(name, ""))
        if milliseconds is not None:
            return milliseconds / 1000
    word = headers.get("retry-after", "").strip()
    seconds = _number(word)
    if seconds is None:
        seconds = _until(word, headers.get("date", ""), now)
    return in_body if seconds is None else seconds


def _number(word: str) -> float | None:
    """A number that is not negative; "nan" and "inf" are none."""
    try:
        number = float(word)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _until(word: str, sent: str, now: datetime) -> float | None:
    """Seconds to an HTTP date, by the provider's own clock if it tells the time."""
    moment = _date(word)
    if moment is None:
        return None
    try:
        return max(0.0, (moment - (_date(sent) or now)).total_seconds())
    except OverflowError:
        return None


def _date(word: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(word)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
