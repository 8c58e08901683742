"""OpenAI's chat completions, as OpenAI, Groq, Mistral, xAI, OpenRouter, llama.cpp and many more speak it. Pure."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from model_manager.providers.errors.body import filtered, is_bare_error, is_error
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires.base import DONE, BlockPiece, Delta, Failure
from model_manager.providers.wires.costs import stated_cost
from model_manager.providers.wires.endings import most_telling
from model_manager.providers.wires.openai_citations import citation_pieces, source_pieces
from model_manager.providers.wires.openai_logprobs import logprobs_of
from model_manager.providers.wires.openai_request import AUTH, build_call
from model_manager.providers.wires.openai_tools import tool_pieces
from model_manager.providers.wires.openai_usage import read_usage, speed_of, usage_of
from model_manager.providers.wires.payload import count, mapping, sequence, text

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
TOKEN_COUNTING = None
ERROR_PATTERNS: wire.Patterns = (
    (r"free-models-per-day", "quota"),  # OpenRouter
    (r"key limit exceeded", "quota"),  # OpenRouter
    (r"the supported api model names are", "not_found"),  # DeepSeek
    (r"content exists risk", "content_filter"),  # DeepSeek
    (r"not a valid model id", "not_found"),  # OpenRouter
)
#: Fields of a message by which servers show thoughts, and want to see them again.
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
#: What nearly every event of a stream has, and its choice, and the message in that.
_COMMON = frozenset(
    {"id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier", "obfuscation"}
)
_COMMON_CHOICE = frozenset({"index", "delta", "message", "finish_reason", "logprobs"})
_COMMON_MESSAGE = frozenset({"role", "content"})


def parse_reply(payload: Any) -> Delta:
    """A whole answer; the document's own end is its end mark."""
    return _delta(payload, "message", whole=True)


def parse_event(name: str, payload: Any) -> Delta:
    """One event of a stream."""
    if payload == DONE:
        return Delta(end=True, final=True)
    delta = _delta(payload, "delta", whole=False)
    if name == "error" and delta.error is None:
        delta.error = parse_error(None, payload)
    return delta


def parse_error(status: int | None, body: Any) -> Failure:
    """The failure that an error body stands for."""
    return failure_of(ERROR_PATTERNS, status, body)


def _delta(payload: Any, part: str, *, whole: bool) -> Delta:
    body = mapping(payload)
    delta = Delta(served_model=text(body.get("model")) or None, request_id=text(body.get("id")) or None)
    choices: list[Mapping[str, Any]] = []
    has_facts = (
        body.get("usage")
        or body.get("object") == "error"
        or not (_COMMON.issuperset(body) or _says_nothing(body, _COMMON))
    )
    for choice in sequence(body.get("choices")):
        # The first choice, which some servers cut in several without a number; at the end there often is none.
        if not isinstance(choice, dict) or choice.get("index"):
            continue
        choices.append(choice)
        has_facts = (
            has_facts
            or choice.get("finish_reason")
            or not (_COMMON_CHOICE.issuperset(choice) or _says_nothing(choice, _COMMON_CHOICE))
        )
        if choice.get("logprobs"):
            delta.logprobs = (*delta.logprobs, *logprobs_of(choice["logprobs"]))
        said = mapping(choice.get(part if part in choice else "message"))
        delta.repeats = part not in choice and body.get("object") == "chat.completion" and not whole
        content = said.get("content")
        delta.text += content if isinstance(content, str) else visible_text(content)
        is_plain = _COMMON_MESSAGE.issuperset(said) or _says_nothing(said, _COMMON_MESSAGE)
        if isinstance(content, list) or not is_plain:
            _add_message(delta, said, whole=whole)
    delta.end = whole and bool(choices)
    if has_facts:
        _add_facts(delta, body, choices)
        if not (whole or delta.error or choices) and is_bare_error(body):
            delta.error = parse_error(None, body)
    return delta


def _says_nothing(table: Mapping[str, Any], common: frozenset[str]) -> bool:
    """Whether a table says no more than nearly every event of a stream does: most are only a piece of text."""
    return not any(value or value is False for name, value in table.items() if name not in common)


