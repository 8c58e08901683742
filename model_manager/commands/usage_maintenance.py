"""`usage --prune`, `--backup` and `--reprice`: what is done to the ledger itself, and a sentence about it."""

from datetime import datetime
from pathlib import Path

from model_manager.config.workspace import Workspace
from model_manager.core.pricing import Usage, cost, plain_text
from model_manager.ledger.reports.repricing import NewPrice
from model_manager.ledger.storage.maintenance import CALLS_DAYS, TOTALS_DAYS
from model_manager.ledger.storage.upkeep import copy_ledger, prune_ledger, reprice_ledger


def prune(path: Path) -> str:
    """Remove all that is too old.

    Raises:
        LedgerError: the ledger cannot be written.
    """
    removed = prune_ledger(path)
    kept = f"calls are kept for {CALLS_DAYS} days, totals for {TOTALS_DAYS // 365} years"
    return f"Removed {removed:,} rows: {kept}" if removed else f"Nothing is too old: {kept}"


def backup(path: Path, target: Path) -> str:
    """Copy the ledger to a new file.

    Raises:
        UsageError: there is a file already, or it cannot be written.
        LedgerError: the ledger cannot be read.
    """
    return f"Copied {path} to {target} ({copy_ledger(path, target):,} bytes)"


def reprice_calls(path: Path, workspace: Workspace) -> str:
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

    done = reprice_ledger(path, price_of)
    left = f", {done.still_unknown:,} still have no price" if done.still_unknown else ""
    calls = "1 call" if done.calls == 1 else f"{done.calls:,} calls"
    return f"Priced {calls}: ${plain_text(done.cost_usd)}{left}"
