"""How much of a budget is spent and held: sums of the ledger's daily totals, and of what is held for calls."""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime

from model_manager.core.budgets import Balance, BudgetSpan, period_of
from model_manager.core.models import Budget
from model_manager.ledger.budgets.processes import has_died
from model_manager.ledger.records import dollars_of, microseconds_of

#: A sum of money may be more than SQLite's integers hold: it is added up in two parts.
_SPLIT = 10**9
_FIRST_DAY = date(1970, 1, 1)


def balance_of(connection: sqlite3.Connection, budget: Budget, now: datetime) -> Balance:
    """The balance of a budget in the period that a moment lies in."""
    span = period_of(budget.per, now)
    spent, held = spent_pico(connection, budget, span), _held_pico(connection, budget, span, now)
    return Balance(budget.limit, dollars_of(spent), dollars_of(held))


def spent_pico(connection: sqlite3.Connection, budget: Budget, span: BudgetSpan) -> int:
    """The cost of the recorded calls of some days that count in a budget."""
    where, values = _filter(budget)
    high, low = connection.execute(
        f"SELECT coalesce(sum(cost_pico / {_SPLIT}), 0), coalesce(sum(cost_pico % {_SPLIT}), 0) "  # noqa: S608 - names of ours
        f"FROM totals_daily JOIN series ON series.id = series WHERE day >= ? AND day < ?{where}",
        ((span.start - _FIRST_DAY).days, (span.end - _FIRST_DAY).days, *values),
    ).fetchone()
    return int(high) * _SPLIT + int(low)


def _held_pico(connection: sqlite3.Connection, budget: Budget, span: BudgetSpan, now: datetime) -> int:
    """The money held for calls that began in a period; what nobody holds any more does not count."""
    if not _has_holds(connection):
        return 0
    where, values = _filter(budget)
    rows = connection.execute(
        "SELECT process, sum(amount_pico) FROM holds "  # noqa: S608 - names of ours
        f"WHERE at_us >= ? AND expires_us > ?{where} GROUP BY process",
        (microseconds_of(span.begins), microseconds_of(now), *values),
    )
    return sum(int(amount) for process, amount in rows.fetchall() if not has_died(process))


def _has_holds(connection: sqlite3.Connection) -> bool:
    """Whether the ledger is of a version that holds money: others' files, and copies, may be older."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'holds'").fetchone()
    return found is not None


def _filter(budget: Budget) -> tuple[str, list[str]]:
    where, values = "", list[str]()
    if budget.tasks:
        where += f" AND task IN ({', '.join('?' * len(budget.tasks))})"
        values += budget.tasks
    if budget.project is not None:
        where += " AND project = ?"
        values.append(budget.project)
    return where, values


def mean_output(connection: sqlite3.Connection, task: str, days: Iterable[date]) -> int | None:
    """How many tokens the answers of a task had on the average of some days, or None if there were none."""
    numbers = [(day - _FIRST_DAY).days for day in days]
    tokens, calls = connection.execute(
        "SELECT coalesce(sum(output), 0), coalesce(sum(calls), 0) FROM totals_daily "
        "JOIN series ON series.id = series WHERE day >= ? AND day <= ? AND task = ? AND outcome = 'ok'",
        (min(numbers), max(numbers), task),
    ).fetchone()
    return round(tokens / calls) if tokens and calls else None
