"""What every wire takes and gives: what one event, or one whole answer, says. No format is known here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from typing import Any, Literal, Protocol

from model_manager import __version__
from model_manager.core.endpoints import Endpoint, Secret
from model_manager.core.messages import ChatMessage, ChatOptions, FinishReason, HttpCall, ToolCall
from model_manager.core.pricing import Usage
from model_manager.providers.payload import decode

Framing = Literal["sse", "ndjson"]
#: Stands for the event data that says "no more events" without being JSON.
DONE = "[DONE]"
#: The index of a tool call that comes whole: it continues no other.
NEW_TOOL = -1
_ACCEPTED = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer.

    Attributes:
        kind: one of `errors.ERROR_KINDS`.
        message: the provider's own words, or ours.
        status: the HTTP status, or None inside a stream.
        code: the provider's word for it, if it gave one.
        parameter: the field of the request that it names, or None.
        retry_after_s: seconds the body asks to wait.
        retryable: whether the same request may succeed later.
    """

    kind: str
    message: str
    status: int | None = None
    code: str | None = None
    parameter: str | None = None
    retry_after_s: float | None = None
    retryable: bool = False
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPiece:
    """A part of a tool call; parts with one index belong together."""

    index: int
    id: str | None = None
    name: str = ""
    arguments: str = ""
    signature: str | None = None


@dataclass(
    slots=True, kw_only=True
)  # not frozen: every piece of a stream makes one, and that would take twice as long
class Delta:
    """What one event, or one whole answer, adds.

    Attributes:
        text: visible text; thoughts are not visible.
        finish_reason: in our words; `finish_word` as the provider wrote it.
        end: whether this is the mark that the answer is complete.
        final: whether nothing that counts can follow, so that waiting for the connection's end is needless.
        usage: the provider's counts as they came.
        tokens_per_second: where the provider measures it.
    """

    text: str = ""
    refusal: str = ""
    tool_pieces: tuple[ToolPiece, ...] = ()
    finish_reason: FinishReason | None = None
    finish_word: str = ""
    end: bool = False
    final: bool = False
    usage: Mapping[str, Any] | None = None
    served_model: str | None = None
    request_id: str | None = None
    tokens_per_second: float | None = None
    error: Failure | None = None


NOTHING = Delta()


class Wire(Protocol):
    """What a wire module offers. All of it is pure."""

    FRAMING: Framing

    def build_call(self, endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
        """The request."""

    def parse_reply(self, payload: Any) -> Delta:
        """A whole answer, decoded."""

    def parse_event(self, name: str, payload: Any) -> Delta:
        """One event of a stream: its name ("" if it has none) and its decoded data, or `DONE`."""

    def parse_error(self, status: int | None, body: Any) -> Failure:
        """An error body: decoded if it was JSON, else its text. The status is None inside a stream."""

    def read_usage(self, raw: Mapping[str, Any]) -> Usage:
        """The counts, normalised."""

    def read_cost(self, raw: Mapping[str, Any]) -> Decimal | None:
        """US dollars that the provider says it charged, or None."""


def merge_usage(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    """Counts of a stream so far with those of a later event, which win.

    A count never falls back to zero: some servers send zeros in every event but one.
    """
    merged = dict(old)
    for key, value in new.items():
        if value is None or (value == 0 and merged.get(key)):
            continue
        known = merged.get(key)
        merged[key] = merge_usage(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def headers_of(endpoint: Endpoint, framing: Framing, own: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Request headers in lower case, without the key; the catalogue's win over the wire's `own`."""
    stated: Mapping[str, str] = endpoint.parameters.get("headers") or {}
    return {
        "content-type": "application/json",
        "accept": f"application/json, {_ACCEPTED[framing]}",
        "user-agent": f"model-manager/{__version__}",
        **(own or {}),
        **{name.lower(): value for name, value in stated.items()},
    }


def secret_headers_of(endpoint: Endpoint) -> Mapping[str, tuple[str, Secret]]:
    """The header that carries the key, as the provider wants it."""
    if endpoint.key is None or endpoint.provider.auth == "none":
        return {}
    if endpoint.provider.auth == "bearer":
        return {"authorization": ("Bearer ", endpoint.key)}
    return {endpoint.provider.auth: ("", endpoint.key)}


def url_of(endpoint: Endpoint, path: str) -> str:
    """The base URL with the wire's path."""
    return endpoint.base_url.rstrip("/") + path


def arguments_of(call: ToolCall) -> Mapping[str, Any]:
    """A call's arguments as an object, for the wires that do not carry them as text."""
    try:
        arguments = decode(call.arguments or "{}")
    except ValueError:
        arguments = None
    # A model may have written nonsense; it is shown to the next one as it is.
    return arguments if isinstance(arguments, dict) else {"arguments": call.arguments}


def with_call_ids(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """The messages with an id for every tool call, on both sides: some wires demand one, others give none."""
    named, waiting = list[ChatMessage](), list[ToolCall]()
    numbers = count(1)
    for message in messages:
        if message.tool_calls:
            calls = tuple(
                call if call.id else replace(call, id=f"call_{next(numbers)}") for call in message.tool_calls
            )
            waiting = list(calls)
            named.append(replace(message, tool_calls=calls))
        elif message.tool_call:
            call = _answered(message.tool_call, waiting) or message.tool_call
            named.append(
                replace(message, tool_call=call if call.id else replace(call, id=f"call_{next(numbers)}"))
            )
        else:
            named.append(message)
    return named


def _answered(call: ToolCall, waiting: list[ToolCall]) -> ToolCall | None:
    """The call among those without a result yet that this one is."""
    for other in waiting:
        if other.id == call.id or (call.id is None and other.name == call.name):
            waiting.remove(other)
            return other
    return None


def token_limit(endpoint: Endpoint, options: ChatOptions) -> tuple[str | None, int | None]:
    """The field that limits the output (None: this model takes none) and the limit to send."""
    field = endpoint.parameters.get("max_tokens", "max_tokens")
    limit = options.max_tokens
    if limit is None:
        limit = endpoint.parameters.get("default_max_tokens")
    return field or None, limit


def temperature_of(endpoint: Endpoint, options: ChatOptions, notices: list[str]) -> float | None:
    """The temperature to send; one that the model does not take is left out with a notice."""
    if options.temperature is None or endpoint.parameters.get("temperature", True):
        return options.temperature
    notices.append(f"the temperature is left out: {endpoint.model.id} does not accept one")
    return None
