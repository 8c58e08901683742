"""OpenAI's chat completions, as OpenAI, Groq, Mistral, xAI, OpenRouter, llama.cpp and many more speak it. Pure."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from model_manager.core.chat.schemas import is_closed
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, HttpCall, ToolCall
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Image, Text
from model_manager.providers.errors.body import filtered, is_bare_error, is_error
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import turns
from model_manager.providers.wires.base import DONE, BlockPiece, Delta, Failure
from model_manager.providers.wires.costs import stated_cost
from model_manager.providers.wires.endings import most_telling
from model_manager.providers.wires.openai_tools import tool_pieces
from model_manager.providers.wires.openai_usage import read_usage, speed_of, usage_of
from model_manager.providers.wires.payload import count, mapping, sequence, text

__all__ = [
    "AUTH",
    "ERROR_PATTERNS",
    "FRAMING",
    "build_call",
    "extras_of",
    "parse_error",
    "parse_event",
    "read_usage",
]

FRAMING: wire.Framing = "sse"
_API = "OpenAI's API"
AUTH = "bearer"
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


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request.

    Raises:
        ProviderError: pictures in a turn that may have none.
    """
    turns.check_pictures(messages, ("system", "user", "assistant"), _API)
    notices = [*turns.left_out(messages, options, _API, None)]
    body: dict[str, Any] = {
        "model": endpoint.model.model_id,
        "messages": [_message(message, endpoint) for message in turns.with_call_ids(messages)],
        "stream": options.stream,
    }
    if options.stream and endpoint.parameters.get("stream_usage", True):
        body["stream_options"] = {"include_usage": True}
    field, limit = wire.token_limit(endpoint, options)
    if field and limit is not None:
        body[field] = limit
    elif limit is not None and options.max_tokens_asked:
        notices.append(f"the limit of {limit} tokens is left out: {endpoint.model.id} does not accept one")
    temperature = wire.temperature_of(endpoint, options, notices)
    if temperature is not None:
        body["temperature"] = temperature
    if options.tools:
        body["tools"] = functions(options.tools, frozenset({"strict"}))
    if options.answer_format:
        body["response_format"] = _response_format(options.answer_format)
    return HttpCall(
        url=wire.url_of(endpoint, "/chat/completions"),
        headers=wire.headers_of(endpoint, FRAMING),
        secret_headers=wire.secret_headers_of(endpoint, AUTH),
        body=body,
        notices=tuple(notices),
    )


def _message(message: ChatMessage, endpoint: Endpoint) -> dict[str, Any]:
    """One turn."""
    if message.tool_call:
        content = _content(message)
        return {**message.extras, "role": "tool", "tool_call_id": message.tool_call.id, "content": content}
    is_ours = turns.goes_back(message, endpoint)
    extras = {name: value for name, value in message.extras.items() if is_ours and name not in turns.OTHERS_EXTRAS}
    turn = {**extras, "role": message.role, "content": _content(message)}
    if message.tool_calls:
        turn["content"] = turn["content"] or None
        turn["tool_calls"] = [_call(call, with_extras=is_ours) for call in message.tool_calls]
    return turn


def _call(call: ToolCall, *, with_extras: bool) -> dict[str, Any]:
    extras = call.extras if with_extras else {}
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {**extras, "id": call.id, "type": "function", "function": function}


def _content(message: ChatMessage) -> str | list[dict[str, Any]]:
    """The text, or parts where there are several."""
    if message.parts:
        return [_part(part) for part in message.parts]
    if not message.images:
        return message.content
    words = [_part(Text(message.content))] if message.content else []
    return [*words, *map(_part, message.images)]


def _part(part: Text | Image) -> dict[str, Any]:
    if isinstance(part, Text):
        return {**part.extras, "type": "text", "text": part.text}
    picture = {"url": f"data:{part.media_type};base64,{part.base64}"}
    if part.detail:
        picture["detail"] = part.detail
    return {**part.extras, "type": "image_url", "image_url": picture}


def functions(tools: Iterable[Tool], inner: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """Tools as OpenAI and Ollama take them: extras named in `inner` belong to the function, None sends none."""
    return [
        {
            **({} if inner is None else {name: value for name, value in tool.extras.items() if name not in inner}),
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
                **{name: value for name, value in tool.extras.items() if name in (inner or ())},
            },
        }
        for tool in tools
    ]


def _response_format(form: AnswerFormat) -> dict[str, Any]:
    strict = is_closed(form.schema) if form.strict is None else form.strict
    schema = {"name": form.name, **({"strict": True} if strict else {}), "schema": dict(form.schema)}
    return {"type": "json_schema", "json_schema": schema}


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
    delta.error = _error(body, choices)


def _add_message(delta: Delta, said: Mapping[str, Any], *, whole: bool) -> None:
    """Take in the parts of a message besides text."""
    delta.text += _spoken(said)
    delta.reasoning += _thoughts(said)
    delta.refusal += text(said.get("refusal"))
    delta.media = delta.media or _media(said)
    delta.tool_pieces += tuple(tool_pieces(said, whole=whole))
    delta.blocks = (*delta.blocks, *_blocks(said))


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
    if shown or not isinstance(said.get("content"), list):
        return shown
    parts = (mapping(part) for part in said["content"])
    return "".join(visible_text(part.get("thinking")) for part in parts if part.get("type") == "thinking")


def _media(said: Mapping[str, Any]) -> str:
    kinds = {mapping(part).get("type") for part in sequence(said.get("content"))}
    if said.get("images") or kinds & {"image_url", "image", "output_image"}:
        return "a picture"
    return "a sound" if said.get("audio") or kinds & {"audio", "input_audio", "output_audio"} else ""


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
