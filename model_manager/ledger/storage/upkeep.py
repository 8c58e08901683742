"""Operations on a ledger as a whole: prune, copy, reprice."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from model_manager.errors import LedgerError, UsageError
from model_manager.ledger.reports.reader import LedgerReader
from model_manager.ledger.reports.repricing import PriceOf, Repriced, reprice
from model_manager.ledger.storage.file import LedgerFile
from model_manager.ledger.storage.file_system import has_begun
from model_manager.ledger.storage.store import unreadable

_LONGEST_PRUNE_S = 3600.0
#: How long a command waits for others that write: not for ever, as a job that runs each night would pile up.
_LONGEST_WAIT_S = 30.0


def prune_ledger(path: Path) -> int:
    """Remove all that is too old; how many rows.

    Raises:
        LedgerError: the ledger cannot be written.
    """
    with _writing(path) as file:
        return file.prune(_LONGEST_PRUNE_S)


def reprice_ledger(path: Path, price_of: PriceOf) -> Repriced:
    """Price the calls whose price was unknown.

    Raises:
        LedgerError: the ledger cannot be written.
    """
    with _writing(path) as file:
        return reprice(file, price_of)


def copy_ledger(path: Path, target: Path) -> int:
    """Copy a ledger to a new file, while others write to it; the size of the copy.

    Raises:
        UsageError: there is a file already, or it cannot be written.
        LedgerError: the ledger cannot be read.
    """
    if os.path.lexists(target):
        raise UsageError(f"`backup` {target}: the file already exists")
    _check_begun(path)
    with LedgerReader(path) as reader:
        try:
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            # SQLite writes into an empty file, which keeps its mode.
            reader.connection.execute("VACUUM INTO ?", (str(target),))
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                target.unlink(missing_ok=True)
            reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
            raise UsageError(f"`backup` {target}: {reason}") from None
    return target.stat().st_size


@contextmanager
def _writing(path: Path) -> Iterator[LedgerFile]:
    _check_begun(path)
    try:
        with closing(LedgerFile(path, wait_s=_LONGEST_WAIT_S)) as file:
            yield file
    except (OSError, sqlite3.Error) as error:
        raise unreadable(path, error, "written") from None


def _check_begun(path: Path) -> None:
    if not has_begun(path):
        raise LedgerError(f"{path}: nothing has been recorded yet")
