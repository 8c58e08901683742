"""The thread that writes the ledger: one a process and file, fed through a queue that callers never wait for."""

import logging
import os
import platform
import sqlite3
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from model_manager.errors import LedgerError
from model_manager.ledger.records import CallRecord, Row, row_of
from model_manager.ledger.storage.file import Batch, LedgerFile
from model_manager.ledger.storage.maintenance import now_us

_LOG = logging.getLogger("model_manager")
#: What comes within this time is written together; kill -9 loses no more than this and a transaction.
_COLLECT_S = 0.05
#: How many calls may wait, in the queue and again while the file cannot be written.
MOST_WAITING = 10_000
#: A file that cannot be written is tried again after this, then after twice as long, and so on.
_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.1, 30.0
#: How long a process waits at its end.
EXIT_S = 1.0
_PRUNE_S = 0.02
_TROUBLE = (OSError, sqlite3.Error, LedgerError)


class Call(NamedTuple):
    """A record in the queue, and the project whose call it was."""

    record: CallRecord
    project: str | None


class Score(NamedTuple):
    """A user's judgement of a call."""

    call: str
    name: str
    value: float
    at_us: int


class _Request(NamedTuple):
    """Asks for all before it to be written, and perhaps for the file to be closed."""

    done: threading.Event
    close: bool


