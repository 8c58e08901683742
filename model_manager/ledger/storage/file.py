"""The ledger's file as the writing thread of a process has it: opened when needed, changed only under the lock."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from model_manager.errors import LedgerError
from model_manager.ledger.budgets.alerts import AlertList
from model_manager.ledger.pseudonyms import fingerprint, pseudonym, read_or_make_salt
from model_manager.ledger.records import Row
from model_manager.ledger.storage import maintenance
from model_manager.ledger.storage.insertion import Series, insert_gaps, insert_rows, insert_scores
from model_manager.ledger.storage.lock import LedgerLock
from model_manager.ledger.storage.store import companion, get_meta, open_writer, prepare_directory, set_meta

#: How long a fork waits for another process before it gives up on the ledger in the child.
_FORK_WAIT_S = 1.0
_LOOK_S = 0.005
_REMEMBERED_USERS = 4096


@dataclass(slots=True)
class Batch:
    """The rows of one transaction: rows of `calls`, `scores` and `gaps`."""

    rows: Sequence[Row] = ()
    scores: Sequence[tuple[str, str, float, int]] = ()
    gaps: Sequence[tuple[int, str, int, str]] = ()


class LedgerFile:
    """A ledger that is written to, by one thread at a time.

    Args:
        path: the file; it and its directory are made if they are not there.
        salt: what pseudonyms are made with; None: a file beside the ledger has it.
        wait_s: how long to wait for another process that holds the lock, and as long again for a program that has
            the file locked in SQLite; None: for the lock without a limit.
    """

    def __init__(self, path: Path, salt: str | None = None, *, wait_s: float | None = None) -> None:
        self.path = path
        self._given_salt = salt
        self._wait_s = wait_s
        #: What is to be said of the file's place, or None; known once it is open.
        self.warning: str | None = None
        #: Looks after budgets whenever calls were recorded.
        self.alerts = AlertList()
        self._reset()

    def _reset(self) -> None:
        self._lock = LedgerLock(companion(self.path, "lock"))
        self._has_lock = False
        #: Held while SQLite is at work. A fork waits for it: SQLite's own locks do not survive one.
        self._busy = threading.RLock()
        self._series = Series()
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._salt = b""
        self._is_closed_for_good = False

    @property
    def connection(self) -> sqlite3.Connection | None:
        """The open connection; the thread keeps it, so that the interpreter's end does not close it unlocked."""
        return self._connection

    def open(self) -> None:
        """Open the file unless it is open and still in its place.

        Raises:
            OSError, LedgerError, sqlite3.Error: it cannot be written.
        """
        if self._connection is None or self._identity != _identity(self.path):
            with self.exclusive():
                pass

    def _open(self) -> sqlite3.Connection:
        """The connection, for whoever holds the lock; a fork may have closed the last one at any moment."""
        if self._connection is not None and self._identity == _identity(self.path):
            return self._connection
        self._close()
        self._series.forget()
        connection, self.warning = open_writer(self.path, self._wait_s)
        try:
            self._read_salt(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._identity = connection, _identity(self.path)
        return connection

    def _read_salt(self, connection: sqlite3.Connection) -> None:
        given = (self._given_salt or "").encode(errors="surrogatepass")
        salt = given or read_or_make_salt(companion(self.path, "salt"))
        if get_meta(connection, "salt_fingerprint") != fingerprint(salt):
            set_meta(connection, "salt_fingerprint", fingerprint(salt))
        if salt != self._salt:
            self._salt = salt
            self.pseudonym_of = lru_cache(_REMEMBERED_USERS)(lambda user: pseudonym(salt, user))

    @contextmanager
    def exclusive(self) -> Iterator[sqlite3.Connection]:
        """Hold the lock, with the file open: no other process of ours commits or checkpoints meanwhile.

        Raises:
            OSError, LedgerError, sqlite3.Error: it cannot be written.
        """
        if self._is_closed_for_good:
            raise LedgerError(f"{self.path} was in use when this process was forked")
        prepare_directory(self.path)
        with self._locked():
            yield self._open()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if not self._lock.acquire(self._wait_s):
            hint = "end or resume the process that was stopped while it was writing"
            raise LedgerError(f"{self.path} has been locked by another process for {self._wait_s:g} s", hint=hint)
        self._has_lock = True
        try:
            with self._busy:
                yield
        finally:
            self._has_lock = False
            self._lock.release()

    def write(self, batch: Batch) -> None:
        """Write a batch as a whole or not at all.

        Raises:
            OSError, LedgerError, sqlite3.Error: nothing was written, and the file is closed.
        """
        try:
            with self.exclusive() as connection:
                self._transact(connection, batch)
                maintenance.checkpoint(connection, self.path)
        except BaseException:
            self.close()
            raise
        if batch.rows:
            self.alerts.check(self)

    def _transact(self, connection: sqlite3.Connection, batch: Batch) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if batch.rows:
                insert_rows(connection, self._series, batch.rows)
            insert_scores(connection, batch.scores)
            insert_gaps(connection, batch.gaps)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def prune(self, budget_s: float) -> int:
        """Remove what is too old for as long as this, letting others in between; how many rows."""
        removed, until = 0, time.monotonic() + budget_s
        while True:
            with self.exclusive() as connection:
                batch = maintenance.prune_batch(connection, maintenance.now_us())
            removed += batch
            if not batch or time.monotonic() >= until:
                return removed

    def prune_if_due(self, budget_s: float) -> None:
        """The same if no process has done it for an hour."""
        with self._busy:
            is_due = self._connection and maintenance.is_prune_due(self._connection, maintenance.now_us())
        if is_due:
            self.prune(budget_s)

    def close(self) -> None:
        """Close the file: whoever is the last takes the log into it, so this needs the lock too."""
        if self._connection is None:
            return
        try:
            with self._locked():
                self._close()
        except (OSError, LedgerError):
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def before_fork(self) -> None:
        """Close the file: a child that opens it anew must not find what SQLite remembers of the parent's locks."""
        self._busy.acquire()
        if self._connection is None:
            return
        own, until = LedgerLock(companion(self.path, "lock")), time.monotonic() + _FORK_WAIT_S
        try:
            # The thread may have the lock already, or take it meanwhile: then it waits for `_busy`, held here.
            while not (is_free := self._has_lock or own.acquire(0)) and time.monotonic() < until:
                time.sleep(_LOOK_S)
            if is_free:
                self._close()
        except OSError:
            self._close()
        finally:
            own.forget()

    def after_fork_in_parent(self) -> None:
        """Go on; the file is opened again when it is needed."""
        self._busy.release()

    def after_fork_in_child(self) -> None:
        """Begin anew. Where the file could not be closed, the child leaves it alone."""
        kept, lock = self._connection, self._lock
        self._reset()
        lock.forget()
        if kept is not None:
            self._connection, self._is_closed_for_good = kept, True


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - before every batch
    except OSError:
        return (0, 0)
    return found.st_dev, found.st_ino
