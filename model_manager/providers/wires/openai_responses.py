"""OpenAI's Responses API, as OpenAI, Azure, xAI, DeepSeek, LM Studio, vLLM and others speak it. Pure."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from model_manager.core.chat.response_items import items_of_turn
from model_manager.providers.errors.body import is_bare_error, is_error
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import token_counts
from model_manager.providers.wires.base import NOTHING, BlockPiece, CitationPiece, Delta, ToolPiece
from model_manager.providers.wires.costs import stated_cost
from model_manager.providers.wires.openai import ERROR_PATTERNS, parse_error, upstream_of
from model_manager.providers.wires.openai_citations import annotation_pieces
from model_manager.providers.wires.openai_logprobs import token_logprobs
from model_manager.providers.wires.openai_responses_request import AUTH, build_call
from model_manager.providers.wires.openai_usage import read_usage, speed_of
from model_manager.providers.wires.payload import as_json, count, mapping, sequence, text

__all__ = [
    "AUTH",
    "ERROR_PATTERNS",
    "FRAMING",
    "TOKEN_COUNTING",
    "build_call",
    "extras_of",
    "parse_error",
    "parse_event",
    "parse_reply",
    "read_usage",
]

FRAMING: wire.Framing = "sse"
TOKEN_COUNTING = token_counts.OPENAI_RESPONSES
_BETWEEN_THOUGHTS = "\n\n"
#: States of an answer to which nothing is added any more; LM Studio has the shorter word.
_ENDED = frozenset({"completed", "complete", "incomplete", "failed", "cancelled"})


def parse_reply(payload: Any) -> Delta:
    """A whole answer; it may be no more than an answer that has begun."""
    body = mapping(payload)
    items = [mapping(item) for item in sequence(body.get("output"))]
    parts = [part for item in items for part in _parts(item)]
    delta = _facts(body)
    delta.text = "".join(text(part.get("text")) for part in parts if part.get("type") == "output_text")
    delta.refusal = "".join(text(part.get("refusal")) for part in parts)
    delta.reasoning = _BETWEEN_THOUGHTS.join(filter(None, map(_thoughts, items)))
    delta.media = next(filter(None, map(_media, items)), "")
    delta.tool_pieces = tuple(_call(position, item) for position, item in enumerate(items) if _is_call(item))
    delta.blocks = tuple(_block(position, item) for position, item in enumerate(items))
    delta.citations = tuple(_sources(parts))
    delta.logprobs = tuple(token for part in parts for token in token_logprobs(part.get("logprobs")))
    return delta


def parse_event(name: str, payload: Any) -> Delta:
    """One event of a stream; events of unknown types, and those that repeat others, say nothing."""
    body = mapping(payload)
    kind = text(body.get("type")) or name
    if kind == "response.output_text.delta":
        logprobs = body.get("logprobs")
        return Delta(text=text(body.get("delta")), logprobs=tuple(token_logprobs(logprobs)) if logprobs else ())
    read = _EVENTS.get(kind)
    if read is not None:
        return read(body)
    if kind == "error" or is_error(body) or is_bare_error(body):
        return Delta(error=parse_error(None, payload))
    return NOTHING


def _facts(body: Mapping[str, Any]) -> Delta:
    """The facts of an answer, without its items: whose it is, how it ended, what it took."""
    status = text(body.get("status"))
    reason = text(mapping(body.get("incomplete_details")).get("reason"))
    usage = _usage(body)
    failed = is_error(body) or status == "failed"
    return Delta(
        finish_word=(reason or status) if status in _ENDED else "",
        end=status in _ENDED,
        usage=usage,
        cost_usd=stated_cost(body, usage),
        served_model=text(body.get("model")) or None,
        request_id=text(body.get("id")) or None,
        tokens_per_second=speed_of(body, usage),
        upstream_provider=upstream_of(body),
        service_tier=text(body.get("service_tier")) or None,
        error=parse_error(None, body) if failed else None,
    )


def _usage(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The counts, and with them the searches, which are billed apart and counted by their items alone."""
    usage = mapping(body.get("usage"))
    searches = sum(_is_search(mapping(item)) for item in sequence(body.get("output")))
    return {**usage, "web_search_requests": searches} if usage and searches else usage or None


def _is_search(item: Mapping[str, Any]) -> bool:
    """Whether an item is a search of the web; opening a page that was found is none."""
    return item.get("type") == "web_search_call" and mapping(item.get("action")).get("type", "search") == "search"


def _begun(body: Mapping[str, Any]) -> Delta:
    """The beginning of an answer: its model and its name."""
    answer = mapping(body.get("response"))
    return Delta(served_model=text(answer.get("model")) or None, request_id=text(answer.get("id")) or None)


