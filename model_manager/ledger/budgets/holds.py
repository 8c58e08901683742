"""Money held in the ledger for calls before they are made: all processes of a host keep to the same budgets.

Rows and not a counter: each is of one call. It goes with the record of the call, expires, or counts no more when
its process has died, so that nothing is left over however a call ends.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from model_manager.core.budgets import Balance, period_of
from model_manager.core.models import Budget
from model_manager.errors import LedgerError
from model_manager.ledger.budgets.alerts import note_alert
from model_manager.ledger.budgets.balances import balance_of, mean_output
from model_manager.ledger.budgets.processes import has_died, own_process
from model_manager.ledger.records import microseconds_of, pico_of
from model_manager.ledger.storage.file import LedgerFile

#: A ledger that somebody else keeps locked must not keep calls waiting.
_PATIENCE_S = 2.0
#: After a failure the ledger is left alone for so long.
_RETRY_S = 5.0
#: No call costs more; see `records`.
_MOST = Decimal(10_000)
#: The days whose answers say how long the next one may be.
_LEARNED_DAYS = 30
_REMEMBERED_S = 60.0


class HoldRequest(NamedTuple):
    """A call that is about to be made.

    Attributes:
        position: see `CallContext.position`.
        moment: now.
        expires: when the money is free again, whatever became of the call.
        amount_of: US dollars that it may cost if the answer has a number of tokens (None: nobody knows); None if
            its price is unknown.
    """

    call: str
    position: int
    task: str | None
    project: str | None
    moment: datetime
    expires: datetime
    amount_of: Callable[[int | None], Decimal | None]


class NoRoom(NamedTuple):
    """A budget that a call does not fit; `amount` is None where its price is unknown."""

    budget: Budget
    balance: Balance
    amount: Decimal | None
    is_first: bool = False
    """Whether it is the first call of the period that did not fit."""


class HoldFile:
    """Holds money in a ledger, from any number of threads. It waits for the disk: not for event loops.

    Args:
        path: the ledger.
        salt: see `LedgerFile`.
    """

    def __init__(self, path: Path, salt: str | None = None) -> None:
        self._file = LedgerFile(path, salt, wait_s=_PATIENCE_S)
        self._lock = threading.Lock()
        self._outputs: dict[str, tuple[float, int | None]] = {}
        self._rests_until = 0.0
        self._problem = ""

    def hold(
        self, request: HoldRequest, budgets: Sequence[Budget], *, is_final: bool = True
    ) -> int | NoRoom | None:
        """Hold what a call may cost; the number of the row, or the budget that it does not fit.

        None where there is nothing to hold: the call is free, or its price is unknown and no budget minds. Whoever
        is going to ask again says that this is not final.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        with self._lock:
            if time.monotonic() < self._rests_until:
                raise LedgerError(self._problem)
            try:
                return self._hold(request, budgets, is_final=is_final)
            except (OSError, sqlite3.Error, LedgerError) as error:
                self._rests_until = time.monotonic() + _RETRY_S
                self._problem = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
                with suppress(OSError, sqlite3.Error):
                    self._file.close()
                raise LedgerError(self._problem) from None

    def _hold(self, request: HoldRequest, budgets: Sequence[Budget], *, is_final: bool) -> int | NoRoom | None:
        with self._file.exclusive() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                found = self._held(connection, request, budgets)
                if is_final and isinstance(found, NoRoom):
                    _forget_dead(connection)
                    period = period_of(found.budget.per, request.moment)
                    found = found._replace(is_first=note_alert(connection, found.budget, period, "refused"))
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
        return found

    def _held(
        self, connection: sqlite3.Connection, request: HoldRequest, budgets: Sequence[Budget]
    ) -> int | NoRoom | None:
        amount = request.amount_of(self._mean_output(connection, request))
        for budget in budgets:
            balance = balance_of(connection, budget, request.moment)
            if amount is None:
                fits = budget.unpriced == "ignore"
            else:
                fits = budget.then == "warn" or not amount or balance.has_room(amount)
            if not fits:
                return NoRoom(budget, balance, amount)
        return _insert(connection, request, amount) if amount else None

    def _mean_output(self, connection: sqlite3.Connection, request: HoldRequest) -> int | None:
        """The usual length of the task's answers, looked up once a minute."""
        if request.task is None:
            return None
        known = self._outputs.get(request.task)
        if known is None or time.monotonic() >= known[0]:
            day = request.moment.astimezone(UTC).date()
            found = mean_output(connection, request.task, (day - timedelta(days=_LEARNED_DAYS), day))
            known = self._outputs[request.task] = (time.monotonic() + _REMEMBERED_S, found)
        return known[1]

    def release(self, hold: int) -> None:
        """Free the money of a call to which nothing was sent. That it cannot be is no error: it expires."""
        with (
            suppress(OSError, sqlite3.Error, LedgerError),
            self._lock,
            self._file.exclusive() as connection,
        ):
            connection.execute("DELETE FROM holds WHERE id = ?", (hold,))

    def end(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def before_fork(self) -> None:
        """See `LedgerFile.before_fork`."""
        self._lock.acquire()
        self._file.before_fork()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._file.after_fork_in_parent()
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Begin anew; what is held is the parent's."""
        self._file.after_fork_in_child()
        self._lock = threading.Lock()


def _insert(connection: sqlite3.Connection, request: HoldRequest, amount: Decimal) -> int | None:
    values = (
        request.call,
        request.position,
        microseconds_of(request.moment),
        request.task,
        request.project,
        pico_of(min(amount, _MOST)),
        microseconds_of(request.expires),
        own_process(),
    )
    sql = (
        "INSERT INTO holds(call, position, at_us, task, project, amount_pico, expires_us, process) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )
    return connection.execute(sql, values).lastrowid


def _forget_dead(connection: sqlite3.Connection) -> None:
    """Remove what processes held that have died; it counts for nobody already."""
    processes = [process for (process,) in connection.execute("SELECT DISTINCT process FROM holds").fetchall()]
    for process in filter(has_died, processes):
        connection.execute("DELETE FROM holds WHERE process = ?", (process,))
