"""Alerts about budgets: each threshold is told once a period, by one process of a host."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import ref

from model_manager.core.budgets import BudgetSpan, BudgetState, period_of, state_of
from model_manager.core.models import Budget
from model_manager.core.pricing import plain_text
from model_manager.errors import LedgerError
from model_manager.ledger.budgets.balances import spent_pico
from model_manager.ledger.records import dollars_of, moment_of
from model_manager.ledger.storage.maintenance import now_us

if TYPE_CHECKING:
    from model_manager.ledger.storage.file import LedgerFile

_LOG = logging.getLogger("model_manager")
_PER = {"day": "daily", "week": "weekly", "month": "monthly"}


def key_of(budget: Budget) -> str:
    """The name of a budget among all of a host: a project's may be called like the user's."""
    return budget.name if budget.project is None else f"{budget.name} of {budget.project}"


def note_alert(connection: sqlite3.Connection, budget: Budget, span: BudgetSpan, threshold: str) -> bool:
    """Note that an alert is given; whether nobody has given it before. The caller has begun a transaction."""
    values = (key_of(budget), span.start.isoformat(), f"{threshold} of {plain_text(budget.limit)}", now_us())
    sql = "INSERT OR IGNORE INTO alerts(budget, period, threshold, at_us) VALUES (?, ?, ?, ?)"
    return connection.execute(sql, values).rowcount > 0


class BudgetAlerts:
    """Looks after calls were recorded whether they have taken a budget to a threshold, and warns.

    Args:
        budgets: the budgets as they are now.
    """

    def __init__(self, budgets: Callable[[], Sequence[Budget]]) -> None:
        self._budgets = budgets
        self._told: set[tuple[str, BudgetSpan, str]] = set()

    def check(self, file: "LedgerFile") -> None:
        """Warn of what was not warned of yet. On the thread that writes the ledger."""
        budgets = self._budgets()
        if not budgets:
            return
        now = moment_of(now_us())
        with file.exclusive() as connection:
            for budget in budgets:
                span = period_of(budget.per, now)
                spent = dollars_of(spent_pico(connection, budget, span))
                state = state_of(budget, spent)
                told = (key_of(budget), span, f"{state} {budget.limit}")
                if state != "ok" and told not in self._told:
                    self._told.add(told)
                    if note_alert(connection, budget, span, state):
                        _LOG.warning("%s", alert_text(budget, state, plain_text(spent), span))


class AlertList:
    """The alerts of all who record in a ledger, for as long as somebody else holds on to them."""

    def __init__(self) -> None:
        self._alerts: tuple[ref[BudgetAlerts], ...] = ()

    def add(self, alerts: BudgetAlerts) -> None:
        """Have these checked too."""
        self._alerts = (*(known for known in self._alerts if known()), ref(alerts))

    def check(self, file: "LedgerFile") -> None:
        """See `BudgetAlerts.check`. What keeps it from being done now is none of the writer's business."""
        for known in self._alerts:
            if alerts := known():
                with suppress(OSError, sqlite3.Error, LedgerError):
                    alerts.check(file)


def alert_text(budget: Budget, state: BudgetState, spent: str, span: BudgetSpan) -> str:
    """What an alert says."""
    what = "is exceeded" if state == "exceeded" else "is nearly used up"
    return (
        f"budget {key_of(budget)} {what}: ${spent} of ${plain_text(budget.limit)} ({_PER[budget.per]}) "
        f"spent; it resets at {span.resets:%Y-%m-%d %H:%M} UTC"
    )
