"""Google's generateContent. Pure."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, HttpCall, ToolCall
from model_manager.core.options import ChatOptions, Tool
from model_manager.core.parts import Image, Text
from model_manager.core.pricing import Usage
from model_manager.providers.errors.body import is_bare_error, is_error
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import turns
from model_manager.providers.wires.base import DONE, NOTHING, BlockPiece, Delta, Failure, ToolPiece
from model_manager.providers.wires.costs import stated_cost
from model_manager.providers.wires.payload import as_json, count, decode, mapping, sequence, text, total

FRAMING: wire.Framing = "sse"
AUTH = "x-goog-api-key"
ERROR_PATTERNS: wire.Patterns = ()
_API = "Google's API"
#: Extras of messages and calls that it takes.
_TAKEN = frozenset({"content_parts", "extra_content"})
_MEDIA = {"image": "a picture", "audio": "a sound", "video": "a video"}
_SEARCHES = "webSearchQueries"
_ROLES = {"user": "user", "assistant": "model"}


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request; system messages become the system instruction.

    Raises:
        ProviderError: pictures in a turn that may have none.
    """
    turns.check_pictures(messages, ("user", "assistant", "tool"), _API)
    notices = [*turns.left_out(messages, options, _API, _TAKEN)]
    body: dict[str, Any] = {"contents": _contents(messages, endpoint)}
    system = [part for message in messages if message.role == "system" for part in _said(message)]
    if system:
        body["systemInstruction"] = {"parts": system}
    _, limit = wire.token_limit(endpoint, options)
    settings = {
        "maxOutputTokens": limit,
        "temperature": wire.temperature_of(endpoint, options, notices),
        "responseMimeType": "application/json" if options.answer_format else None,
        "responseJsonSchema": dict(options.answer_format.schema) if options.answer_format else None,
    }
    stated = {name: value for name, value in settings.items() if value is not None}
    if stated:
        body["generationConfig"] = stated
    if options.tools:
        body["tools"] = [{"functionDeclarations": [_declaration(tool) for tool in options.tools]}]
    return HttpCall(
        url=wire.url_of(endpoint, _path(endpoint.model.model_id, stream=options.stream)),
        headers=wire.headers_of(endpoint, FRAMING),
        secret_headers=wire.secret_headers_of(endpoint, AUTH),
        body=body,
        notices=tuple(notices),
    )


def _contents(messages: Sequence[ChatMessage], endpoint: Endpoint) -> list[dict[str, Any]]:
    """The turns of user and model; the results of tools are the user's, all those of one turn together."""
    said: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for message in turns.in_call_order(messages):
        if message.tool_call:
            if not results:
                said.append({"role": "user", "parts": results})
            results.append({"functionResponse": _response(message.tool_call, message)})
        elif message.role != "system":
            results = []
            parts = _parts(message, turns.own_extras(message, endpoint))
            said.append({"role": _ROLES[message.role], "parts": parts})
    return said


def _response(call: ToolCall, message: ChatMessage) -> dict[str, Any]:
    """A tool's result: an object, as the wire wants it, and pictures."""
    try:
        result = decode(message.content)
    except ValueError:
        result = None
    identity = {"id": call.id} if call.id else {}
    response = result if isinstance(result, dict) else {"result": message.content}
    pictures = {"parts": _pictures(message)} if message.images else {}
    return {**identity, "name": call.name, "response": response, **pictures}


def _pictures(message: ChatMessage) -> list[dict[str, Any]]:
    return [_part(image) for image in message.images]


def _call_part(call: ToolCall) -> dict[str, Any]:
    identity = {"id": call.id} if call.id else {}
    part: dict[str, Any] = {"functionCall": {**identity, "name": call.name, "args": turns.arguments_of(call)}}
    # Newer models refuse a call of theirs that comes back without its signature.
    return {**part, "thoughtSignature": call.signature} if call.signature else part


def _parts(message: ChatMessage, extras: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of a turn; one of Google's own goes back as it came, with its signatures."""
    came = extras.get("content_parts")
    if isinstance(came, list) and _says_the_same(came, message):
        return came
    return [*_said(message), *map(_call_part, message.tool_calls)]


def _says_the_same(parts: Sequence[Any], message: ChatMessage) -> bool:
    """Whether the parts are those of this turn, and nobody has changed it since."""
    tables = [mapping(part) for part in parts]
    calls = [text(mapping(part["functionCall"]).get("name")) for part in tables if part.get("functionCall")]
    words = "".join(text(part.get("text")) for part in tables)
    return words == message.content and calls == [call.name for call in message.tool_calls]


def _said(message: ChatMessage) -> list[dict[str, Any]]:
    """Text and pictures in their order; empty text is a part only where there is nothing else."""
    if message.parts:
        return [_part(part) for part in message.parts]
    bare = not (message.images or message.tool_calls)
    words = [{"text": message.content}] if message.content or bare else []
    return [*_pictures(message), *words]


def _part(part: Text | Image) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    return {"inlineData": {"mimeType": part.media_type, "data": part.base64}}


def _declaration(tool: Tool) -> dict[str, Any]:
    """A function; `parameters` would take but a part of JSON schema."""
    return {
        "name": tool.name,
        "description": tool.description,
        "parametersJsonSchema": dict(tool.parameters),
    }


def _path(model_id: str, *, stream: bool) -> str:
    name = quote(model_id.removeprefix("models/"), safe="")
    return f"/v1beta/models/{name}:{'streamGenerateContent?alt=sse' if stream else 'generateContent'}"


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
        error=parse_error(None, payload) if is_error(body) or name == "error" else None,
    )


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
