"""Requests of OpenAI's Responses API: a conversation as items, and the options. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model_manager.core.chat.response_items import ITEMS
from model_manager.core.chat.schemas import is_closed
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, HttpCall
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Document, Image, Part, ProviderPart, Text
from model_manager.providers.wires import base as wire
from model_manager.providers.wires import turns
from model_manager.providers.wires.options import Fields, OptionContext, Write, add_options, effort_of, field
from model_manager.providers.wires.payload import mapping, sequence, text

AUTH = "bearer"
_API = "OpenAI's Responses API"
_FILES = turns.FileRules(
    api=_API, form="openai-responses", images=("system", "user", "tool"), documents=("user", "tool")
)
#: A lower limit of output is refused.
LEAST_MAX_TOKENS = 16
_TOOL_EXTRAS = frozenset({"strict", "defer_loading", "allowed_callers", "output_schema"})
_PART_EXTRAS = frozenset({"prompt_cache_breakpoint"})
#: Extras of messages, parts and tools that it takes.
_TAKEN = frozenset({ITEMS, "phase", "detail", "description"}) | _TOOL_EXTRAS | _PART_EXTRAS
#: Items whose ids mean nothing to a provider that has not stored them, and are refused for it.
_WITHOUT_ID = frozenset({"message", "reasoning", "function_call", "web_search_call"})
_ENCRYPTED = "reasoning.encrypted_content"


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request: the provider stores nothing, so all that was said goes with it.

    Raises:
        ProviderError: files in a turn that may have none.
    """
    turns.check_files(messages, _FILES)
    stored = options.extra_body.get("store") is True
    notices = [*turns.left_out(messages, options, _API, _TAKEN), *_unknown(messages, stored=stored)]
    named = turns.with_call_ids(messages)
    body: dict[str, Any] = {
        "model": endpoint.model.model_id,
        "input": [item for message in named for item in _items(message, endpoint, stored=stored)],
        "stream": options.stream,
        "store": False,
    }
    if include := [*_included(endpoint, options)]:
        body["include"] = include
    _add_limit(body, endpoint, options, notices)
    if options.tools:
        body["tools"] = [_tool(tool) for tool in options.tools]
    if options.answer_format:
        body["text"] = {"format": _format(options.answer_format)}
    add_options(body, _OPTIONS, endpoint, options, api=_API, notices=notices)
    return HttpCall(
        url=wire.url_of(endpoint, "/responses"),
        headers=wire.headers_of(endpoint, "sse", further=options.extra_headers),
        secret_headers=wire.secret_headers_of(endpoint, AUTH),
        body=body,
        notices=tuple(notices),
    )


def _included(endpoint: Endpoint, options: ChatOptions) -> Iterator[str]:
    """The parts of the answer that come only if they are asked for."""
    if endpoint.model.has("reasoning"):
        yield _ENCRYPTED
    if options.logprobs is not None:
        yield "message.output_text.logprobs"


def _add_limit(body: dict[str, Any], endpoint: Endpoint, options: ChatOptions, notices: list[str]) -> None:
    """The limit of output tokens, where the model takes one; the field has one name everywhere."""
    limiting, limit = wire.token_limit(endpoint, options)
    if limit is None:
        return
    if not limiting:
        if options.max_tokens_asked:
            notices.append(f"the limit of {limit} tokens is left out: {endpoint.model.id} does not accept one")
        return
    if limit < LEAST_MAX_TOKENS:
        notices.append(
            f"the limit of {limit} tokens is raised to {LEAST_MAX_TOKENS}, the lowest that {_API} accepts"
        )
    body["max_output_tokens"] = max(limit, LEAST_MAX_TOKENS)


def _items(message: ChatMessage, endpoint: Endpoint, *, stored: bool) -> Iterator[Mapping[str, Any]]:
    """The items of one turn; those that came from this provider go back as they came."""
    if message.tool_call:
        yield {"type": "function_call_output", "call_id": message.tool_call.id, "output": _content(message)}
        return
    extras = turns.own_extras(message, endpoint)
    came = [mapping(item) for item in sequence(extras.get(ITEMS))]
    if came and _says_the_same(came, message):
        yield from came if stored else map(_stateless, filter(_is_whole, came))
        return
    if message.content or message.parts or message.images or not message.tool_calls:
        phase = {"phase": extras["phase"]} if "phase" in extras else {}
        yield {"role": message.role, "content": _content(message), **phase}
    for call in message.tool_calls:
        yield {
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments or "{}",
        }


