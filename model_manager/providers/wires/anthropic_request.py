"""Anthropic's requests: a conversation as turns of user and assistant, made of blocks. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from model_manager.core.chat.schemas import without_bounds, without_further_properties
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, HttpCall, ToolCall
from model_manager.core.options import ChatOptions, Tool
from model_manager.core.parts import Document, Image, ProviderPart, Text
from model_manager.errors import ProviderError
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import turns
from model_manager.providers.wires.options import (
    Fields,
    NotTakenError,
    OptionContext,
    Write,
    add_options,
    budget_of,
    effort_of,
    field,
)
from model_manager.providers.wires.payload import mapping, sequence, text

AUTH = "x-api-key"
VERSION = "2026-10-21"
#: The limit where nobody gave one: the wire demands a value.
DEFAULT_MAX_TOKENS = 4096
_API = "Anthropic's API"
_FILES = turns.FileRules(api=_API, form="anthropic", images=("user", "tool"), documents=("user", "tool"))
_NO_ID_LETTER = re.compile(r"[^A-Za-z0-9_-]")
#: Extras of messages and parts that it takes.
_TAKEN = frozenset(
    {
        *("cache_control", "citations", "title", "context", "is_error"),
        *("thinking_blocks", "content_blocks", "document_block"),
    }
)
_TOOL_EXTRAS = frozenset(
    {"cache_control", "strict", "defer_loading", "input_examples", "eager_input_streaming", "allowed_callers"}
)


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request; system messages go to the top level.

    Raises:
        ProviderError: pictures in a turn that may have none.
    """
    turns.check_files(messages, _FILES)
    moved = turns.moved_prompts(messages, _API)
    messages = turns.with_cache_marks(messages, options.cache)
    notices = [*moved, *turns.left_out(messages, options, _API, _TAKEN | _TOOL_EXTRAS)]
    headers = wire.headers_of(endpoint, "sse", {"anthropic-version": VERSION}, further=options.extra_headers)
    _, limit = wire.token_limit(endpoint, options)
    body: dict[str, Any] = {
        "model": endpoint.model.model_id,
        "max_tokens": DEFAULT_MAX_TOKENS if limit is None else limit,
        "messages": _turns(messages, endpoint),
        "stream": options.stream,
    }
    system = _system([message for message in messages if message.role == "system"])
    if system:
        body["system"] = system
    body.update(_extras(options))
    add_options(body, _OPTIONS, endpoint, options, api=_API, notices=notices)
    return HttpCall(
        url=wire.url_of(endpoint, "/v1/messages"),
        headers=headers,
        secret_headers=wire.secret_headers_of(endpoint, AUTH),
        body=body,
        notices=tuple(notices),
    )


def _system(messages: Sequence[ChatMessage]) -> str | list[dict[str, Any]]:
    """The system prompts as one text, or as blocks where one has several parts."""
    if not any(message.parts or "cache_control" in message.extras for message in messages):
        return "\n\n".join(message.content for message in messages)
    return [block for message in messages for block in _blocks(message)]


def _turns(messages: Sequence[ChatMessage], endpoint: Endpoint) -> list[dict[str, Any]]:
    """The turns of user and assistant; results of tools are the user's, all those of one turn together."""
    said: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for message in turns.with_call_ids(messages):
        if message.tool_call:
            if not results:
                said.append({"role": "user", "content": results})
            marks = {
                name: message.extras[name] for name in ("is_error", "cache_control") if name in message.extras
            }
            results.append(
                {
                    "type": "tool_result",
                    "tool_use_id": _id(message.tool_call),
                    "content": _content(replace(message, extras={}), {}),
                    **marks,
                }
            )
        elif message.role != "system":
            results = []
            extras = turns.own_extras(message, endpoint)
            said.append({"role": message.role, "content": _content(message, extras)})
    return said


def _id(call: ToolCall) -> str:
    """The id of a call, which may come from another provider, in the letters that Anthropic takes."""
    return _NO_ID_LETTER.sub("_", call.id or "")


def _content(message: ChatMessage, extras: Mapping[str, Any]) -> str | list[dict[str, Any]]:
    """The text, or blocks where there is more; a turn of Anthropic's own goes back as it came."""
    came = extras.get("content_blocks")
    if isinstance(came, list) and _says_the_same(came, message):
        return came
    thoughts = [dict(block) for block in sequence(extras.get("thinking_blocks")) if isinstance(block, dict)]
    if not (
        thoughts or message.images or message.tool_calls or message.parts or "cache_control" in message.extras
    ):
        return message.content
    return [*thoughts, *_blocks(message), *map(_use, message.tool_calls)]


def _says_the_same(blocks: Sequence[Any], message: ChatMessage) -> bool:
    """Whether the blocks are those of this turn, and nobody has changed it since."""
    tables = [mapping(block) for block in blocks]
    words = [text(block.get("text")) for block in tables if block.get("type") == "text"]
    calls = [_id(ToolCall(id=block.get("id"), name="")) for block in tables if block.get("type") == "tool_use"]
    # Answers put their texts together as they are, mappings with a line between them.
    is_said = message.content in {"".join(words), "\n".join(words)}
    return is_said and calls == [_id(call) for call in message.tool_calls]


def _blocks(message: ChatMessage) -> list[dict[str, Any]]:
    """Text and pictures in their order; without an order the pictures come first, as Anthropic advises."""
    parts = message.parts or (*message.images, Text(message.content))
    # A block of blank text is refused.
    blocks = [_block(part) for part in parts if isinstance(part, _Block) or _is_said(part)]
    if "cache_control" in message.extras and blocks:
        blocks[-1].setdefault("cache_control", message.extras["cache_control"])
    return blocks


