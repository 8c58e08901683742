"""Judging what has arrived, and making a `Reply` of it: usage, cost, rates and warnings. No I/O, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Literal

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, ChatOptions, FinishReason, Reply
from model_manager.core.pricing import Usage, cost
from model_manager.core.redaction import Redactor
from model_manager.providers.response.accumulator import ReplyAccumulator
from model_manager.providers.response.matching import match_of
from model_manager.providers.wires.base import Failure, Wire

#: A token is about four characters of English.
_CHARACTERS_PER_TOKEN = 4
CostSource = Literal["catalogue", "reported"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRequest:
    """What was asked of whom, and when. `hide` takes the key out of what comes back, before it is cut short."""

    wire: Wire
    endpoint: Endpoint
    messages: Sequence[ChatMessage]
    options: ChatOptions
    moment: datetime
    hide: Redactor = field(default_factory=Redactor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds of the exchange's monotonic clock; `streamed` says whether the answer came in events."""

    sent_at: float
    ended_at: float
    streamed: bool


def validate_answer(question: ExchangeRequest, gathered: ReplyAccumulator) -> Failure | None:
    """Why a complete answer is none: refused, filtered, cut off before any text, or empty. None: it is one."""
    name = question.endpoint.provider.name
    if gathered.refusal:
        return Failure(
            kind="content_filter", message=f"{name} refused: {gathered.refusal}", code=gathered.finish_word or None
        )
    if gathered.finish_reason == "content_filter":
        return Failure(
            kind="content_filter",
            message=f"{name} filtered the answer ({gathered.finish_word})",
            code=gathered.finish_word,
        )
    if gathered.text.strip():
        return None
    if gathered.finish_reason == "length":
        return Failure(
            kind="truncated",
            message="the limit of output tokens was reached before any visible text",
            code=gathered.finish_word,
            hint="raise `max_tokens`; reasoning counts as output too",
        )
    if gathered.tool_calls:
        return None
    word = f" ({gathered.finish_word})" if gathered.finish_word not in {"", "stop", "STOP", "end_turn"} else ""
    return Failure(kind="protocol", message=f"the answer is empty{word}", code=gathered.finish_word or None)


def reply_of(
    question: ExchangeRequest, gathered: ReplyAccumulator, timing: Timing, request_id: str | None
) -> Reply:
    """What has arrived, as a reply; of one that broke off, the usage is estimated."""
    hide = question.hide  # once more: a key may have come in pieces
    endpoint, warnings = question.endpoint, list[str]()
    usage = _usage(question, gathered, warnings)
    dollars, source = _cost(question, gathered, usage, warnings)
    served = gathered.served_model
    match = match_of(endpoint.model, served) if served else None
    if match == "different":
        warnings.append(f"asked for {endpoint.model.model_id}, answered by {served}")
    reason = _finish_reason(gathered)
    if reason == "length":
        warnings.append("the answer was cut off at the limit of output tokens")
    elif gathered.finish_word and reason is None:
        warnings.append(f"unknown finish reason: {gathered.finish_word}")
    if question.options.stream and not timing.streamed:
        warnings.append("the provider answered with one document instead of a stream")
    return Reply(
        model=endpoint.model.id,
        provider=endpoint.provider.id,
        model_id=endpoint.model.model_id,
        text=hide(gathered.text),
        finish_reason=reason,
        complete=gathered.ended,
        refusal=gathered.refusal or None,
        tool_calls=tuple(replace(call, arguments=hide(call.arguments)) for call in gathered.tool_calls),
        usage=usage,
        cost_usd=dollars,
        cost_source=source,
        served_model=served,
        match=match,
        latency_ms=_milliseconds(timing.sent_at, timing.ended_at),
        ttft_ms=_milliseconds(timing.sent_at, gathered.first_at) if timing.streamed else None,
        tokens_per_second=_speed(gathered, usage, timing),
        request_id=request_id or gathered.request_id,
        warnings=tuple(warnings),
    )


def _finish_reason(gathered: ReplyAccumulator) -> FinishReason | None:
    """Some wires say "stop" although the answer asks for a tool."""
    if gathered.tool_calls and gathered.ended and gathered.finish_reason in {None, "stop"}:
        return "tool_calls"
    return gathered.finish_reason


def _usage(question: ExchangeRequest, gathered: ReplyAccumulator, warnings: list[str]) -> Usage:
    stated = question.wire.read_usage(gathered.usage) if gathered.usage else Usage()
    if not gathered.ended:
        return _estimated(question, gathered, stated)
    if stated.input_tokens == 0 and not stated.output_tokens:
        # Some servers write zeros for what they did not count; an answer out of nothing to nothing cannot be.
        stated = replace(stated, input_tokens=None, output_tokens=None)
    if stated.input_tokens is None and stated.output_tokens is None:
        warnings.append("the provider reported no usage, so the cost is unknown")
    return stated


def _estimated(question: ExchangeRequest, gathered: ReplyAccumulator, stated: Usage) -> Usage:
    """Counts of an answer that broke off: what the provider had said by then is a lower bound of its output."""
    prompt = sum(len(message.content) for message in question.messages)
    output = len(gathered.text) + sum(len(call.arguments) for call in gathered.tool_calls)
    return replace(
        stated,
        input_tokens=_tokens(prompt) if stated.input_tokens is None else stated.input_tokens,
        output_tokens=max(_tokens(output), stated.output_tokens or 0),
        estimated=True,
    )


def _tokens(characters: int) -> int:
    return ceil(characters / _CHARACTERS_PER_TOKEN)


def _cost(
    question: ExchangeRequest, gathered: ReplyAccumulator, usage: Usage, warnings: list[str]
) -> tuple[Decimal | None, CostSource]:
    """The provider's own figure if it gives one, else the catalogue's price."""
    reported = question.wire.read_cost(gathered.usage) if gathered.usage else None
    if reported is not None:
        return reported, "reported"
    try:
        dollars = cost(question.endpoint.model.price, usage, question.moment)
    except ValueError as error:
        warnings.append(f"the cost is unknown: {error}")
        return None, None
    return dollars, None if dollars is None else "catalogue"


def _milliseconds(start: float, end: float | None) -> float | None:
    return None if end is None else round((end - start) * 1000, 3)


def _speed(gathered: ReplyAccumulator, usage: Usage, timing: Timing) -> float | None:
    """The provider's own figure, else visible tokens over the time in which they came."""
    if gathered.tokens_per_second is not None:
        return round(gathered.tokens_per_second, 3)
    if not usage.output_tokens or usage.estimated:
        return None
    tokens, seconds = usage.output_tokens, timing.ended_at - timing.sent_at
    if timing.streamed and gathered.first_at is not None and gathered.first_at != gathered.last_at:
        # What was thought before the first text did not come in this time.
        tokens -= min(usage.reasoning_tokens or 0, tokens)
        seconds = timing.ended_at - gathered.first_at
    return round(tokens / seconds, 3) if tokens and seconds > 0 else None
