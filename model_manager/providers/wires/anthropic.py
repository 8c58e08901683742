"""Anthropic's messages. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, ChatOptions, FinishReason, HttpCall, ToolCall
from model_manager.core.pricing import Usage
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires.base import NOTHING, Delta, Failure, ToolPiece
from model_manager.providers.wires.payload import as_json, count, first, mapping, sequence, text, total

FRAMING: wire.Framing = "sse"
VERSION = "2026-10-21"
#: The limit where nobody gave one: the wire demands a value.
DEFAULT_MAX_TOKENS = 4096
_NO_ID_LETTER = re.compile(r"[^A-Za-z0-9_-]")
FINISH_REASONS: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request; system messages go to the top level.

    Raises:
        ProviderError: pictures in a turn that may have none.
    """
    wire.check_pictures(messages, ("user", "tool"), "Anthropic's API")
    notices: list[str] = []
    headers = wire.headers_of(endpoint, FRAMING, {"anthropic-version": VERSION})
    _, limit = wire.token_limit(endpoint, options)
    body: dict[str, Any] = {
        "model": endpoint.model.model_id,
        "max_tokens": DEFAULT_MAX_TOKENS if limit is None else limit,
        "messages": _turns(messages),
        "stream": options.stream,
    }
    system = "\n\n".join(message.content for message in messages if message.role == "system")
    if system:
        body["system"] = system
    temperature = _temperature(endpoint, options, headers["anthropic-version"], notices)
    if temperature is not None:
        body["temperature"] = temperature
    body.update(_extras(options))
    return HttpCall(
        url=wire.url_of(endpoint, "/v1/messages"),
        headers=headers,
        secret_headers=wire.secret_headers_of(endpoint),
        body=body,
        notices=tuple(notices),
    )


