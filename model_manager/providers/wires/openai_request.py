"""OpenAI's requests: a conversation as messages, and the options. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_manager.core.chat.schemas import is_closed
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, HttpCall, Role, ToolCall
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Audio, Document, Part, ProviderPart, Text
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import turns
from model_manager.providers.wires.options import (
    Fields,
    OptionContext,
    Write,
    add_options,
    budget_of,
    effort_of,
    field,
    switched,
)

AUTH = "bearer"
_API = "OpenAI's API"
_SPEAKERS: Sequence[Role] = ("system", "user", "assistant")
_FILES = turns.FileRules(
    api=_API,
    form="openai",
    images=_SPEAKERS,
    documents=_SPEAKERS[1:2],
    document_urls=False,
    audio=("user", "assistant"),
)
#: Extras of tools that gateways to Anthropic take beside the function.
_OUTER_EXTRAS = frozenset(
    {"cache_control", "defer_loading", "input_examples", "eager_input_streaming", "allowed_callers"}
)
#: What sounds are called, where it is not the second half of their media type.
_FORMATS = {"audio/mpeg": "mp3"}


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request.

    Raises:
        ProviderError: pictures in a turn that may have none.
    """
    turns.check_files(messages, _FILES)
    if endpoint.parameters.get("cache") == "cache_control":
        messages = turns.with_cache_marks(messages, options.cache)
    notices = [*turns.left_out(messages, options, _API, None)]
    body: dict[str, Any] = {
        "model": endpoint.model.model_id,
        "messages": [_message(message, endpoint) for message in turns.with_call_ids(messages)],
        "stream": options.stream,
    }
    if options.stream and endpoint.parameters.get("stream_usage", True):
        body["stream_options"] = {"include_usage": True}
    limiting, limit = wire.token_limit(endpoint, options)
    if limiting and limit is not None:
        body[limiting] = limit
    elif limit is not None and options.max_tokens_asked:
        notices.append(f"the limit of {limit} tokens is left out: {endpoint.model.id} does not accept one")
    if options.tools:
        body["tools"] = functions(options.tools, _OUTER_EXTRAS)
    if options.answer_format:
        body["response_format"] = _response_format(options.answer_format)
    add_options(body, _OPTIONS, endpoint, options, api=_API, notices=notices)
    return HttpCall(
        url=wire.url_of(endpoint, "/chat/completions"),
        headers=wire.headers_of(endpoint, "sse", further=options.extra_headers),
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


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        extras = {name: value for name, value in part.extras.items() if name not in turns.OTHERS_EXTRAS}
        return {**extras, "type": "text", "text": part.text}
    if isinstance(part, ProviderPart):
        return {**part.block, **part.extras}
    if isinstance(part, Audio):
        form = _FORMATS.get(part.media_type, part.media_type.removeprefix("audio/"))
        return {**part.extras, "type": "input_audio", "input_audio": {"data": part.base64, "format": form}}
    data = f"data:{part.media_type};base64,{part.base64}"
    if isinstance(part, Document):
        file = {"filename": part.name or "document.pdf", "file_data": data}
        return {**part.extras, "type": "file", "file": file}
    picture = {"url": part.url or data}
    if part.detail:
        picture["detail"] = part.detail
    return {**part.extras, "type": "image_url", "image_url": picture}


def functions(tools: Iterable[Tool], outer: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """Tools as OpenAI and Ollama take them: extras belong to the function, but for those in `outer`.

    None sends none of them.
    """
    return [_function(tool, outer or frozenset(), {} if outer is None else tool.extras) for tool in tools]


def _function(tool: Tool, outer: frozenset[str], extras: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    function.update((name, value) for name, value in extras.items() if name not in outer)
    beside = {name: value for name, value in extras.items() if name in outer}
    return {**beside, "type": "function", "function": function}


def _response_format(form: AnswerFormat) -> dict[str, Any]:
    if form.schema is None:
        return {"type": "json_object"}
    strict = is_closed(form.schema) if form.strict is None else form.strict
    said = {"description": form.description} if form.description else {}
    schema = {"name": form.name, **said, **({"strict": True} if strict else {}), "schema": dict(form.schema)}
    return {"type": "json_schema", "json_schema": schema}


def _tool_choice(choice: str, context: OptionContext) -> Fields:
    if choice in {"auto", "none", "required"}:
        word = context.endpoint.parameters.get("tool_choice", choice) if choice == "required" else choice
        return {"tool_choice": word}
    if context.endpoint.parameters.get("tool_choice") == "required":  # llama.cpp, LM Studio
        return _only_tool(choice, context)
    return {"tool_choice": {"type": "function", "function": {"name": choice}}}


def _only_tool(name: str, context: OptionContext) -> Fields:
    """One tool and no other, where a server takes words alone: llama.cpp reads a name as if nothing were said."""
    tools = [tool for tool in context.options.tools if tool.name == name]
    if len(tools) < len(context.options.tools):
        context.notices.append(f"only the tool {name} is sent, as required, because the API cannot name one")
    return {"tool_choice": "required", "tools": functions(tools, _OUTER_EXTRAS)}


def _reasoning(reasoning: str | int, context: OptionContext) -> Fields:
    """The effort, or what stands for it in the form that a provider has (`parameters.reasoning`)."""
    form = context.endpoint.parameters.get("reasoning", "reasoning_effort")
    is_on = reasoning != "none"
    if form == "reasoning":  # OpenRouter
        return {form: {"max_tokens" if isinstance(reasoning, int) else "effort": reasoning}}
    if form == "thinking":  # Moonshot
        return {form: {"type": "enabled" if switched(reasoning, context) else "disabled"}}
    if form == "thinking_effort":  # DeepSeek, Z.ai
        effort = {"reasoning_effort": effort_of(reasoning, _EFFORTS_BESIDE, context)} if is_on else {}
        return {"thinking": {"type": "enabled" if is_on else "disabled"}, **effort}
    if form == "enable_thinking":  # Alibaba
        budget = {"thinking_budget": budget_of(reasoning, context)} if is_on else {}
        return {form: is_on, **budget}
    return {form: effort_of(reasoning, _EFFORTS, context) if isinstance(reasoning, int) else reasoning}


def _logprobs(alternatives: int, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    return {"logprobs": True, **({"top_logprobs": alternatives} if alternatives else {})}


_EFFORTS = ("low", "medium", "high")
_EFFORTS_BESIDE = (*_EFFORTS, "xhigh", "max")
_OPTIONS: Mapping[str, Write] = {
    "temperature": field("temperature"),
    "top_p": field("top_p"),
    "stop": field("stop"),
    "seed": lambda seed, context: {context.endpoint.parameters.get("seed", "seed"): seed},
    "tool_choice": _tool_choice,
    "parallel_tool_calls": field("parallel_tool_calls"),
    "reasoning": _reasoning,
    "service_tier": field("service_tier"),
    "logprobs": _logprobs,
    "metadata": field("metadata"),
}
