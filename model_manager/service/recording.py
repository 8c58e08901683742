"""The recorder of a workspace's calls: which ledger, under which project's name."""

import os

from model_manager.config.directories import absolute, ledger_path, project_label
from model_manager.config.workspace import Workspace
from model_manager.errors import UsageError
from model_manager.ledger.recorder import Recorder


def recorder_for(workspace: Workspace, ledger: str | os.PathLike[str] | None = None) -> Recorder | None:
    """Who records calls made for a workspace; None where nothing is to be recorded.

    Args:
        workspace: its settings say where, unless the argument does, and what the project is called.
        ledger: a file, "off", or None: as MODEL_MANAGER_LEDGER has it, else in the state directory.

    Raises:
        UsageError: `ledger` is no path.
    """
    if ledger is not None and not isinstance(ledger, str | os.PathLike):
        raise UsageError(f"expected a path or 'off', got {ledger!r}", parameter="ledger")
    settings = workspace.settings
    path = ledger_path(settings.ledger if ledger is None else os.fspath(ledger), workspace.environ)
    if path is None:
        return None
    project = settings.project or project_label(workspace.directory)
    return Recorder(absolute(path), project=project, salt=settings.user_salt)
