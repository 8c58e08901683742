"""`assign --undo`: takes the last change of a .env file back, once."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from model_manager.commands.assign import AssignReport, hidden_by
from model_manager.commands.init import models_file_to_write
from model_manager.config.directories import state_directory
from model_manager.config.dotenv.change_log import Author, ChangeLog, local_author
from model_manager.config.dotenv.writer import EnvChange, undo_env_change
from model_manager.config.models_file import ModelsChange, ModelsFile
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import DEFAULT_VARIABLE
from model_manager.core.suggestions import find_task
from model_manager.errors import AssignmentRefusedError, ConfigurationError, EnvFileError


def run(
    workspace: Workspace,
    moment: datetime,
    *,
    task: str | None = None,
    dry_run: bool = False,
    when_locked: Callable[[], None] = lambda: None,
    author: Author | None = None,
    models_file: Path | None = None,
) -> AssignReport:
    """Undo the last change of the file that `assign` writes.

    Args:
        workspace: says which file that is.
        moment: when, for the history.
        task: refuse unless the change is one of this task's variable, or of the default.
        dry_run: only find out what would change.
        when_locked: called once the file is locked against other writers; may raise to cancel it.
        author: who does it, for the history; by default the user of this process.
        models_file: the one that tasks were added to, if it was named.

    Raises:
        UnknownNameError: there is no such task.
        AssignmentRefusedError: there is no change, it is another task's, or the line was changed since.
        EnvFileError: the file cannot be changed; it is as before.
    """
    shown = workspace.file_to_write()
    wanted = None if task is None else {find_task(workspace.catalogue, task).env, DEFAULT_VARIABLE}

    def check(change: EnvChange) -> None:
        when_locked()
        changed = [one.variable for one in change.changes]
        if wanted is not None and wanted.isdisjoint(changed):
            message = f"{shown}: its last change was of {' and '.join(changed)}, not of {task}"
            raise AssignmentRefusedError(message, hint="assign the earlier route, or undo that change first")

    change = undo_env_change(
        workspace.directory / shown,
        state_dir=state_directory(workspace.environ),
        dry_run=dry_run,
        shown=shown,
        when_planned=check,
        log=ChangeLog(author=author or local_author(), redact=workspace.redactor(), at=moment),
    )
    changes = {one.variable: one.new for one in change.changes}
    models, more = _undo_new_tasks(workspace, change, models_file, dry_run=dry_run)
    warnings = (*change.warnings, *hidden_by(workspace, changes, shown), *more)
    return AssignReport(file=shown, change=change, warnings=warnings, undone=True, models=models)


def _undo_new_tasks(
    workspace: Workspace, change: EnvChange, models_file: Path | None, *, dry_run: bool
) -> tuple[ModelsChange | None, tuple[str, ...]]:
    """Take the tasks out of models.toml that were added together with this change; and warnings."""
    state = state_directory(workspace.environ)
    try:
        file = ModelsFile.read(*models_file_to_write(workspace, models_file))
        if not file.belongs_to(change.time, state):
            return None, ()
        return file.change_to(file.undo(state, dry_run=dry_run)), ()
    except (AssignmentRefusedError, ConfigurationError) as error:
        return None, (error.message,)


def is_possible(workspace: Workspace, task: str, moment: datetime) -> bool:
    """Whether the last change of the file is one of this task, and can be taken back."""
    try:
        return run(workspace, moment, task=task, dry_run=True).change.is_different
    except (AssignmentRefusedError, EnvFileError):
        return False
