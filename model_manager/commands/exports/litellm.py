"""`export litellm`: the tasks as model groups of a LiteLLM proxy, and what its configuration has no place for.

Each task is a group with the shares of its route's first option; each further option is a group of its own, to
which `fallbacks` lead. Preferences and what `auto` chooses from are groups beside it, for applications to name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from model_manager.commands.exports.litellm_deployments import Deployment, deployment
from model_manager.commands.exports.litellm_options import REFERENCE
from model_manager.commands.exports.litellm_providers import PROVIDERS
from model_manager.commands.exports.losses import Loss
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment
from model_manager.core.models import Model, Task
from model_manager.core.routing.auto import TIERS
from model_manager.core.routing.grammar import AUTO, Route, RouteOption, parse_route
from model_manager.errors import ModelManagerError

MASTER_KEY = "LITELLM_MASTER_KEY"
#: Between a number and a "b".
_SIZE = re.compile(r"(?<=\d)(?=[bB])")
#: How many groups LiteLLM falls back to if it is not told.
_USUAL_FALLBACKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Models that share the traffic of a name.

    Attributes:
        about: what it is, in lines for people.
        fallbacks: the groups that are tried after it, in this order.
    """

    name: str
    about: tuple[str, ...]
    deployments: tuple[Deployment, ...]
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyExport:
    """The configuration of a proxy.

    Attributes:
        settings: its sections behind the groups.
        variables: what has to be set in its environment.
        losses: what is not in it.
        warnings: what is wrong with the routes.
    """

    on: datetime
    groups: tuple[Group, ...]
    settings: Mapping[str, Any]
    variables: tuple[str, ...]
    losses: tuple[Loss, ...]
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _GroupNames:
    """Names of groups, none of them twice; the tasks' own are taken from the beginning."""

    taken: set[str]

    def new(self, name: str) -> str:
        """The name, or one like it."""
        while name in self.taken:
            name += "-2"
        self.taken.add(name)
        return name


@dataclass(slots=True)
class _ProxyBuilder:
    workspace: Workspace
    moment: datetime
    names: _GroupNames
    groups: list[Group] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def add(self, task: Task, assignment: Assignment) -> None:
        """The groups of a task, of its preferences, and of what auto chooses from."""
        route = assignment.route
        if route is None:
            problem = assignment.problems[0].message if assignment.problems else "no model"
            self.losses.append(Loss(task.name, f"the whole task: {problem}"))
        else:
            where = f", {assignment.source.text}" if assignment.source else ""
            lines = (task.purpose, f"route: {route}{where}")
            self._add_route(task, task.name, route, tuple(filter(None, lines)))
        for preference, text in task.preferences.items():
            lines = (f"preference {preference} of {task.name}", f"route: {text}")
            self._add_route(task, self.names.new(f"{task.name}-{preference}"), parse_route(text), lines)
        if task.auto and (route is None or AUTO in route.names or task.preferences):
            for tier in TIERS:
                if model := task.auto.models.get(tier):
                    line = f"what auto chooses for {tier} queries of {task.name}"
                    self._add_route(task, self.names.new(f"{task.name}-{tier}"), parse_route(model), (line,))
        self.losses += _task_losses(task, route)

    def _add_route(self, task: Task, name: str, route: Route, about: tuple[str, ...]) -> None:
        found = [(option, self._deployments(task, option)) for option in route.options]
        known = [deployments for _, deployments in found if deployments]
        if not known:
            self.losses.append(Loss(name, "none of its models is in the catalogue"))
            return
        others = [self.names.new(f"{name}-option-{position}") for position in range(2, len(known) + 1)]
        for own, deployments in zip((name, *others), known, strict=True):
            lines = about if own == name else (f"a fallback of {name}",)
            fallbacks = tuple(others) if own == name else ()
            ours = tuple(_with_id(own, number, one) for number, one in enumerate(deployments, 1))
            self.groups.append(Group(name=own, about=lines, deployments=ours, fallbacks=fallbacks))

    def _deployments(self, task: Task, option: RouteOption) -> tuple[Deployment, ...]:
        weights: dict[str, tuple[Model, int]] = {}
        for share in option.live:
            name = task.auto.strongest if share.name == AUTO and task.auto else share.name
            model = self.workspace.catalogue.find(name)
            if model is None:
                self.losses.append(Loss(task.name, f"{name}, which is not in the catalogue"))
                continue
            weights[model.id] = (model, weights.get(model.id, (model, 0))[1] + share.weight)
        is_split = len(weights) > 1
        return tuple(
            deployment(self.workspace, model, task, self.moment, weight if is_split else None)
            for model, weight in weights.values()
        )


def _with_id(group: str, number: int, one: Deployment) -> Deployment:
    """A deployment of Together with an id of ours, so that its price counts.

    LiteLLM makes up ids of digits and letters; a number before a "b" in one it takes for billions of parameters,
    for which it has a price of its own.
    """
    if not one.params["model"].startswith("together_ai/"):
        return one
    identifier = _SIZE.sub("_", f"{group}-{number}")
    return replace(one, info={"id": identifier, **one.info})


