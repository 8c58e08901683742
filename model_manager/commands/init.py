"""`init`: from an application that names models to one that names tasks."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from model_manager.commands.init_litellm import litellm_import
from model_manager.commands.init_needs import with_needs
from model_manager.commands.init_sources import (
    ModelList,
    code_uses,
    env_files,
    env_uses,
    is_example,
    lines_of,
)
from model_manager.config.directories import state_directory
from model_manager.config.dotenv.reader import EnvFile
from model_manager.config.models_file import ModelsChange, ModelsFile
from model_manager.config.scanning.scan import LONGEST_TEXT
from model_manager.config.search import MODELS_FILE, find_project_files
from model_manager.config.workspace import Workspace
from model_manager.core.adoption.naming import purpose_of
from model_manager.core.adoption.proposals import Proposal, propose
from model_manager.core.adoption.rewrites import CodeChange, rewrite
from model_manager.core.mentions.names import NameIndex
from model_manager.errors import UsageError

_HEADING = "# The tasks of this application and their models.\n"


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A provider's key that is set; `file` is None in the process environment. Never its value."""

    variable: str
    provider: str
    file: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitReport:
    """What an application uses, the tasks that it could have, and what would change.

    Attributes:
        file: the models.toml that is written, by its name for people.
        before, after: its text; None: there is no such file.
        code: lines that name a model, and how they would ask for a task.
        assignments: tasks and routes to assign, so that values of .env files that have ended do not win.
        lists: where models stand side by side to be chosen from; no tasks are proposed for those.
        left_out: how many names of models in lists, tables, comparisons, tests and examples, by reason.
        covered: how many tasks were there already.
    """

    proposals: tuple[Proposal, ...] = ()
    keys: tuple[FoundKey, ...] = ()
    file: str
    before: str | None = field(default=None, repr=False)
    after: str | None = field(default=None, repr=False)
    code: tuple[CodeChange, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    lists: tuple[ModelList, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    covered: int = 0
    warnings: tuple[str, ...] = ()
    written: bool = False
    undone: bool = False

    @property
    def diff(self) -> str:
        """A unified diff of the file; empty: nothing changes."""
        return ModelsChange(file=self.file, before=self.before, after=self.after).diff


def run(workspace: Workspace, moment: datetime, *, models_file: Path | None = None) -> InitReport:
    """Find out what an application uses, and propose tasks; writes nothing.

    Args:
        workspace: its configuration as it is.
        moment: as of when models have retired.
        models_file: to be written in place of the project's models.toml.

    Raises:
        ConfigurationError: the file that would be written cannot be read.
    """
    redact = workspace.redactor()
    index = NameIndex(workspace.catalogue)
    files, warnings = env_files(workspace)
    imported = litellm_import(workspace, index)
    in_code = code_uses(workspace, redact)
    uses = [
        *with_needs(workspace.directory, env_uses(files, workspace.env_files, index, redact)),
        *imported.uses,
        *(use for use in in_code.uses if use.file not in imported.files),
    ]
    proposals = propose(uses, workspace.catalogue, moment.date())
    own = [task for task in workspace.catalogue.tasks.values() if task.place.layer != "embedded"]
    report = InitReport(
        proposals=proposals,
        keys=tuple(_keys(workspace, files)),
        file=models_file_to_write(workspace, models_file)[1],
        lists=in_code.lists,
        left_out=in_code.left_out,
        covered=len(own),
        warnings=(*warnings, *imported.warnings),
    )
    return _completed(workspace, report, files, models_file)


def choose(
    workspace: Workspace, report: InitReport, names: Mapping[str, str | None], *, models_file: Path | None = None
) -> InitReport:
    """The report with other names for tasks; None: that task is not wanted.

    Raises:
        UsageError: a name cannot be a task's.
    """
    wanted = [(names.get(one.task, one.task), one) for one in report.proposals]
    kept = [(name, one) for name, one in wanted if name is not None]
    taken = {*workspace.catalogue.names(), *workspace.catalogue.providers, "auto"}
    for name, _ in kept:
        is_twice = [other for other, _ in kept].count(name) > 1
        if not name.isidentifier() or name in taken or is_twice:
            reason = (
                "two tasks would have this name"
                if is_twice
                else "use letters, digits and _, and not the name of a model or provider"
            )
            raise UsageError(f"{name!r} cannot be a task's name here: {reason}")
    renamed = tuple(
        one
        if name == one.task
        else replace(
            one,
            task=name,
            purpose=purpose_of(name),
            env=one.uses[0].variable or f"AI_{name.upper()}_MODEL",
        )
        for name, one in kept
    )
    files, _ = env_files(workspace)
    return _completed(workspace, replace(report, proposals=renamed), files, models_file)


def write(workspace: Workspace, report: InitReport, *, models_file: Path | None = None) -> InitReport:
    """Write the proposed tasks into models.toml.

    Raises:
        ConfigurationError: the file cannot be written, or has changed meanwhile; it is as before.
    """
    if report.after is None or report.after == report.before:
        return report
    file = ModelsFile.read(*models_file_to_write(workspace, models_file))
    after = file.with_text(tasks_toml(report.proposals), _HEADING)
    more = file.write(after, state_directory(workspace.environ))
    return replace(report, written=True, warnings=(*report.warnings, *more))


def undo(workspace: Workspace, *, models_file: Path | None = None, dry_run: bool = False) -> InitReport:
    """Take back what `write` has added to models.toml.

    Raises:
        AssignmentRefusedError: there is nothing to undo, or the file has changed since.
        ConfigurationError: the file cannot be written; it is as before.
    """
    file = ModelsFile.read(*models_file_to_write(workspace, models_file))
    after = file.undo(state_directory(workspace.environ), dry_run=dry_run)
    return InitReport(
        file=file.shown, before=_text(file.before), after=_text(after), written=not dry_run, undone=True
    )


def tasks_toml(proposals: Iterable[Proposal]) -> str:
    """The tasks as tables of a models.toml."""
    return "\n".join(_task_toml(one) for one in proposals)


def _task_toml(one: Proposal) -> str:
    def quoted(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    comment = f"  # was {one.replaces}: {one.why}" if one.replaces else ""
    return (
        f"[tasks.{one.task}]\npurpose = {quoted(one.purpose)}\nenv = {quoted(one.env)}\n"
        f"model = {quoted(one.model)}{comment}\nrequires = [{', '.join(map(quoted, one.requires))}]\n"
    )


def _completed(
    workspace: Workspace, report: InitReport, files: Sequence[EnvFile], models_file: Path | None
) -> InitReport:
    """The report with what follows from its tasks: the file, the lines of code, and the assignments."""
    file = ModelsFile.read(*models_file_to_write(workspace, models_file))
    after = file.with_text(tasks_toml(report.proposals), _HEADING) if report.proposals else file.before
    return replace(
        report,
        before=_text(file.before),
        after=_text(after),
        code=tuple(_code_changes(workspace, report.proposals)),
        assignments=tuple(_assignments(workspace, report.proposals, files)),
    )


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


def models_file_to_write(workspace: Workspace, models_file: Path | None) -> tuple[Path, str]:
    """The file to write: the one that was named, here or by a setting, the project's, or a new one."""
    if models_file is not None:
        return workspace.directory / models_file, str(models_file)
    if workspace.settings.models_file is not None and workspace.catalogue.files:
        shown = workspace.catalogue.files[-1]
        return workspace.files[shown], shown
    found = find_project_files(str(workspace.directory), upwards=True).models
    counts = found is not None and workspace.directory / found in workspace.files.values()
    path = workspace.directory / (found if found and counts else MODELS_FILE)
    return path, str(path)


def _keys(workspace: Workspace, files: Sequence[EnvFile]) -> Iterator[FoundKey]:
    """The variables with providers' keys that are set, wherever they are."""
    providers = {
        name: one.id for one in reversed([*workspace.catalogue.providers.values()]) for name in one.api_key_env
    }
    for name, provider in sorted(providers.items(), key=lambda item: item[1]):
        if workspace.environ.get(name, "").strip():
            yield FoundKey(name, provider, None)
        for file in files:
            if name in file.bindings and file.bindings[name].value.strip() and not is_example(file):
                yield FoundKey(name, provider, file.shown)


def _code_changes(workspace: Workspace, proposals: Iterable[Proposal]) -> Iterator[CodeChange]:
    redact = workspace.redactor()
    lines: dict[str, list[str]] = {}
    for proposal in proposals:
        for use in proposal.uses:
            if not use.is_rewritable:
                continue
            if use.file not in lines:
                lines[use.file] = lines_of(workspace.directory, use.file)
            if _is_for_browsers(lines[use.file]):
                continue
            text = lines[use.file][use.line - 1] if use.line <= len(lines[use.file]) else ""
            if change := rewrite(use, proposal, text):
                yield replace(change, old=_short(redact(change.old)), new=_short(redact(change.new)))


def _is_for_browsers(lines: Sequence[str]) -> bool:
    """Whether a file is a client component: no variable of the server's environment is set there."""
    return any(line.strip().strip("\"';") == "use client" for line in lines[:20])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def _assignments(
    workspace: Workspace, proposals: Iterable[Proposal], files: Sequence[EnvFile]
) -> Iterator[tuple[str, str]]:
    """The assignments that end values of .env files which would win over a task's model and cannot be called."""
    counting = [file for file in files if file in workspace.env_files]
    for proposal in proposals:
        value = next((file.bindings[proposal.env].value for file in counting if proposal.env in file.bindings), "")
        value = value.strip()
        if value and value != proposal.model and (proposal.replaces or workspace.catalogue.find(value) is None):
            yield proposal.task, proposal.model
