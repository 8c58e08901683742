"""`usage --prune`, `--backup` and `--reprice`: what is done to the ledger itself."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from model_manager.config.workspace import Workspace
from model_manager.core.pricing import Usage, cost, plain_text
from model_manager.errors import LedgerError, UsageError
from model_manager.ledger.file import LedgerFile
from model_manager.ledger.maintenance import CALLS_DAYS, TOTALS_DAYS
from model_manager.ledger.reader import LedgerReader
from model_manager.ledger.repricing import NewPrice, reprice

_LONGEST_PRUNE_S = 3600.0


def prune(path: Path) -> str:
    """Remove all that is too old; a sentence about it.

    Raises:
        LedgerError: the ledger cannot be written.
    """
    with _writing(path) as file:
        removed = file.prune(_LONGEST_PRUNE_S)
    kept = f"calls are kept for {CALLS_DAYS} days, totals for {TOTALS_DAYS // 365} years"
    return f"Removed {removed:,} rows: {kept}" if removed else f"Nothing is too old: {kept}"


def backup(path: Path, target: Path) -> str:
    """Copy the ledger to a new file, while others write to it; a sentence about it.

    Raises:
        UsageError: there is a file already, or it cannot be written.
        LedgerError: the ledger cannot be read.
    """
    if os.path.lexists(target):
        raise UsageError(f"`backup` {target}: there is such a file already")
    if not path.exists():
        raise LedgerError(f"{path}: nothing was recorded yet")
    with LedgerReader(path) as reader:
        try:
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            # SQLite writes into an empty file, which keeps its mode.
            reader.connection.execute("VACUUM INTO ?", (str(target),))
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                target.unlink(missing_ok=True)
            raise UsageError(f"`backup` {target}: {error}") from None
    return f"Copied {path} to {target} ({target.stat().st_size:,} bytes)"


def reprice_calls(path: Path, workspace: Workspace) -> str:
    """Price the calls whose price was unknown, by the catalogue as it is now; a sentence about it.

    Raises:
        LedgerError: the ledger cannot be written.
    """

    def price_of(model_id: str, provider: str, usage: Usage, moment: datetime) -> NewPrice | None:
        model = workspace.catalogue.models.get(model_id)
        if model is None or model.provider != provider:
            return None
        try:
            amount = cost(model.price, usage, moment)
        except ValueError:  # counts that contradict each other
            return None
        return None if amount is None else NewPrice(amount, model.checked)

    with _writing(path) as file:
        done = reprice(file, price_of)
    left = f", {done.still_unknown:,} still have no price" if done.still_unknown else ""
    calls = "1 call" if done.calls == 1 else f"{done.calls:,} calls"
    return f"Priced {calls}: ${plain_text(done.cost_usd)}{left}"


@contextmanager
def _writing(path: Path) -> Iterator[LedgerFile]:
    if not path.exists():
        raise LedgerError(f"{path}: nothing was recorded yet")
    file = LedgerFile(path)
    try:
        with closing(file):
            yield file
    except (OSError, sqlite3.Error) as error:
        raise LedgerError(f"{path} cannot be written: {error}") from None