class Writer:
    """Takes records at once and writes them soon.

    Args:
        path: the ledger's file.
        salt: see `LedgerFile`.
    """

    def __init__(self, path: Path, salt: str | None = None) -> None:
        self.file = LedgerFile(path, salt)
        self._warned: set[str] = set()
        self._reset()

    def _reset(self) -> None:
        self._queue: deque[Call | Score | _Request] = deque()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake, self._hurry = threading.Event(), threading.Event()
        self._is_idle = False
        self._rows: list[Row] = []
        self._scores: list[Score] = []
        #: Calls that the thread has taken from the queue and that are no rows yet, as while it waits for the lock.
        self._taken = 0
        self._lost: dict[str, tuple[int, int]] = {}
        self._retry_s = 0.0
        self._process = ""
        #: Takes back what `_start` asked of multiprocessing.
        self._unregister: Callable[[], object] | None = None
        #: Calls of this process that are in no ledger, nor in its gaps yet.
        self.unrecorded = 0

    def put(self, item: Call | Score) -> None:
        """Take an item: a microsecond, whatever the disk does."""
        if len(self._queue) >= MOST_WAITING:
            self._lose(1, "the queue was full")
            return
        self._queue.append(item)
        if self._thread is None:
            self._start()
        elif self._is_idle:
            self._wake.set()

    def flush(self, timeout_s: float, *, close: bool = False) -> bool:
        """Wait until all that was put is written; whether it is. The file may be closed afterwards."""
        if self._thread is None:
            return not self.unrecorded
        request = _Request(threading.Event(), close)
        self._queue.append(request)
        self._wake.set()
        self._hurry.set()
        return request.done.wait(timeout_s) and not self._retry_s and not self.unrecorded

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            self._process = f"{platform.node()}-{os.getpid()}"
            thread = threading.Thread(target=self._run, name="model-manager-ledger", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is about to end
                self._lose(len(self._queue), "the process was ending")
                self._queue.clear()
                return
            self._thread = thread
        # Processes of multiprocessing end without atexit.
        if self._unregister is None and (utilities := sys.modules.get("multiprocessing.util")):
            self._unregister = utilities.Finalize(None, self.end, exitpriority=0).cancel

    def _run(self) -> None:
        while True:
            if not (self._queue or self._rows or self._scores):
                self._is_idle = True
                # Only now: what was put before this would not have woken anybody.
                if not self._queue:
                    self._wake.wait()
                self._is_idle = False
            self._wake.clear()
            self._hurry.wait(max(_COLLECT_S, self._retry_s))
            self._hurry.clear()
            try:
                is_over = self._write_queue()
            except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the thread
                self._give_up(f"{type(error).__name__}: {error}")
                is_over = False
            if is_over:
                return
            held = self.file.connection  # noqa: F841 - a frame that never ends keeps it from being closed unlocked

    def _write_queue(self) -> bool:
        """Write what there is; whether the file was closed and the thread may end until there is more."""
        requests, calls = self._drain()
        is_over = False
        try:
            if calls or self._rows or self._scores or self._lost:
                self._write(calls)
            if any(request.close for request in requests):
                self.file.close()
                is_over = self._leave()
        finally:
            for request in requests:
                request.done.set()
        if not requests and not self._rows:
            self._prune()
        return is_over

    def _leave(self) -> bool:
        """Whether nothing is left to do; then the next call starts another thread."""
        if self._queue or self._rows or self._scores or self._lost:
            return False
        self._thread = None
        # What came before that line did not start one.
        return not self._queue or self._is_replaced(threading.current_thread())

    def _is_replaced(self, own: threading.Thread) -> bool:
        """Whether another thread has been started instead; else this one goes on."""
        with self._starting:
            if self._thread is None:
                self._thread = own
            return self._thread is not own

    def _drain(self) -> tuple[list[_Request], list[Call]]:
        requests: list[_Request] = []
        calls: list[Call] = []
        for _ in range(len(self._queue)):
            item = self._queue.popleft()
            if isinstance(item, _Request):
                requests.append(item)
            elif isinstance(item, Call):
                calls.append(item)
            else:
                self._scores.append(item)
        self._taken = len(calls)
        return requests, calls

    def _write(self, calls: Sequence[Call]) -> None:
        try:
            self.file.open()
        except _TROUBLE as error:
            self._keep(calls, error)
            return
        if self.file.warning:
            self._warn(self.file.warning)
        self._rows += self._converted(calls)
        self._taken = 0
        try:
            self._commit()
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError, OverflowError, TypeError) as error:
            # A row that SQLite does not take, which no row of ours should be, must not take others with it.
            self._commit_singly(error)
        except _TROUBLE as error:
            self._keep((), error)

    def _converted(self, calls: Sequence[Call]) -> list[Row]:
        rows = []
        for call in calls:
            try:
                rows.append(row_of(call.record, call.project, self._process, self.file.pseudonym_of))
            except Exception as error:  # noqa: BLE001 - whatever an application put into its context
                self._lose(1, f"not recordable: {type(error).__name__}")
        return rows

    def _commit(self) -> None:
        lost, self._lost = self._lost, {}
        gaps = [(at_us, self._process, count, why) for why, (at_us, count) in lost.items()]
        try:
            self.file.write(Batch(self._rows, self._scores, gaps))
        except BaseException:
            for why, (_, count) in lost.items():
                self.unrecorded -= count
                self._lose(count, why)
            raise
        self.unrecorded -= sum(count for _, count in lost.values())
        self._rows, self._scores, self._retry_s = [], [], 0.0

    def _commit_singly(self, error: Exception) -> None:
        rows, self._rows = self._rows, []
        self._scores = []
        self._warn(f"{self.file.path}: {error}")
        for row in rows:
            try:
                self.file.write(Batch([row]))
            except (*_TROUBLE, OverflowError, TypeError):
                self._lose(1, f"not recordable: {type(error).__name__}")

    def _keep(self, calls: Sequence[Call], error: Exception) -> None:
        """Try again later, with as much as may wait; what is more is lost, and counted."""
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        self._warn(f"calls are not recorded in {self.file.path}: {reason}")
        self._retry_s = min(self._retry_s * 2 or _FIRST_RETRY_S, _LONGEST_RETRY_S)
        self._taken = 0
        room = MOST_WAITING - len(self._queue)
        self._queue.extendleft(reversed(calls[: max(room, 0)]))
        self._lose(len(calls) - max(min(room, len(calls)), 0), reason)
        if (excess := len(self._rows) - MOST_WAITING) > 0:
            del self._rows[MOST_WAITING:]
            self._lose(excess, reason)

    def _give_up(self, reason: str) -> None:
        self._warn(f"calls are not recorded in {self.file.path}: {reason}")
        self._lose(self._taken + len(self._rows), "an unexpected error")
        self._taken = 0
        self._rows, self._scores = [], []

    def _lose(self, count: int, why: str) -> None:
        if count:
            at_us, before = self._lost.get(why, (now_us(), 0))
            self._lost[why] = (at_us, before + count)
            self.unrecorded += count

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            _LOG.warning("%s", text)

    def _prune(self) -> None:
        try:
            self.file.prune_if_due(_PRUNE_S)
        except _TROUBLE as error:
            self._warn(f"{self.file.path} cannot be pruned: {error}")

    def end(self, timeout_s: float = EXIT_S) -> None:
        """Write what there is and close the file, or say how many calls were not recorded."""
        if self._unregister:
            self._unregister()
        self._unregister = None
        if self.flush(timeout_s, close=True):
            return
        waiting = self._taken + sum(isinstance(item, Call) for item in list(self._queue))
        if left := self.unrecorded + len(self._rows) + waiting:
            self._warn(f"{left} {'call was' if left == 1 else 'calls were'} not recorded in {self.file.path}")

    def before_fork(self) -> None:
        """See `LedgerFile.before_fork`."""
        self._starting.acquire()
        self.file.before_fork()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self.file.after_fork_in_parent()
        self._starting.release()

    def after_fork_in_child(self) -> None:
        """Begin anew: what waits is the parent's to write, and the thread is not here."""
        self.file.after_fork_in_child()
        self._reset()
