"""What the parts of `check` look at: the workspace, its assignments, the models in use, and where things stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from model_manager.config.catalogue.positions import Path as KeyPath
from model_manager.config.catalogue.positions import key_lines, line_of
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment, Source
from model_manager.core.checking import RULES, CheckFinding
from model_manager.core.checking.remedy import Remedy
from model_manager.core.models import Model, Place, Task
from model_manager.core.routing.choosing import names_of
from model_manager.core.routing.grammar import Route, parse_route


@dataclass(frozen=True)
class CheckSubject:
    """A workspace as of a day. Each fact is found out once."""

    workspace: Workspace
    on: date
    days: int

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        """Every task's assignment."""
        return self.workspace.assignments(self.on, self.days)

    @cached_property
    def models_in_use(self) -> Mapping[str, tuple[Model, Assignment]]:
        """The models that tasks can lead to, by id, each with the first assignment that names it."""
        found: dict[str, tuple[Model, Assignment]] = {}
        for assignment in self.assignments:
            for model in self.models_of(assignment):
                found.setdefault(model.id, (model, assignment))
        return found

    @cached_property
    def tasks_by_provider(self) -> Mapping[str, tuple[str, ...]]:
        """The tasks whose routes name a model of a provider."""
        found: dict[str, dict[str, None]] = {}
        for assignment in self.assignments:
            for model in self.models_of(assignment):
                found.setdefault(model.provider, {})[assignment.task.name] = None
        return {provider: tuple(tasks) for provider, tasks in found.items()}

    def models_of(self, assignment: Assignment) -> tuple[Model, ...]:
        """The models that a task's route and preferences can lead to."""
        routes = (*routes_of(assignment.task), *((assignment.route,) if assignment.route else ()))
        names = dict.fromkeys(name for route in routes for name in names_of(route, assignment.task.auto))
        return tuple(model for name in names if (model := self.workspace.catalogue.find(name)))

    @cached_property
    def _lines(self) -> dict[str, dict[KeyPath, int]]:
        return {}

    def line(self, shown: str, path: KeyPath) -> int | None:
        """The line of a key, or of the table around it, in one of the files that were read."""
        return line_of(path, self._lines_of(shown))

    def _lines_of(self, shown: str) -> dict[KeyPath, int]:
        if shown not in self._lines:
            self._lines[shown] = _key_lines(self.workspace.files.get(shown))
        return self._lines[shown]

    def model_place(self, model: Model) -> tuple[str | None, int | None]:
        """Where the strongest file has a table of a model; else where the first task is assigned to it."""
        if table := self._table_of(model):
            return table
        _, assignment = self.models_in_use.get(model.id, (model, None))
        source = assignment.source if assignment else None
        return (source.file, source.line) if source else (None, None)

    def is_in_own_file(self, model: Model) -> bool:
        """Whether a file of the user or of the project has a table of the model."""
        return self._table_of(model) is not None

    def _table_of(self, model: Model) -> tuple[str, int] | None:
        for shown in reversed(self.workspace.catalogue.files):
            if line := self._lines_of(shown).get(("models", model.id)):
                return shown, line
        return None

    def place(self, near: Place, path: KeyPath) -> tuple[str | None, int | None]:
        """File and line of a key of the catalogue, or of the table that it belongs to."""
        if near.file is None:
            return None, None
        return near.file, self.line(near.file, path) or near.line


def routes_of(task: Task) -> Iterator[Route]:
    """The routes of a task's preferences."""
    yield from map(parse_route, task.preferences.values())


def finding(
    code: str,
    message: str,
    where: Source | tuple[str | None, int | None] | None = None,
    *,
    task: str | None = None,
    model: str | None = None,
    subject: str = "",
    fix: str | Remedy | None = None,
) -> CheckFinding:
    """A finding with the severity of its rule."""
    file, line = (where.file, where.line) if isinstance(where, Source) else where or (None, None)
    return CheckFinding(
        code=code,
        severity=RULES[code].severity,
        message=message,
        file=file,
        line=line,
        task=task,
        model=model,
        subject=subject,
        fix=fix.text if isinstance(fix, Remedy) else fix,
        remedy=fix if isinstance(fix, Remedy) else None,
    )


def _key_lines(path: Path | None) -> dict[KeyPath, int]:
    if path is None:
        return {}
    try:
        return key_lines(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return {}
