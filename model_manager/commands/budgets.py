"""The budgets of a workspace, and where each stands by the user's own ledger."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime

from model_manager.commands.usage import open_ledgers
from model_manager.config.budgets import budgets_of
from model_manager.config.workspace import Workspace
from model_manager.ledger.budgets.standings import BudgetStanding, read_standings


def run(workspace: Workspace, now: datetime) -> Sequence[BudgetStanding]:
    """Where the budgets stand: the user's, then the project's.

    Raises:
        LedgerError: the ledger cannot be read, or nothing is recorded.
    """
    with ExitStack() as stack:
        readers, _ = open_ledgers(stack, (), workspace.environ)
        return read_standings(readers, budgets_of(workspace), now)
