"""A workspace as the calls of a service need it; what follows from it is found once and remembered."""

from collections.abc import Mapping
from copy import copy
from datetime import UTC, date, datetime
from functools import cached_property

from model_manager.config.budgets import budgets_of
from model_manager.config.reload import Reloader, WorkspaceSource
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment, resolve
from model_manager.core.endpoints import Endpoint
from model_manager.core.models import Model, Task
from model_manager.core.redaction import is_secret_header, redacted_error, sent_headers
from model_manager.core.routing.grammar import Route, parse_route
from model_manager.core.suggestions import did_you_mean, find_model, find_task
from model_manager.errors import (
    ConfigurationError,
    ModelManagerError,
    NoBaseUrlError,
    UnknownNameError,
    UsageError,
)

#: How many routes are remembered.
_MANY = 1_000
#: Findings for which a task cannot be called at all.
_UNUSABLE = {"unknown_model", "no_auto_table", "invalid_route", "unassigned"}


class Snapshot:
    """A workspace and what follows from it, for any number of threads: computing a value twice does no harm."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._models: dict[str, Model | None] = {}
        self._endpoints: dict[tuple[str, str | None], Endpoint | ModelManagerError] = {}
        self._base_urls: dict[str, str] = {}
        self._assignments: dict[tuple[str, date], Assignment] = {}
        self._routes: dict[str, Route] = {}
        #: The budgets, and those that act before calls are made.
        self.budgets = budgets_of(workspace)
        self.acting_budgets = tuple(budget for budget in self.budgets if budget.acts_before_calls)

    def find(self, name: str) -> Model | None:
        """The model of a name, or None."""
        models = self._models
        if name not in models:
            models[name] = self.workspace.catalogue.find(name)
        return models[name]

    def identity(self, name: str) -> str:
        """The id of the model that a name stands for, or the name where there is none."""
        model = self.find(name)
        return model.id if model else name

    def model(self, name: str) -> Model:
        """The model of a name.

        Raises:
            UnknownNameError: with the names that come near.
        """
        known = self.find(name) if isinstance(name, str) else None
        return known or find_model(self.workspace.catalogue, name)

    def task(self, name: str) -> Task:
        """The task of a name.

        Raises:
            UnknownNameError: with the names that come near.
        """
        return find_task(self.workspace.catalogue, name)

    def assignment(self, task: str, on: date) -> Assignment:
        """A task's assignment as of a day.

        Raises:
            UnknownNameError: there is no such task.
        """
        known = self._assignments.get((task, on))
        if known is None:
            workspace = self.workspace
            found = resolve(self.task(task), workspace.catalogue, workspace.places, workspace.context(on))
            known = self._assignments[task, on] = found
        return known

    def route(self, text: str) -> Route:
        """A route's text, read.

        Raises:
            RouteSyntaxError: it does not parse.
        """
        known = self._routes.get(text)
        if known is None:
            if len(self._routes) > _MANY:  # those of callers, which may be made up for each call
                self._routes, self._models = {}, {}
            known = self._routes[text] = parse_route(text)
        return known

    def route_of(self, task: str, preference: str | None, on: date) -> Route:
        """The route that a task's calls take.

        Raises:
            UnknownNameError: there is no such task or preference.
            ConfigurationError: the task has no valid route.
        """
        preferences = self.task(task).preferences
        if preference is not None:
            if not isinstance(preference, str) or preference not in preferences:
                known = ", ".join(preferences)
                others = f"it has {known}" if known else f"add it to [tasks.{task}.preferences]"
                hint = did_you_mean(str(preference), preferences) or others
                raise UnknownNameError(f"task {task!r} has no preference {preference!r}", hint=hint)
            return self.route(preferences[preference])
        assignment = self.assignment(task, on)
        if assignment.route is None:
            reason = assignment.problems[0].message
            where = f" ({assignment.source.text})" if assignment.source else ""
            hint = f"set {assignment.task.env} to a model"
            raise self.redacted(ConfigurationError(f"task {task}: {reason}{where}", hint=hint))
        return assignment.route

    def redacted(self, error: ModelManagerError) -> ModelManagerError:
        """An error without keys: one may have been pasted where a model's name belongs."""
        return redacted_error(error, self.workspace.redactor())

    def endpoint(self, model: Model, task: Task | None = None) -> Endpoint:
        """Where and with which key a model is called, for a task or by name.

        Raises:
            ProviderError: of kind "missing_key", "auth" or "untrusted": nothing is to be sent.
            SettingsError: a variable holds no usable URL.
        """
        key = (model.id, task.name if task and task.options else None)
        found = self._endpoints.get(key)
        if found is None:
            try:
                found = self.workspace.endpoint(model, task)
            except ModelManagerError as error:
                found = error
            self._endpoints[key] = found
        if isinstance(found, Endpoint):
            return found
        raise copy(found)  # raising the same one twice would mix up their tracebacks

    @cached_property
    def _key_headers(self) -> frozenset[str]:
        """The headers, in lower case, in which the catalogue itself sends keys."""
        return frozenset(filter(is_secret_header, sent_headers(self.workspace.catalogue)))

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse headers of a call that hold or replace a key: of a route, they go to several providers.

        Raises:
            UsageError: naming the header.
        """
        hide = self.workspace.redactor()
        if held := next((name for name in headers if name in self._key_headers), None):
            hint = "change it there, or use another provider"
            raise UsageError(
                f"the header {held} holds a key in the catalogue, which a call does not replace",
                hint=hint,
                parameter="extra_headers",
            )
        if bad := next((name for name, value in headers.items() if hide(value) != value), None):
            hint = "put the key into a variable, and name it in `api_key_env` of the provider"
            raise UsageError(f"the header {bad} holds a key", hint=hint, parameter="extra_headers")

    def base_url(self, model: Model) -> str:
        """Where a model's provider is reached: what cool-downs are known by."""
        if model.provider not in self._base_urls:
            provider = self.workspace.catalogue.provider_of(model)
            try:
                url = self.workspace.destination(provider).base_url
            except ConfigurationError:
                url = provider.base_url or ""
            self._base_urls[model.provider] = url
        return self._base_urls[model.provider]