def _add_facts(delta: Delta, body: Mapping[str, Any], choices: Sequence[Mapping[str, Any]]) -> None:
    """Take in the facts beside the message."""
    words = [text(choice.get(name)) for choice in choices for name in ("finish_reason", "native_finish_reason")]
    details = (filtered(choice.get("content_filter_results")) for choice in choices)
    delta.finish_word = most_telling(*words)
    delta.finish_detail = next(filter(None, details), "")
    delta.end = delta.end or any(words)
    delta.usage = usage_of(body, choices)
    delta.cost_usd = stated_cost(body, delta.usage)
    delta.request_id = text(mapping(body.get("x_groq")).get("id")) or delta.request_id
    delta.tokens_per_second = speed_of(body, delta.usage)
    delta.citations = (*delta.citations, *source_pieces(body))
    delta.upstream_provider = upstream_of(body)
    delta.service_tier = text(body.get("service_tier")) or None
    delta.error = _error(body, choices)


def _add_message(delta: Delta, said: Mapping[str, Any], *, whole: bool) -> None:
    """Take in the parts of a message besides text."""
    delta.text += _spoken(said)
    delta.reasoning += _thoughts(said)
    delta.refusal += text(said.get("refusal"))
    delta.media = delta.media or _media(said)
    delta.tool_pieces += tuple(tool_pieces(said, whole=whole))
    delta.citations = (*delta.citations, *citation_pieces(said))
    delta.blocks = (*delta.blocks, *_blocks(said))


def upstream_of(body: Mapping[str, Any]) -> str | None:
    """Who has answered behind a gateway: OpenRouter's and Portkey's word, or Vercel's."""
    stated = text(body.get("provider"))
    if stated:
        return stated
    metadata = mapping(body.get("providerMetadata")) or mapping(body.get("provider_metadata"))
    routing = mapping(mapping(metadata.get("gateway")).get("routing"))
    return text(routing.get("finalProvider")) or text(routing.get("resolvedProvider")) or None


def _error(body: Mapping[str, Any], choices: Sequence[Mapping[str, Any]]) -> Failure | None:
    """The error in place of an answer or in the middle of one: at the top, in a choice, or where Groq has it."""
    if is_error(body):
        return parse_error(None, body)
    broken = next((holder for holder in (mapping(body.get("x_groq")), *choices) if holder.get("error")), None)
    return parse_error(None, broken) if broken else None


def visible_text(content: Any) -> str:
    """The text of a content that is a string or a list of parts; thoughts are left out."""
    if isinstance(content, str):
        return content
    parts = (mapping(part) for part in sequence(content))
    return "".join(text(part.get("text")) for part in parts if part.get("type") in {"text", "output_text"})


def _spoken(said: Mapping[str, Any]) -> str:
    """The transcript of a sound."""
    return text(mapping(said.get("audio")).get("transcript"))


def _thoughts(said: Mapping[str, Any]) -> str:
    """The thoughts, in whichever field a server shows them; Mistral's are parts of the content."""
    shown = next(filter(None, (text(said.get(name)) for name in _THOUGHTS)), "")
    if not shown:
        details = map(mapping, sequence(said.get("reasoning_details")))
        shown = "".join(text(detail.get("text")) or text(detail.get("summary")) for detail in details)
    if shown or not isinstance(said.get("content"), list):
        return shown
    parts = (mapping(part) for part in said["content"])
    return "".join(visible_text(part.get("thinking")) for part in parts if part.get("type") == "thinking")


def _media(said: Mapping[str, Any]) -> str:
    kinds = {mapping(part).get("type") for part in sequence(said.get("content"))}
    if said.get("images") or kinds & {"image_url", "image", "output_image"}:
        return "an image"
    return "audio" if said.get("audio") or kinds & {"audio", "input_audio", "output_audio"} else ""


def _blocks(said: Mapping[str, Any]) -> Iterator[BlockPiece]:
    """The parts that the provider wants to see again: thoughts, and what it wrote beside them."""
    for name in (*_THOUGHTS, "extra_content"):
        if said.get(name):
            yield BlockPiece(name, {"value": said[name]}, frozenset())
    for position, detail in enumerate(sequence(said.get("reasoning_details"))):
        table = mapping(detail)
        place = count(table.get("index"))
        yield BlockPiece(
            ("reasoning_details", position if place is None else place, text(table.get("type"))), table
        )


def extras_of(blocks: Sequence[tuple[Hashable, Mapping[str, Any]]]) -> Mapping[str, Any]:
    """Fields of the message; where details came, the plain text of the same thoughts is not repeated."""
    details = [dict(fields) for key, fields in blocks if isinstance(key, tuple)]
    extras = {key: fields["value"] for key, fields in blocks if isinstance(key, str)}
    if details:
        extras = {name: value for name, value in extras.items() if name not in _THOUGHTS}
        extras["reasoning_details"] = details
    return extras
