"""How much of a budget, or of another limit, is spent and held: sums of the ledger's tables."""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from model_manager.core.budgets import Balance, BudgetSpan, SpendingLimit, period_of
from model_manager.core.models import Budget
from model_manager.ledger.budgets.processes import has_died
from model_manager.ledger.records import dollars_of, microseconds_of, moment_of

#: A sum of money may be more than SQLite's integers hold: it is added up in two parts.
_SPLIT = 10**9
_FIRST_DAY = date(1970, 1, 1)


def balance_of(connection: sqlite3.Connection, limit: Budget | SpendingLimit, now: datetime) -> Balance:
    """The balance of a budget in the period that a moment lies in, or of another limit at that moment."""
    if isinstance(limit, SpendingLimit):
        values = (limit.scope, microseconds_of(now))
        spent = _sum(connection, "amount_pico", "spending WHERE scope = ? AND expires_us > ?", values)
        held = _held_pico(connection, now, "scope = ?", (limit.scope,))
    else:
        span = period_of(limit.per, now)
        spent, held = spent_pico(connection, limit, span), _held_for_budget(connection, limit, span, now)
    return Balance(limit.limit, dollars_of(spent), dollars_of(held))


def room_at(
    connection: sqlite3.Connection, limit: SpendingLimit, missing: Decimal, now: datetime
) -> datetime | None:
    """When so much of what was spent counts no more; None: never, or nobody knows when."""
    if limit.per is None:
        return None
    rows = connection.execute(
        "SELECT expires_us, amount_pico FROM spending WHERE scope = ? AND expires_us > ? ORDER BY expires_us",
        (limit.scope, microseconds_of(now)),
    )
    freed = 0
    for expires_us, amount in rows:
        freed += amount
        if dollars_of(freed) >= missing:
            return moment_of(expires_us)
    return None


def spent_pico(connection: sqlite3.Connection, budget: Budget, span: BudgetSpan) -> int:
    """The cost of the recorded calls of some days that count in a budget."""
    where, values = _filter(budget)
    source = f"totals_daily JOIN series ON series.id = series WHERE day >= ? AND day < ?{where}"
    days = ((span.start - _FIRST_DAY).days, (span.end - _FIRST_DAY).days)
    return _sum(connection, "cost_pico", source, (*days, *values))


def _sum(connection: sqlite3.Connection, column: str, source: str, values: Iterable[str | int]) -> int:
    high, low = connection.execute(
        f"SELECT coalesce(sum({column} / {_SPLIT}), 0), coalesce(sum({column} % {_SPLIT}), 0) FROM {source}",  # noqa: S608 - names of ours
        tuple(values),
    ).fetchone()
    return int(high) * _SPLIT + int(low)


def _held_for_budget(connection: sqlite3.Connection, budget: Budget, span: BudgetSpan, now: datetime) -> int:
    """The money held for calls of a budget that began in a period."""
    # Others' ledgers, and copies, may be of a version that held nothing, or nothing but for budgets.
    columns = {name for (name,) in connection.execute("SELECT name FROM pragma_table_info('holds')")}
    if not columns:
        return 0
    where, values = _filter(budget)
    where += " AND scope IS NULL" if "scope" in columns else ""
    return _held_pico(connection, now, f"at_us >= ?{where}", (microseconds_of(span.begins), *values))


def _held_pico(connection: sqlite3.Connection, now: datetime, where: str, values: Iterable[str | int]) -> int:
    """The money held in some rows; what has expired does not count, nor what a process held that has died."""
    rows = connection.execute(
        f"SELECT process, sum(amount_pico / {_SPLIT}), sum(amount_pico % {_SPLIT}) FROM holds "  # noqa: S608 - names of ours
        f"WHERE {where} AND expires_us > ? GROUP BY process",
        (*values, microseconds_of(now)),
    )
    return sum(int(high) * _SPLIT + int(low) for process, high, low in rows.fetchall() if not has_died(process))


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
