"""The one retry policy: which failures are sent again, how many times, and how long is waited."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from model_manager.config.settings import Settings
from model_manager.core.limits import DEFAULT_RETRIES, DEFAULT_TIMEOUT_S, MAX_RETRIES, MAX_WAIT_S
from model_manager.errors import UsageError
from model_manager.providers.exchange.retry_policy import RetryPolicy, asked_wait
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.response.reader import FailedAttempt
from model_manager.providers.wires.base import Failure
from model_manager.server.schemas.live_test_request import LiveTest
from model_manager.service.requests import parse_request

NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
IN_A_MINUTE = "Wed, 21 Oct 2026 07:29:00 GMT"


def failed(kind: str, *, status: int | None = None, **fields: object) -> FailedAttempt:
    return FailedAttempt(failure=Failure(kind=kind, message="x", status=status), at=0.0, **fields)


@pytest.mark.parametrize(
    ("attempt", "retried", "may_pass"),
    [
        (failed("connection", answered=False, cause="unreachable"), True, True),
        (failed("connection", answered=False, cause="lost"), True, True),
        (failed("connection", answered=False, cause="unusable"), False, False),
        (failed("timeout", answered=False, cause="silent"), False, True),
        (failed("timeout", answered=False, cause="own"), False, True),
        (failed("protocol", answered=False, cause="garbled"), False, False),
        (failed("connection"), False, True),
        (failed("connection", shown=True), False, False),
        (failed("timeout", shown=True), False, False),
        (failed("overloaded"), True, True),
        (failed("overloaded", shown=True), False, False),
        (failed("bad_request"), False, False),
        (failed("server", status=499), False, False),
        (failed("server", status=500), True, True),
        (failed("rate_limit", status=429), True, True),
        (failed("server", status=407), False, False),
        (failed("timeout", status=408), True, True),
        (failed("overloaded", status=409), True, True),
        (failed("server", status=410), False, False),
        (failed("quota", status=429), False, False),
        (failed("quota", status=429, headers={"x-should-retry": "true"}), False, False),
        (failed("bad_request", status=400, headers={"x-should-retry": "true"}), True, True),
        (failed("server", status=500, headers={"x-should-retry": "False "}), False, False),
        (failed("server", status=500, shown=True), False, False),
        (failed("protocol", status=500), False, False),
    ],
)
def test_what_is_sent_again(attempt, retried, may_pass):
    """What may pass and cannot be at work is sent again; what may be at work only by whoever wants to."""
    assert (RetryPolicy().is_retried(attempt), RetryPolicy().may_pass(attempt)) == (retried, may_pass)


@pytest.mark.parametrize(
    ("retried", "waited", "wait", "left", "allowed"),
    [
        (0, 0.0, 1.0, None, True),
        (2, 0.0, 1.0, None, True),
        (3, 0.0, 1.0, None, False),
        (0, 5.0, 5.0, None, True),
        (0, 5.0, 5.1, None, False),
        (0, 0.0, 1.0, 1.1, True),
        (0, 0.0, 1.0, 1.0, False),
    ],
)
def test_how_often_and_how_long(retried, waited, wait, left, allowed):
    """No more than the retries, no longer in all than the policy, and no wait that leaves no time for an answer."""
    assert RetryPolicy(retries=3, max_wait_s=10.0).allows(retried, waited, wait, left) is allowed


def test_the_wait_doubles_and_is_jittered():
    """Half a second, doubled to eight, less a quarter at most; what is asked for is the least."""
    waits = [RetryPolicy().wait_before(retry, None, lambda: 0.0) for retry in range(1, 8)]
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]
    assert RetryPolicy().wait_before(1, None, lambda: 1.0) == 0.375
    assert RetryPolicy().wait_before(1, 7.0, lambda: 1.0) == 7.0
    assert RetryPolicy().wait_before(5, 7.0, lambda: 0.0) == 8.0


@pytest.mark.parametrize(
    ("headers", "in_body", "expected"),
    [
        ({}, None, None),
        ({}, 3.0, 3.0),
        ({"retry-after": "7"}, 3.0, 7.0),
        ({"retry-after": "0"}, 3.0, 0.0),
        ({"retry-after": " 1.5 "}, None, 1.5),
        ({"retry-after": "-1"}, 3.0, 3.0),
        ({"retry-after": "nan"}, None, None),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "soon"}, 3.0, 3.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 3.0, 0.25),
        ({"x-ms-retry-after-ms": "1500"}, None, 1.5),
        ({"retry-after-ms": "never", "retry-after": "7"}, None, 7.0),
        ({"retry-after": IN_A_MINUTE}, 3.0, 60.0),
        ({"retry-after": IN_A_MINUTE, "date": "Wed, 21 Oct 2026 07:28:45 GMT"}, None, 15.0),
        ({"retry-after": IN_A_MINUTE, "date": "Wed, 21 Oct 2026 07:30:00 GMT"}, None, 0.0),
        ({"retry-after": IN_A_MINUTE, "date": "lately"}, None, 60.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:29:00 -0000"}, None, 60.0),
        ({"retry-after": "Wed, 21 Oct 2026 09:29:00 +0200"}, None, 60.0),
    ],
)
def test_the_wait_that_a_provider_asks_for(headers, in_body, expected):
    """Milliseconds come before seconds or a date, by the provider's clock, and all of them before the body."""
    assert asked_wait(headers, in_body, NOW) == expected


def test_the_defaults_come_from_one_table():
    """Settings, the policy and deadlines agree on how long and how often."""
    assert (Settings().timeout, Deadline().silence_s) == (DEFAULT_TIMEOUT_S, DEFAULT_TIMEOUT_S)
    assert (Settings().retries, RetryPolicy().retries) == (DEFAULT_RETRIES, DEFAULT_RETRIES)
    assert RetryPolicy().max_wait_s == MAX_WAIT_S


def test_the_bounds_are_the_same_for_library_and_http():
    """Ten retries are accepted everywhere, and eleven nowhere."""
    assert parse_request("Hi", {"retries": MAX_RETRIES}, stream=False).retries == MAX_RETRIES
    with pytest.raises(UsageError, match="from 0 to 10, got 11"):
        parse_request("Hi", {"retries": MAX_RETRIES + 1}, stream=False)
    assert LiveTest(model="m", prompt="Hi", retries=MAX_RETRIES).retries == MAX_RETRIES
    with pytest.raises(ValidationError):
        LiveTest(model="m", prompt="Hi", retries=MAX_RETRIES + 1)
