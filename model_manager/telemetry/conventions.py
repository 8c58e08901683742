"""OpenTelemetry's names for calls of language models: the GenAI conventions v0.1.0, or those before them.

Nothing of what was said is in any attribute: no prompt, no answer, no user, no text of an error.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from model_manager.ledger.records import CallRecord

#: Every call is a conversation with a model, whichever endpoint of a provider it goes to.
OPERATION = "chat"
#: Bounds of histograms that the conventions advise.
SECONDS = tuple(0.01 * 2**n for n in range(14))
TOKENS = tuple(4**n for n in range(14))
#: The conventions' names of providers that are called otherwise in the catalogue.
_PROVIDERS = {
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "moonshotai": "moonshot_ai",
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
}
_PORTS = {"http": 80, "https": 443}
_MICROSECONDS = 1_000_000

Attribute = str | bool | int | float | tuple[str, ...]
Attributes = dict[str, Attribute]


class ObservedCall(NamedTuple):
    """An option that was asked, as it is known when its outcome is.

    Attributes:
        record: what the ledger has of it.
        ended_ns: when its outcome was known, in nanoseconds since 1970.
    """

    record: CallRecord
    ended_ns: int

    @property
    def started_ns(self) -> int:
        """When it was asked; never after its end, should the clock have been set back meanwhile."""
        return min(int(self.record.context.moment.timestamp() * _MICROSECONDS) * 1000, self.ended_ns)

    @property
    def seconds(self) -> float:
        """How long it took, retries of the same option included."""
        return (self.ended_ns - self.started_ns) / 1e9


def span_name(call: ObservedCall) -> str:
    """The name of the call's span."""
    return f"{OPERATION} {call.record.context.model_id}"


def span_attributes(call: ObservedCall, *, legacy: bool) -> Attributes:
    """The attributes of the call's span."""
    record = call.record
    context, answer = record.context, record.answer
    found = {**metric_attributes(call, legacy=legacy), **error_attributes(call)}
    if context.stream:
        found["gen_ai.request.stream"] = True
    if record.status is not None:
        found["http.response.status_code"] = record.status
    if answer is not None:
        if answer.finish:
            found["gen_ai.response.finish_reasons"] = (answer.finish,)
        if context.stream and answer.ttft_ms is not None:
            found["gen_ai.response.time_to_first_chunk"] = answer.ttft_ms / 1000
        found.update(_usage(call, legacy=legacy))
        if answer.cost_usd is not None:
            found["model_manager.cost.usd"] = float(answer.cost_usd)
        if answer.usage.estimated:
            found["model_manager.usage.estimated"] = True
    ours = {
        "call": context.call,
        "kind": context.kind,
        "preference": context.preference,
        "position": context.position,
        "option": context.option,
        "attempts": record.attempts,
        "outcome": record.outcome,
    }
    found.update({f"model_manager.{name}": value for name, value in ours.items() if value is not None})
    return found


def metric_attributes(call: ObservedCall, *, legacy: bool) -> Attributes:
    """What tells one series of a metric from another: few values each, and no user."""
    context, answer = call.record.context, call.record.answer
    provider = _PROVIDERS.get(context.provider, context.provider)
    address, port = _server(context.base_url)
    found: Attributes = {
        "gen_ai.operation.name": OPERATION,
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": context.model_id,
        "model_manager.model": context.model,
    }
    if legacy:
        found["gen_ai.system"] = provider
    if answer is not None and answer.served:
        found["gen_ai.response.model"] = answer.served
    if address:
        found["server.address"] = address
        if port:
            found["server.port"] = port
    ours = {"task": context.task, "route": context.route, "arm": context.arm}
    found.update({f"model_manager.{name}": value for name, value in ours.items() if value is not None})
    return found


def error_attributes(call: ObservedCall) -> Attributes:
    """The kind of a failure; a call that its caller gave up has not failed."""
    record = call.record
    return {"error.type": record.error_kind or "_OTHER"} if record.outcome == "failed" else {}


def token_counts(call: ObservedCall) -> Iterator[tuple[str, int]]:
    """What a call adds to the counters of tokens, by the end of their names; 0 where no usage came."""
    usage = call.record.answer.usage if call.record.answer else None
    yield "input_tokens", (usage.input_tokens or 0) if usage else 0
    yield "output_tokens", (usage.output_tokens or 0) if usage else 0
    if usage is None:
        return
    for name, count in (
        ("cache_read.input_tokens", usage.cache_read_tokens),
        ("cache_write.input_tokens", usage.cache_write_tokens),
        ("reasoning.output_tokens", usage.reasoning_tokens),
    ):
        if count is not None:
            yield name, count


def _usage(call: ObservedCall, *, legacy: bool) -> Attributes:
    answer = call.record.answer
    if answer is None or answer.usage.input_tokens is None or answer.usage.output_tokens is None:
        return {}
    renamed = {"cache_write.input_tokens": "cache_creation.input_tokens"} if legacy else {}
    return {f"gen_ai.usage.{renamed.get(name, name)}": count for name, count in token_counts(call)}


@lru_cache(256)
def _server(base_url: str) -> tuple[str | None, int | None]:
    parts = urlsplit(base_url)
    try:
        return parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return parts.hostname, None
