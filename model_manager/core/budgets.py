"""Periods and states of budgets, in UTC, and the balance of money that has a limit."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Literal, NamedTuple

from model_manager.core.models import Budget, BudgetPeriod
from model_manager.core.pricing import EXACT, multiply

BudgetState = Literal["ok", "warn", "exceeded"]
_LONGEST_MONTH = timedelta(days=31)


class BudgetSpan(NamedTuple):
    """Days of UTC, the last one not included."""

    start: date
    end: date

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)

    @property
    def resets(self) -> datetime:
        """The moment at which the next one begins."""
        return datetime(self.end.year, self.end.month, self.end.day, tzinfo=UTC)


class SpendingLimit(NamedTuple):
    """What calls of one scope may cost together. Unlike a budget it is kept to by the worst case of each call.

    Attributes:
        scope: tells the calls that it counts from all others.
        limit: US dollars.
        per: how long what was spent counts; None: for good.
    """

    scope: str
    limit: Decimal
    per: timedelta | None = None


class Balance(NamedTuple):
    """US dollars: the limit (None: there is none), what was spent, and what calls under way may cost."""

    limit: Decimal | None
    spent: Decimal
    held: Decimal

    def left(self, limit: Decimal) -> Decimal:
        """What is neither spent nor held of a limit; below zero where it is exceeded."""
        with localcontext(EXACT):
            return limit - self.spent - self.held

    def has_room(self, amount: Decimal) -> bool:
        """Whether an amount fits: all that calls may cost together is never more than the limit."""
        return self.limit is None or amount <= self.left(self.limit)


def period_of(per: BudgetPeriod, moment: datetime) -> BudgetSpan:
    """The day, the week from Monday on, or the calendar month that a moment lies in."""
    day = moment.astimezone(UTC).date()
    if per == "day":
        return BudgetSpan(day, day + timedelta(days=1))
    if per == "week":
        monday = day - timedelta(days=day.weekday())
        return BudgetSpan(monday, monday + timedelta(weeks=1))
    first = day.replace(day=1)
    return BudgetSpan(first, (first + _LONGEST_MONTH).replace(day=1))


def state_of(budget: Budget, spent: Decimal) -> BudgetState:
    """Whether the spending has reached the limit, or the part of it from which on there is a warning."""
    if spent >= budget.limit and spent > 0:
        return "exceeded"
    return "warn" if spent >= (multiply(budget.limit, budget.warn) or 0) and spent > 0 else "ok"
