"""A ledger in memory: what is held and spent within one process, where no file is to have it, or none can."""

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from model_manager.ledger.storage.store import open_in_memory


class MemoryLedger:
    """The tables of a ledger without its file; whoever uses it sees to it that one thread does at a time."""

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def exclusive(self) -> Iterator[sqlite3.Connection]:
        """As that of a file; the tables are made when they are first needed."""
        if self._connection is None:
            self._connection = open_in_memory()
            weakref.finalize(self, self._connection.close)
        yield self._connection

    def close(self) -> None:
        """Do nothing: unlike a file it could not be opened again."""