def follow(source: WorkspaceSource) -> Reloader[Snapshot]:
    """The snapshots of a workspace as its files change; an invalid change keeps the last valid one.

    Raises:
        UsageError: a file or directory that was named does not exist.
        ConfigurationError: a file is wrong.
    """
    return Reloader(source, Snapshot, on_error="keep", find_defect=_lost_task)


def _lost_task(old: Snapshot, new: Snapshot) -> str | None:
    """Why a task that could be called cannot be any more, or None. Tasks may go."""
    on, tasks = datetime.now(UTC).date(), new.workspace.catalogue.tasks
    for name in old.workspace.catalogue.tasks:
        if name in tasks and not _task_error(old, name, on) and (reason := _task_error(new, name, on)):
            source = new.assignment(name, on).source
            where = f" ({source.text})" if source else ""
            return new.workspace.redactor()(f"task {name}: {reason}{where}")
    return None


def _task_error(state: Snapshot, task: str, on: date) -> str | None:
    """Why a task's route leads nowhere, or None."""
    assignment = state.assignment(task, on)
    if not any(finding.code in _UNUSABLE for finding in assignment.problems):
        return _base_url_error(state, assignment)
    return next((finding.message for finding in assignment.problems if finding.severity == "error"), "no route")


def _base_url_error(state: Snapshot, assignment: Assignment) -> str | None:
    """The error of the base URL of a model of a route, or None."""
    names = assignment.route.names if assignment.route else ()
    for model in filter(None, map(state.find, names)):
        try:
            state.workspace.destination(state.workspace.catalogue.provider_of(model))
        except NoBaseUrlError:
            continue  # as with a key that is not here, the other options of the route are left
        except ModelManagerError as error:
            return error.message
    return None