def run(workspace: Workspace, moment: datetime) -> ProxyExport:
    """The configuration of a proxy that serves all tasks, at the prices of a moment.

    Raises:
        ModelManagerError: no task has a model, so there is nothing to serve.
        SettingsError: a variable with a base URL holds no usable URL.
    """
    assignments = workspace.assignments(moment.date())
    builder = _ProxyBuilder(workspace, moment, _GroupNames({assignment.task.name for assignment in assignments}))
    for assignment in assignments:
        builder.add(assignment.task, assignment)
    if not builder.groups:
        hint = "define a task in models.toml, and assign it a model"
        raise ModelManagerError("there is nothing to export: no task has a model from the catalogue", hint=hint)
    groups = builder.groups
    deployments = [one for group in groups for one in group.deployments]
    variables = [MASTER_KEY, *(name for one in deployments for name in one.variables)]
    losses = [*_general_losses(workspace, groups), *builder.losses]
    losses += [loss for one in deployments for loss in one.losses]
    return ProxyExport(
        on=moment,
        groups=tuple(groups),
        settings=_settings(workspace, groups),
        variables=tuple(dict.fromkeys(variables)),
        losses=tuple(dict.fromkeys(losses)),
        warnings=tuple(dict.fromkeys((*_warnings(assignments), *_loops(groups)))),
    )


def _settings(workspace: Workspace, groups: Sequence[Group]) -> Mapping[str, Any]:
    by_name = {group.name: group for group in groups}
    fallbacks = [{group.name: list(group.fallbacks)} for group in groups if group.fallbacks]
    longer = [{group.name: list(names)} for group in groups if (names := _with_longer_context(group, by_name))]
    most = max((len(group.fallbacks) for group in groups), default=0)
    router: dict[str, Any] = {
        "routing_strategy": "simple-shuffle",
        "num_retries": workspace.settings.retries,
        "timeout": _plain_number(workspace.settings.timeout),
    }
    if fallbacks:
        router["fallbacks"] = fallbacks
    if longer:
        router["context_window_fallbacks"] = longer
    if most > _USUAL_FALLBACKS:
        router["max_fallbacks"] = most
    return {
        "router_settings": router,
        "litellm_settings": {"drop_params": True},
        "general_settings": {"master_key": REFERENCE + MASTER_KEY},
    }


def _plain_number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _with_longer_context(group: Group, by_name: Mapping[str, Group]) -> tuple[str, ...]:
    """The fallbacks that take a longer prompt, or of which that is unknown."""
    own = _context(group)
    found = ((name, _context(by_name[name])) for name in group.fallbacks)
    return tuple(name for name, most in found if own is None or most is None or most > own)


def _context(group: Group) -> int | None:
    """The longest prompt that all models of a group take."""
    most = [one.info.get("max_input_tokens") for one in group.deployments]
    return None if None in most else min(filter(None, most))


def _general_losses(workspace: Workspace, groups: Sequence[Group]) -> Iterator[Loss]:
    if any(len(group.deployments) > 1 for group in groups):
        yield Loss(None, "users do not keep their share: the proxy draws one for each call")
    yield Loss(None, "the timeout: the proxy's limits a whole call, this one the time without data")
    yield Loss(None, "the ledger, usage and comparisons of shares: the proxy has its own log of spending")
    for budget in workspace.catalogue.budgets:
        yield Loss(None, f"the budget {budget.name} ({budget.limit} dollars per {budget.per})")


def _task_losses(task: Task, route: Route | None) -> Iterator[Loss]:
    needs: list[str] = [*task.requires]
    needs += [f"a context of {task.min_context}"] if task.min_context else []
    needs += [f"at most ${task.max_price} per million input tokens"] if task.max_price is not None else []
    if needs:
        yield Loss(task.name, f"what it requires of a model ({', '.join(needs)})")
    if task.preferences:
        yield Loss(task.name, "preferences by user: the application has to name a group")
    if route is not None and AUTO in route.names and task.auto:
        yield Loss(task.name, f"auto: all go to {task.auto.strongest}, unless the application names a group")


def _loops(groups: Sequence[Group]) -> Iterator[str]:
    """Groups whose models are a proxy's already, which may be the one that is being configured."""
    for group in groups:
        for one in group.deployments:
            if one.params["model"].startswith(PROVIDERS["litellm"].prefix + "/"):
                yield f"{group.name}: {one.model.id} is a LiteLLM proxy already: configure that one"


def _warnings(assignments: Sequence[Assignment]) -> Iterator[str]:
    """What is wrong with the routes themselves; keys and base URLs are the proxy's to have."""
    here = {"missing_key", "no_base_url", "unknown_model", "unassigned", "invalid_route", "same_provider"}
    for assignment in assignments:
        for problem in assignment.problems:
            if problem.severity in {"error", "warning"} and problem.code not in here:
                yield f"{assignment.task.name}: {problem.message}"
