"""Ollama's native chat. Pure."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, HttpCall
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import Usage
from model_manager.providers.errors.body import is_bare_error, is_error
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import turns
from model_manager.providers.wires.base import DONE, NOTHING, BlockPiece, Delta, Failure, ToolPiece
from model_manager.providers.wires.costs import stated_cost
from model_manager.providers.wires.openai_logprobs import token_logprobs
from model_manager.providers.wires.openai_request import functions
from model_manager.providers.wires.options import (
    Fields,
    NotTakenError,
    OptionContext,
    Write,
    add_options,
    effort_of,
    field,
    switched,
)
from model_manager.providers.wires.payload import as_json, count, mapping, sequence, text

FRAMING: wire.Framing = "ndjson"
AUTH = "bearer"
TOKEN_COUNTING = None
ERROR_PATTERNS: wire.Patterns = ()
_API = "Ollama's API"
_FILES = turns.FileRules(api=_API, images=("system", "user", "assistant", "tool"), image_urls=False)
#: Extras of messages that it takes: thoughts, under the names of other servers too.
_THOUGHTS = ("thinking", "reasoning_content", "reasoning")
_NANOSECONDS = 10**9


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request; `stream` is always stated, for the server's default is true."""
    turns.check_files(messages, _FILES)
    notices = [*turns.left_out(messages, options, _API, _THOUGHTS)]
    body: dict[str, Any] = {
        "model": endpoint.model.model_id,
        "messages": [_message(message, endpoint) for message in turns.in_call_order(messages)],
        "stream": options.stream,
    }
    _, limit = wire.token_limit(endpoint, options)
    if limit is not None:
        body["options"] = {"num_predict": limit}
    if options.tools and options.tool_choice != "none":
        body["tools"] = functions(options.tools)
    if options.answer_format:
        schema = options.answer_format.schema
        body["format"] = "json" if schema is None else dict(schema)
    add_options(body, _OPTIONS, endpoint, options, api=_API, notices=notices)
    return HttpCall(
        url=wire.url_of(endpoint, "/api/chat"),
        headers=wire.headers_of(endpoint, FRAMING, further=options.extra_headers),
        secret_headers=wire.secret_headers_of(endpoint, AUTH),
        body=body,
        notices=tuple(notices),
    )


def _tool_choice(choice: str, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    if choice in {"auto", "none"}:  # it chooses by itself; for "none" it is shown no tools
        return {}
    raise NotTakenError(f"{_API} cannot force a model to call a tool")


def _reasoning(reasoning: str | int, context: OptionContext) -> Fields:
    """Whether to think; gpt-oss, alone, takes an effort (`parameters.reasoning = "effort"`)."""
    if context.endpoint.parameters.get("reasoning") == "effort":
        return {"think": effort_of(reasoning, ("low", "medium", "high"), context)}
    return {"think": switched(reasoning, context)}


def _logprobs(alternatives: int, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    return {"logprobs": True, **({"top_logprobs": alternatives} if alternatives else {})}


_OPTIONS: Mapping[str, Write] = {
    "temperature": field("options", "temperature"),
    "top_p": field("options", "top_p"),
    "stop": field("options", "stop"),
    "seed": field("options", "seed"),
    "tool_choice": _tool_choice,
    "reasoning": _reasoning,
    "logprobs": _logprobs,
}


def _message(message: ChatMessage, endpoint: Endpoint) -> dict[str, Any]:
    """One turn; each may have pictures."""
    pictures = {"images": [image.base64 for image in message.images]} if message.images else {}
    if message.tool_call:
        name = message.tool_call.name
        return {"role": "tool", "content": message.content, "tool_name": name, **pictures}
    asked = [
        {"function": {"name": call.name, "arguments": turns.arguments_of(call)}} for call in message.tool_calls
    ]
    calls = {"tool_calls": asked} if asked else {}
    extras = turns.own_extras(message, endpoint)
    thoughts = next((extras[name] for name in _THOUGHTS if isinstance(extras.get(name), str)), None)
    thinking = {"thinking": thoughts} if thoughts else {}
    return {"role": message.role, "content": message.content, **thinking, **calls, **pictures}


def parse_reply(payload: Any) -> Delta:
    """A whole answer; it has the form of a stream's last line."""
    return _delta(payload)


def parse_event(name: str, payload: Any) -> Delta:  # noqa: ARG001 - its lines have no names
    """One line of a stream."""
    if payload == DONE:
        return NOTHING
    delta = _delta(payload)
    if not (delta.end or delta.error) and is_bare_error(mapping(payload)):
        delta.error = parse_error(None, payload)
    return delta


def _delta(payload: Any) -> Delta:
    body = mapping(payload)
    message = mapping(body.get("message"))
    done = body.get("done") is True
    word = text(body.get("done_reason")) if done else ""
    return Delta(
        text=text(message.get("content")),
        reasoning=text(message.get("thinking")),
        media="an image" if message.get("images") or body.get("image") else "",
        tool_pieces=tuple(_tools(message)),
        blocks=(BlockPiece("thinking", {"value": message["thinking"]}),) if text(message.get("thinking")) else (),
        finish_word=word,
        end=done,
        final=done,
        usage=body if done else None,
        cost_usd=stated_cost(body, None),
        served_model=text(body.get("model")) or None,
        tokens_per_second=_speed(body) if done else None,
        logprobs=tuple(token_logprobs(body["logprobs"])) if body.get("logprobs") else (),
        error=parse_error(None, payload) if is_error(body) else None,
    )


def parse_error(status: int | None, body: Any) -> Failure:
    """The failure that an error body stands for."""
    return failure_of(ERROR_PATTERNS, status, body)


def _tools(message: Mapping[str, Any]) -> Iterator[ToolPiece]:
    """Calls come whole."""
    for item in sequence(message.get("tool_calls")):
        call = mapping(item)
        function = mapping(call.get("function"))
        arguments = function.get("arguments") or {}
        yield ToolPiece(
            index=wire.NEW_TOOL,
            id=text(call.get("id")) or None,
            name=text(function.get("name")),
            arguments=arguments if isinstance(arguments, str) else as_json(arguments),
        )


def _speed(body: Mapping[str, Any]) -> float | None:
    tokens, duration = count(body.get("eval_count")), count(body.get("eval_duration"))
    return tokens * _NANOSECONDS / duration if tokens and duration else None


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """The counts; of a prompt found in its cache Ollama gives none, or zero: either way it is unknown."""
    return Usage(
        input_tokens=count(raw.get("prompt_eval_count")) or None,
        output_tokens=count(raw.get("eval_count")),
        cache_read_tokens=count(raw.get("prompt_eval_cached_count")),
    )


def extras_of(blocks: Sequence[tuple[Hashable, Mapping[str, Any]]]) -> Mapping[str, Any]:
    """The thoughts, which the models' templates take back with a call of a tool."""
    return {str(key): fields["value"] for key, fields in blocks}
