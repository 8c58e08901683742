"""One exchange with a provider: attempts, waits and fittings around one request, as a generator of steps.

It holds no I/O and no clock; whoever drives it answers each step, and the answers carry the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from model_manager.core.endpoints import Endpoint
from model_manager.core.limits import MAX_WAIT_S
from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import add
from model_manager.core.redaction import Redactor
from model_manager.errors import ProviderError
from model_manager.providers import wire_of
from model_manager.providers.errors.hints import hint_of
from model_manager.providers.errors.parameters import fitted
from model_manager.providers.exchange.attempt import FailedAttempt, attempt, count_attempt
from model_manager.providers.exchange.retry_policy import RetryPolicy, asked_wait
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.steps import Notice, Open, Pause, Steps
from model_manager.providers.response.reader import Attempt
from model_manager.providers.response.reply import NO_PROVENANCE, ExchangeRequest, Provenance


def exchange(
    endpoint: Endpoint,
    messages: Sequence[ChatMessage],
    options: ChatOptions,
    *,
    random: Callable[[], float],
    moment: datetime,
    policy: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    deadline: Deadline = Deadline(),  # noqa: B008 - frozen
    noted: list[str] | None = None,
    provenance: Provenance = NO_PROVENANCE,
) -> Steps:
    """Ask a model once, with as many attempts as it takes and may take.

    Args:
        endpoint: the model, and where and with which key it is called.
        messages: the conversation; its last turn is answered.
        options: how to answer.
        random: numbers from 0 up to 1, for the jitter of waits.
        moment: when it begins; decides the price, and what a date in a Retry-After means.
        policy: how many attempts may follow the first, and when.
        deadline: the time limits; a wait that does not fit is not begun.
        noted: gets the notices too: what was asked for and left out.
        provenance: what the reply says of the call that it belongs to.

    Returns:
        The generator; its return value is the complete `Reply`.

    Raises:
        ProviderError: if no complete answer came, with `attempts`, `request_id` and `partial`.
    """
    wire = wire_of(endpoint.provider.wire)
    request = ExchangeRequest(
        wire=wire,
        endpoint=endpoint,
        messages=messages,
        options=options,
        moment=moment,
        hide=_redactor(endpoint),
        provenance=provenance,
    )
    call = wire.build_call(endpoint, messages, options)
    # Returned and not delegated to: every piece of a stream passes through each generator on its way.
    return _attempts(request, Open(call, deadline), policy, random, noted=[] if noted is None else noted)


def count_tokens(
    endpoint: Endpoint,
    messages: Sequence[ChatMessage],
    options: ChatOptions,
    *,
    random: Callable[[], float],
    moment: datetime,
    policy: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    deadline: Deadline = Deadline(),  # noqa: B008 - frozen
) -> Steps | None:
    """Ask a provider how many tokens a prompt has, with the arguments of `exchange`; None: it has no endpoint.

    The reply has no text; the input tokens of its usage are the count.

    Raises:
        ProviderError: if no count came.
    """
    wire = wire_of(endpoint.provider.wire)
    if wire.TOKEN_COUNTING is None:
        return None
    request = ExchangeRequest(
        wire=wire,
        endpoint=endpoint,
        messages=messages,
        options=options,
        moment=moment,
        hide=_redactor(endpoint),
    )
    call = wire.TOKEN_COUNTING.call(endpoint, wire.build_call(endpoint, messages, options))
    return _attempts(request, Open(call, deadline), policy, random, noted=[], ask=count_attempt)


def _attempts(
    request: ExchangeRequest,
    opening: Open,
    policy: RetryPolicy,
    random: Callable[[], float],
    *,
    noted: list[str],
    ask: Callable[[ExchangeRequest, Open], Attempt] = attempt,
) -> Steps:
    for notice in opening.call.notices:
        noted.append(notice)
        yield Notice(notice)
    attempts, retried, waited, may_fit, began, last = 0, 0, 0.0, True, None, ""
    billed: list[Decimal] = []
    while True:
        attempts += 1
        outcome = yield from ask(request, opening)
        if isinstance(outcome, Reply):
            return outcome if attempts == 1 else replace(_with_costs(outcome, billed), attempts=attempts)
        before, last = last, outcome.failure.message
        outcome = _billed_with(outcome, billed)
        if outcome.failure.kind == "cancelled":
            raise _error(request, policy, _explained(outcome, before), attempts, None)
        began = outcome.at if began is None else began
        fit = fitted(opening.call, outcome.failure) if may_fit else None
        if fit:
            opening, may_fit = replace(opening, call=fit.call), False
            noted.append(fit.notice)
            yield Notice(fit.notice)
            continue
        asked = asked_wait(
            outcome.headers, outcome.failure.retry_after_s, request.moment + timedelta(seconds=outcome.at - began)
        )
        wait, left = policy.wait_before(retried + 1, asked, random), opening.deadline.left(outcome.at)
        if not (policy.is_retried(outcome) and policy.allows(retried, waited, wait, left)):
            raise _error(request, policy, _explained(outcome, before), attempts, asked)
        retried, waited = retried + 1, waited + wait
        reason = f"{request.hide(outcome.failure.message)}; attempt {retried + 1} of {policy.retries + 1}"
        try:
            yield Pause(wait, reason)
        except ProviderError as given_up:
            given_up.attempts = attempts
            raise


def _billed_with(broken: FailedAttempt, billed: list[Decimal]) -> FailedAttempt:
    """A failure with the costs of the attempts before it; notes what it was itself billed.

    Only a complete answer, which was rejected here, is sure to be billed.
    """
    partial = broken.partial
    if partial is None:
        return broken
    together = replace(broken, partial=_with_costs(partial, billed))
    if partial.complete and partial.cost_usd is not None and not partial.usage.estimated:
        billed.append(partial.cost_usd)
    return together


def _with_costs(reply: Reply, billed: Sequence[Decimal]) -> Reply:
    """A reply that costs what the rejected answers before it were billed, too."""
    if not billed or reply.cost_usd is None:
        return reply
    return replace(reply, cost_usd=add((reply.cost_usd, *billed)))


def _explained(broken: FailedAttempt, before: str) -> FailedAttempt:
    """A failure; one from our own side (time, Ctrl-C) with what an earlier attempt was answered."""
    if broken.failure.kind not in {"timeout", "cancelled"} or not before:
        return broken
    return replace(broken, failure=replace(broken.failure, message=f"{broken.failure.message}, after {before}"))


def _error(
    request: ExchangeRequest, policy: RetryPolicy, broken: FailedAttempt, attempts: int, asked: float | None
) -> ProviderError:
    failure = broken.failure
    message = request.hide(failure.message)
    if asked is not None and policy.is_retried(broken):
        message += f"; it asks to wait {asked:g} s"
        if asked > MAX_WAIT_S:
            message += f", more than the maximum of {MAX_WAIT_S:g} s"
    hint = hint_of(failure, request.endpoint)
    error = ProviderError(
        failure.kind,
        message,
        status=failure.status,
        hint=request.hide(hint) if hint else None,
        retryable=policy.may_pass(broken),
        retry_after_s=asked,
    )
    attempts -= not broken.sent  # what was still to be sent does not count
    error.attempts = attempts
    error.request_id = broken.request_id
    error.is_lack = failure.is_lack
    error.is_upstream = failure.is_upstream
    error.is_unreachable = broken.cause == "unreachable"
    error.partial = replace(broken.partial, attempts=attempts) if broken.partial else None
    return error


def _redactor(endpoint: Endpoint) -> Redactor:
    """Hides what is sent as a key: some providers repeat it when they refuse it."""
    return _hiding(endpoint.to_hide)


@lru_cache(maxsize=64)
def _hiding(secrets: tuple[str, ...]) -> Redactor:
    """Finding all forms of a key takes longer than a call may."""
    return Redactor(secrets)
