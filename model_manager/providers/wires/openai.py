"""OpenAI's chat completions, as OpenAI, Groq, Mistral, xAI, OpenRouter, llama.cpp and many more speak it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import AnswerFormat, ChatMessage, ChatOptions, FinishReason, HttpCall, Tool
from model_manager.core.pricing import Usage
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires import base as wire
from model_manager.providers.wires.base import DONE, Delta, Failure, ToolPiece
from model_manager.providers.wires.payload import amount, as_json, count, first, mapping, sequence, text, total

FRAMING: wire.Framing = "sse"
FINISH_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
#: Finish reasons that say the provider gave up: (word, kind).
BREAKDOWNS = {"error": "server", "insufficient_system_resource": "overloaded"}
_XAI_TICKS_PER_DOLLAR = Decimal(10**10)


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request.

    Raises:
        ProviderError: pictures in a turn that may have none.
    """
    wire.check_pictures(messages, ("system", "user", "assistant"), "OpenAI's API")
    notices: list[str] = []
    body: dict[str, Any] = {
        "model": endpoint.model.model_id,
        "messages": [_message(message) for message in wire.with_call_ids(messages)],
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
        body["tools"] = functions(options.tools)
    if options.answer_format:
        body["response_format"] = _response_format(options.answer_format)
    return HttpCall(
        url=wire.url_of(endpoint, "/chat/completions"),
        headers=wire.headers_of(endpoint, FRAMING),
        secret_headers=wire.secret_headers_of(endpoint),
        body=body,
        notices=tuple(notices),
    )


def _message(message: ChatMessage) -> dict[str, Any]:
    """One turn."""
    if message.tool_call:
        return {"role": "tool", "tool_call_id": message.tool_call.id, "content": message.content}
    if not message.tool_calls:
        return {"role": message.role, "content": _content(message)}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
        for call in message.tool_calls
    ]
    return {"role": message.role, "content": _content(message) or None, "tool_calls": calls}


def _content(message: ChatMessage) -> str | list[dict[str, Any]]:
    """The text, or parts where there are pictures."""
    if not message.images:
        return message.content
    urls = (f"data:{image.media_type};base64,{image.base64}" for image in message.images)
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    words = [{"type": "text", "text": message.content}] if message.content else []
    return [*words, *pictures]


def functions(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """Tools as OpenAI and Ollama take them."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
            },
        }
        for tool in tools
    ]


def _response_format(form: AnswerFormat) -> dict[str, Any]:
    schema = {"name": form.name, "strict": True, "schema": dict(form.schema)}
    return {"type": "json_schema", "json_schema": schema}


def parse_reply(payload: Any) -> Delta:
    """A whole answer; the document's own end is its end mark."""
    return _delta(payload, "message", whole=True)


def parse_event(name: str, payload: Any) -> Delta:
    """One event of a stream."""
    if payload == DONE:
        return Delta(end=True, final=True)
    if name == "error":
        return Delta(error=parse_error(None, payload))
    return _delta(payload, "delta", whole=False)


def parse_error(status: int | None, body: Any) -> Failure:
    """What an error body means."""
    return failure_of("openai", status, body)


def _delta(payload: Any, part: str, *, whole: bool) -> Delta:
    body = mapping(payload)
    if body.get("error") or body.get("object") == "error":
        return Delta(error=parse_error(None, payload))
    choice = _choice(body)
    said = mapping(choice.get(part if part in choice else "message"))
    word = text(choice.get("finish_reason"))
    if word in BREAKDOWNS:
        kind = BREAKDOWNS[word]
        return Delta(error=Failure(kind=kind, message=f"the answer broke off ({word})", code=word))
    return Delta(
        text=visible_text(said.get("content")),
        refusal=text(said.get("refusal")),
        tool_pieces=tuple(_tool_pieces(said)) if said.get("tool_calls") or said.get("function_call") else (),
        finish_reason=FINISH_REASONS.get(word),
        finish_word=word,
        end=bool(word) or (whole and bool(choice)),
        usage=_usage(body, choice),
        served_model=text(body.get("model")) or None,
        request_id=text(mapping(body.get("x_groq")).get("id")) or text(body.get("id")) or None,
    )


def _choice(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first choice; the last event of a stream often has none."""
    for choice in sequence(body.get("choices")):
        if isinstance(choice, dict) and not choice.get("index"):
            return choice
    return {}


def visible_text(content: Any) -> str:
    """The text of a content that is a string or a list of parts; thoughts are left out."""
    if isinstance(content, str):
        return content
    parts = (mapping(part) for part in sequence(content))
    return "".join(text(part.get("text")) for part in parts if part.get("type") in {"text", "output_text"})


def _tool_pieces(said: Mapping[str, Any]) -> Iterable[ToolPiece]:
    old_style = mapping(said.get("function_call"))
    if old_style:
        yield _tool_piece(0, None, old_style)
    for position, item in enumerate(sequence(said.get("tool_calls"))):
        call = mapping(item)
        index = first(count(call.get("index")), position)
        yield _tool_piece(index or 0, text(call.get("id")) or None, mapping(call.get("function")))


def _tool_piece(index: int, call_id: str | None, function: Mapping[str, Any]) -> ToolPiece:
    arguments = function.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = as_json(arguments)
    return ToolPiece(index=index, id=call_id, name=text(function.get("name")), arguments=arguments or "")


def _usage(body: Mapping[str, Any], choice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Groq also writes it below x_groq, Moonshot below the choice."""
    for holder in (body, mapping(body.get("x_groq")), choice):
        if usage := mapping(holder.get("usage")):
            return usage
    return None


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """The counts: cached tokens are parts of the prompt, reasoning a part of the completion."""
    prompt = first(count(raw.get("prompt_tokens")), count(raw.get("input_tokens")))
    completion = first(count(raw.get("completion_tokens")), count(raw.get("output_tokens")))
    details = mapping(raw.get("prompt_tokens_details")) or mapping(raw.get("input_tokens_details"))
    spent = mapping(raw.get("completion_tokens_details")) or mapping(raw.get("output_tokens_details"))
    reasoning = first(count(spent.get("reasoning_tokens")), count(raw.get("reasoning_tokens")))
    if _reasoning_is_outside(prompt, completion, reasoning, count(raw.get("total_tokens"))):
        completion = total(completion, reasoning)
    return Usage(
        input_tokens=prompt,
        output_tokens=completion,
        cache_read_tokens=first(count(details.get("cached_tokens")), count(raw.get("prompt_cache_hit_tokens"))),
        cache_write_tokens=count(details.get("cache_write_tokens")),
        reasoning_tokens=reasoning,
    )


def _reasoning_is_outside(
    prompt: int | None, completion: int | None, reasoning: int | None, stated: int | None
) -> bool:
    """Whether reasoning is counted beside the completion: xAI does both, and the total tells which."""
    if not reasoning or completion is None:
        return False
    if prompt is None or stated is None:
        return reasoning > completion
    return stated >= prompt + completion + reasoning


def read_cost(raw: Mapping[str, Any]) -> Decimal | None:
    """What OpenRouter (`cost`, in dollars) or xAI (`cost_in_usd_ticks`) says it charged."""
    dollars = amount(raw.get("cost"))
    if dollars is not None:
        return dollars
    ticks = amount(raw.get("cost_in_usd_ticks"))
    return None if ticks is None else ticks / _XAI_TICKS_PER_DOLLAR
