"""Budgets for people: a line each, with what is spent and held of its limit."""

from collections.abc import Sequence
from decimal import Decimal

from rich.table import Table

from model_manager.core.models import Budget
from model_manager.ledger.budgets.standings import BudgetStanding
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.tables.cost import bar
from model_manager.rendering.text import UNKNOWN, money

_BAR = 10
_STYLES = {"ok": "good", "warn": "warning", "exceeded": "error"}


def budgets_table(console: ReportConsole, standings: Sequence[BudgetStanding]) -> Table:
    """The budgets as they are now."""
    headers = [("Budget", "left"), ("Of", "left"), ("Limit", "right"), ("Spent", "right"), ("", "left")]
    headers += [("Held", "right"), ("Projected", "right"), ("Resets (UTC)", "left"), ("State", "left")]
    table = grid(*headers, gap=2 if console.is_roomy else 1)
    for standing in standings:
        budget, balance = standing.budget, standing.balance
        spent = _amount(balance.spent) + (f"+{UNKNOWN}" if standing.unpriced else "")
        table.add_row(
            console.text(budget.name, "id"),
            console.text(_scope(budget), "muted"),
            console.text(f"{_amount(budget.limit)} a {budget.per}"),
            console.text(spent, "money"),
            console.text(bar(min(balance.spent, budget.limit), budget.limit, _BAR), "bar"),
            console.text(_amount(balance.held) if balance.held else ""),
            console.text(_amount(standing.projected), "muted"),
            console.text(f"{standing.resets:%Y-%m-%d}", "muted"),
            console.text(standing.state, _STYLES[standing.state]),
        )
    return table


def _scope(budget: Budget) -> str:
    """Whose calls count."""
    tasks = ", ".join(budget.tasks) or "all calls"
    return tasks if budget.project is None else f"{tasks} of {budget.project}"


def _amount(amount: Decimal) -> str:
    return money(amount if amount < 1 else round(amount, 2))
