"""A reply as plain values that JSON takes, with the names of the documents of `model-manager test --json`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from model_manager.core.answer_details import Citation, TokenLogprob
from model_manager.core.pricing import Usage

if TYPE_CHECKING:
    from model_manager.core.messages import Reply


def fields_of(reply: "Reply") -> dict[str, Any]:
    """The fields of a reply; what is absent is None, money is a float, durations are in milliseconds."""
    cost = reply.cost_usd
    return {
        "model": reply.model,
        "provider": reply.provider,
        "model_id": reply.model_id,
        "route": reply.route,
        "reason": reply.reason,
        "call": reply.call,
        "served_model": reply.served_model,
        "match": reply.match,
        "upstream_provider": reply.upstream_provider,
        "complete": reply.complete,
        "finish_reason": reply.finish_reason,
        "text": reply.text or None,
        "reasoning": reply.reasoning or None,
        "refusal": reply.refusal,
        "refusal_reason": reply.refusal_reason,
        "parsed": plain_object(reply.parsed),
        "tool_calls": [
            {"id": call.id, "name": call.name, "arguments": call.arguments} for call in reply.tool_calls
        ],
        "citations": [citation_fields(citation) for citation in reply.citations],
        "logprobs": logprob_fields(reply.logprobs),
        "usage": usage_fields(reply.usage),
        "cost_usd": None if cost is None else float(cost),
        "cost_source": reply.cost_source,
        "service_tier": reply.service_tier,
        "latency_ms": reply.latency_ms,
        "ttft_ms": reply.ttft_ms,
        "tokens_per_second": reply.tokens_per_second,
        "attempts": reply.attempts,
        "request_id": reply.request_id,
        "headers": dict(reply.headers),
        "warnings": list(reply.warnings),
    }


def usage_fields(usage: Usage) -> dict[str, Any]:
    """Numbers of tokens as plain values."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "estimated": usage.estimated,
    }


def citation_fields(citation: Citation) -> dict[str, Any]:
    """A source as plain values."""
    return {
        "url": citation.url,
        "title": citation.title,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
    }


def logprob_fields(logprobs: Sequence[TokenLogprob]) -> list[dict[str, Any]]:
    """Log probabilities as plain values."""
    return [
        {
            "token": token.token,
            "logprob": token.logprob,
            "alternatives": [{"token": other.token, "logprob": other.logprob} for other in token.alternatives],
        }
        for token in logprobs
    ]


def plain_object(parsed: Any) -> Any:
    """An object of a pydantic model as JSON has it; None stands for none."""
    dump = getattr(parsed, "model_dump", None)
    return dump(mode="json") if callable(dump) else None
