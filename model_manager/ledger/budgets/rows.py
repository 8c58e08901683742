"""The rows of what is held for calls, and of what calls under a limit on spending have cost."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from model_manager.core.budgets import SpendingLimit
from model_manager.core.pricing import EXACT
from model_manager.ledger.budgets.processes import has_died, own_process
from model_manager.ledger.records import PICO_DIGITS, microseconds_of

#: SQLite's largest integer, at nine million dollars.
_MOST_PICO = 2**63 - 1
_NEVER = datetime.max.replace(tzinfo=UTC)


class HoldRequest(NamedTuple):
    """A call that is about to be made.

    Attributes:
        position: see `CallContext.position`.
        moment: now.
        expires: when the money is free again, whatever became of the call.
        amount_of: US dollars that it may cost if the answer has a number of tokens (None: nobody knows); None if
            its price is unknown.
        scope: that of the `SpendingLimit` for which the money is held; None: it is held for budgets.
    """

    call: str
    position: int
    task: str | None
    project: str | None
    moment: datetime
    expires: datetime
    amount_of: Callable[[int | None], Decimal | None]
    scope: str | None = None


def insert_hold(connection: sqlite3.Connection, request: HoldRequest, amount: Decimal) -> int | None:
    """Hold an amount; the number of the row."""
    values = (
        request.call,
        request.position,
        microseconds_of(request.moment),
        request.task,
        request.project,
        _pico(amount),
        microseconds_of(request.expires),
        own_process(),
        request.scope,
    )
    sql = (
        "INSERT INTO holds(call, position, at_us, task, project, amount_pico, expires_us, process, scope) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    return connection.execute(sql, values).lastrowid


def settle_hold(
    connection: sqlite3.Connection, limit: SpendingLimit, call: str, spent: Decimal, now: datetime
) -> None:
    """Put what a call has cost in the place of what was held for it, and forget what counts no more."""
    connection.execute("DELETE FROM holds WHERE call = ? AND scope = ?", (call, limit.scope))
    connection.execute(
        "DELETE FROM spending WHERE scope = ? AND expires_us <= ?", (limit.scope, microseconds_of(now))
    )
    if spent:
        values = (limit.scope, microseconds_of(expiry(limit, now)), _pico(spent))
        connection.execute("INSERT INTO spending(scope, expires_us, amount_pico) VALUES (?, ?, ?)", values)


def expiry(limit: SpendingLimit, now: datetime) -> datetime:
    """When what is spent now counts no more."""
    return _NEVER if limit.per is None else now + limit.per


def _pico(amount: Decimal) -> int:
    """An amount in the unit of the ledger, rounded up: no less is held than a call may cost."""
    pico = amount.scaleb(PICO_DIGITS, EXACT).to_integral_value(ROUND_CEILING, EXACT)
    return min(int(pico), _MOST_PICO)


def forget_dead(connection: sqlite3.Connection) -> None:
    """Remove what processes held that have died; it counts for nobody already."""
    processes = [process for (process,) in connection.execute("SELECT DISTINCT process FROM holds").fetchall()]
    for process in filter(has_died, processes):
        connection.execute("DELETE FROM holds WHERE process = ?", (process,))
