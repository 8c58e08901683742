"""Google's requests: a conversation as turns of user and model, made of parts. Pure."""

import mimetypes
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, HttpCall, Role, ToolCall
from model_manager.core.options import ChatOptions, Tool
from model_manager.core.parts import FILES, Audio, Document, Part, ProviderPart, Text
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
)
from model_manager.providers.wires.payload import decode, mapping, text

AUTH = "x-goog-api-key"
_API = "Google's API"
_ANY: Sequence[Role] = ("user", "assistant", "tool")
_FILES = turns.FileRules(api=_API, images=_ANY, documents=_ANY, audio=_ANY)
#: Extras of messages and calls that it takes.
_TAKEN = frozenset({"content_parts", "extra_content"})
_ROLES = {"user": "user", "assistant": "model"}


def build_call(endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
    """The request; system messages become the system instruction.

    Raises:
        ProviderError: pictures in a turn that may have none.
    """
    turns.check_files(messages, _FILES)
    notices = [*turns.moved_prompts(messages, _API), *turns.left_out(messages, options, _API, _TAKEN)]
    body: dict[str, Any] = {"contents": _contents(messages, endpoint)}
    system = [part for message in messages if message.role == "system" for part in _said(message)]
    if system:
        body["systemInstruction"] = {"parts": system}
    _, limit = wire.token_limit(endpoint, options)
    schema = options.answer_format.schema if options.answer_format else None
    settings = {
        "maxOutputTokens": limit,
        "responseMimeType": "application/json" if options.answer_format else None,
        "responseJsonSchema": None if schema is None else dict(schema),
    }
    stated = {name: value for name, value in settings.items() if value is not None}
    if stated:
        body["generationConfig"] = stated
    if options.tools:
        body["tools"] = [{"functionDeclarations": [_declaration(tool) for tool in options.tools]}]
    add_options(body, _OPTIONS, endpoint, options, api=_API, notices=notices)
    return HttpCall(
        url=wire.url_of(endpoint, _path(endpoint.model.model_id, stream=options.stream)),
        headers=wire.headers_of(endpoint, "sse", further=options.extra_headers),
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
    files = [part for part in message.parts or message.images if isinstance(part, FILES)]
    pictures = {"parts": list(map(_part, files))} if files else {}
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


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    if isinstance(part, ProviderPart):  # of another API: `check_files` has refused it
        return dict(part.block)
    if not isinstance(part, Audio) and part.url:
        guessed = mimetypes.guess_type(urlsplit(part.url).path)[0]
        # A picture's is what it is by default, unless somebody says another.
        is_stated = isinstance(part, Document) or part.media_type not in {"image/png", "image/*"}
        media_type = part.media_type if is_stated else guessed
        return {"fileData": {**({"mimeType": media_type} if media_type else {}), "fileUri": part.url}}
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


def _tool_choice(choice: str, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    modes = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
    named = {} if choice in modes else {"allowedFunctionNames": [choice]}
    return {"toolConfig": {"functionCallingConfig": {"mode": modes.get(choice, "ANY"), **named}}}


def _reasoning(reasoning: str | int, context: OptionContext) -> Fields:
    """A level from Gemini 3 on, a budget before; the thoughts are shown."""
    if isinstance(reasoning, int) or context.endpoint.parameters.get("reasoning") == "thinkingBudget":
        how: dict[str, Any] = {"thinkingBudget": budget_of(reasoning, context)}
    else:
        # They cannot do without thinking; the least of it is the nearest to none.
        how = {"thinkingLevel": effort_of(reasoning, _LEVELS, context)}
    return {"generationConfig": {"thinkingConfig": {**how, "includeThoughts": reasoning != "none"}}}


def _logprobs(alternatives: int, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
    further = {"logprobs": alternatives} if alternatives else {}
    return {"generationConfig": {"responseLogprobs": True, **further}}


_LEVELS = ("minimal", "low", "medium", "high")
_OPTIONS: Mapping[str, Write] = {
    "temperature": field("generationConfig", "temperature"),
    "top_p": field("generationConfig", "topP"),
    "stop": field("generationConfig", "stopSequences"),
    "seed": field("generationConfig", "seed"),
    "tool_choice": _tool_choice,
    "reasoning": _reasoning,
    "logprobs": _logprobs,
}
