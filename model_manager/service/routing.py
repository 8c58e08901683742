"""One call along a route: its options, one after the other, until one answers. Steps only, as an exchange's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from model_manager.core.endpoints import Endpoint
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.messages import Reply
from model_manager.core.models import Model
from model_manager.core.pricing import add
from model_manager.core.routing.choosing import Choice, pick
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UNAVAILABLE_KINDS, ProviderError, RouteError
from model_manager.providers.exchange.exchange import exchange
from model_manager.providers.exchange.retries import LONGEST_WAIT_S
from model_manager.providers.io.steps import Notice, Steps
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.requests import CallRequest, lacking
from model_manager.service.routes import Plan, cooling_of

if TYPE_CHECKING:  # its package loads httpx, which a plan does not need
    from model_manager.providers.io.transport.deadline import Deadline

#: How long a provider may make a call wait while another option could answer it: two retries of our own fit in.
_PATIENCE_S = 2.0
#: Besides what is unavailable: what another model may not suffer from.
_PASSED_ON = frozenset({"not_found", "missing_key", "context_length"})
_GARBLED = frozenset({"protocol", "truncated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What a call needs besides its plan.

    Attributes:
        cooldowns: who is left alone, and who is to be.
        random: the dice, for the jitter of waits.
        clock: the moment.
        retries: how many attempts may follow the first, for each option.
        time: what is left of it.
    """

    cooldowns: CooldownStore
    random: Callable[[], float]
    clock: Callable[[], datetime]
    retries: int
    time: "Deadline"


@dataclass(slots=True)
class _Account:
    """What became of the options so far."""

    failures: list[ProviderError] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def note(self, name: str, error: ProviderError) -> None:
        self.failures.append(error)
        self.tried.append(f"{name}: {error.kind} ({error.message})")


def answer(plan: Plan, ask: CallRequest, means: CallContext) -> Steps:
    """Ask the models of a plan, in order, until one answers.

    The next one is asked after every failure that it may not share: an outage, a model that is gone, a missing
    key, a prompt too long, an answer that is none. Not after a bad request or a refusal, and never once content
    has come.

    Raises:
        ProviderError: the failure, if there was one.
        RouteError: all failures, if several options failed.
    """
    account, remaining = _Account(), list(plan.choices)
    while remaining:
        choice, passed = _next(plan, remaining, means.cooldowns)
        remaining.remove(choice)
        for other in passed:
            yield Notice(f"{other.name} is passed over while cooling down")
        try:
            reply = yield from _ask_one(plan, choice, ask, means, is_last=not remaining)
        except ProviderError as error:
            account.note(choice.name, error)
            if not _is_passed_on(error, streamed=ask.options.stream) or means.time.is_over:
                break
            if remaining:
                yield Notice(f"{choice.name} failed ({error.kind}); trying another option")
            continue
        return _annotated_reply(reply, plan, choice, account, passed)
    raise _route_error(account.failures, plan)


def _next(plan: Plan, remaining: Sequence[Choice], cooldowns: CooldownStore) -> tuple[Choice, list[Choice]]:
    return pick(remaining, cooling_of(plan.state, cooldowns)) if len(remaining) > 1 else (remaining[0], [])


def _ask_one(plan: Plan, choice: Choice, ask: CallRequest, means: CallContext, *, is_last: bool) -> Steps:
    """Ask one model; whatever keeps it from being asked is a failure like its own."""
    endpoint = _endpoint(plan, choice, ask)
    if ask.options.stream and endpoint.model.has("streaming") is False:
        ask = replace(ask, options=replace(ask.options, stream=False))
    patience_s, noted = LONGEST_WAIT_S if is_last else _PATIENCE_S, list[str]()
    means.time.begin_option(others=not is_last)
    reply = yield from ask_endpoint(endpoint, ask, means, patience_s=patience_s, noted=noted)
    noted += [finding.message for finding in lifecycle_problem(endpoint.model, means.clock().date())]
    return replace(reply, warnings=(*reply.warnings, *noted)) if noted else reply


