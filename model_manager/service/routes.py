"""Which models a call may go to, in which order, and why: the decision, without the call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage
from model_manager.core.models import Model, Task
from model_manager.core.routing.choosing import (
    ONLY_MODEL,
    Choice,
    Cooling,
    Score,
    drawn_share,
    in_order,
    largest_first,
    once,
    only_choice,
    random_scores,
    user_scores,
)
from model_manager.core.routing.complexity import Complexity, judge
from model_manager.core.routing.grammar import AUTO, Route
from model_manager.core.suggestions import LIST_HINT, did_you_mean
from model_manager.errors import ConfigurationError, ProviderError
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.requests import CallRequest, lacking
from model_manager.service.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a call.

    Attributes:
        route: the route that is followed.
        task: whose route it is, or None where the caller named one.
        choices: the names that may be called, in the order in which they are tried.
        complexity: what was found in the query, where "auto" is to choose.
        arm: the id of the model whose share was drawn, whoever is called; None where nothing is split.
        preference: the preference that chose the route, if one did.
        source: where the route was assigned, for people, if it was.
    """

    route: Route
    task: Task | None
    choices: tuple[Choice, ...]
    complexity: Complexity | None = None
    arm: str | None = None
    preference: str | None = None
    source: str | None = None
    state: Snapshot = field(repr=False)


def plan_of(
    state: Snapshot,
    task: str | None,
    request: CallRequest,
    *,
    on: date,
    cooldowns: CooldownStore,
    random: Callable[[], float] | None,
) -> Plan:
    """The plan of a call.

    Args:
        state: what was read.
        task: whose route is taken, unless the call names one.
        request: the call.
        on: the day, for what is wrong with assignments.
        cooldowns: who is left alone.
        random: a random number from 0 to 1, for calls without a user; None: the largest share, the same each time.

    Raises:
        UnknownNameError, RouteSyntaxError, ConfigurationError: there is no such task, preference or route.
    """
    owner = state.task(task) if task is not None else None
    route, source = _route(state, task, request, on)
    complexity, arm = None, None
    if route.is_single and route.name != AUTO:
        # Nothing to choose, nothing to pass over: what most calls are is not to pay for what others need.
        choices: tuple[Choice, ...] = (only_choice(route),)
    else:
        complexity = _complexity(owner, request.messages) if AUTO in route.names else None
        score, how = _score(state, owner, request.user_id, random)
        names = _Names(state, owner, complexity, cooldowns)
        resolved = map(names.resolved, in_order(route, score, names.is_cooling, how))
        choices = tuple(once(resolved, names.identity))
        arm = _arm(route, score, names)
    return Plan(
        route=route,
        task=owner,
        choices=choices,
        complexity=complexity,
        arm=arm,
        preference=request.preference,
        source=source,
        state=state,
    )


def endpoint_for(plan: Plan, choice: Choice, request: CallRequest) -> Endpoint:
    """Where and with which key a choice is called.

    Raises:
        ProviderError: nothing is to be sent there: there is no such model, it lacks something, it has no key.
        SettingsError: a variable holds no usable URL.
    """
    model: Model | None = plan.state.find(choice.name)
    if model is None:
        catalogue = plan.state.workspace.catalogue
        hint = did_you_mean(choice.name, catalogue.names()) or LIST_HINT
        if choice.name in catalogue.tasks:
            hint = f"{choice.name} is a task: chat() and stream() take one"
        message = f"{choice.name} is not in the catalogue{f' ({plan.source})' if plan.source else ''}"
        error = ProviderError("not_found", message, hint=hint)
        raise plan.state.redacted(error)
    if missing := lacking(model, request):
        capability, problem = missing
        hint = f"choose a model that has `capability` {capability}; {LIST_HINT}"
        raise ProviderError("bad_request", problem, hint=hint)
    return plan.state.endpoint(model, plan.task)


def cooling_of(state: Snapshot, cooldowns: CooldownStore) -> Cooling:
    """A function for how long a name's model, and its provider, are to be left alone."""

    def left(name: str) -> tuple[float, float]:
        model = state.find(name)
        return cooldowns.remaining(state.base_url(model), model) if model else (0.0, 0.0)

    return left


def _route(state: Snapshot, task: str | None, request: CallRequest, on: date) -> tuple[Route, str | None]:
    """The route that a call follows, and where it was assigned if it was."""
    if request.route is not None:
        return state.route(request.route), None
    if task is None:
        raise ConfigurationError("a call needs a task, or a route")
    route = state.route_of(task, request.preference, on)
    source = state.assignment(task, on).source if request.preference is None else None
    return route, source.text if source else None


def _score(
    state: Snapshot, task: Task | None, user_id: str | None, random: Callable[[], float] | None
) -> tuple[Score, str]:
    if user_id is not None:
        name, salt = (task.name, task.split_salt) if task else ("", "")
        return user_scores(name, salt, user_id, state.identity), "the user's share"
    if random is None:
        return largest_first, "the largest share"
    return cache(random_scores(random)), "by weight"  # what was drawn once stays so


def _arm(route: Route, score: Score, names: "_Names") -> str | None:
    """The id of the model whose share was drawn in the first option that is split."""
    for position, option in enumerate(route.options):
        if len(option.live) > 1:
            share = drawn_share(route, position, score)
            return names.identity(names.resolved(Choice(share.name, position, share.percent, "", share.name)))
    return None


def _complexity(task: Task | None, messages: tuple[ChatMessage, ...]) -> Complexity | None:
    if task is None or task.auto is None:
        where = f"[tasks.{task.name}.auto]" if task else "a task with an auto table"
        raise ConfigurationError(f"auto needs {where} to choose from", hint="see README, Routes")
    return judge(messages, task.auto) if messages else None


@dataclass(frozen=True, slots=True)
class _Names:
    """The models that a route's names stand for in one call."""

    state: Snapshot
    task: Task | None
    complexity: Complexity | None
    cooldowns: CooldownStore

    def name(self, name: str) -> str:
        """The model's name, with "auto" decided."""
        if name != AUTO or self.task is None or self.task.auto is None:
            return name
        rules = self.task.auto
        return rules.model_of(self.complexity.tier) if self.complexity else rules.strongest

    def resolved(self, choice: Choice) -> Choice:
        """A choice with a model's name in place of "auto"."""
        if choice.name != AUTO:
            return choice
        why = f"auto: {self.complexity}" if self.complexity else "auto, without a query"
        reason = why if choice.reason == ONLY_MODEL else f"{choice.reason}, {why}"
        return Choice(self.name(AUTO), choice.option, choice.percent, reason, choice.written)

    def identity(self, choice: Choice) -> str:
        """The key by which choices of one model are equal, by whatever names."""
        return self.state.identity(choice.name)

    def is_cooling(self, name: str) -> bool:
        """Whether a name's model is to be left alone now."""
        return any(cooling_of(self.state, self.cooldowns)(self.name(name)))