def _is_said(part: Any) -> TypeGuard[Text]:
    return isinstance(part, Text) and bool(part.text.strip())


_Block = Image | Document | ProviderPart


def _block(part: Text | _Block) -> dict[str, Any]:
    extras = {name: value for name, value in part.extras.items() if name in _TAKEN}
    if isinstance(part, Text):
        came = extras.pop("document_block", {"type": "text", "text": part.text})
        return {**came, **extras}
    if isinstance(part, ProviderPart):
        return {**part.block, **extras}
    source = {"type": "base64", "media_type": part.media_type, "data": part.base64}
    if part.url:
        source = {"type": "url", "url": part.url}
    if isinstance(part, Image):
        return {"type": "image", "source": source, **extras}
    title = {"title": part.name} if part.name else {}
    return {"type": "document", "source": source, **title, **extras}


def _use(call: ToolCall) -> dict[str, Any]:
    return {"type": "tool_use", "id": _id(call), "name": call.name, "input": turns.arguments_of(call)}


def _extras(options: ChatOptions) -> Iterator[tuple[str, Any]]:
    """The fields for tools and for the form of the answer."""
    if options.tools:
        yield "tools", [_tool_of(tool) for tool in options.tools]
    if options.answer_format:
        if options.answer_format.schema is None:
            raise _no_json_object()
        # It refuses objects that are not closed, and bounds.
        schema = without_bounds(without_further_properties(options.answer_format.schema))
        yield "output_config", {"format": {"type": "json_schema", "schema": schema}}


def _no_json_object() -> ProviderError:
    """The refusal of an answer that is any JSON object: the API holds answers to a schema alone."""
    error = ProviderError(
        "bad_request",
        f"{_API} does not support the response format json_object",
        hint="pass a JSON schema as `response_format`, or choose a model of another provider",
    )
    error.is_lack = True
    return error


def _tool_of(tool: Tool) -> dict[str, Any]:
    extras = {name: value for name, value in tool.extras.items() if name in _TOOL_EXTRAS}
    return {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters), **extras}


def _sampling(name: str) -> Write:
    def write(value: Any, context: OptionContext) -> Fields:
        version = wire.headers_of(
            context.endpoint, "sse", {"anthropic-version": VERSION}, further=context.options.extra_headers
        )["anthropic-version"]
        # From that version on any is refused, unless the catalogue says otherwise.
        if version >= VERSION and context.endpoint.parameters.get(name) is not True:
            raise NotTakenError(f"{_API} version {version} does not accept one")
        if context.options.reasoning not in {None, "none"}:
            raise NotTakenError(f"{_API} does not accept one together with reasoning")
        return {name: value}

    return write


def _tool_choice(choice: str, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    kinds = {"auto": "auto", "none": "none", "required": "any"}
    named = {} if choice in kinds else {"name": choice}
    return {"tool_choice": {"type": kinds.get(choice, "tool"), **named}}


def _parallel(value: Any, context: OptionContext) -> Fields:
    if value or context.options.tool_choice == "none":
        return {}
    kind = {} if context.options.tool_choice else {"type": "auto"}
    return {"tool_choice": {**kind, "disable_parallel_tool_use": True}}


def _reasoning(reasoning: str | int, context: OptionContext) -> Fields:
    """An effort, or before Claude 4.6 (`parameters.reasoning` is "budget") a number of tokens in `max_tokens`."""
    if reasoning == "none":
        return {"thinking": {"type": "disabled"}}
    if context.endpoint.parameters.get("reasoning") != "budget":
        return {
            "thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": effort_of(reasoning, _EFFORTS, context)},
        }
    if context.options.tools and context.options.tool_choice not in {None, "auto", "none"}:
        raise NotTakenError(f"{_API} does not allow this model to reason when it must call a tool")
    return _budget(reasoning, context)


def _budget(reasoning: str | int, context: OptionContext) -> Fields:
    """A number of tokens below the limit of the answer, which is ours to raise where nobody has asked for one."""
    options, ceiling = context.options, context.endpoint.model.max_output
    budget = max(budget_of(reasoning, context), _LEAST_BUDGET)
    _, stated = wire.token_limit(context.endpoint, options)
    limit = stated or DEFAULT_MAX_TOKENS
    if options.max_tokens is None or not options.max_tokens_asked:
        raised = budget + limit
        limit = min(raised, ceiling) if ceiling else raised
    if budget >= limit:
        if limit <= _LEAST_BUDGET:
            raise NotTakenError(f"a limit of {limit} tokens leaves no room for reasoning")
        # Something has to remain for the answer.
        budget = max(_LEAST_BUDGET, limit * 4 // 5)
        context.notices.append(f"the reasoning budget is {budget} tokens, because the limit is {limit}")
    return {"thinking": {"type": "enabled", "budget_tokens": budget}, "max_tokens": limit}


def _service_tier(tier: str, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    if tier not in {"auto", "standard_only"}:
        raise NotTakenError(f"{_API} accepts only auto and standard_only")
    return {"service_tier": tier}


def _metadata(value: Mapping[str, str], context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    if value.keys() != {"user_id"}:
        raise NotTakenError(f"{_API} accepts only a user_id")
    return {"metadata": dict(value)}


_EFFORTS = ("low", "medium", "high", "xhigh", "max")
#: A smaller budget of thoughts is refused.
_LEAST_BUDGET = 1_024
_OPTIONS: Mapping[str, Write] = {
    "temperature": _sampling("temperature"),
    "top_p": _sampling("top_p"),
    "stop": field("stop_sequences"),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": _parallel,
    "reasoning": _reasoning,
    "service_tier": _service_tier,
    "metadata": _metadata,
}