def _ended(body: Mapping[str, Any]) -> Delta:
    """The end mark, which repeats the whole answer."""
    answer = mapping(body.get("response"))
    state = text(body.get("type")).rpartition(".")[2]
    delta = parse_reply({**answer, "status": text(answer.get("status")) or state})
    return replace(delta, end=True, final=True, repeats=True)


def _item_begun(body: Mapping[str, Any]) -> Delta:
    """The beginning of an item; what it holds already comes once more, in pieces and whole."""
    item = mapping(body.get("item"))
    if not _is_call(item):
        return NOTHING
    return Delta(tool_pieces=(replace(_call(_position(body), item), arguments="", whole=False),))


def _item(body: Mapping[str, Any]) -> Delta:
    """A whole item; of its text and thoughts all has come in pieces."""
    item, position = mapping(body.get("item")), _position(body)
    pieces = (_call(position, item),) if _is_call(item) else ()
    return Delta(tool_pieces=pieces, media=_media(item), blocks=(_block(position, item),))


def _arguments(body: Mapping[str, Any]) -> Delta:
    return Delta(tool_pieces=(ToolPiece(index=_position(body), arguments=text(body.get("delta"))),))


def _refusal(body: Mapping[str, Any]) -> Delta:
    return Delta(refusal=text(body.get("delta")))


def _thought(body: Mapping[str, Any]) -> Delta:
    return Delta(reasoning=text(body.get("delta")))


def _thought_begun(body: Mapping[str, Any]) -> Delta:
    """The beginning of a part of the thoughts' summary, set off from the one before."""
    return Delta(reasoning=_BETWEEN_THOUGHTS) if body.get("summary_index") else NOTHING


_EVENTS: Mapping[str, Callable[[Mapping[str, Any]], Delta]] = {
    "response.created": _begun,
    "response.output_item.added": _item_begun,
    "response.output_item.done": _item,
    "response.function_call_arguments.delta": _arguments,
    "response.refusal.delta": _refusal,
    "response.reasoning_summary_part.added": _thought_begun,
    "response.reasoning_summary_text.delta": _thought,
    "response.reasoning_text.delta": _thought,
    **dict.fromkeys(
        ("response.completed", "response.incomplete", "response.failed", "response.cancelled"), _ended
    ),
}


def _position(body: Mapping[str, Any]) -> int:
    return count(body.get("output_index")) or 0


def _parts(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parts of a message's content."""
    if item.get("type") == "message":
        yield from map(mapping, sequence(item.get("content")))


def _sources(parts: Sequence[Mapping[str, Any]]) -> Iterator[CitationPiece]:
    """The sources of a message's parts, by their places in the whole text."""
    at = 0
    for part in parts:
        for citation, *_ in annotation_pieces(part.get("annotations")):
            start, end = (None if place is None else at + place for place in (citation.start, citation.end))
            yield CitationPiece(replace(citation, start=start, end=end))
        at += len(text(part.get("text")))


def _thoughts(item: Mapping[str, Any]) -> str:
    """The thoughts of an item: the summaries, or where the provider shows them, the thoughts themselves."""
    if item.get("type") != "reasoning":
        return ""
    shown = [text(mapping(part).get("text")) for part in sequence(item.get("summary"))]
    whole = "".join(text(mapping(part).get("text")) for part in sequence(item.get("content")))
    return _BETWEEN_THOUGHTS.join(filter(None, (*shown, whole)))


def _media(item: Mapping[str, Any]) -> str:
    return "an image" if item.get("type") == "image_generation_call" else ""


def _is_call(item: Mapping[str, Any]) -> bool:
    """Whether an item is a call of a function of ours; all other calls are of the provider's own tools."""
    return item.get("type") == "function_call"


def _call(position: int, item: Mapping[str, Any]) -> ToolPiece:
    arguments = item.get("arguments")
    return ToolPiece(
        index=position,
        id=text(item.get("call_id")) or text(item.get("id")) or None,
        name=text(item.get("name")),
        arguments=arguments if isinstance(arguments, str) else as_json(arguments or {}),
        whole=True,
    )


def _block(position: int, item: Mapping[str, Any]) -> BlockPiece:
    return BlockPiece(position, {"item": item})


def extras_of(blocks: Sequence[tuple[Hashable, Mapping[str, Any]]]) -> Mapping[str, Any]:
    """The items as they came, where there is more than text and calls of our tools."""
    in_order = sorted(blocks, key=lambda block: int(str(block[0])))
    return items_of_turn([fields["item"] for _, fields in in_order])
