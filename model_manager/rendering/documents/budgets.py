"""Builds the document of budgets, which is also a part of the one of `usage`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from model_manager.ledger.budgets.standings import BudgetStanding

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.budgets import BudgetObject, BudgetsDocument


def budgets_document(standings: Iterable[BudgetStanding]) -> "BudgetsDocument":
    """The document of budgets."""
    return {"schema": 1, "budgets": [budget_object(standing) for standing in standings]}


def budget_object(standing: BudgetStanding) -> "BudgetObject":
    """A budget in its present period."""
    budget, balance = standing.budget, standing.balance
    return {
        "name": budget.name,
        "project": budget.project,
        "per": budget.per,
        "tasks": budget.tasks,
        "limit_usd": budget.limit,
        "spent_usd": balance.spent,
        "held_usd": balance.held,
        "projected_usd": standing.projected,
        "resets": standing.resets.isoformat(),
        "state": standing.state,
        "unpriced_calls": standing.unpriced,
    }
