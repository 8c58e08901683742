"""One call along a route: its options, one after the other, until one answers. Steps only, as an exchange's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from model_manager.core.calls import CallContext, CallKind
from model_manager.core.endpoints import Endpoint
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.limits import DEFAULT_CONNECT_S
from model_manager.core.routing.choosing import Choice, Cooling, Pick, pick
from model_manager.errors import ModelManagerError, ProviderError
from model_manager.providers.exchange.exchange import exchange
from model_manager.providers.exchange.retry_policy import RetryPolicy
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.steps import Notice, Steps
from model_manager.providers.response.reply import NO_PROVENANCE, Provenance
from model_manager.service import call_log
from model_manager.service.budgets import BudgetGuard, OverBudgetError
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.observers import Observers
from model_manager.service.outcomes import OptionFailure, RouteAccount, annotated_reply, left_after, route_error
from model_manager.service.requests import CallRequest, need_words
from model_manager.service.routes import Plan, cooling_of, endpoint_for, plan_of

#: How long a provider may make a call wait while another option could answer it: two retries of our own fit in.
_MAX_WAIT_WITH_OTHERS_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResources:
    """The means of a call besides its plan.

    Attributes:
        call: its identifier.
        kind: whose call it is.
        observers: are told of every option that was asked.
        cooldowns: who is left alone.
        random: a random number from 0 to 1, for the jitter of waits.
        clock: the moment.
        monotonic: seconds of a clock that is never set.
        policy: when the same request is sent again.
        deadline: the time limits of the whole call.
        connect_s: how long making a connection may take, in seconds.
        guard: keeps the call to budgets, or None.
    """

    call: str
    kind: CallKind
    observers: Observers
    cooldowns: CooldownStore
    random: Callable[[], float]
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    policy: RetryPolicy
    deadline: Deadline
    connect_s: float = DEFAULT_CONNECT_S
    guard: BudgetGuard | None = None


def answer(
    plan: Plan, request: CallRequest, resources: CallResources, failures: list[OptionFailure] | None = None
) -> Steps:
    """Ask the models of a plan, in order, until one answers.

    The next one is asked after every failure that it may not share: an outage, a model that is gone, a missing
    key, a prompt too long, an answer that is none; a wrong key and an unpaid bill where it is another provider's.
    Not after a bad request or a refusal, and never once content has come. `failures` gets what became of options.

    Raises:
        ProviderError: the failure, if there was one.
        RouteError: all failures, if several options failed.
    """
    account, remaining = RouteAccount([] if failures is None else failures), list(plan.choices)
    cooling = cooling_of(plan.state, resources.cooldowns)
    while remaining:
        # A route of one model has nothing to pass over.
        picked = pick(remaining, cooling) if len(plan.choices) > 1 else Pick(remaining[0])
        choice = picked.choice
        remaining.remove(choice)
        is_last, stand_in = not remaining, _has_stand_in(plan, choice, remaining, request, cooling)
        for other in picked.passed:
            yield _told(plan, f"{other.name} is skipped while cooling down")
        try:
            reply = yield from _ask_one(
                plan, picked, request, resources, account, is_last=is_last, has_stand_in=stand_in
            )
        except ProviderError as error:
            account.note(choice.name, error)
            if resources.deadline.is_over(resources.monotonic()):
                break
            if rerouted := _rerouted(plan, request, resources, error):
                plan, resources = rerouted
                remaining = list(plan.choices)
            else:
                remaining = left_after(plan, choice, error, remaining, streamed=request.options.stream)
            if remaining:
                yield _told(plan, f"{choice.name} failed ({error.kind}); trying another option")
            continue
        return annotated_reply(reply, plan, account)
    raise route_error(account.failures, plan)


def _told(plan: Plan, text: str) -> Notice:
    """A notice that stands in the log too."""
    call_log.log_line(plan.state, text)
    return Notice(text)


def _rerouted(
    plan: Plan, request: CallRequest, resources: CallResources, error: ProviderError
) -> tuple[Plan, CallResources] | None:
    """The plan of a call that takes the route of a budget which it does not fit; None if there is no such."""
    guard = resources.guard
    if guard is None or not isinstance(error, OverBudgetError) or error.budget.route is None:
        return None
    try:
        other = plan_of(
            plan.state,
            plan.task.name if plan.task else None,
            replace(request, route=error.budget.route, preference=None),
            on=resources.clock().date(),
            cooldowns=resources.cooldowns,
            random=resources.random,
        )
    except ModelManagerError:  # it needs what another task's table has
        return None
    if not any(plan.state.find(choice.name) for choice in other.choices):
        return None  # a project's catalogue need not have the models of the user's
    return other, replace(resources, guard=guard.without(error.budget))


def _has_stand_in(
    plan: Plan, choice: Choice, remaining: Sequence[Choice], request: CallRequest, cooling: Cooling
) -> bool:
    """Whether another share of the same balanced option can answer at once: waiting for this one helps nobody."""
    if not remaining or not plan.route.options[choice.option].is_balanced:
        return False
    return any(
        other.option == choice.option and not any(cooling(other.name)) and _can_be_asked(plan, other, request)
        for other in remaining
    )


def _can_be_asked(plan: Plan, choice: Choice, request: CallRequest) -> bool:
    try:
        endpoint_for(plan, choice, request)
    except ModelManagerError:
        return False
    return True


def _ask_one(
    plan: Plan,
    picked: Pick,
    request: CallRequest,
    resources: CallResources,
    account: RouteAccount,
    *,
    is_last: bool,
    has_stand_in: bool,
) -> Steps:
    """Ask one model; whatever keeps it from being asked is a failure like its own."""
    if has_stand_in:
        resources = replace(resources, policy=replace(resources.policy, retries=0))
    choice = picked.choice
    endpoint = endpoint_for(plan, choice, request)
    if request.options.stream and endpoint.model.has("streaming") is False:
        request = replace(request, options=replace(request.options, stream=False))
    noted: list[str] = []
    provenance = Provenance(resources.call, str(plan.route), picked.reason(account.tried))
    context = context_of(
        endpoint,
        request,
        resources,
        task=plan.task.name if plan.task else None,
        route=str(plan.route),
        preference=plan.preference,
        position=account.asked,
        option=choice.option,
        arm=plan.arm,
    )
    reply = yield from ask_endpoint(
        endpoint, request, resources, context, is_last=is_last, noted=noted, provenance=provenance
    )
    noted += [finding.message for finding in lifecycle_problem(endpoint.model, context.moment.date())]
    return replace(reply, warnings=(*reply.warnings, *noted)) if noted else reply


def ask_model(endpoint: Endpoint, request: CallRequest, resources: CallResources, **place: Any) -> Steps:
    """Ask one given model, whatever else its route has; `place` are the fields of `CallContext` for that.

    Raises:
        ProviderError: no complete answer came.
    """
    noted: list[str] = []
    context = context_of(endpoint, request, resources, **place)
    reply = yield from ask_endpoint(endpoint, request, resources, context, noted=noted)
    return replace(reply, warnings=(*reply.warnings, *noted)) if noted else reply


def context_of(endpoint: Endpoint, request: CallRequest, resources: CallResources, **place: Any) -> CallContext:
    """The context of an option for observers; `place` are the fields for its place in a route."""
    return CallContext(
        call=resources.call,
        kind=resources.kind,
        user_id=request.user_id,
        model=endpoint.model.id,
        provider=endpoint.provider.id,
        model_id=endpoint.model.model_id,
        base_url=endpoint.base_url,
        price_checked=endpoint.model.checked,
        moment=resources.clock(),
        stream=request.options.stream,
        needs=need_words(request),
        **place,
    )


def ask_endpoint(
    endpoint: Endpoint,
    request: CallRequest,
    resources: CallResources,
    context: CallContext,
    *,
    is_last: bool = True,
    noted: list[str] | None = None,
    provenance: Provenance = NO_PROVENANCE,
) -> Steps:
    """Ask one model where it is to be asked, and tell the observers; `noted` gets what was left out.

    An option to which nothing was sent (its key has no form in a header, time was over, a budget has no room) was
    not asked.

    Raises:
        ProviderError: no complete answer came.
    """
    if endpoint.defaults:
        request = replace(request, options=request.options.with_defaults(endpoint.defaults))
    asking = _ask(endpoint, request, resources, context, is_last=is_last, noted=noted, provenance=provenance)
    if resources.guard is None:
        return asking
    ends_at = resources.deadline.ends_at
    left_s = None if ends_at is None else ends_at - resources.monotonic()
    return resources.guard.kept(asking, endpoint, request, context, left_s)


def _ask(
    endpoint: Endpoint,
    request: CallRequest,
    resources: CallResources,
    context: CallContext,
    *,
    is_last: bool,
    noted: list[str] | None,
    provenance: Provenance,
) -> Steps:
    deadline = resources.deadline.for_option(resources.monotonic(), others=not is_last)
    policy = resources.policy if is_last else replace(resources.policy, max_wait_s=_MAX_WAIT_WITH_OTHERS_S)
    try:
        asking = exchange(
            endpoint,
            request.messages,
            request.options,
            random=resources.random,
            moment=context.moment,
            policy=policy,
            deadline=deadline,
            noted=noted,
            provenance=provenance,
        )
        reply = yield from call_log.logged_attempts(asking, endpoint) if call_log.is_on() else asking
    except ProviderError as error:
        if error.kind == "timeout" and error.status is None:
            connect_s = resources.connect_s if error.is_unreachable else None
            error.is_own_time_limit = deadline.is_callers(resources.monotonic(), connect_s)
        if error.attempts:
            resources.observers.failed(context, error)
        raise
    except (GeneratorExit, KeyboardInterrupt):  # in the middle of our own work, not while waiting
        resources.observers.cancelled(context, None)
        raise
    resources.observers.succeeded(context, reply)
    return reply
