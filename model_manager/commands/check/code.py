"""Findings about model ids in source code, with the task to ask for in their place."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from model_manager.commands.check.subject import CheckSubject, finding
from model_manager.config.scanning import CodeFinding, scan_code
from model_manager.config.workspace import Workspace
from model_manager.core.checking import CheckFinding
from model_manager.core.checking.code import MAKE_A_TASK
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.models import Model
from model_manager.core.suggestions import did_you_mean_model
from model_manager.errors import UsageError

#: How a name is used where it decides which model is called: not in comparisons, nor as a key of a table.
_CALLING = ("value", "list")
_RULES = {"retired": "MM401", "retires_soon": "MM402", "deprecated": "MM402"}
_MOST_TASKS = 3


def find(workspace: Workspace, directories: Iterable[Path], on: date, days: int) -> Iterator[CheckFinding]:
    """The model ids in the code of some directories, which are relative to the workspace's.

    Tests are left out: they name models that nobody calls.

    Raises:
        UsageError: there is no such directory.
    """
    subject = CheckSubject(workspace, on, days)
    for directory in directories:
        searched = workspace.directory / directory
        if not searched.is_dir():
            raise UsageError(f"{directory}: there is no such directory", parameter="code")
        for mention in scan_code(searched, workspace.catalogue, redact=workspace.redactor()):
            if mention.role in _CALLING and not mention.in_tests:
                yield _of_mention(subject, mention, os.path.normpath(directory / mention.file))


def _of_mention(subject: CheckSubject, mention: CodeFinding, file: str) -> CheckFinding:
    model = mention.model
    if model is None:
        code, message = "MM403", f"{mention.name} is not in the catalogue"
        fix = (
            did_you_mean_model(subject.workspace.catalogue, mention.name) or "add it to models.toml, or correct it"
        )
    else:
        problem = next(iter(lifecycle_problem(model, subject.on, subject.days)), None)
        code = _RULES[problem.code] if problem else "MM404"
        said = problem.message if problem else f"{mention.name} is written into the code"
        said = said.removesuffix(f"; use {model.replacement}")
        message = said if mention.name in said else f"{mention.name}: {said}"
        fix = _fix(subject, model, is_old=problem is not None)
    found = finding(
        code,
        message,
        (file, mention.line),
        model=model.id if model else mention.name,
        subject=mention.name,
        fix=fix,
    )
    return replace(found, column=mention.column)


def _fix(subject: CheckSubject, model: Model, *, is_old: bool) -> str:
    """The tasks that lead to the model or to its replacement."""
    replacement = subject.workspace.catalogue.find(model.replacement) if model.replacement else None
    for wanted in (model, replacement):
        tasks = [one.task.name for one in subject.assignments if wanted and wanted in subject.models_of(one)]
        if tasks:
            return f"use a task instead: {' or '.join(tasks[:_MOST_TASKS])}"
    instead = f" with {replacement.id}" if replacement and is_old else ""
    return f"{MAKE_A_TASK}{instead}, and use that"
