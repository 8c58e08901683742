"""The route of a task: where it comes from, what it overrides, and what is wrong with it.

Reads no file: places come as values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from model_manager.core.lifecycle import SOON_DAYS, lifecycle_problem
from model_manager.core.models import Catalogue, Model, Place, Task
from model_manager.core.quantities import noon
from model_manager.core.requirements import Finding, unmet
from model_manager.core.routing.chains import chain_problems
from model_manager.core.routing.choosing import names_of
from model_manager.core.routing.grammar import AUTO, Route, parse_route
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import RouteSyntaxError

DEFAULT_VARIABLE = "AI_DEFAULT_MODEL"
#: The catalogue's key for the same.
DEFAULT_KEY = "default_model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A variable's value and the line that gives it (None: the process environment).

    `inherits` names variables of the process environment that went into the value by `${NAME}`; `key_file` is the
    file with the value that the process environment names by NAME_FILE.
    """

    value: str = field(repr=False)  # it may be a key
    file: str | None = None
    line: int | None = None
    inherits: tuple[str, ...] = ()
    key_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value comes from."""

    kind: Literal["environment", "file", "catalogue"]
    variable: str | None = None
    file: str | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        """The same for people."""
        if self.kind == "environment":
            return f"{self.variable} in the environment"
        where = f"{self.file}:{self.line}" if self.line else self.file
        if self.kind == "file":
            return f"{self.variable} in {where}"
        if self.file:
            return f"{self.variable} in {where}"
        return (
            "the embedded catalogue"
            if self.variable != DEFAULT_KEY
            else f"{DEFAULT_KEY} of the embedded catalogue"
        )


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A value that a stronger source hides."""

    value: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A task's route as resolved: who won, who is hidden, and what is wrong with it."""

    task: Task
    text: str | None = None
    route: Route | None = None
    model: Model | None = None
    source: Source | None = None
    shadowed: tuple[Shadowed, ...] = ()
    problems: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """The context of linting, besides the catalogue.

    Attributes:
        ready: provider to whether its key is set or none is needed.
        key_names: provider to the variables of its key.
        without_base_url: providers that have no base URL on this machine, and why.
        soon_days: days before its retirement from which a model gets a warning.
    """

    on: date
    ready: Mapping[str, bool] = field(default_factory=dict)
    key_names: Mapping[str, str] = field(default_factory=dict)
    without_base_url: Mapping[str, str] = field(default_factory=dict)
    soon_days: int = SOON_DAYS


def resolve(
    task: Task, catalogue: Catalogue, places: Sequence[Mapping[str, Binding]], context: Context
) -> Assignment:
    """The assignment of a task; `places` are the environment and the files, the strongest first."""
    candidates = list(_candidates(task, catalogue, places))
    if not candidates:
        finding = Finding("unassigned", "error", f"no model: set {task.env} or {DEFAULT_VARIABLE}")
        return Assignment(task=task, problems=(finding,))
    winner, *rest = candidates
    shadowed = tuple(rest)
    try:
        route = parse_route(winner.value)
    except RouteSyntaxError as error:
        finding = Finding("invalid_route", "error", error.message)
        return Assignment(
            task=task, text=winner.value, source=winner.source, shadowed=shadowed, problems=(finding,)
        )
    return Assignment(
        task=task,
        text=winner.value,
        route=route,
        model=None if route.name == AUTO else catalogue.find(route.name),
        source=winner.source,
        shadowed=shadowed,
        problems=tuple(_all_problems(route, task, catalogue, context)),
    )


def _all_problems(route: Route, task: Task, catalogue: Catalogue, context: Context) -> Iterable[Finding]:
    """Findings about a task's route, and about its preferences' routes."""
    own = list(lint(route, task, catalogue, context))
    yield from own
    for name, text in task.preferences.items():  # the catalogue's checks have parsed them
        for finding in lint(parse_route(text), task, catalogue, context):
            if finding not in own:
                yield replace(finding, message=f"preference {name}: {finding.message}")


def _candidates(task: Task, catalogue: Catalogue, places: Sequence[Mapping[str, Binding]]) -> Iterable[Shadowed]:
    """Every value the task could have, the strongest first; blank ones do not count."""
    for variable in dict.fromkeys((task.env, DEFAULT_VARIABLE)):
        for place in places:
            if (binding := place.get(variable)) and binding.value.strip():
                yield Shadowed(binding.value.strip(), source_of(variable, binding))
    if task.model:
        yield Shadowed(task.model, _catalogue_source(f"tasks.{task.name}.model", task.place))
    if catalogue.default_model:
        yield Shadowed(catalogue.default_model, _catalogue_source(DEFAULT_KEY, catalogue.default_place))


def source_of(variable: str, binding: Binding) -> Source:
    """The source that a binding is."""
    if binding.key_file is not None:
        return Source(kind="environment", variable=f"{variable}_FILE")
    kind: Literal["environment", "file"] = "environment" if binding.file is None else "file"
    return Source(kind=kind, variable=variable, file=binding.file, line=binding.line)


def _catalogue_source(key: str, place: Place) -> Source:
    return Source(kind="catalogue", variable=key, file=place.file, line=place.line)


def _unknown(name: str, route: Route, catalogue: Catalogue) -> str:
    """What is wrong with a name that no model has; of a chain with its option and what was probably meant."""
    message = f"{name} is not in the catalogue"
    if len(route.options) == 1:
        return message
    positions = (n for n, option in enumerate(route.options, 1) if name in {one.name for one in option.shares})
    option = next(positions, None)
    hint = did_you_mean(name, catalogue.names())
    return (f"option {option}: " if option else "") + message + (f"; {hint}" if hint else "")


def lint(route: Route, task: Task | None, catalogue: Catalogue, context: Context) -> Iterable[Finding]:
    """Findings about each name of a route; only the worst of each model where it makes the others moot."""
    auto = task.auto if task else None
    if AUTO in route.names and task is not None and auto is None:
        message = f"auto needs a [tasks.{task.name}.auto] table to choose from"
        yield Finding("no_auto_table", "error", message, AUTO)
    called = tuple(names_of(route, auto))
    for name in dict.fromkeys((*called, *route.names)):
        model = catalogue.find(name)
        if model is None and name != AUTO:
            yield Finding("unknown_model", "error", _unknown(name, route, catalogue), name)
        if model is None or name not in called:  # a share of 0 is off: of that, only its name counts
            continue
        yield from lifecycle_problem(model, context.on, context.soon_days)
        if not context.ready.get(model.provider, True):
            variable = context.key_names.get(model.provider, "its key")
            yield Finding("missing_key", "warning", f"{name} has no key: set {variable}", name)
        if problem := context.without_base_url.get(model.provider):
            yield Finding("no_base_url", "warning", f"{name}: {problem}", name)
        if task is not None:
            yield from (finding for finding in unmet(task, model, noon(context.on)) if finding.severity != "info")
    yield from chain_problems(route, auto, catalogue)
