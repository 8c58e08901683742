"""`usage --path`, `--prune`, `--backup` and `--reprice`: the ledger's file, and what is done to it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from model_manager.config.workspace import Workspace
from model_manager.core.pricing import Usage, cost, plain_text
from model_manager.ledger.reports.repricing import NewPrice, Repriced
from model_manager.ledger.storage.file_system import has_begun
from model_manager.ledger.storage.maintenance import CALLS_DAYS, TOTALS_DAYS
from model_manager.ledger.storage.upkeep import copy_ledger, prune_ledger, reprice_ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """The ledger's file, and what was done to it.

    Attributes:
        path: the file.
        exists: whether anything was recorded yet.
        removed_rows: how many rows were too old; None if they were not to be removed.
        backup: the copy and its bytes, or None.
    """

    path: Path
    exists: bool
    removed_rows: int | None = None
    backup: tuple[Path, int] | None = None


def maintain(path: Path, *, prune: bool = False, backup: Path | None = None) -> Maintenance:
    """Remove all that is too old, and copy the ledger to a new file, as far as it is asked for.

    A ledger in which nothing was recorded yet has nothing that is too old; it cannot be copied.

    Raises:
        UsageError: there is a file already where the copy is to be, or it cannot be written.
        LedgerError: the ledger cannot be read or written.
    """
    exists = has_begun(path) if prune or backup else os.path.exists(path)  # noqa: PTH110 - never raises
    removed = (prune_ledger(path) if exists else 0) if prune else None
    copy = (backup, copy_ledger(path, backup)) if backup else None
    return Maintenance(path=path, exists=exists, removed_rows=removed, backup=copy)


def sentences(done: Maintenance) -> Iterator[str]:
    """What was done, for people."""
    kept = f"calls are kept for {CALLS_DAYS} days, totals for {TOTALS_DAYS // 365} years"
    if done.removed_rows:
        yield f"Removed {done.removed_rows:,} {'row' if done.removed_rows == 1 else 'rows'}: {kept}"
    elif done.removed_rows is not None:
        yield f"Nothing to remove: {kept}" if done.exists else f"Nothing has been recorded yet in {done.path}"
    if done.backup:
        target, size = done.backup
        yield f"Copied {done.path} to {target} ({size:,} bytes)"


def reprice_calls(path: Path, workspace: Workspace) -> Repriced:
    """Price the calls whose price was unknown, by the catalogue as it is now.

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

    return reprice_ledger(path, price_of) if has_begun(path) else Repriced()


def repriced_sentence(done: Repriced) -> str:
    """What repricing did, for people."""
    left = f", {done.still_unknown:,} still have no price" if done.still_unknown else ""
    calls = "1 call" if done.calls == 1 else f"{done.calls:,} calls"
    return f"Priced {calls}: ${plain_text(done.cost_usd)}{left}"
