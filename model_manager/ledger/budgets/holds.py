"""Money held in the ledger for calls before they are made: all processes of a host keep to the same limits.

Rows and not a counter: each is of one call. It goes with the record of the call, expires, or counts no more when
its process has died, so that nothing is left over however a call ends. Calls under a `SpendingLimit` are not
settled by their records but by whoever made them, as an answer may have cost more than is known of it.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from model_manager.core.budgets import Balance, SpendingLimit, period_of
from model_manager.core.models import Budget
from model_manager.errors import LedgerError
from model_manager.ledger.budgets.alerts import note_alert
from model_manager.ledger.budgets.balances import balance_of, mean_output, room_at
from model_manager.ledger.budgets.rows import HoldRequest, forget_dead, insert_hold, settle_hold
from model_manager.ledger.storage.file import LedgerFile
from model_manager.ledger.storage.memory import MemoryLedger

#: A ledger that somebody else keeps locked must not keep calls waiting.
_PATIENCE_S = 2.0
#: After a failure the ledger is left alone for so long.
_RETRY_S = 5.0
#: The days whose answers say how long the next one may be.
_LEARNED_DAYS = 30
_REMEMBERED_S = 60.0
#: So much of what was settled while the ledger could not be used is noted later.
_LATE = 10_000

_Limit = TypeVar("_Limit", bound=Budget | SpendingLimit)
_T = TypeVar("_T")


class NoRoom(NamedTuple, Generic[_Limit]):
    """A limit that a call does not fit.

    Attributes:
        amount: US dollars that it may cost; None where its price is unknown.
        is_first: whether it is the first call of a budget's period that did not fit.
        room_at: when enough of what was spent counts no more, for a `SpendingLimit`; None: nobody knows.
    """

    limit: _Limit
    balance: Balance
    amount: Decimal | None
    is_first: bool = False
    room_at: datetime | None = None


class Holds:
    """Holds money in a ledger, from any number of threads.

    Args:
        ledger: the file, or the tables in memory.
    """

    def __init__(self, ledger: LedgerFile | MemoryLedger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._late: deque[Callable[[sqlite3.Connection], object]] = deque(maxlen=_LATE)
        self._outputs: dict[str, tuple[float, int | None]] = {}
        self._rests_until = 0.0
        self._problem = ""

    def hold(
        self, request: HoldRequest, limits: Sequence[_Limit], *, is_final: bool = True
    ) -> int | NoRoom[_Limit] | None:
        """Hold what a call may cost; the number of the row, or the limit that it does not fit.

        None where there is nothing to hold: the call is free, or its price is unknown and no budget minds. Whoever
        is going to ask again says that this is not final.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        return self._transact(partial(self._held, request=request, limits=limits, is_final=is_final))

    def no_room(self, request: HoldRequest, limits: Sequence[_Limit]) -> NoRoom[_Limit] | None:
        """The limit that a call would not fit now, or None. Nothing is held.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        return self._transact(partial(self._tried, request=request, limits=limits))

    def settle(self, limit: SpendingLimit, call: str, spent: Decimal, now: datetime) -> None:
        """Put what a call has cost in the place of what was held for it, if anything was.

        Where the ledger cannot be used it is noted as soon as it can be.
        """
        work = partial(settle_hold, limit=limit, call=call, spent=spent, now=now)
        try:
            self._transact(work)
        except LedgerError:
            with self._lock:
                self._late.append(work)

    def balance(self, limit: SpendingLimit, now: datetime) -> Balance:
        """What is spent and held of a limit.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        return self._transact(partial(balance_of, limit=limit, now=now))

    def _transact(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        with self._lock:
            if time.monotonic() < self._rests_until:
                raise LedgerError(self._problem)
            try:
                return self._transacted(work)
            except (OSError, sqlite3.Error, LedgerError) as error:
                self._rests_until = time.monotonic() + _RETRY_S
                self._problem = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
                with suppress(OSError, sqlite3.Error):
                    self._ledger.close()
                raise LedgerError(self._problem) from None

    def _transacted(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        with self._ledger.exclusive() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                for late in self._late:
                    late(connection)
                found = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
        self._late.clear()
        return found

    def _held(
        self, connection: sqlite3.Connection, request: HoldRequest, limits: Sequence[_Limit], *, is_final: bool
    ) -> int | NoRoom[_Limit] | None:
        amount = request.amount_of(self._mean_output(connection, request))
        found = _lacking(connection, request, limits, amount)
        if found is not None:
            return _explained(connection, found, request.moment) if is_final else found
        return insert_hold(connection, request, amount) if amount else None

    def _tried(
        self, connection: sqlite3.Connection, request: HoldRequest, limits: Sequence[_Limit]
    ) -> NoRoom[_Limit] | None:
        return _lacking(connection, request, limits, request.amount_of(self._mean_output(connection, request)))

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


def _lacking(
    connection: sqlite3.Connection, request: HoldRequest, limits: Sequence[_Limit], amount: Decimal | None
) -> NoRoom[_Limit] | None:
    """The first limit that an amount does not fit, or None."""
    for limit in limits:
        balance = balance_of(connection, limit, request.moment)
        if not _fits(limit, amount, balance):
            return NoRoom(limit, balance, amount)
    return None


class HoldFile(Holds):
    """Holds money in the file of a ledger. It waits for the disk: not for event loops.

    Args:
        path: the ledger.
        salt: see `LedgerFile`.
    """

    def __init__(self, path: Path, salt: str | None = None) -> None:
        self._file = LedgerFile(path, salt, wait_s=_PATIENCE_S)
        super().__init__(self._file)

    def balance(self, limit: SpendingLimit, now: datetime) -> Balance:
        """As it is; to ask does not make a file."""
        if not self._file.path.exists():
            raise LedgerError(f"{self._file.path}: there is no such file")
        return super().balance(limit, now)

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
        self._late.clear()


def _fits(limit: Budget | SpendingLimit, amount: Decimal | None, balance: Balance) -> bool:
    """Whether a limit lets a call be made."""
    if isinstance(limit, Budget):
        if amount is None:
            return limit.unpriced == "ignore"
        if limit.then == "warn":
            return True
    return amount is not None and (not amount or balance.has_room(amount))


def _explained(connection: sqlite3.Connection, found: NoRoom[_Limit], moment: datetime) -> NoRoom[_Limit]:
    """What else is to be said of a refusal; and room is made in the table."""
    forget_dead(connection)
    if isinstance(found.limit, Budget):
        period = period_of(found.limit.per, moment)
        return found._replace(is_first=note_alert(connection, found.limit, period, "refused"))
    if found.amount is None:
        return found
    missing = found.amount - found.balance.left(found.limit.limit)
    return found._replace(room_at=room_at(connection, found.limit, missing, moment))
