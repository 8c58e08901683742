"""`assign`: gives tasks their models by changing one line of a .env file each, and undoes that."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from model_manager.commands.assign_sdk import foreign_models
from model_manager.commands.profiles import task_cost
from model_manager.config.directories import state_directory
from model_manager.config.dotenv.change_log import Author, ChangeLog, local_author
from model_manager.config.dotenv.writer import EnvChange, change_env_file
from model_manager.config.models_file import ModelsChange
from model_manager.config.search import ENV_FILES
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import DEFAULT_VARIABLE, Assignment, Binding, lint, resolve
from model_manager.core.models import Catalogue, Task
from model_manager.core.pricing import add
from model_manager.core.requirements import Finding, unmet
from model_manager.core.routing.aliases import without_aliases
from model_manager.core.routing.grammar import Route, parse_route
from model_manager.core.suggestions import did_you_mean_model, find_task
from model_manager.errors import AssignmentRefusedError, Problem, UsageError

_FORCE = "use `force` to write it anyway"
#: Tests a model live; returns what is wrong, or None.
Verify = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A route by task, a default route, or tasks to unset; without `keep_alias`, ids are written for aliases."""

    routes: Mapping[str, str]
    default: str | None = None
    unset: Sequence[str] = ()
    dry_run: bool = False
    force: bool = False
    keep_alias: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """The change of a task's assignment, leaving the process environment out."""

    task: Task
    before: Assignment
    after: Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignReport:
    """The change that was made, or would be.

    Attributes:
        monthly_delta_usd: US dollars per 30 days, None if unknown.
        aliases: the aliases that were written as ids, each with its id.
        models: the change of models.toml that belongs to it, if tasks were added there.
    """

    file: str
    change: EnvChange
    shifts: tuple[Shift, ...] = ()
    warnings: tuple[str, ...] = ()
    monthly_delta_usd: Decimal | None = None
    undone: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    models: ModelsChange | None = None


def parse_order(items: Sequence[str], *, default: str | None, unset: bool) -> Order:
    """The words of a command line as an order: `TASK ROUTE`, several `TASK=ROUTE`, or tasks to unset.

    Raises:
        UsageError: the words are none of these.
    """
    if unset:
        if not items or default is not None or any("=" in item for item in items):
            raise UsageError("`unset` needs the names of tasks, and nothing else", parameter="unset")
        return Order(routes={}, unset=tuple(items))
    pairs = [item.partition("=") for item in items]
    if len(items) == 2 and not any(mark for _, mark, _ in pairs):  # noqa: PLR2004 - a task and its route
        return Order(routes={items[0]: items[1]}, default=default)
    if not all(mark for _, mark, _ in pairs) or not (pairs or default is not None):
        hint = "give a task and its route, or TASK=ROUTE for each of several"
        raise UsageError("a task and its route are needed", hint=hint)
    names = [name.strip() for name, _, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"{twice} is assigned twice")
    return Order(routes={name.strip(): route for name, _, route in pairs}, default=default)


