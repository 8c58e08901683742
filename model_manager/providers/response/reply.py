"""Making a `Reply` of what has arrived: usage, cost, rates and warnings. No I/O, no clock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from model_manager.core.answer_details import TokenLogprob
from model_manager.core.chat.estimates import estimated_prompt, estimated_tokens
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, FinishReason, Reply, ToolCall
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import Usage, cost
from model_manager.core.redaction import HIDDEN, Redactor
from model_manager.providers.response.accumulator import ReplyAccumulator
from model_manager.providers.response.headers import kept_headers, tier_of, upstream_of
from model_manager.providers.response.matching import match_of
from model_manager.providers.response.tool_calls import is_whole
from model_manager.providers.wires.base import Wire
from model_manager.providers.wires.payload import plain

#: Words for the tier that the catalogue's prices are of.
_STANDARD_TIERS = frozenset({"default", "standard", "auto", "on_demand", "service_tier_unspecified"})
CostSource = Literal["catalogue", "reported"] | None


class Provenance(NamedTuple):
    """The fields of a `Reply` that say how its call came to this model: only the caller knows them."""

    call: str | None = None
    route: str | None = None
    reason: str | None = None


NO_PROVENANCE = Provenance()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRequest:
    """A request to a model, and when it was made. `hide` takes the key out of an answer before it is cut short."""

    wire: Wire
    endpoint: Endpoint
    messages: Sequence[ChatMessage]
    options: ChatOptions
    moment: datetime
    hide: Redactor = field(default_factory=Redactor)
    provenance: Provenance = NO_PROVENANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How an answer came, besides its parts. Times are seconds of the exchange's monotonic clock.

    Attributes:
        streamed: whether it came in events.
        headers: of the response, with names in lower case and without keys; `request_id` is from them.
        raw: the document, or the last event that says something, decoded.
        parsed: the object that was made of the text.
    """

    sent_at: float
    ended_at: float
    streamed: bool
    request_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Any = None
    parsed: Any = None


def reply_of(request: ExchangeRequest, accumulator: ReplyAccumulator, arrival: Arrival) -> Reply:
    """The reply that has arrived; of one that broke off, the usage is estimated."""
    hide = request.hide.answers  # once more: a key may have come in pieces
    endpoint = request.endpoint
    warnings: list[str] = []
    calls = accumulator.tool_calls
    usage = _usage(request, accumulator, warnings)
    tier = accumulator.service_tier or tier_of(arrival.headers)
    dollars, source = _cost(request, accumulator, usage, warnings)
    warnings += _about_tier(tier, source)
    served = accumulator.served_model
    match = match_of(endpoint.model, served) if served else None
    if match == "different":
        warnings.append(f"asked for {endpoint.model.model_id}, answered by {served}")
    reason = _finish_reason(accumulator)
    warnings += _oddities(accumulator, reason, calls)
    if request.options.stream and not arrival.streamed:
        warnings.append("the provider answered with one document instead of a stream")
    return Reply(
        model=endpoint.model.id,
        provider=endpoint.provider.id,
        model_id=endpoint.model.model_id,
        text=accumulator.text,
        finish_reason=reason,
        complete=accumulator.ended,
        tool_calls=tuple(replace(call, arguments=hide(call.arguments)) for call in calls),
        usage=usage,
        cost_usd=dollars,
        cost_source=source,
        served_model=served,
        match=match,
        latency_ms=_milliseconds(arrival.sent_at, arrival.ended_at),
        ttft_ms=_milliseconds(arrival.sent_at, accumulator.first_at) if arrival.streamed else None,
        tokens_per_second=_speed(accumulator, usage, arrival),
        request_id=arrival.request_id or accumulator.request_id,
        warnings=tuple(warnings),
        extras=hide.deep(request.wire.extras_of(accumulator.blocks)) if accumulator.blocks else {},
        service_tier=tier,
        **request.provenance._asdict(),
        **_details(accumulator, arrival, hide),
    )


def _details(accumulator: ReplyAccumulator, arrival: Arrival, hide: Redactor) -> Mapping[str, Any]:
    """The fields of a reply that are taken over as they came."""
    logprobs = _without_keys(accumulator.logprobs, hide)
    return {
        "reasoning": accumulator.reasoning,
        "refusal": hide(accumulator.refusal) or None,
        "refusal_reason": _refusal_reason(accumulator),
        "citations": accumulator.citations,
        "logprobs": logprobs,
        "parsed": arrival.parsed,
        "upstream_provider": accumulator.upstream_provider or upstream_of(arrival.headers),
        "headers": kept_headers(arrival.headers),
        "raw": _raw(arrival.raw, says_key=logprobs != tuple(accumulator.logprobs)),
    }


def _raw(document: Any, *, says_key: bool) -> Any:
    """The document as JSON has it; None for one that is nested deeper than anything that is meant."""
    try:
        return plain(_without_logprobs(document) if says_key else document)
    except RecursionError:
        return None


def _without_keys(logprobs: Sequence[TokenLogprob], hide: Redactor) -> tuple[TokenLogprob, ...]:
    """The log probabilities without the tokens of which keys are put together."""
    if not logprobs:
        return ()
    whole = "".join(token.token for token in logprobs)
    places = list(hide.places(whole))
    if not places:
        return tuple(logprobs)
    shown, at = list[TokenLogprob](), 0
    for token in logprobs:
        end = at + len(token.token)
        is_hidden = any(start < end and at < stop for start, stop in places)
        shown.append(replace(token, token=HIDDEN, alternatives=()) if is_hidden else token)
        at = end
    return tuple(shown)


