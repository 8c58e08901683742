"""Periods of budgets in UTC, their states, and what fits a balance."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from model_manager.core.budgets import Balance, BudgetSpan, period_of, state_of
from model_manager.core.models import Budget


@pytest.mark.parametrize(
    ("per", "moment", "start", "end"),
    [
        ("day", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), date(2026, 12, 31), date(2027, 1, 1)),
        # A Sunday, and the Monday after it.
        ("week", datetime(2026, 11, 29, 12, tzinfo=UTC), date(2026, 11, 23), date(2026, 11, 30)),
        ("week", datetime(2026, 11, 30, tzinfo=UTC), date(2026, 11, 30), date(2026, 12, 7)),
        ("month", datetime(2028, 2, 29, tzinfo=UTC), date(2028, 2, 1), date(2028, 3, 1)),
        ("month", datetime(2026, 12, 1, tzinfo=UTC), date(2026, 12, 1), date(2027, 1, 1)),
        ("month", datetime(2026, 1, 31, tzinfo=UTC), date(2026, 1, 1), date(2026, 2, 1)),
        # In another time zone it is still the day before.
        (
            "day",
            datetime(2026, 11, 28, 22, tzinfo=timezone(timedelta(hours=-5))),
            date(2026, 11, 29),
            date(2026, 11, 30),
        ),
    ],
)
def test_periods(per, moment, start, end):
    """A day, a week from Monday on, or a calendar month of UTC."""
    assert period_of(per, moment) == BudgetSpan(start, end)


@pytest.mark.parametrize(
    ("spent", "limit", "warn", "state"),
    [
        ("0", "0", "0.8", "ok"),
        ("0.01", "0", "0.8", "exceeded"),
        ("79.999999999999", "100", "0.8", "ok"),
        ("80", "100", "0.8", "warn"),
        ("99.999999999999", "100", "0.8", "warn"),
        ("100", "100", "0.8", "exceeded"),
        ("0", "100", "0", "ok"),
        ("99", "100", "1", "ok"),
    ],
)
def test_states(spent, limit, warn, state):
    """From the part `warn` of the limit on it is nearly used up, from the limit on exceeded; nothing spent is fine."""
    budget = Budget(name="b", limit=Decimal(limit), per="day", warn=Decimal(warn))
    assert state_of(budget, Decimal(spent)) == state


def test_what_fits_fits_to_the_last_digit():
    """Spent, held and the amount may be the limit together, and not the least bit more."""
    balance = Balance(Decimal(1), Decimal("0.3"), Decimal("0.6"))
    assert balance.has_room(Decimal("0.1"))
    assert not balance.has_room(Decimal("0.100000000000000000001"))
    assert Balance(None, Decimal(5), Decimal(5)).has_room(Decimal(10**9))


def test_whose_calls_count():
    """A budget takes the calls of its tasks and of its project, and without these all."""
    anything = Budget(name="b", limit=Decimal(1), per="day")
    narrow = Budget(name="b", limit=Decimal(1), per="day", tasks=("chat",), project="demo")
    assert anything.takes(None, None)
    assert anything.takes("chat", "other")
    assert narrow.takes("chat", "demo")
    assert not narrow.takes("chat", "other")
    assert not narrow.takes(None, "demo")
