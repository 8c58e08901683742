"""`test`: live calls. Says what arrived, how fast, at what cost, and whether it was an answer."""

from dataclasses import dataclass, replace
from datetime import datetime

from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.lookup import find_model
from model_manager.core.messages import ChatMessage
from model_manager.core.models import Model
from model_manager.core.routing.complexity import judge
from model_manager.core.routing.grammar import AUTO
from model_manager.errors import ProviderError, UnknownNameError, UsageError
from model_manager.live_test.budget import Budget
from model_manager.live_test.calls import Calls, request_of
from model_manager.live_test.report import (
    PROMPT,
    Event,
    OnEvent,
    Repetition,
    Spread,
    Target,
    TestReport,
    TestRequest,
    TestResult,
    repetitions_of,
)
from model_manager.providers import wire_of
from model_manager.providers.io.curl import as_curl
from model_manager.service.model_client import ModelClient

__all__ = [
    "PROMPT",
    "Event",
    "OnEvent",
    "Repetition",
    "Run",
    "Spread",
    "Target",
    "TestReport",
    "TestRequest",
    "TestResult",
    "curl_commands",
    "run",
    "targets_of",
]


def targets_of(workspace: Workspace, question: TestRequest, moment: datetime) -> list[Target]:
    """What is to be called, each once, in the order of the command line or of the catalogue.

    Raises:
        UsageError: nothing, or nothing that exists, was named.
    """
    targets = [_named(workspace, name) for name in question.models]
    if question.task:
        targets.append(_of_task(workspace, workspace.assignment(question.task, moment.date()), question))
    if question.assigned:
        if not workspace.catalogue.tasks:
            raise UsageError("the catalogue has no tasks", parameter="assigned")
        targets += [_of_task(workspace, found, question) for found in workspace.assignments(moment.date())]
    if question.all:
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


def _of_task(workspace: Workspace, assignment: Assignment, question: TestRequest) -> Target:
    """The model of a task's route, chosen by the prompt where it is auto; where there is none, the reason."""
    model = assignment.model
    if assignment.route and assignment.route.name == AUTO and assignment.task.auto:
        complexity = judge([ChatMessage("user", question.prompt)], assignment.task.auto)
        model = workspace.catalogue.find(assignment.task.auto.model_of(complexity.tier))
    if model:
        return Target(model.id, model)
    reason = next(
        (f.message for f in assignment.problems if f.severity == "error"), "its model depends on the query"
    )
    where = f" ({assignment.source.text})" if assignment.source else ""
    return Target(assignment.text or assignment.task.name, None, f"{assignment.task.name}: {reason}{where}")


class Run:
    """What a question names, called several at a time.

    Args:
        workspace: where the catalogue and the keys are.
        question: what to call, and how.
        moment: as of when models and prices are.
        budget: money that other runs share; the question's own if there is none.

    Raises:
        UsageError: the question names nothing that exists.
        SettingsError: a variable holds a base URL that is none.
    """

    def __init__(
        self, workspace: Workspace, question: TestRequest, moment: datetime, budget: Budget | None = None
    ) -> None:
        named = targets_of(workspace, question, moment)
        for provider in {target.model.provider for target in named if target.model}:
            workspace.destination(workspace.catalogue.providers[provider])
        self.targets = [target for target in named for _ in range(question.repeat)]
        self._question = question
        retries = workspace.settings.retries if question.retries is None else question.retries
        self._caller = ModelClient(timeout_s=question.timeout_s or workspace.settings.timeout, retries=retries)
        self._calls = Calls(
            workspace,
            question,
            moment,
            caller=self._caller,
            targets=self.targets,
            budget=budget or Budget(question.max_cost),
        )

    def report(self, on_event: OnEvent) -> TestReport:
        """Make the calls; Ctrl-C and `cancel` end them at once and keep what has arrived."""
        calls = self._calls
        with self._caller:
            try:
                for event in calls.events():
                    on_event(event)
            except KeyboardInterrupt:
                calls.stop()
            if calls.are_stopped:
                for event in calls.last_events():
                    on_event(event)
        results = calls.results()
        repetitions = tuple(repetitions_of(results)) if self._question.repeat > 1 else ()
        return TestReport(results=results, repetitions=repetitions, interrupted=calls.are_stopped)

    def cancel(self) -> None:
        """End all calls, from another thread."""
        self._calls.stop()


def run(workspace: Workspace, question: TestRequest, moment: datetime, on_event: OnEvent) -> TestReport:
    """Call what the question names, several at a time; Ctrl-C ends it at once and keeps what has arrived.

    Raises:
        UsageError: the question names nothing that exists.
        SettingsError: a variable holds a base URL that is none.
    """
    return Run(workspace, question, moment).report(on_event)


@dataclass(frozen=True, slots=True)
class CurlCommand:
    """A request as a curl command with the key as a variable; and why `test` itself would not send it, if so."""

    text: str
    refusal: str | None = None


def curl_commands(workspace: Workspace, question: TestRequest, moment: datetime) -> list[CurlCommand]:
    """What would be sent; nothing is.

    Raises:
        UsageError: the question names nothing that exists.
    """
    commands = []
    for target in targets_of(workspace, question, moment):
        if target.model is None:
            raise UsageError(target.problem or target.name)
        endpoint = workspace.unsent_endpoint(target.model)
        key = workspace.key(endpoint.provider)
        if endpoint.provider.key == "optional" and key.variable is None:
            endpoint = replace(endpoint, key=None)
        messages, options = request_of(question, target.model)
        call = wire_of(endpoint.provider.wire).build_call(endpoint, messages, options)
        commands.append(CurlCommand(as_curl(call, key.shown), _refusal(workspace, target.model)))
    return commands


def _refusal(workspace: Workspace, model: Model) -> str | None:
    try:
        workspace.endpoint(model)
    except ProviderError as error:
        return error.message if error.kind == "untrusted" else None
    return None
