"""Where each budget stands: spent, held and projected, from one ledger or several together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from model_manager.core.budgets import Balance, BudgetState, period_of, state_of
from model_manager.core.models import Budget
from model_manager.core.pricing import add
from model_manager.ledger.budgets.balances import balance_of
from model_manager.ledger.records import dollars_of
from model_manager.ledger.reports.calendar import quarter_from
from model_manager.ledger.reports.figures import total_of
from model_manager.ledger.reports.reader import LedgerReader, SeriesInfo, Span
from model_manager.ledger.reports.usage import projected_pico


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStanding:
    """A budget in its present period.

    Attributes:
        projected: US dollars at its end, at the pace of the last seven days.
        resets: when the next period begins.
        unpriced: calls of the period whose cost is unknown, and in no sum.
    """

    budget: Budget
    balance: Balance
    projected: Decimal
    resets: datetime
    unpriced: int

    @property
    def state(self) -> BudgetState:
        """Whether it is nearly used up, or exceeded."""
        return state_of(self.budget, self.balance.spent)


@dataclass(frozen=True, slots=True)
class _BudgetQuery:
    budget: Budget

    def takes(self, info: SeriesInfo) -> bool:
        return self.budget.takes(info.task, info.project)


def read_standings(
    readers: Sequence[LedgerReader], budgets: Iterable[Budget], now: datetime
) -> list[BudgetStanding]:
    """Where budgets stand, in their order."""
    return [_standing(readers, budget, now) for budget in budgets]


def _standing(readers: Sequence[LedgerReader], budget: Budget, now: datetime) -> BudgetStanding:
    period, query = period_of(budget.per, now), _BudgetQuery(budget)
    span = Span(quarter_from(period.begins), quarter_from(period.resets))
    balances, unpriced = [], 0
    for reader in readers:
        with reader.explained():
            balances.append(balance_of(reader.connection, budget, now))
        reader.group_by(lambda info: () if query.takes(info) else None)
        unpriced += total_of(reader.sums(span).values()).unpriced
    return BudgetStanding(
        budget=budget,
        balance=Balance(
            budget.limit,
            add(balance.spent for balance in balances) or Decimal(0),
            add(balance.held for balance in balances) or Decimal(0),
        ),
        projected=dollars_of(projected_pico(readers, query, span, quarter_from(now))),
        resets=period.resets,
        unpriced=unpriced,
    )
