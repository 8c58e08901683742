"""The models that a live test is to call."""

from datetime import datetime

from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.lookup import find_model
from model_manager.core.messages import ChatMessage
from model_manager.core.routing.complexity import judge
from model_manager.core.routing.grammar import AUTO
from model_manager.errors import UnknownNameError, UsageError
from model_manager.live_test.report import Target, TestRequest


def targets_of(workspace: Workspace, request: TestRequest, moment: datetime) -> list[Target]:
    """The models to call, each once, in the order of the command line or of the catalogue.

    Raises:
        UsageError: nothing, or nothing that exists, was named.
    """
    targets = [_named(workspace, name) for name in request.models]
    if request.task:
        targets.append(_of_task(workspace, workspace.assignment(request.task, moment.date()), request))
    if request.assigned:
        if not workspace.catalogue.tasks:
            raise UsageError("the catalogue has no tasks", parameter="assigned")
        targets += [_of_task(workspace, found, request) for found in workspace.assignments(moment.date())]
    if request.all:
        models = workspace.catalogue.models.values()
        current = [model for model in models if model.status(moment.date()) != "retired"]
        ready = [model for model in current if workspace.is_ready(workspace.catalogue.provider_of(model))]
        targets += [Target(model.id, model) for model in ready]
        if not ready:
            raise UsageError("no model has a key", parameter="all", hint="`list_models` lists the models")
    if not targets:
        raise UsageError("no model to test", hint="name a model, or use `task`, `assigned` or `all`")
    return list({(target.model.id if target.model else target.name): target for target in targets}.values())


def _named(workspace: Workspace, name: str) -> Target:
    if name in workspace.catalogue.tasks:
        raise UnknownNameError(f"{name!r} is a task, not a model", hint=f"use `task` {name}")
    model = find_model(workspace.catalogue, name)
    return Target(model.id, model)


def _of_task(workspace: Workspace, assignment: Assignment, request: TestRequest) -> Target:
    """The model of a task's route, chosen by the prompt where it is auto; where there is none, the reason."""
    model = assignment.model
    if assignment.route and assignment.route.name == AUTO and assignment.task.auto:
        complexity = judge([ChatMessage("user", request.prompt)], assignment.task.auto)
        model = workspace.catalogue.find(assignment.task.auto.model_of(complexity.tier))
    if model:
        return Target(model.id, model)
    reason = next(
        (f.message for f in assignment.problems if f.severity == "error"), "its model depends on the query"
    )
    where = f" ({assignment.source.text})" if assignment.source else ""
    return Target(assignment.text or assignment.task.name, None, f"{assignment.task.name}: {reason}{where}")
