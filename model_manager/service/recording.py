"""Who hears of a workspace's calls besides the application: the ledger's recorder, and OpenTelemetry."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from model_manager.config.budgets import project_of
from model_manager.config.directories import absolute, ledger_path
from model_manager.config.workspace import Workspace
from model_manager.core.calls import CallObserver
from model_manager.core.models import Budget
from model_manager.errors import UsageError
from model_manager.ledger.budgets.holds import HoldFile
from model_manager.ledger.recorder import Recorder
from model_manager.ledger.storage.writers import hold_file_for
from model_manager.telemetry import observers_for


def recorder_for(
    workspace: Workspace,
    ledger: str | os.PathLike[str] | None = None,
    budgets: Callable[[], Sequence[Budget]] = tuple,
) -> Recorder | None:
    """Who records calls made for a workspace; None where nothing is to be recorded.

    Args:
        workspace: its settings say where, unless the argument does, and what the project is called.
        ledger: a file, "off", or None: as MODEL_MANAGER_LEDGER has it, else in the state directory.
        budgets: the budgets as they are now, for alerts.

    Raises:
        UsageError: `ledger` is no path.
    """
    path = _ledger_of(workspace, ledger)
    if path is None:
        return None
    salt = workspace.settings.user_salt
    return Recorder(path, project=project_of(workspace), salt=salt, budgets=budgets)


def hold_file_of(workspace: Workspace) -> HoldFile | None:
    """What holds money in the ledger of a workspace; None where nothing is to be recorded.

    Raises:
        UsageError: the setting is no path.
    """
    path = _ledger_of(workspace, None)
    return None if path is None else hold_file_for(path, workspace.settings.user_salt)


def _ledger_of(workspace: Workspace, ledger: str | os.PathLike[str] | None) -> Path | None:
    if ledger is not None and not isinstance(ledger, str | os.PathLike):
        raise UsageError(f"expected a path or 'off', got {ledger!r}", parameter="ledger")
    named = workspace.settings.ledger if ledger is None else os.fspath(ledger)
    path = ledger_path(named, workspace.environ)
    return None if path is None else absolute(path)


def observers_of(workspace: Workspace, recorder: Recorder | None) -> tuple[CallObserver, ...]:
    """The recorder, if there is one, and OpenTelemetry's observer, if the settings ask for it.

    Raises:
        UsageError: the settings ask for OpenTelemetry, and the extra is not installed.
    """
    return (*((recorder,) if recorder else ()), *observers_for(workspace.settings.otel))
