"""Anthropic's messages. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from model_manager.core.pricing import Usage
from model_manager.providers.errors.body import is_bare_error, is_error
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import token_counts
from model_manager.providers.wires.anthropic_citations import citation_pieces
from model_manager.providers.wires.anthropic_request import AUTH, build_call
from model_manager.providers.wires.base import NOTHING, BlockPiece, CitationPiece, Delta, Failure, ToolPiece
from model_manager.providers.wires.costs import stated_cost
from model_manager.providers.wires.payload import as_json, count, decode, first, mapping, sequence, text, total

__all__ = [
    "AUTH",
    "ERROR_PATTERNS",
    "FRAMING",
    "TOKEN_COUNTING",
    "build_call",
    "extras_of",
    "parse_error",
    "parse_event",
    "read_usage",
]

FRAMING: wire.Framing = "sse"
TOKEN_COUNTING = token_counts.ANTHROPIC
ERROR_PATTERNS: wire.Patterns = (
    (r"reached your specified (workspace )?api usage limits", "quota"),
    (r"blocked by content filtering policy", "content_filter"),
    (r"usage credits are required|extra usage is required", "quota"),
)
_PICTURES = frozenset({"image", "container_upload"})
#: Blocks that need not go back as they came, for the message says the same.
_PLAIN = frozenset({"text", "tool_use"})


def parse_reply(payload: Any) -> Delta:
    """A whole answer; the document's own end is its end mark."""
    body = mapping(payload)
    blocks = [mapping(block) for block in sequence(body.get("content"))]
    delta = _message(body)
    return replace(
        delta,
        text="".join(text(block.get("text")) for block in blocks if block.get("type") == "text"),
        reasoning="".join(text(block.get("thinking")) for block in blocks),
        media="an image" if any(block.get("type") in _PICTURES for block in blocks) else "",
        tool_pieces=tuple(_tool(wire.NEW_TOOL, block) for block in blocks if _is_call(block)),
        blocks=tuple(BlockPiece(index, block) for index, block in enumerate(blocks)),
        citations=tuple(citation_pieces(enumerate(blocks))),
        served_model=next(filter(None, map(_fallback, blocks)), delta.served_model),
        end="content" in body or bool(delta.finish_word),
        error=_error(body),
    )


def _error(body: Mapping[str, Any]) -> Failure | None:
    return parse_error(None, body) if body.get("type") == "error" or is_error(body) else None


def parse_event(name: str, payload: Any) -> Delta:
    """One event of a stream; pings and events of unknown types say nothing."""
    body = mapping(payload)
    kind = text(body.get("type")) or name
    if kind == "error" or is_error(body) or is_bare_error(body):
        usage = mapping(body.get("usage")) or None
        return Delta(usage=usage, cost_usd=stated_cost(body, usage), error=parse_error(None, payload))
    if kind == "content_block_delta":
        return _block_delta(body)
    if kind == "message_start":
        return _message(mapping(body.get("message")))
    if kind == "content_block_start":
        return _block_start(body)
    if kind == "message_delta":
        return _finish(mapping(body.get("delta")), body)
    return Delta(end=True, final=True) if kind == "message_stop" else NOTHING


def parse_error(status: int | None, body: Any) -> Failure:
    """The failure that an error body stands for."""
    return failure_of(ERROR_PATTERNS, status, body)


def _message(message: Mapping[str, Any]) -> Delta:
    """The facts of a message, without its content."""
    return replace(
        _finish(message, message),
        served_model=text(message.get("model")) or None,
        request_id=text(message.get("id")) or None,
        upstream_provider=text(message.get("provider")) or None,
    )


def _finish(holder: Mapping[str, Any], body: Mapping[str, Any]) -> Delta:
    """Why the answer ends, with the reason of a refusal, and the usage that stands beside it."""
    usage = mapping(body.get("usage")) or None
    details = mapping(holder.get("stop_details"))
    reasons = (text(details.get("category")), text(details.get("explanation")))
    return Delta(
        finish_word=text(holder.get("stop_reason")),
        finish_detail=": ".join(filter(None, reasons)),
        usage=usage,
        cost_usd=stated_cost(body, usage),
        served_model=text(holder.get("model")) or None,
        service_tier=text(mapping(usage).get("service_tier")) or None,
    )


def _block_delta(body: Mapping[str, Any]) -> Delta:
    """A piece of text, of a thought, or of a tool's arguments."""
    delta, index = mapping(body.get("delta")), _index(body)
    fields = {name: value for name, value in delta.items() if name != "type"}
    kind = delta.get("type")
    citations: tuple[CitationPiece, ...] = ()
    if kind == "citations_delta":
        fields = {"citations": [delta.get("citation")]}
        citations = tuple(citation_pieces([(index, fields)]))
    pieces = (
        (ToolPiece(index=index, arguments=text(delta.get("partial_json"))),) if kind == "input_json_delta" else ()
    )
    return Delta(
        text=text(delta.get("text")) if kind == "text_delta" else "",
        reasoning=text(delta.get("thinking")) if kind == "thinking_delta" else "",
        tool_pieces=pieces,
        blocks=(BlockPiece(index, fields),),
        citations=citations,
    )


def _block_start(body: Mapping[str, Any]) -> Delta:
    block, index = mapping(body.get("content_block")), _index(body)
    return Delta(
        text=text(block.get("text")) if block.get("type") == "text" else "",
        reasoning=text(block.get("thinking")),
        media="an image" if block.get("type") in _PICTURES else "",
        # Its arguments follow in pieces; the empty object here only stands for them.
        tool_pieces=(_tool(index, block),) if _is_call(block) else (),
        blocks=(BlockPiece(index, block),),
        citations=tuple(citation_pieces([(index, block)])) if block.get("citations") else (),
        served_model=_fallback(block) or None,
    )


def _index(body: Mapping[str, Any]) -> int:
    return count(body.get("index")) or 0


def _is_call(block: Mapping[str, Any]) -> bool:
    return text(block.get("type")).endswith("tool_use")


def _tool(index: int, block: Mapping[str, Any]) -> ToolPiece:
    """A call; one by `server_tool_use` or `mcp_tool_use` is the provider's own."""
    given = block.get("input") or ({} if index == wire.NEW_TOOL else "")
    return ToolPiece(
        index=index,
        id=text(block.get("id")) or None,
        name=text(block.get("name")),
        arguments=given if isinstance(given, str) else as_json(given),
        foreign=block.get("type") != "tool_use",
    )


def _fallback(block: Mapping[str, Any]) -> str:
    """The model that goes on, where the provider itself has fallen back to another one."""
    if block.get("type") != "fallback":
        return ""
    to = block.get("to")
    return text(to) or text(mapping(to).get("model")) or text(block.get("model"))


def extras_of(blocks: Sequence[tuple[Hashable, Mapping[str, Any]]]) -> Mapping[str, Any]:
    """The blocks as they came, where there is more than text and calls of our tools: thoughts, its own tools."""
    came = (_whole(fields) for _, fields in blocks)
    # A blank text is refused when it goes back.
    kept = [block for block in came if block.get("type") != "text" or text(block.get("text")).strip()]
    return {} if {block.get("type") for block in kept} <= _PLAIN else {"content_blocks": kept}


def _whole(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A block whose input has come in pieces, with the input as an object."""
    block = {name: value for name, value in fields.items() if name != "partial_json"}
    if text(fields.get("partial_json")):
        try:
            block["input"] = decode(text(fields["partial_json"]))
        except ValueError:
            block["input"] = {}
    return block


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
        web_searches=count(mapping(raw.get("server_tool_use")).get("web_search_requests")),
    )