#: Fields of providers' documents with the log probabilities of tokens.
_LOGPROBS = frozenset({"logprobs", "logprobsResult"})


def _without_logprobs(document: Any) -> Any:
    """A document whose tokens, one by one, say a key."""
    if isinstance(document, list):
        return [_without_logprobs(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {name: HIDDEN if name in _LOGPROBS else _without_logprobs(item) for name, item in document.items()}


def _about_tier(tier: str | None, source: CostSource) -> Iterator[str]:
    """A warning where the catalogue's price is not that of the tier in which the call was served."""
    if tier and source == "catalogue" and tier.lower() not in _STANDARD_TIERS:
        yield f"the service tier {tier} is billed at its own rates: the cost shown is that of the standard tier"


def _refusal_reason(accumulator: ReplyAccumulator) -> str | None:
    """Why the provider says that the answer was refused or filtered, in its words."""
    if not accumulator.refusal and accumulator.ending.reason != "content_filter":
        return None
    return accumulator.finish_detail or accumulator.finish_word or None


def _oddities(
    accumulator: ReplyAccumulator, reason: FinishReason | None, calls: Sequence[ToolCall]
) -> Iterator[str]:
    """Warnings about the end of an answer."""
    if reason == "length":
        yield "the answer was cut off at the limit of output tokens"
    elif accumulator.finish_word and reason is None and not accumulator.ending.failure:
        yield f"unknown finish reason: {accumulator.finish_word}"
    for call in calls if accumulator.ended else ():
        if call.arguments and not is_whole(call.arguments):
            yield f"the arguments of the call of {call.name} are not JSON"


def _finish_reason(accumulator: ReplyAccumulator) -> FinishReason | None:
    """The finish reason, made to agree with what came: some wires say "stop" although the answer asks for a tool.

    Others speak of a tool call where there is none of ours.
    """
    reason, has_calls = accumulator.ending.reason, bool(accumulator.tool_calls)
    if has_calls and accumulator.ended and reason in {None, "stop"} and not accumulator.ending.failure:
        return "tool_calls"
    return "stop" if reason == "tool_calls" and accumulator.ended and not has_calls else reason


def _usage(request: ExchangeRequest, accumulator: ReplyAccumulator, warnings: list[str]) -> Usage:
    stated = request.wire.read_usage(accumulator.usage) if accumulator.usage else Usage()
    is_uncounted = stated.input_tokens is None and stated.output_tokens is None
    if not (accumulator.ended or accumulator.usage_is_final) or (accumulator.ending.failure and is_uncounted):
        return _estimated(request, accumulator, stated)
    if stated.input_tokens == 0 and not stated.output_tokens:
        # Some servers write zeros for what they did not count; an answer out of nothing to nothing cannot be.
        stated = replace(stated, input_tokens=None, output_tokens=None)
    if stated.input_tokens is None and stated.output_tokens is None:
        warnings.append("the provider reported no usage, so the cost is unknown")
    return stated


def _estimated(request: ExchangeRequest, accumulator: ReplyAccumulator, stated: Usage) -> Usage:
    """Counts of an answer that broke off: what the provider had said by then is a lower bound of its output."""
    said = (accumulator.text, accumulator.reasoning, *(call.arguments for call in accumulator.tool_calls))
    prompt = estimated_prompt(request.messages, request.options)
    return replace(
        stated,
        input_tokens=prompt if stated.input_tokens is None else stated.input_tokens,
        output_tokens=max(estimated_tokens("".join(said)), stated.output_tokens or 0),
        estimated=True,
    )


def _cost(
    request: ExchangeRequest, accumulator: ReplyAccumulator, usage: Usage, warnings: list[str]
) -> tuple[Decimal | None, CostSource]:
    """The provider's own figure if it gives one, else the catalogue's price.

    Some gateways write zero for what they do not know: for a model that has a price it states nothing.
    """
    stated, price = accumulator.cost_usd, request.endpoint.model.price
    if stated is not None and (stated or price is None or price.is_free):
        return stated, "reported"
    try:
        dollars = cost(price, usage, request.moment)
    except ValueError as error:
        warnings.append(f"the cost is unknown: {error}")
        return None, None
    if dollars is not None and usage.web_searches:
        warnings.append(f"the cost leaves out {usage.web_searches} web searches, which are billed separately")
    return dollars, None if dollars is None else "catalogue"


def _milliseconds(start: float, end: float | None) -> float | None:
    return None if end is None else round((end - start) * 1000, 3)


def _speed(accumulator: ReplyAccumulator, usage: Usage, arrival: Arrival) -> float | None:
    """The provider's own figure, else visible tokens over the time in which they came."""
    if accumulator.tokens_per_second is not None:
        return round(accumulator.tokens_per_second, 3)
    if not usage.output_tokens or usage.estimated:
        return None
    tokens, seconds = usage.output_tokens, arrival.ended_at - arrival.sent_at
    thoughts_count = accumulator.reasoning and not usage.reasoning_tokens
    if arrival.streamed and thoughts_count and accumulator.thought_at is not None:
        # The thoughts that were shown are among these tokens, though nobody has counted them.
        seconds = arrival.ended_at - accumulator.thought_at
    elif arrival.streamed and accumulator.first_at is not None and accumulator.first_at != accumulator.last_at:
        # What was thought before the first text did not come in this time.
        tokens -= min(usage.reasoning_tokens or 0, tokens)
        seconds = arrival.ended_at - accumulator.first_at
    return round(tokens / seconds, 3) if tokens and seconds > 0 else None
