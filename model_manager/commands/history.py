"""The history of a task's assignment: who changed what when, by this tool; not what was changed in an editor."""

import os
from dataclasses import dataclass

from model_manager.config.directories import state_directory
from model_manager.config.dotenv.change_log import LoggedChange, read_changes
from model_manager.config.dotenv.writer import change_log_of
from model_manager.config.search import ENV_FILES
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import DEFAULT_VARIABLE
from model_manager.core.models import Task
from model_manager.core.suggestions import find_task


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A change, and the file that it was made in, as its user would write it."""

    change: LoggedChange
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The changes of a task's variable and of the default, the latest first; warnings about what is missing."""

    task: Task
    changes: tuple[FileChange, ...]
    warnings: tuple[str, ...] = ()


def run(workspace: Workspace, name: str) -> History:
    """The history of a task in the files that may assign its model.

    Raises:
        UnknownNameError: there is no such task.
    """
    task = find_task(workspace.catalogue, name)
    state = state_directory(workspace.environ)
    changes: list[FileChange] = []
    warnings: list[str] = []
    for file in _files(workspace):
        found, told = read_changes(change_log_of(workspace.directory / file, state))
        changes += (
            FileChange(change=one, file=file) for one in found if one.variable in {task.env, DEFAULT_VARIABLE}
        )
        warnings += told
    changes.sort(key=lambda one: one.change.at)
    return History(task=task, changes=tuple(reversed(changes)), warnings=tuple(warnings))


def _files(workspace: Workspace) -> list[str]:
    """The .env files, each once under whatever names; those that are gone now may have a history all the same."""
    usual = workspace.named_env_files or ENV_FILES
    names = dict.fromkeys((workspace.file_to_write(), *(file.shown for file in workspace.env_files), *usual))
    return list({os.path.realpath(workspace.directory / name): name for name in reversed(names)}.values())
