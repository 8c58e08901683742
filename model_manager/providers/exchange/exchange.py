"""One exchange with a provider: attempts, waits and fittings around one question, as a generator of steps.

It holds no I/O and no clock; whoever drives it answers each step, and the answers carry the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, ChatOptions, HttpCall, Reply
from model_manager.core.redaction import Redactor
from model_manager.errors import ProviderError
from model_manager.providers import wire_of
from model_manager.providers.errors.hints import hint_of
from model_manager.providers.errors.parameters import fitted
from model_manager.providers.exchange.attempt import FailedAttempt, attempt
from model_manager.providers.exchange.retries import LONGEST_WAIT_S, asked_wait, is_retryable, wait_before
from model_manager.providers.io.steps import Notice, Pause, Steps
from model_manager.providers.response.reply import ExchangeRequest

DEFAULT_RETRIES = 2


def exchange(
    endpoint: Endpoint,
    messages: Sequence[ChatMessage],
    options: ChatOptions,
    *,
    random: Callable[[], float],
    moment: datetime,
    retries: int = DEFAULT_RETRIES,
    patience_s: float = LONGEST_WAIT_S,
    left_s: Callable[[], float | None] = lambda: None,
    noted: list[str] | None = None,
) -> Steps:
    """Ask a model once, with as many attempts as it takes and may take.

    Args:
        endpoint: the model, and where and with which key it is called.
        messages: the conversation; its last turn is answered.
        options: how to answer.
        random: numbers from 0 up to 1, for the jitter of waits.
        moment: when it begins; decides the price, and what a date in a Retry-After means.
        retries: how many attempts may follow the first.
        patience_s: how long may be waited in all between attempts, in seconds.
        left_s: how much time is left, in seconds (None: any); a wait that does not fit is not begun.
        noted: gets the notices too: what was asked for and left out.

    Returns:
        The generator; its return value is the complete `Reply`.

    Raises:
        ProviderError: if no complete answer came, with `attempts`, `request_id` and `partial`.
    """
    wire = wire_of(endpoint.provider.wire)
    question = ExchangeRequest(
        wire=wire, endpoint=endpoint, messages=messages, options=options, moment=moment, hide=_redactor(endpoint)
    )
    call = wire.build_call(endpoint, messages, options)
    # Returned and not delegated to: every piece of a stream passes through each generator on its way.
    return _attempts(question, call, Patience(retries, patience_s, left_s), random, [] if noted is None else noted)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many attempts may follow the first, for how many seconds in all may be waited, and how many are left."""

    retries: int
    seconds: float
    left_s: Callable[[], float | None]

    def allows(self, retried: int, waited: float, wait: float) -> bool:
        """Whether another attempt may follow those already made, after a further wait."""
        left = self.left_s()
        return retried < self.retries and waited + wait <= self.seconds and (left is None or wait < left)


def _attempts(
    question: ExchangeRequest, call: HttpCall, patience: Patience, random: Callable[[], float], noted: list[str]
) -> Steps:
    for notice in call.notices:
        noted.append(notice)
        yield Notice(notice)
    attempts, retried, waited, may_fit, began, last = 0, 0, 0.0, True, None, ""
    while True:
        attempts += 1
        outcome = yield from attempt(question, call)
        if isinstance(outcome, Reply):
            return outcome if attempts == 1 else replace(outcome, attempts=attempts)
        before, last = last, outcome.failure.message
        if outcome.failure.kind == "cancelled":
            raise _error(question, _explained(outcome, before), attempts, None)
        began = outcome.at if began is None else began
        fit = fitted(call, outcome.failure) if may_fit else None
        if fit:
            call, may_fit = fit.call, False
            noted.append(fit.notice)
            yield Notice(fit.notice)
            continue
        outcome = _judged(outcome)
        asked = asked_wait(
            outcome.headers, outcome.failure.retry_after_s, question.moment + timedelta(seconds=outcome.at - began)
        )
        wait = wait_before(retried + 1, asked, random)
        if not (outcome.failure.retryable and patience.allows(retried, waited, wait)):
            raise _error(question, _explained(outcome, before), attempts, asked)
        retried, waited = retried + 1, waited + wait
        reason = f"{question.hide(outcome.failure.message)}; attempt {retried + 1} of {patience.retries + 1}"
        try:
            yield Pause(wait, reason)
        except ProviderError as given_up:
            given_up.attempts = attempts
            raise


def _explained(broken: FailedAttempt, before: str) -> FailedAttempt:
    """A failure; one from our own side (time, Ctrl-C) with what an earlier attempt was answered."""
    if broken.failure.kind not in {"timeout", "cancelled"} or not before:
        return broken
    return replace(broken, failure=replace(broken.failure, message=f"{broken.failure.message}, after {before}"))


def _judged(broken: FailedAttempt) -> FailedAttempt:
    """The failure with its verdict on whether the same request may succeed later.

    After the first content nothing is sent again: it would be shown, and paid, twice.
    """
    failure = broken.failure
    if not broken.answered:
        return broken  # the transport has judged it
    again = not broken.shown and is_retryable(failure, broken.headers)
    return replace(broken, failure=replace(failure, retryable=again))


def _error(question: ExchangeRequest, broken: FailedAttempt, attempts: int, asked: float | None) -> ProviderError:
    failure = broken.failure
    message = question.hide(failure.message)
    if failure.retryable and asked is not None:
        message += f"; it asks to wait {asked:g} s"
        if asked > LONGEST_WAIT_S:
            message += f", more than the maximum of {LONGEST_WAIT_S:g} s"
    hint = hint_of(failure, question.endpoint)
    error = ProviderError(
        failure.kind,
        message,
        status=failure.status,
        hint=question.hide(hint) if hint else None,
        retryable=failure.retryable or _may_pass(broken),
        retry_after_s=asked,
    )
    attempts -= not broken.sent  # what was still to be sent does not count
    error.attempts = attempts
    error.request_id = broken.request_id
    error.partial = replace(broken.partial, attempts=attempts) if broken.partial else None
    return error


def _may_pass(broken: FailedAttempt) -> bool:
    """Whether what is not sent again by itself, for it may be at work and be billed, may be by who wants to."""
    kind = broken.failure.kind
    return not broken.shown and (kind == "timeout" or (broken.answered and kind == "connection"))


def _redactor(endpoint: Endpoint) -> Redactor:
    """Hides the key: some providers repeat it when they refuse it."""
    return _hiding(endpoint.key.to_hide if endpoint.key else ())


@lru_cache(maxsize=64)
def _hiding(secrets: tuple[str, ...]) -> Redactor:
    """Finding all forms of a key takes longer than a call may."""
    return Redactor(secrets)
