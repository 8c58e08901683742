"""Google's generateContent. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, ChatOptions, FinishReason, HttpCall, Tool, ToolCall
from model_manager.core.pricing import Usage
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires.base import DONE, NOTHING, Delta, Failure, ToolPiece
from model_manager.providers.wires.payload import as_json, count, decode, mapping, sequence, text, total

FRAMING: wire.Framing = "sse"
_BLOCKED = (
    "SAFETY RECITATION LANGUAGE BLOCKLIST PROHIBITED_CONTENT SPII IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT"
    " IMAGE_RECITATION MODEL_ARMOR"
)
#: The other words (OTHER, MALFORMED_FUNCTION_CALL, …) have no counterpart of ours.
FINISH_REASONS: Mapping[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(_BLOCKED.split(), "content_filter"),
}
_ROLES = {"user": "user", "assistant": "model"}


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request; system messages become the system instruction.

    Raises:
        ProviderError: pictures in a turn that may have none.
    """
    wire.check_pictures(messages, ("user", "assistant", "tool"), "Google's API")
    notices: list[str] = []
    body: dict[str, Any] = {"contents": _contents(messages)}
    system = [{"text": message.content} for message in messages if message.role == "system"]
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
        secret_headers=wire.secret_headers_of(endpoint),
        body=body,
        notices=tuple(notices),
    )


def _contents(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """The turns of user and model; the results of tools are the user's, all those of one turn together."""
    turns: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for message in wire.in_call_order(messages):
        if message.tool_call:
            if not results:
                turns.append({"role": "user", "parts": results})
            results.append({"functionResponse": _response(message.tool_call, message)})
        elif message.role != "system":
            results = []
            turns.append({"role": _ROLES[message.role], "parts": _parts(message)})
    return turns


def _response(call: ToolCall, message: ChatMessage) -> dict[str, Any]:
    """What a tool returned: an object, as the wire wants it, and pictures."""
    try:
        result = decode(message.content)
    except ValueError:
        result = None
    identity = {"id": call.id} if call.id else {}
    response = result if isinstance(result, dict) else {"result": message.content}
    pictures = {"parts": _pictures(message)} if message.images else {}
    return {**identity, "name": call.name, "response": response, **pictures}


def _pictures(message: ChatMessage) -> list[dict[str, Any]]:
    return [{"inlineData": {"mimeType": image.media_type, "data": image.base64}} for image in message.images]


def _call_part(call: ToolCall) -> dict[str, Any]:
    identity = {"id": call.id} if call.id else {}
    part: dict[str, Any] = {"functionCall": {**identity, "name": call.name, "args": wire.arguments_of(call)}}
    # Newer models refuse a call of theirs that comes back without its signature.
    return {**part, "thoughtSignature": call.signature} if call.signature else part


def _parts(message: ChatMessage) -> list[dict[str, Any]]:
    """The parts of a turn; empty text is one only where there is nothing else."""
    pictures, calls = _pictures(message), map(_call_part, message.tool_calls)
    bare = not (message.images or message.tool_calls)
    words = [{"text": message.content}] if message.content or bare else []
    return [*pictures, *words, *calls]


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
    return parse_event("", payload)


def parse_event(name: str, payload: Any) -> Delta:  # noqa: ARG001 - its events have no names
    """One event of a stream."""
    if payload == DONE:
        return NOTHING
    body = mapping(payload)
    if body.get("error"):
        return Delta(error=parse_error(None, payload))
    candidate = mapping(next(iter(sequence(body.get("candidates"))), None))
    word = text(candidate.get("finishReason"))
    reason = FINISH_REASONS.get(word)
    blocked = text(mapping(body.get("promptFeedback")).get("blockReason"))
    if blocked and not word:
        word, reason = blocked, "content_filter"
    parts = [mapping(part) for part in sequence(mapping(candidate.get("content")).get("parts"))]
    return Delta(
        text="".join(text(part.get("text")) for part in parts if not part.get("thought")),
        refusal=f"the prompt was blocked ({blocked})" if blocked else "",
        tool_pieces=tuple(_tools(parts)),
        finish_reason=reason,
        finish_word=word,
        end=bool(word),
        usage=mapping(body.get("usageMetadata")) or None,
        served_model=text(body.get("modelVersion")) or None,
        request_id=text(body.get("responseId")) or None,
    )


def parse_error(status: int | None, body: Any) -> Failure:
    """What an error body means."""
    return failure_of("gemini", status, body)


def _tools(parts: Sequence[Mapping[str, Any]]) -> Iterator[ToolPiece]:
    """Calls come whole."""
    for part in parts:
        call = mapping(part.get("functionCall"))
        if call:
            arguments = as_json(call.get("args") or {})
            yield ToolPiece(
                index=wire.NEW_TOOL,
                id=text(call.get("id")) or None,
                name=text(call.get("name")),
                arguments=arguments,
                signature=text(part.get("thoughtSignature")) or None,
            )


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """The counts: thoughts stand outside the candidates' tokens, tool prompts outside the prompt's."""
    prompt, tools = count(raw.get("promptTokenCount")), count(raw.get("toolUsePromptTokenCount"))
    return Usage(
        input_tokens=None if prompt is None else total(prompt, tools),
        output_tokens=_output(raw, total(prompt, tools)),
        cache_read_tokens=count(raw.get("cachedContentTokenCount")),
        reasoning_tokens=count(raw.get("thoughtsTokenCount")),
    )


def _output(raw: Mapping[str, Any], prompt: int | None) -> int | None:
    """Candidates and thoughts, unless the total shows that the candidates' count has the thoughts in it."""
    candidates, thoughts = count(raw.get("candidatesTokenCount")), count(raw.get("thoughtsTokenCount"))
    stated = count(raw.get("totalTokenCount"))
    if prompt is not None and stated is not None:
        if candidates is not None and prompt + candidates == stated:
            return candidates
        if candidates is None and thoughts is None and stated >= prompt:
            return stated - prompt  # zeros are left out of the JSON
    return total(candidates, thoughts)


def read_cost(raw: Mapping[str, Any]) -> Decimal | None:  # noqa: ARG001 - every wire has it
    """Google states no cost."""
    return None
