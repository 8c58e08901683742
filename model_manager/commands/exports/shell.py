"""`export shell`: the tasks' variables, each with the route in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from model_manager.commands.exports.losses import Loss
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import DEFAULT_VARIABLE, Assignment, source_of
from model_manager.core.routing.grammar import parse_route
from model_manager.errors import RouteSyntaxError

Dialect = Literal["posix", "fish", "powershell", "dotenv"]
DIALECTS: tuple[Dialect, ...] = ("posix", "fish", "powershell", "dotenv")


@dataclass(frozen=True, slots=True)
class ShellVariable:
    """A variable and the route that it is set to."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellExport:
    """Variables for a shell, and what could not become one."""

    variables: tuple[ShellVariable, ...]
    losses: tuple[Loss, ...] = ()


def run(workspace: Workspace, on: date) -> ShellExport:
    """The variables of all tasks, and that of the default where it is set."""
    assignments = workspace.assignments(on)
    losses = list(_conflicts(assignments))
    conflicting = {loss.subject for loss in losses}
    variables: dict[str, str] = {}
    for assignment in assignments:
        task = assignment.task
        if assignment.route is not None and task.env not in conflicting:
            variables[task.env] = str(assignment.route)
        elif assignment.route is None:
            losses.append(Loss(task.name, _why_not(assignment)))
    default = workspace.lookup(DEFAULT_VARIABLE)
    if default is not None:
        try:
            variables.setdefault(DEFAULT_VARIABLE, str(parse_route(default.value.strip())))
        except RouteSyntaxError as error:
            losses.append(Loss(None, f"{source_of(DEFAULT_VARIABLE, default).text}: {error.message}"))
    return ShellExport(variables=tuple(ShellVariable(*pair) for pair in variables.items()), losses=tuple(losses))


def _why_not(assignment: Assignment) -> str:
    problem = assignment.problems[0].message if assignment.problems else "no model"
    return f"{assignment.source.text}: {problem}" if assignment.source else problem


def _conflicts(assignments: Sequence[Assignment]) -> Iterator[Loss]:
    """Variables that several tasks share, whose routes are not the same: one value would change a task."""
    routes: dict[str, dict[str, str]] = {}
    for assignment in assignments:
        if assignment.route is not None:
            routes.setdefault(assignment.task.env, {})[assignment.task.name] = str(assignment.route)
    for variable, found in routes.items():
        if len(set(found.values())) > 1:
            shown = ", ".join(f"{task} has {route}" for task, route in found.items())
            yield Loss(variable, f"its tasks have different routes: {shown}")
