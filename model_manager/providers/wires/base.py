"""What every wire takes and gives: what one event, or one whole answer, says. No format is known here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from typing import Any, Literal, Protocol

from model_manager._version import __version__
from model_manager.core.endpoints import Endpoint, Secret
from model_manager.core.messages import ChatMessage, ChatOptions, FinishReason, HttpCall, Role, ToolCall
from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.providers.wires.payload import decode

Framing = Literal["sse", "ndjson"]
#: Stands for the event data that says "no more events" without being JSON.
DONE = "[DONE]"
#: The index of a tool call that comes whole: it continues no other.
NEW_TOOL = -1
_ACCEPTED = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}
_SPOKEN: Mapping[Role, str] = {
    "system": "a system prompt",
    "user": "a user's turn",
    "assistant": "an assistant's turn",
    "tool": "a tool's result",
}


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
        """The request.

        Raises:
            ProviderError: pictures in a turn that the wire has no form for.
        """

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


def check_pictures(messages: Sequence[ChatMessage], roles: Sequence[Role], api: str) -> None:
    """Refuse pictures in turns of other roles: left out silently, the model would answer without having seen them.

    Raises:
        ProviderError: naming the turn.
    """
    for number, message in enumerate(messages, 1):
        role = "tool" if message.tool_call else message.role
        if message.images and role not in roles:
            # A system prompt may have been given apart from the messages.
            counted = " (the system prompt is message 1)" if number > 1 and messages[0].role == "system" else ""
            raise ProviderError(
                "bad_request",
                f"message {number}{counted}: {api} takes no pictures in {_SPOKEN[role]}",
                hint="give the picture in a user's turn",
            )


def with_call_ids(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages with an id for every tool call, on both sides: some wires demand one, others give none."""
    named, places, numbers = list[ChatMessage](), _places(messages), count(1)
    for position, message in enumerate(messages):
        if message.tool_calls:
            calls = tuple(_with_id(call, numbers) for call in message.tool_calls)
            named.append(replace(message, tool_calls=calls))
        elif message.tool_call:
            call = _call_at(places.get(position), named) or message.tool_call
            named.append(replace(message, tool_call=_with_id(call, numbers)))
        else:
            named.append(message)
    return named


def in_call_order(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages with their results in the order of the calls: some wires tell results apart by nothing else."""
    places, runs = _places(messages), list[int]()
    for position, message in enumerate(messages):
        goes_on = position and message.tool_call and messages[position - 1].tool_call
        runs.append(runs[-1] if goes_on else position)
    nowhere = (len(messages), 0)
    ordered = sorted(range(len(messages)), key=lambda position: (runs[position], places.get(position, nowhere)))
    return [_answering(messages[position], _call_at(places.get(position), messages)) for position in ordered]


def _answering(message: ChatMessage, call: ToolCall | None) -> ChatMessage:
    return replace(message, tool_call=call) if call else message


def _with_id(call: ToolCall, numbers: Iterator[int]) -> ToolCall:
    return call if call.id else replace(call, id=f"call_{next(numbers)}")


#: Where a tool call stands: the position of the turn that asks for it, and its own position there.
_Place = tuple[int, int]


def _call_at(place: _Place | None, messages: Sequence[ChatMessage]) -> ToolCall | None:
    return messages[place[0]].tool_calls[place[1]] if place else None


#: What shows that a result's call is one that was asked for, the surest sign first.
_SIGNS: Sequence[Callable[[ToolCall, ToolCall], bool]] = (
    lambda given, asked: given is asked,
    lambda given, asked: given == asked,
    lambda given, asked: bool(given.id) and given.id == asked.id,
    lambda given, asked: not given.id and (given.name, given.arguments) == (asked.name, asked.arguments),
    lambda given, asked: not given.id and given.name == asked.name,
)


def _places(messages: Sequence[ChatMessage]) -> Mapping[int, _Place]:
    """The calls that results answer, by the positions of the results; those are of the last turn with calls."""
    places, asking, results = dict[int, _Place](), 0, list[int]()
    for position, message in enumerate(messages):
        if message.tool_calls:
            places.update(_answered(messages, asking, results))
            asking, results = position, []
        elif message.tool_call:
            results.append(position)
    places.update(_answered(messages, asking, results))
    return places


def _answered(messages: Sequence[ChatMessage], asking: int, results: Sequence[int]) -> Mapping[int, _Place]:
    """The same for the results of one turn: a weak sign counts only for what no surer one has found."""
    found = dict[int, _Place]()
    open_calls = dict(enumerate(messages[asking].tool_calls)) if results else {}
    for is_answer in _SIGNS:
        for position in results:
            given = messages[position].tool_call
            if given is None or position in found:
                continue
            index = next((index for index, asked in open_calls.items() if is_answer(given, asked)), None)
            if index is not None:
                found[position] = (asking, index)
                del open_calls[index]
    return found


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
