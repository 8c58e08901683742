"""Findings about default options that a task's models do not take: each request is made, and none is sent."""

from collections.abc import Iterator, Mapping
from typing import Any

from model_manager.commands.check.subject import CheckSubject, finding
from model_manager.config.workspace import Workspace
from model_manager.core.checking import CheckFinding
from model_manager.core.messages import ChatMessage
from model_manager.core.models import Model, Task
from model_manager.core.options import ChatOptions
from model_manager.errors import ProviderError, SettingsError, UsageError
from model_manager.providers import wire_of

#: How notices say that something is not sent.
_LEFT_OUT = "left out"


def find(subject: CheckSubject) -> Iterator[CheckFinding]:
    """Options of [tasks.….options] and [models.….options] that would be left out, or refused."""
    for assignment in subject.assignments:
        for model in subject.models_of(assignment):
            if model.options or assignment.task.options:
                yield from _of_model(subject, assignment.task, model)


def _of_model(subject: CheckSubject, task: Task, model: Model) -> Iterator[CheckFinding]:
    """One option after the other, so that each is told even where one of them is refused."""
    for name, value in {**model.options, **task.options}.items():
        where = (
            subject.place(task.place, ("tasks", task.name, "options", name))
            if name in task.options
            else subject.place(model.headers_place, ("models", model.id, "options", name))
        )
        code, reason = _outcome(subject.workspace, task, model, {name: value})
        if code:
            yield finding(
                code,
                f"{task.name}: {model.id}: {reason}",
                where,
                task=task.name,
                model=model.id,
                subject=name,
                fix=f"remove {name}, or set it only on models that take it",
            )


def _outcome(
    workspace: Workspace, task: Task, model: Model, defaults: Mapping[str, Any]
) -> tuple[str | None, str]:
    """The rule that an option breaks, and why."""
    try:
        endpoint = workspace.unsent_endpoint(model, task)
    except SettingsError:  # told by its own rule
        return None, ""
    messages = (ChatMessage(role="user", content="x"),)
    try:
        call = wire_of(endpoint.provider.wire).build_call(
            endpoint, messages, ChatOptions().with_defaults(defaults)
        )
    except (ProviderError, UsageError) as error:
        return "MM315", error.message
    left_out = [notice for notice in call.notices if _LEFT_OUT in notice]
    return ("MM314", "; ".join(left_out)) if left_out else (None, "")
