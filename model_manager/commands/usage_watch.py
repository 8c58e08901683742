"""`usage --watch`: waits until somebody has written to a ledger, without reading it again and again."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from model_manager.commands.usage import own_ledger
from model_manager.config.directories import ledger_file
from model_manager.errors import LedgerError
from model_manager.ledger.reports.reader import LedgerReader

_LOOK_EVERY_S = 0.5


class WatchedLedger:
    """A ledger whose changes are looked for; it need not be there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: LedgerReader | None = None
        self._inode = 0

    def version(self) -> tuple[int, int]:
        """Two numbers that are others as soon as the file was changed or replaced."""
        try:
            inode = self._path.stat().st_ino
        except OSError:
            inode = 0
        if inode != self._inode:
            if self._reader:
                self._reader.connection.close()
            self._reader, self._inode = None, inode
        if inode and self._reader is None:
            with suppress(LedgerError):  # it is just being made, or the report is going to say what is wrong
                self._reader = LedgerReader(self._path)
        return inode, self._reader.changes() if self._reader else 0

    def close(self) -> None:
        """Let the file go."""
        if self._reader:
            self._reader.connection.close()
        self._reader, self._inode = None, 0


def changes(ledgers: Sequence[Path]) -> Iterator[None]:
    """Yield at once, and again after every change of the user's own ledger or these."""
    own = ledger_file(os.environ) if ledgers else own_ledger()
    watched = [WatchedLedger(path) for path in ([own] if own else []) + list(ledgers)]
    last = None
    while True:
        versions = [one.version() for one in watched]
        if versions != last:
            last = versions
            yield
        time.sleep(_LOOK_EVERY_S)