def run(
    workspace: Workspace,
    order: Order,
    moment: datetime,
    verify: Verify | None = None,
    *,
    when_locked: Callable[[], None] = lambda: None,
    author: Author | None = None,
) -> AssignReport:
    """Check an order, and write it unless it is a dry run: all of it or nothing.

    `when_locked` is called once the file is locked against other writers; it may raise to cancel the change. The
    history has `author` as the one who made it, by default the user of this process.

    Raises:
        UnknownNameError: there is no such task.
        RouteSyntaxError: a route does not parse.
        AssignmentRefusedError: a model is retired, unknown or lacks what is required, or its live test failed.
        EnvFileError: the file cannot be changed; it is as before.
    """
    order, aliases = settled(order, workspace.catalogue)
    routes = _routes(workspace, order)
    changes: dict[str, str | None] = {variable: str(route) for variable, route in routes.items()}
    changes |= dict.fromkeys((_variable(workspace, name) for name in order.unset), None)
    findings = _findings(workspace, order, moment)
    _refuse({} if order.force else findings, workspace)
    if verify and not order.dry_run:
        _verify(routes.values(), verify)
    shown = workspace.file_to_write()
    change = change_env_file(
        workspace.directory / shown,
        changes,
        state_dir=state_directory(workspace.environ),
        dry_run=order.dry_run,
        shown=shown,
        time=moment,
        when_locked=when_locked,
        log=ChangeLog(author=author or local_author(), redact=workspace.redactor(), at=moment),
    )
    more = (*foreign_models(workspace.catalogue, routes), *hidden_by(workspace, changes, shown))
    shifts = _shifts(workspace, changes, moment)
    return AssignReport(
        file=shown,
        change=change,
        shifts=shifts,
        warnings=(*change.warnings, *(f.message for f in findings), *more),
        aliases=aliases,
        monthly_delta_usd=_delta(shifts, workspace.catalogue, moment),
    )


def settled(order: Order, catalogue: Catalogue) -> tuple[Order, tuple[tuple[str, str], ...]]:
    """An order with ids for aliases, unless those are to be kept; and the aliases with their ids.

    Raises RouteSyntaxError where a route does not parse.
    """
    if order.keep_alias:
        return order, ()
    found: dict[str, str] = {}

    def ids_of(text: str) -> str:
        route, replaced = without_aliases(parse_route(text), catalogue)
        found.update(replaced)
        return str(route)

    routes = {task: ids_of(text) for task, text in order.routes.items()}
    default = None if order.default is None else ids_of(order.default)
    return replace(order, routes=routes, default=default, keep_alias=True), tuple(found.items())


def _routes(workspace: Workspace, order: Order) -> dict[str, Route]:
    """Routes by the variable that is to hold them."""
    routes: dict[str, Route] = {}
    for name, text in order.routes.items():
        variable = find_task(workspace.catalogue, name).env
        if variable in routes:
            raise UsageError(f"{name} shares {variable} with another task of this assignment")
        routes[variable] = parse_route(text)
    if order.default is not None:
        routes[DEFAULT_VARIABLE] = parse_route(order.default)
    return routes


def _variable(workspace: Workspace, name: str) -> str:
    return DEFAULT_VARIABLE if name == DEFAULT_VARIABLE else find_task(workspace.catalogue, name).env


def _findings(workspace: Workspace, order: Order, moment: datetime) -> Mapping[Finding, Sequence[str]]:
    """Findings about each model, with the tasks that they concern."""
    findings: dict[Finding, list[str]] = {}
    for route, task in _wanted(workspace, order, moment):
        for finding in _judged(workspace, route, task, moment):
            findings.setdefault(finding, []).extend([task.name] if task else [])
    return findings


def _wanted(workspace: Workspace, order: Order, moment: datetime) -> list[tuple[Route, Task | None]]:
    """Each route with each task that would get it; a default that reaches no task is judged by itself."""
    wanted: list[tuple[Route, Task | None]] = [
        (parse_route(text), find_task(workspace.catalogue, name)) for name, text in order.routes.items()
    ]
    if order.default is not None:
        route = parse_route(order.default)
        heirs = [found.task for found in workspace.assignments(moment.date()) if not _has_own(found)]
        wanted += [(route, task) for task in heirs if task.name not in order.routes] or [(route, None)]
    return wanted


def _judged(workspace: Workspace, route: Route, task: Task | None, moment: datetime) -> Iterable[Finding]:
    yield from lint(route, task, workspace.catalogue, workspace.context(moment.date()))
    for model in filter(None, (workspace.catalogue.find(name) for name in route.names)):
        yield from (found for found in (unmet(task, model, moment) if task else ()) if found.severity == "info")