def _unknown(messages: Sequence[ChatMessage], *, stored: bool) -> Iterator[str]:
    """A notice about items that only a provider knows which has stored them."""
    given = (
        item for message in messages if message.source is None for item in sequence(message.extras.get(ITEMS))
    )
    if not (stored or all(_is_whole(mapping(item)) for item in given)):
        yield "reasoning without encrypted_content is left out: the provider has not stored it"


def _says_the_same(items: Sequence[Mapping[str, Any]], message: ChatMessage) -> bool:
    """Whether the items are those of this turn, and nobody has changed it since."""
    calls = [item.get("call_id") for item in items if item.get("type") == "function_call"]
    if calls != [call.id for call in message.tool_calls]:
        return False
    contents = [item.get("content") for item in items if item.get("type") == "message"]
    parts = [mapping(part) for content in contents for part in sequence(content)]
    said = [*filter(None, map(text, contents)), *(text(part.get("text") or part.get("refusal")) for part in parts)]
    return message.content in {"".join(said), "\n".join(said)}


def _is_whole(item: Mapping[str, Any]) -> bool:
    """Whether an item says anything to a provider that has not stored it: thoughts may be no more than an id."""
    if item.get("type") == "reasoning":
        return bool(item.get("encrypted_content") or item.get("content"))
    return item.get("type") != "item_reference"


def _stateless(item: Mapping[str, Any]) -> Mapping[str, Any]:
    without_id = item.get("type") in _WITHOUT_ID
    return {name: value for name, value in item.items() if value is not None and not (without_id and name == "id")}


def _content(message: ChatMessage) -> str | list[dict[str, Any]]:
    """The text, or parts where there are several."""
    if not message.parts and not message.images:
        return message.content
    words = [Text(message.content)] if message.content else []
    spoken = "output_text" if message.role == "assistant" else "input_text"
    return [_part(part, spoken) for part in message.parts or (*words, *message.images)]


def _part(part: Part, spoken: str) -> dict[str, Any]:
    extras = {name: value for name, value in part.extras.items() if name in _PART_EXTRAS}
    if isinstance(part, Text):
        return {"type": spoken, "text": part.text, **extras}
    if isinstance(part, ProviderPart):
        return {**part.block, **extras}
    data = f"data:{part.media_type};base64,{part.base64}"
    if isinstance(part, Image):
        detail = {"detail": part.detail} if part.detail else {}
        return {"type": "input_image", "image_url": part.url or data, **detail, **extras}
    if isinstance(part, Document) and part.url:
        return {"type": "input_file", "file_url": part.url, **extras}
    name = getattr(part, "name", None) or "document.pdf"
    return {"type": "input_file", "filename": name, "file_data": data, **extras}


def _tool(tool: Tool) -> dict[str, Any]:
    """A function. What is not said to be strict would be made so, and every argument required."""
    extras = {name: value for name, value in tool.extras.items() if name in _TOOL_EXTRAS}
    said = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", **said, "strict": False, **extras}


def _format(form: AnswerFormat) -> dict[str, Any]:
    if form.schema is None:
        return {"type": "json_object"}
    strict = is_closed(form.schema) if form.strict is None else form.strict
    said = {"description": form.description} if form.description else {}
    return {"type": "json_schema", "name": form.name, **said, "strict": strict, "schema": dict(form.schema)}


def _tool_choice(choice: str, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    if choice in {"auto", "none", "required"}:
        return {"tool_choice": choice}
    return {"tool_choice": {"type": "function", "name": choice}}


def _reasoning(reasoning: str | int, context: OptionContext) -> Fields:
    """The effort; whoever asks for thoughts wants to see a summary of them."""
    effort = effort_of(reasoning, _EFFORTS, context) if isinstance(reasoning, int) else reasoning
    return {"reasoning": {"effort": effort, **({} if effort == "none" else {"summary": "auto"})}}


def _logprobs(alternatives: int, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    return {"top_logprobs": alternatives} if alternatives else {}


_EFFORTS = ("low", "medium", "high")
_OPTIONS: Mapping[str, Write] = {
    "temperature": field("temperature"),
    "top_p": field("top_p"),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": field("parallel_tool_calls"),
    "reasoning": _reasoning,
    "service_tier": field("service_tier"),
    "logprobs": _logprobs,
    "metadata": field("metadata"),
}
