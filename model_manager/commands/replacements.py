"""What replaces a model whose end is announced or past, in the routes that name it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from model_manager.core.assignments import Assignment
from model_manager.core.models import Catalogue, Model
from model_manager.core.routing.grammar import Route, RouteOption, Share

_ENDING = ("deprecated", "retired")


@dataclass(frozen=True, slots=True)
class Move:
    """An assignment that replaces a model: a task, or None where none uses it, and the new route."""

    task: str | None
    route: str


def successor_of(model: Model, catalogue: Catalogue, on: date) -> Model | None:
    """The model that replaces it, or what replaces that one where it has retired itself."""
    seen = {model.id}
    while model.replacement and (found := catalogue.find(model.replacement)) and found.id not in seen:
        if found.status(on) != "retired":
            return found
        seen.add(found.id)
        model = found
    return None


def moves_from(
    model: Model, assignments: Iterable[Assignment], catalogue: Catalogue, on: date
) -> tuple[Move, ...]:
    """The assignments that replace this model in every task; none while it has no announced end."""
    successor = successor_of(model, catalogue, on) if model.status(on) in _ENDING else None
    if successor is None:
        return ()
    moved = [
        Move(assignment.task.name, route)
        for assignment in assignments
        if (route := _replaced(assignment, catalogue, on, lambda found: found.id == model.id))
    ]
    return tuple(moved) or (Move(None, successor.id),)


def moved_route(assignment: Assignment, catalogue: Catalogue, on: date) -> str | None:
    """The route of a task with what replaces models whose end is announced or past; None if there are none."""
    return _replaced(assignment, catalogue, on, lambda found: found.status(on) in _ENDING)


def _replaced(
    assignment: Assignment, catalogue: Catalogue, on: date, is_replaced: Callable[[Model], bool]
) -> str | None:
    if assignment.route is None:
        return None
    names: dict[str, str] = {}
    for name in assignment.route.names:
        model = catalogue.find(name)
        successor = successor_of(model, catalogue, on) if model and is_replaced(model) else None
        if successor:
            names[name] = successor.id
    if not names:
        return None
    return str(Route(tuple(_with_names(option, names) for option in assignment.route.options)))


def _with_names(option: RouteOption, names: Mapping[str, str]) -> RouteOption:
    return RouteOption(tuple(Share(names.get(share.name, share.name), share.percent) for share in option.shares))
