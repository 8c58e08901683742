"""Google's generateContent. Pure."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from model_manager.core.pricing import Usage
from model_manager.providers.errors.body import is_bare_error, is_error
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import token_counts
from model_manager.providers.wires.base import DONE, NOTHING, BlockPiece, Delta, Failure, ToolPiece
from model_manager.providers.wires.costs import stated_cost
from model_manager.providers.wires.gemini_grounding import citation_pieces, logprobs_of
from model_manager.providers.wires.gemini_request import AUTH, build_call
from model_manager.providers.wires.payload import as_json, count, mapping, sequence, text, total

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
TOKEN_COUNTING = token_counts.GEMINI
ERROR_PATTERNS: wire.Patterns = ()
_MEDIA = {"image": "an image", "audio": "audio", "video": "a video"}
_SEARCHES = "webSearchQueries"


def parse_reply(payload: Any) -> Delta:
    """A whole answer; it has the form of an event."""
    return _delta("", payload)


def parse_event(name: str, payload: Any) -> Delta:
    """One event of a stream."""
    if payload == DONE:
        return NOTHING
    delta = _delta(name, payload)
    if not (delta.end or delta.error) and is_bare_error(mapping(payload)):
        delta.error = parse_error(None, payload)
    return delta


def _delta(name: str, payload: Any) -> Delta:
    body = mapping(payload)
    candidate = mapping(next(iter(sequence(body.get("candidates"))), None))
    word = text(candidate.get("finishReason"))
    feedback = mapping(body.get("promptFeedback"))
    blocked = text(feedback.get("blockReason"))
    parts = [mapping(part) for part in sequence(mapping(candidate.get("content")).get("parts"))]
    usage = _usage(body, candidate)
    sources = candidate.get("groundingMetadata") or candidate.get("citationMetadata")
    logprobs = candidate.get("logprobsResult")
    return Delta(
        text="".join(text(part.get("text")) for part in parts if not part.get("thought")),
        reasoning="".join(text(part.get("text")) for part in parts if part.get("thought")),
        refusal=_refusal(blocked, feedback),
        media=next(filter(None, map(_media, parts)), ""),
        tool_pieces=tuple(_tools(parts)),
        blocks=tuple(BlockPiece(None, part) for part in parts if not part.get("thought")),
        finish_word=word or blocked,
        finish_detail=text(candidate.get("finishMessage")) or _unsafe(candidate),
        end=bool(word or blocked),
        usage=usage,
        cost_usd=stated_cost(body, usage),
        served_model=text(body.get("modelVersion")) or None,
        request_id=text(body.get("responseId")) or None,
        citations=tuple(citation_pieces(candidate)) if sources else (),
        logprobs=tuple(logprobs_of(logprobs)) if logprobs else (),
        service_tier=_tier(body, usage),
        error=parse_error(None, payload) if is_error(body) or name == "error" else None,
    )


def _tier(body: Mapping[str, Any], usage: Mapping[str, Any] | None) -> str | None:
    """The tier in which it was served."""
    return text(mapping(usage).get("serviceTier")) or text(body.get("serviceTier")) or None


def _usage(body: Mapping[str, Any], candidate: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The counts, with the searches that the answer rests on, which stand elsewhere."""
    searches = len(sequence(mapping(candidate.get("groundingMetadata")).get("webSearchQueries")))
    return {**mapping(body.get("usageMetadata")), **({_SEARCHES: searches} if searches else {})} or None


def _refusal(blocked: str, feedback: Mapping[str, Any]) -> str:
    """Why the prompt was blocked."""
    if not blocked:
        return ""
    words = text(feedback.get("blockReasonMessage")) or _unsafe(feedback)
    return f"the prompt was blocked ({blocked}){f': {words}' if words else ''}"


def _unsafe(holder: Mapping[str, Any]) -> str:
    """The categories of safety that stopped an answer."""
    ratings = (mapping(rating) for rating in sequence(holder.get("safetyRatings")))
    return ", ".join(text(rating.get("category")) for rating in ratings if rating.get("blocked"))


def _media(part: Mapping[str, Any]) -> str:
    """The kind of a part that is no text."""
    data = mapping(part.get("inlineData")) or mapping(part.get("fileData"))
    if not data or part.get("thought"):
        return ""
    return _MEDIA.get(text(data.get("mimeType")).partition("/")[0], "a file")


def parse_error(status: int | None, body: Any) -> Failure:
    """The failure that an error body stands for."""
    return failure_of(ERROR_PATTERNS, status, body)


def _tools(parts: Sequence[Mapping[str, Any]]) -> Iterator[ToolPiece]:
    """Calls come whole, or begin with a name and go on with values of single arguments."""
    for part in parts:
        call = mapping(part.get("functionCall"))
        if not call:
            continue
        name = text(call.get("name"))
        given = call.get("args")
        yield ToolPiece(
            index=wire.NEW_TOOL if name else None,
            id=text(call.get("id")) or None,
            name=name,
            arguments=as_json(given or {}) if given or not _goes_on(call) else "",
            partial=tuple(map(_value, sequence(call.get("partialArgs")))),
            signature=text(part.get("thoughtSignature")) or None,
        )


def _goes_on(call: Mapping[str, Any]) -> bool:
    """Whether this is a part of a call, whose arguments come one by one."""
    return bool(call.get("willContinue") or call.get("partialArgs")) or not call.get("name")


def _value(argument: Any) -> tuple[str, Any]:
    """The path of an argument and its value, or a piece of it."""
    table = mapping(argument)
    values = (table[name] for name in ("stringValue", "numberValue", "boolValue") if table.get(name) is not None)
    return text(table.get("jsonPath")), next(values, None)


def extras_of(blocks: Sequence[tuple[Hashable, Mapping[str, Any]]]) -> Mapping[str, Any]:
    """The parts as they came, where one of them is signed; pieces of one text are joined."""
    parts = list[dict[str, Any]]()
    for _, fields in blocks:
        last = parts[-1] if parts else {}
        if last.keys() == {"text"} and "text" in fields and fields.keys() <= {"text", "thoughtSignature"}:
            parts[-1] = {**fields, "text": text(last["text"]) + text(fields["text"])}
        else:
            parts.append(dict(fields))
    whole = not any(_goes_on(mapping(part["functionCall"])) for part in parts if part.get("functionCall"))
    signed = any(part.get("thoughtSignature") for part in parts)
    return {"content_parts": parts} if signed and whole else {}


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """The counts: thoughts stand outside the candidates' tokens, tool prompts outside the prompt's."""
    prompt, tools = count(raw.get("promptTokenCount")), count(raw.get("toolUsePromptTokenCount"))
    return Usage(
        input_tokens=None if prompt is None else total(prompt, tools),
        output_tokens=_output(raw, total(prompt, tools)),
        cache_read_tokens=count(raw.get("cachedContentTokenCount")),
        reasoning_tokens=count(raw.get("thoughtsTokenCount")),
        web_searches=count(raw.get(_SEARCHES)),
    )


def _output(raw: Mapping[str, Any], prompt: int | None) -> int | None:
    """Candidates and thoughts, unless the total shows that the candidates' count has the thoughts in it."""
    candidates, thoughts = count(raw.get("candidatesTokenCount")), count(raw.get("thoughtsTokenCount"))
    stated = count(raw.get("totalTokenCount"))
    if prompt is not None and stated is not None:
        if candidates is not None and prompt + candidates == stated:
            return candidates
        if thoughts is None and stated >= prompt + (candidates or 0):
            return stated - prompt  # zeros are left out of the JSON, and so may the thoughts' count be
    return total(candidates, thoughts)
