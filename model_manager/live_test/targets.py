"""The calls that a live test is to make."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.messages import ChatMessage
from model_manager.core.models import Model
from model_manager.core.routing.choosing import names_of
from model_manager.core.routing.complexity import judge
from model_manager.core.routing.grammar import AUTO, Route, parse_route
from model_manager.core.suggestions import did_you_mean, find_model
from model_manager.errors import UnknownNameError, UsageError
from model_manager.live_test.report import Target, TestRequest

#: Findings for which a task is not called at all.
_UNUSABLE = {"unknown_model", "no_auto_table", "invalid_route", "unassigned"}
#: What only a route has: several options or shares, or a percentage.
_ROUTE = re.compile(r"[,+]|^\s*\d+\s*:")


def targets_of(workspace: Workspace, request: TestRequest, moment: datetime) -> list[Target]:
    """The calls to make, in the order of the command line or of the catalogue: one a task, and one a model.

    A task is called as its application would call it, along its route. With `each` every option of a route is a
    target by itself, each model once.

    Raises:
        UsageError: nothing, or nothing that exists, was named.
    """
    on = moment.date()
    targets = [_named(workspace, name) for name in request.models]
    if request.task:
        targets.append(_of_task(workspace, workspace.assignment(request.task, on), request))
    if request.assigned:
        if not workspace.catalogue.tasks:
            raise UsageError("the catalogue has no tasks", parameter="assigned")
        targets += [_of_task(workspace, found, request) for found in workspace.assignments(on)]
    if request.all:
        models = workspace.catalogue.models.values()
        current = [model for model in models if model.status(on) != "retired"]
        ready = [model for model in current if workspace.is_ready(workspace.catalogue.provider_of(model))]
        targets += [Target(model.id, model) for model in ready]
        if not ready:
            raise UsageError("no model has a key", parameter="all", hint="`list_models` lists the models")
    if not targets:
        raise UsageError("no model to test", hint="name a model, or use `task`, `assigned` or `all`")
    if request.each:
        options = [option for target in targets for option in _options(workspace, target)]
        # A model that several routes have is called once, in its first place.
        first = dict.fromkeys(option.name for option in options)
        return [next(option for option in options if option.name == name) for name in first]
    return list({(target.task, target.route, target.name): target for target in targets}.values())


def models_of(workspace: Workspace, request: TestRequest, moment: datetime) -> list[Target]:
    """The models that are named or that stand for a route, each once: for what is asked of models alone.

    Raises:
        UsageError: nothing, or nothing that exists, was named.
    """
    targets = [_alone(target) for target in targets_of(workspace, request, moment)]
    return list({(target.model.id if target.model else target.name): target for target in targets}.values())


def shown_calls_of(workspace: Workspace, request: TestRequest, moment: datetime) -> list[Target]:
    """The models as `models_of` has them, each with the task whose options are sent with its call.

    Raises:
        UsageError: nothing, or nothing that exists, was named.
    """
    targets = targets_of(workspace, request, moment)
    return [replace(_alone(target), task=target.task) for target in targets]


def _alone(target: Target) -> Target:
    """A target without its route: the model that stands for it."""
    name = target.model.id if target.model else target.name
    return replace(target, name=name, task=None, route=None, option=None)


def _named(workspace: Workspace, name: str) -> Target:
    """The target of a model's name, or of a route."""
    catalogue = workspace.catalogue
    if name in catalogue.tasks:
        raise UnknownNameError(f"{name!r} is a task, not a model", hint=f"use `task` {name}")
    model = catalogue.find(name)
    if model is None and _ROUTE.search(name) and not any(map(str.isspace, name.strip())):
        route = parse_route(name)
        if AUTO in route.names:
            raise UsageError("auto chooses by a task's own rules", hint="use `task`")
        for one in route.names:
            find_model(catalogue, one)
        return Target(str(route), find_model(catalogue, route.name), route=str(route))
    model = model or find_model(catalogue, name)
    return Target(model.id, model)


def _of_task(workspace: Workspace, assignment: Assignment, request: TestRequest) -> Target:
    """The call of a task along its route; where that is unusable, the reason."""
    task, route = assignment.task.name, assignment.route
    problem = next((found for found in assignment.problems if found.code in _UNUSABLE), None)
    model = _model_of(workspace, assignment, route, request.prompt) if route and not problem else None
    if model and route:
        return Target(model.id, model, task=task, route=str(route))
    where = f" ({assignment.source.text})" if assignment.source else ""
    reason = f"{task}: {problem.message if problem else 'its model depends on the query'}{where}"
    # Options that are spelled right can still be called by themselves.
    followed = str(route) if route and problem and problem.code == "unknown_model" else None
    unknown = problem.model if problem and problem.code == "unknown_model" else None
    hint = did_you_mean(unknown, workspace.catalogue.names()) if unknown else None
    return Target(assignment.text or task, None, reason, task=task, route=followed, hint=hint)


def _model_of(workspace: Workspace, assignment: Assignment, route: Route, prompt: str) -> Model | None:
    """The model that stands for a route; where it is auto, the one that the prompt chooses."""
    if route.name != AUTO:
        return assignment.model
    rules = assignment.task.auto
    if rules is None:
        return None
    return workspace.catalogue.find(rules.model_of(judge([ChatMessage("user", prompt)], rules).tier))


def _options(workspace: Workspace, target: Target) -> Iterator[Target]:
    """Every model that a target's route can lead to, each once and by itself."""
    if target.route is None:
        yield target
        return
    find = workspace.catalogue.find
    task = workspace.catalogue.tasks.get(target.task) if target.task else None
    place = {"task": target.task, "route": target.route}
    for position, option in enumerate(parse_route(target.route).options):
        for name in names_of(Route((option,)), task.auto if task else None):
            if model := find(name):
                yield Target(model.id, model, **place, option=position)
            else:
                problem = f"option {position + 1} of the route {target.route}: {name} is not in the catalogue"
                hint = did_you_mean(name, workspace.catalogue.names())
                yield Target(name, None, problem, **place, option=position, hint=hint)
