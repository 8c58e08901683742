"""Makes tasks of the places where an application names models: one for each kind of work."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from model_manager.core.adoption.naming import (
    default_variable,
    from_place,
    from_variable,
    is_plain,
    names_of_path,
    purpose_of,
    unique,
)
from model_manager.core.adoption.successors import is_ending, similar, successor
from model_manager.core.models import Catalogue, Model
from model_manager.core.routing.grammar import parse_route
from model_manager.errors import RouteSyntaxError

_PREFIXED = re.compile("[/:]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """A place where an application names a model, or a route.

    Attributes:
        file, line, column: where; the column is 0 where only the line is known.
        text: the line as it may be shown.
        name: as it is written there; `model` is what it means, None: not in the catalogue.
        variable: the environment variable that holds it, or that wins over it.
        title: the name of its kind of work where somebody has given it one, as a LiteLLM group has.
        assigned, functions: the variables it is given to, and the functions around it, the nearest first.
        needs: capabilities that the code there uses.
        is_rewritable: whether it is a value in code.
        read_in: the package in whose .env file it stands, which is read only when a program starts there.
    """

    file: str
    line: int
    column: int = 0
    text: str
    name: str
    model: Model | None
    variable: str | None = None
    title: str | None = None
    assigned: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_rewritable: bool = False
    read_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A task that an application could have.

    Attributes:
        model: the route that it would be given.
        replaces: the name in the application that this is in place of; None: it stays.
        why: why it does not stay.
        retires: when the model retires, where that is announced.
        uses: the places that would ask for this task.
    """

    task: str
    purpose: str
    env: str
    model: str
    replaces: str | None
    why: str | None
    retires: date | None
    requires: tuple[str, ...]
    uses: tuple[ModelUse, ...] = field(repr=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """What its owner should know about the files that set it."""
        return tuple(
            f"set in {use.file}:{use.line}, which is read only when started in {use.read_in}"
            for use in self.uses
            if use.read_in
        )


@dataclass(slots=True)
class _TaskGroup:
    name: str
    title: str
    variable: str | None
    model: str
    uses: list[ModelUse]


def propose(uses: Iterable[ModelUse], catalogue: Catalogue, on: date) -> tuple[Proposal, ...]:
    """A task for each kind of work, in the order in which it is found; what has a task already is left out.

    Uses are of one task if they have the same variable, or the same name for their work and the same model.
    """
    own = {name: task for name, task in catalogue.tasks.items() if task.place.layer != "embedded"}
    covered = {task.env for task in own.values()}
    groups: list[_TaskGroup] = []
    for use in (_own_format(one, catalogue) for one in _with_variables(list(uses))):
        chosen = chosen_route(use, catalogue, on)
        if chosen is None or use.variable in covered:
            continue
        name = _name_of(use)
        if name in own and own[name].model == chosen:
            continue
        group = _group_for(groups, use, name, chosen)
        if group:
            group.uses.append(use)
            continue
        taken = {*own, *catalogue.names(), *catalogue.providers, "auto", *(one.name for one in groups)}
        hints = (*use.functions, *names_of_path(use.file)[:1])
        groups.append(_TaskGroup(unique(name, hints, taken), name, use.variable, chosen, [use]))
    return tuple(_proposal(group, catalogue, on) for group in groups)


def _with_variables(uses: Sequence[ModelUse]) -> Iterator[ModelUse]:
    """The uses; a default for a variable that is set or read elsewhere has this variable too."""
    known: dict[str, set[str]] = {}
    for use in uses:
        if use.variable:
            known.setdefault(use.variable, set()).add(use.name)
    for use in uses:
        fitting = (
            name for name in use.assigned if name in known and (not is_plain(name) or use.name in known[name])
        )
        variable = next(fitting, None)
        yield replace(use, variable=variable) if variable and not use.variable else use


def _own_format(use: ModelUse, catalogue: Catalogue) -> ModelUse:
    """The use without its variable where this has names in another library's format, such as `openai:gpt-4o`.

    A task that reads the variable could not read them, and the application could not read the task's.
    """
    is_foreign = use.model and _PREFIXED.search(use.name) and catalogue.find(use.name) is None
    if not use.variable or not is_foreign:
        return use
    return replace(use, variable=None, assigned=(use.variable, *use.assigned))


def _group_for(groups: Sequence[_TaskGroup], use: ModelUse, name: str, chosen: str) -> _TaskGroup | None:
    """The group that a use belongs to, if there is one."""
    if use.variable:
        return next((group for group in groups if group.variable == use.variable), None)
    return next((group for group in groups if group.title == name and group.model == chosen), None)


def _name_of(use: ModelUse) -> str:
    if use.title:
        return from_variable(use.title) or from_place([use.title])
    named = (from_variable(name) for name in (use.variable, *use.assigned))
    return next(filter(None, named), None) or from_place((*use.functions, *names_of_path(use.file)))


def chosen_route(use: ModelUse, catalogue: Catalogue, on: date) -> str | None:
    """The route that a task would get for a use: its own while its models live, else their replacements."""
    if use.model is None and (route := _living_route(use.name, catalogue, on)):
        return route
    model = successor(use.model, catalogue, on) if use.model else similar(use.name, catalogue, on)
    return model.id if model else None


def _living_route(text: str, catalogue: Catalogue, on: date) -> str | None:
    """A route of several options with its ended models replaced; None: it is no such route."""
    try:
        names = parse_route(text).names
    except RouteSyntaxError:
        return None
    models: Mapping[str, Model | None] = {name: catalogue.find(name) for name in names}
    if len(names) < 2 or not all(models.values()):  # noqa: PLR2004 - one name is no route of several
        return None
    for name, model in models.items():
        if model and (then := successor(model, catalogue, on)).id != model.id:
            text = text.replace(name, then.id)
    return text


def _proposal(group: _TaskGroup, catalogue: Catalogue, on: date) -> Proposal:
    first = group.uses[0]
    model = catalogue.find(group.model)
    needs = dict.fromkeys(need for use in group.uses for need in use.needs)
    requires = tuple(need for need in needs if model is None or model.has(need) is not False)
    why = _why(first, group.model, catalogue, on)
    return Proposal(
        task=group.name,
        purpose=purpose_of(group.name),
        env=group.variable or default_variable(group.name),
        model=group.model,
        replaces=first.name if why else None,
        why=why,
        retires=model.retires if model else None,
        requires=("chat", *requires),
        uses=tuple(group.uses),
    )


def _why(use: ModelUse, chosen: str, catalogue: Catalogue, on: date) -> str | None:
    """Why a use's model or route does not stay, or None: it does."""
    if use.model:
        return None if use.model.id == chosen else _end_of(use.model, on)
    if use.name == chosen:
        return None
    if _living_route(use.name, catalogue, on) is None:
        return "not in the catalogue"
    models = filter(None, map(catalogue.find, parse_route(use.name).names))
    return ", ".join(f"{model.id} {_end_of(model, on)}" for model in models if is_ending(model, on))


def _end_of(model: Model, on: date) -> str:
    verb = "retired" if model.status(on) == "retired" else "retires"
    return f"{verb} on {model.retires}"
