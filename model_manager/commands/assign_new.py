"""`assign` of tasks that do not exist yet: adds them to models.toml and assigns them, both or neither."""

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from model_manager.commands.assign import AssignReport, Order, Verify, settled
from model_manager.commands.assign import run as run_assign
from model_manager.commands.init import models_file_to_write
from model_manager.config.directories import state_directory
from model_manager.config.models_file import ModelsFile
from model_manager.config.workspace import Workspace
from model_manager.core.adoption.naming import default_variable, purpose_of
from model_manager.core.models import Place, Task
from model_manager.core.routing.grammar import AUTO, parse_route
from model_manager.errors import UsageError

_HEADING = "# The tasks of this application and their models.\n"
_REQUIRES = ("chat",)


def run(
    workspace: Workspace,
    order: Order,
    moment: datetime,
    verify: Verify | None = None,
    *,
    models_file: Path | None = None,
) -> AssignReport:
    """Add the order's tasks to models.toml and assign them in the .env file, unless it is a dry run.

    What a run that was killed between the two files has left is completed.

    Args:
        workspace: the configuration as it is.
        order: the tasks with their routes.
        moment: now; names the change, so that undoing it finds both parts.
        verify: tests a model live.
        models_file: to be written in place of the project's models.toml.

    Raises:
        UsageError: a name cannot be a task's, or is one already.
        RouteSyntaxError: a route does not parse.
        AssignmentRefusedError: as `assign` refuses.
        ConfigurationError: models.toml cannot be read or written; both files are as before.
        EnvFileError: the .env file cannot be written; both files are as before.
    """
    order, aliases = settled(order, workspace.catalogue)
    file = ModelsFile.read(*models_file_to_write(workspace, models_file))
    tasks = {name: _task(workspace, name, route) for name, route in order.routes.items()}
    text = "\n".join(map(_as_toml, tasks.values()))
    assign = partial(run_assign, _extended(workspace, tasks), order, moment, verify)
    if _is_added(tasks, text, workspace, file):
        report = assign(when_locked=_attribution(tasks, text, workspace, file, moment))
    else:
        _refuse_known(order.routes, workspace, file)
        _refuse_shared_variables(tasks.values(), workspace, file)
        report = _write_both(assign, file, text, state_directory(workspace.environ), moment)
    return replace(report, aliases=aliases)


def _write_both(
    assign: Callable[..., AssignReport], file: ModelsFile, text: str, state: Path, moment: datetime
) -> AssignReport:
    """Add tasks to models.toml while the .env file is locked, and assign them; if that fails, neither."""
    after = file.with_text(text, _HEADING)
    more: list[str] = []
    written: list[ModelsFile] = []

    def write_models() -> None:
        more.extend(file.write(after, state, change=moment.isoformat()))
        written.append(file)

    try:
        report = assign(when_locked=write_models)
    except BaseException:  # Ctrl-C between the two as well
        for one in written:
            ModelsFile.read(one.path, one.shown).undo(state)
        raise
    return replace(report, models=file.change_to(after), warnings=(*report.warnings, *more))


def _is_added(tasks: Mapping[str, Task], text: str, workspace: Workspace, file: ModelsFile) -> bool:
    """Whether models.toml has the tasks as they would be added, and the .env file no other values for them."""
    in_file = _tasks_in(file)
    if any(in_file.get(name) != table for name, table in tomllib.loads(text)["tasks"].items()):
        return False
    return all(_value(task, workspace) in {"", task.model} for task in tasks.values())


def _value(task: Task, workspace: Workspace) -> str:
    """The task's value in the .env file that is to be written; empty if it has none there."""
    shown = workspace.file_to_write()
    bindings = (file.bindings.get(task.env or "") for file in workspace.env_files if file.shown == shown)
    return next((binding.value.strip() for binding in bindings if binding), "")


def _attribution(
    tasks: Mapping[str, Task], text: str, workspace: Workspace, file: ModelsFile, moment: datetime
) -> Callable[[], None]:
    """Makes an addition without values part of the change that writes them, so that both are undone together."""

    def attribute() -> None:
        if not all(_value(task, workspace) for task in tasks.values()):
            file.attribute(text, _HEADING, state_directory(workspace.environ), change=moment.isoformat())

    return attribute


def _refuse_known(names: Iterable[str], workspace: Workspace, file: ModelsFile) -> None:
    """Raise if there is such a task, other than an example of the embedded catalogue."""
    in_file = _tasks_in(file)
    for name in names:
        known = workspace.catalogue.tasks.get(name)
        if name in in_file or (known and known.place.layer != "embedded"):
            where = file.shown if known is None or name in in_file else known.place
            raise UsageError(f"{name} is a task already, in {where}", hint="leave `new` out to assign it")


def _tasks_in(file: ModelsFile) -> Mapping[str, object]:
    """The tasks that the file itself has."""
    tasks: Mapping[str, object] = tomllib.loads((file.before or b"").decode("utf-8-sig")).get("tasks", {})
    return tasks


def _task(workspace: Workspace, name: str, route: str) -> Task:
    """A new task.

    Raises:
        UsageError: it cannot have this name.
    """
    taken = {*workspace.catalogue.names(), *workspace.catalogue.providers, AUTO}
    if not (name.isascii() and name.isidentifier()) or name in taken:
        reason = "a model or provider has it" if name in taken else "letters, digits and _ only, such as summarise"
        raise UsageError(f"{name!r} cannot be a task's name: {reason}", hint="choose another name")
    return Task(
        name=name,
        purpose=purpose_of(name),
        env=default_variable(name),
        model=str(parse_route(route)),
        requires=_REQUIRES,
        place=Place(layer="project"),
    )


def _refuse_shared_variables(tasks: Iterable[Task], workspace: Workspace, file: ModelsFile) -> None:
    """Raise if a new task's variable is another's: to assign one would assign both."""
    in_file = _tasks_in(file)
    known = workspace.catalogue.tasks.values()
    owners = {task.env: task.name for task in known if task.name in in_file or task.place.layer != "embedded"}
    for task in tasks:
        owner = owners.setdefault(task.env, task.name)
        if owner != task.name:
            message = f"{task.name!r} cannot be a task's name: {owner} has its variable, {task.env}"
            raise UsageError(message, hint="choose another name")


def _as_toml(task: Task) -> str:
    lines = {"purpose": task.purpose, "env": task.env, "model": task.model}
    text = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines.items())
    return f"[tasks.{task.name}]\n{text}requires = {json.dumps(task.requires)}\n"


def _extended(workspace: Workspace, tasks: Mapping[str, Task]) -> Workspace:
    """The configuration with the new tasks; examples are gone where there are own ones."""
    own = {name: task for name, task in workspace.catalogue.tasks.items() if task.place.layer != "embedded"}
    return replace(workspace, catalogue=replace(workspace.catalogue, tasks={**own, **tasks}))