def _turns(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """The turns of user and assistant; results of tools are the user's, all those of one turn together."""
    turns: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for message in wire.with_call_ids(messages):
        if message.tool_call:
            if not results:
                turns.append({"role": "user", "content": results})
            results.append(
                {
                    "type": "tool_result",
                    "tool_use_id": _id(message.tool_call),
                    "content": _content(message),
                }
            )
        elif message.role != "system":
            results = []
            turns.append({"role": message.role, "content": _content(message)})
    return turns


def _id(call: ToolCall) -> str:
    """The id of a call, which may come from another provider, in the letters that Anthropic takes."""
    return _NO_ID_LETTER.sub("_", call.id or "")


def _content(message: ChatMessage) -> str | list[dict[str, Any]]:
    """The text, or blocks where there are pictures or tool calls; pictures come first, as Anthropic advises."""
    if not (message.images or message.tool_calls):
        return message.content
    pictures = [
        {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": image.base64}}
        for image in message.images
    ]
    # A block of blank text is refused.
    words = [{"type": "text", "text": message.content}] if message.content.strip() else []
    uses = [
        {"type": "tool_use", "id": _id(call), "name": call.name, "input": wire.arguments_of(call)}
        for call in message.tool_calls
    ]
    return [*pictures, *words, *uses]


def _extras(options: ChatOptions) -> Iterator[tuple[str, Any]]:
    """The fields for tools and for the form of the answer."""
    if options.tools:
        yield (
            "tools",
            [
                {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
                for tool in options.tools
            ],
        )
    if options.answer_format:
        yield "output_config", {"format": {"type": "json_schema", "schema": dict(options.answer_format.schema)}}


def _temperature(endpoint: Endpoint, options: ChatOptions, version: str, notices: list[str]) -> float | None:
    """From version 2026-10-21 on, any temperature is refused, unless the catalogue says otherwise."""
    temperature = wire.temperature_of(endpoint, options, notices)
    if temperature is None or version < VERSION or endpoint.parameters.get("temperature") is True:
        return temperature
    notices.append(f"the temperature is left out: Anthropic's API version {version} does not accept one")
    return None


def parse_reply(payload: Any) -> Delta:
    """A whole answer; the document's own end is its end mark."""
    body = mapping(payload)
    if body.get("type") == "error" or body.get("error"):
        return Delta(error=parse_error(None, payload))
    blocks = [mapping(block) for block in sequence(body.get("content"))]
    delta = _message(body)
    return replace(
        delta,
        text="".join(text(block.get("text")) for block in blocks if block.get("type") == "text"),
        tool_pieces=tuple(_tools(blocks)),
        end="content" in body or bool(delta.finish_word),
    )


def parse_event(name: str, payload: Any) -> Delta:
    """One event of a stream; pings and events of unknown types say nothing."""
    body = mapping(payload)
    kind = text(body.get("type")) or name
    if kind == "error" or body.get("error"):
        return Delta(error=parse_error(None, payload))
    if kind == "content_block_delta":
        return _block_delta(body)
    if kind == "message_start":
        return _message(mapping(body.get("message")))
    if kind == "content_block_start":
        return _block_start(body)
    if kind == "message_delta":
        return _finish(mapping(body.get("delta")), mapping(body.get("usage")))
    return Delta(end=True, final=True) if kind == "message_stop" else NOTHING


def parse_error(status: int | None, body: Any) -> Failure:
    """What an error body means."""
    return failure_of("anthropic", status, body)


def _message(message: Mapping[str, Any]) -> Delta:
    """What a message says about itself, without its content."""
    return replace(
        _finish(message, mapping(message.get("usage"))),
        served_model=text(message.get("model")) or None,
        request_id=text(message.get("id")) or None,
    )


def _finish(holder: Mapping[str, Any], usage: Mapping[str, Any]) -> Delta:
    word = text(holder.get("stop_reason"))
    return Delta(finish_reason=FINISH_REASONS.get(word), finish_word=word, usage=usage or None)


def _block_delta(body: Mapping[str, Any]) -> Delta:
    """A piece of text or of a tool's arguments; thoughts and signatures are not shown."""
    delta = mapping(body.get("delta"))
    if delta.get("type") == "text_delta":
        return Delta(text=text(delta.get("text")))
    if delta.get("type") == "input_json_delta":
        piece = ToolPiece(index=_index(body), arguments=text(delta.get("partial_json")))
        return Delta(tool_pieces=(piece,))
    return NOTHING


def _block_start(body: Mapping[str, Any]) -> Delta:
    block = mapping(body.get("content_block"))
    if block.get("type") == "text":
        return Delta(text=text(block.get("text")))
    if block.get("type") == "tool_use":
        # Its arguments follow in pieces; the empty object here only stands for them.
        arguments = as_json(block["input"]) if block.get("input") else ""
        return Delta(tool_pieces=(_tool(_index(body), block, arguments),))
    return NOTHING


def _index(body: Mapping[str, Any]) -> int:
    return count(body.get("index")) or 0


def _tools(blocks: Sequence[Mapping[str, Any]]) -> Iterator[ToolPiece]:
    for index, block in enumerate(blocks):
        if block.get("type") == "tool_use":
            yield _tool(index, block, as_json(block.get("input") or {}))


def _tool(index: int, block: Mapping[str, Any], arguments: str) -> ToolPiece:
    return ToolPiece(
        index=index, id=text(block.get("id")) or None, name=text(block.get("name")), arguments=arguments
    )


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """The counts: cache reads and writes stand outside `input_tokens`; the prompt is all three."""
    fresh, read = count(raw.get("input_tokens")), count(raw.get("cache_read_input_tokens"))
    lives = mapping(raw.get("cache_creation"))
    hour = count(lives.get("ephemeral_1h_input_tokens"))
    written = first(
        count(raw.get("cache_creation_input_tokens")), total(count(lives.get("ephemeral_5m_input_tokens")), hour)
    )
    return Usage(
        input_tokens=None if fresh is None else total(fresh, read, written),
        output_tokens=count(raw.get("output_tokens")),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
        reasoning_tokens=count(mapping(raw.get("output_tokens_details")).get("thinking_tokens")),
    )


def read_cost(raw: Mapping[str, Any]) -> Decimal | None:  # noqa: ARG001 - every wire has it
    """Anthropic states no cost."""
    return None