def _has_own(assignment: Assignment) -> bool:
    """Whether a task's own variable is set, so that no default reaches it."""
    source = assignment.source
    return source is not None and source.kind != "catalogue" and source.variable == assignment.task.env


def _refuse(findings: Mapping[Finding, Sequence[str]], workspace: Workspace) -> None:
    """Raise if there is an error among the findings: the only one as it is, several as a list by task."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return
    if len(errors) == 1:
        raise AssignmentRefusedError(errors[0].message, hint=_way_out(errors[0], workspace))
    problems = [
        Problem(None, ", ".join(tasks), error.message, hint=_suggestion(error, workspace))
        for error, tasks in findings.items()
        if error in errors
    ]
    hint = _FORCE
    raise AssignmentRefusedError(f"{len(errors)} problems with this assignment", hint=hint, problems=problems)


def _suggestion(error: Finding, workspace: Workspace) -> str | None:
    if error.code == "unknown_model" and error.model:
        return did_you_mean_model(workspace.catalogue, error.model)
    return None


def _way_out(error: Finding, workspace: Workspace) -> str:
    suggestion = _suggestion(error, workspace)
    return f"{suggestion} Otherwise {_FORCE}" if suggestion else _FORCE


def _verify(routes: Iterable[Route], verify: Verify) -> None:
    for name in dict.fromkeys(name for route in routes for name in route.names):
        if reason := verify(name):
            raise AssignmentRefusedError(f"the live test of {name} failed: {reason}", hint="nothing was written")


def _shifts(workspace: Workspace, changes: Mapping[str, str | None], moment: datetime) -> tuple[Shift, ...]:
    """The tasks whose assignment changes.

    The environment's values of the same variables are left out: they hold for this process only.
    """
    environment = {name: binding for name, binding in workspace.places[0].items() if name not in changes}
    files = [dict(file.bindings) for file in workspace.env_files]
    shown = workspace.file_to_write()
    index = next((i for i, file in enumerate(workspace.env_files) if file.shown == shown), None)
    after = [dict(place) for place in files]
    if index is None:
        index = len(after)
        after.append({})
    for name, value in changes.items():
        after[index].pop(name, None)
        if value is not None:
            after[index][name] = Binding(value=value, file=shown)
    context = workspace.context(moment.date())
    shifts = (
        Shift(
            task,
            resolve(task, workspace.catalogue, [environment, *files], context),
            resolve(task, workspace.catalogue, [environment, *after], context),
        )
        for task in workspace.catalogue.tasks.values()
    )
    return tuple(shift for shift in shifts if shift.before.text != shift.after.text)


def _delta(shifts: Iterable[Shift], catalogue: Catalogue, moment: datetime) -> Decimal | None:
    """The change of the cost in 30 days; None if any part is unknown or nothing changes."""
    amounts: list[Decimal | None] = []
    for shift in shifts:
        before = task_cost(shift.before, catalogue, moment)
        after = task_cost(shift.after, catalogue, moment)
        amounts.append(None if before is None or after is None else add((after, before.copy_negate())))
    return add(amounts) if amounts else None


def hidden_by(workspace: Workspace, changes: Mapping[str, str | None], shown: str) -> Iterable[str]:
    """Warnings about places with precedence that have another value."""
    stronger = [("the environment", workspace.places[0])]
    for file in workspace.env_files:
        if file.shown == shown:
            break
        stronger.append((file.shown, file.bindings))
    if workspace.named_env_files and shown == ENV_FILES[1] and (workspace.directory / ENV_FILES[0]).exists():
        yield f"{ENV_FILES[0]} overrides {shown} where the files to read are not named"
    for variable, value in changes.items():
        for where, place in stronger:
            binding = place.get(variable)
            if binding and binding.value.strip() and binding.value.strip() != value:
                mend = f"; unset {variable} there to see the change" if where == "the environment" else ""
                yield f"{variable}={binding.value.strip()} in {where} overrides {shown}{mend}"