def ask_endpoint(
    endpoint: Endpoint,
    ask: CallRequest,
    means: CallContext,
    *,
    patience_s: float = LONGEST_WAIT_S,
    noted: list[str] | None = None,
) -> Steps:
    """Ask one model where it is to be asked, and remember how that went; `noted` gets what was left out.

    Raises:
        ProviderError: no complete answer came.
    """
    moment = means.clock()
    try:
        reply = yield from exchange(
            endpoint,
            ask.messages,
            ask.options,
            random=means.random,
            moment=moment,
            retries=means.retries,
            patience_s=patience_s,
            left_s=means.time.left,
            noted=noted,
        )
    except ProviderError as error:
        if not _is_impatience(error, ask, means):
            means.cooldowns.note_failure(endpoint, error, moment.timestamp())
        raise
    means.cooldowns.note_success(endpoint, moment.timestamp())
    return reply


def _is_impatience(error: ProviderError, ask: CallRequest, means: CallContext) -> bool:
    """Whether the caller's own time was too short: that says nothing of the provider to others."""
    if error.kind != "timeout" or error.status is not None:
        return False
    return ask.timeout_s is not None or means.time.is_over or (means.time.is_hurried and ask.total_s is not None)


def _endpoint(plan: Plan, choice: Choice, ask: CallRequest) -> Endpoint:
    model: Model | None = plan.state.find(choice.name)
    if model is None:
        known = plan.state.workspace.catalogue.names()
        hint = did_you_mean(choice.name, known) or "model-manager list shows the models"
        message = f"{choice.name} is not in the catalogue{f' ({plan.source})' if plan.source else ''}"
        error = ProviderError("not_found", message, hint=hint)
        raise plan.state.redacted(error)
    if missing := lacking(model, ask):
        capability, problem = missing
        hint = f"choose a model that has it: model-manager list --capability {capability}"
        raise ProviderError("bad_request", problem, hint=hint)
    return plan.state.endpoint(model)


def _is_passed_on(error: ProviderError, *, streamed: bool) -> bool:
    """Whether another model may not share this failure, and nothing of an answer has been shown yet."""
    partial = error.partial
    if streamed and partial is not None and (partial.text or partial.tool_calls or partial.refusal):
        return False
    if error.kind in _GARBLED:
        # A whole answer that used up its room before any text is the caller's: more room helps, not another model.
        return error.kind == "protocol" or partial is None or not partial.complete
    # What was refused here, before it was sent, is refused for what this model or its wire lacks.
    return error.kind in UNAVAILABLE_KINDS | _PASSED_ON or (error.kind == "bad_request" and not error.attempts)


def _annotated_reply(
    reply: Reply, plan: Plan, choice: Choice, account: _Account, passed: Sequence[Choice]
) -> Reply:
    """The reply with the route taken, and why it was this model."""
    reason = choice.reason
    if account.tried:
        reason = f"fallback after {', '.join(failed.partition(' (')[0] for failed in account.tried)}"
    if passed:
        reason += f", {', '.join(other.name for other in passed)} passed over while cooling down"
    earlier = sum(failure.attempts for failure in account.failures)
    if not (earlier or account.tried):
        return replace(reply, route=str(plan.route), reason=reason)
    rejected = [partial.cost_usd for failure in account.failures if (partial := _billed(failure))]
    return replace(
        reply,
        attempts=reply.attempts + earlier,
        cost_usd=add((reply.cost_usd, *rejected)),
        warnings=(*account.tried, *reply.warnings),
        route=str(plan.route),
        reason=reason,
    )


def _billed(failure: ProviderError) -> Reply | None:
    """The whole answer that was rejected here, and that the call pays for too; None if there was none."""
    partial = failure.partial
    return partial if partial is not None and partial.complete and partial.cost_usd is not None else None


def _route_error(failures: Sequence[ProviderError], plan: Plan) -> ProviderError:
    """The one failure, or all of them together."""
    last = failures[-1]
    if len(failures) == 1:
        return last
    names = [choice.name for choice in plan.choices]
    told = "; ".join(failure.message for failure in failures)
    over = "every option" if len(failures) == len(names) else f"{len(failures)} options"
    return RouteError(f"{over} of the route {plan.route} failed: {told}", failures, hint=last.hint)
