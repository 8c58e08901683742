"""Who hears of a workspace's calls besides the application: the ledger's recorder, and OpenTelemetry."""

import os
from collections.abc import Callable, Sequence

from model_manager.config.budgets import project_of
from model_manager.config.directories import absolute, ledger_path
from model_manager.config.workspace import Workspace
from model_manager.core.calls import CallObserver
from model_manager.core.models import Budget
from model_manager.errors import UsageError
from model_manager.ledger.recorder import Recorder
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
    if ledger is not None and not isinstance(ledger, str | os.PathLike):
        raise UsageError(f"expected a path or 'off', got {ledger!r}", parameter="ledger")
    settings = workspace.settings
    path = ledger_path(settings.ledger if ledger is None else os.fspath(ledger), workspace.environ)
    if path is None:
        return None
    return Recorder(absolute(path), project=project_of(workspace), salt=settings.user_salt, budgets=budgets)


def observers_of(workspace: Workspace, recorder: Recorder | None) -> tuple[CallObserver, ...]:
    """The recorder, if there is one, and OpenTelemetry's observer, if the settings ask for it.

    Raises:
        UsageError: the settings ask for OpenTelemetry, and the extra is not installed.
    """
    return (*((recorder,) if recorder else ()), *observers_for(workspace.settings.otel))
