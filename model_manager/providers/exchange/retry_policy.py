"""The one retry policy: which failures are worth another attempt, how many may follow, and how long is waited."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from model_manager.core.limits import DEFAULT_RETRIES, MAX_WAIT_S
from model_manager.errors import UNAVAILABLE_KINDS
from model_manager.providers.response.reader import FailedAttempt

_FIRST_WAIT_S = 0.5
_LONGEST_BACKOFF_S = 8.0
_JITTER = 0.25
_RETRIED_STATUSES = frozenset({408, 409, 429})
_FIRST_SERVER_ERROR = 500
#: Kinds of an error inside a stream that pass by themselves.
_PASSING = frozenset({"overloaded", "rate_limit", "server"})
#: Causes of a fault before an answer that may pass by themselves, and where the request cannot be at work.
_RETRIED_CAUSES = frozenset({"unreachable", "lost"})
#: Headers with milliseconds; OpenAI's and Azure's.
_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When the same request is sent again.

    Attributes:
        retries: how many attempts may follow the first.
        max_wait_s: how long may be waited in all between attempts, in seconds.
    """

    retries: int = DEFAULT_RETRIES
    max_wait_s: float = MAX_WAIT_S

    def is_retried(self, failed: FailedAttempt) -> bool:
        """Whether a failure may pass, and the same request does no harm if it is sent again.

        After the first content nothing is sent again: it would be shown, and paid, twice. What may be at work over
        there is not sent again either. A bill that is to be paid does not pay itself.
        """
        failure = failed.failure
        if not failed.answered:
            return failed.cause in _RETRIED_CAUSES
        if failed.shown or failure.kind == "quota":
            return False
        word = failed.headers.get("x-should-retry", "").strip().lower()
        if word in {"true", "false"}:
            return word == "true"
        if failure.status is None:
            return failure.kind in _PASSING
        if failure.kind not in UNAVAILABLE_KINDS:
            return False
        return failure.status in _RETRIED_STATUSES or failure.status >= _FIRST_SERVER_ERROR

    def may_pass(self, failed: FailedAttempt) -> bool:
        """Whether whoever wants to may send it again: also what is not sent again here, as it may be billed."""
        kind = failed.failure.kind
        is_unknown = not failed.shown and (kind == "timeout" or (failed.answered and kind == "connection"))
        return is_unknown or self.is_retried(failed)

    def wait_before(self, retry: int, asked: float | None, random: Callable[[], float]) -> float:
        """Seconds before a retry, counted from 1: doubling, less a quarter at most, never less than asked."""
        backoff: float = min(_LONGEST_BACKOFF_S, _FIRST_WAIT_S * 2 ** (retry - 1)) * (1 - _JITTER * random())
        return max(backoff, asked or 0.0)

    def allows(self, retried: int, waited: float, wait: float, left: float | None) -> bool:
        """Whether another attempt may follow, after a further wait, in the time that is left."""
        return retried < self.retries and waited + wait <= self.max_wait_s and (left is None or wait < left)


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
