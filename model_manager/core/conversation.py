"""From what an application hands over to messages, tools and formats, checked. Nothing is sent from here."""

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from model_manager.core.messages import AnswerFormat, ChatMessage, Image, Role, Tool, ToolCall
from model_manager.errors import UsageError

#: One turn: a message, a pair of role and text, or a mapping as OpenAI's API has it.
Turn = ChatMessage | tuple[str, str] | Mapping[str, Any]
#: A conversation: its turns, or the text of the only one.
Messages = str | Turn | Sequence[Turn]
#: A tool: ours, or a mapping in OpenAI's or Anthropic's form.
ToolLike = Tool | Mapping[str, Any]
#: A JSON schema, bare or in OpenAI's wrapping, or a class with `model_json_schema()` such as pydantic's.
FormatLike = AnswerFormat | Mapping[str, Any] | type

_ROLES = ("system", "user", "assistant", "tool")
#: Roles by other names.
_SAME_ROLE = {"developer": "system", "model": "assistant", "function": "tool"}


def conversation(messages: Messages, system_prompt: str | None = None) -> tuple[ChatMessage, ...]:
    """The messages of a conversation, with a system prompt before them if one is given.

    Raises:
        UsageError: a turn that is none, with its position.
    """
    turns: Iterable[Any]
    if isinstance(messages, str):
        turns = [ChatMessage("user", messages)]
    elif isinstance(messages, ChatMessage | Mapping) or _is_pair(messages):
        turns = [messages]
    elif isinstance(messages, Iterable):
        turns = messages
    else:
        raise UsageError(f"messages: expected text or messages, got {type(messages).__name__}", hint=_FORMS)
    calls: dict[str, ToolCall] = {}
    read = [_turn(turn, number, calls) for number, turn in enumerate(turns, 1)]
    if system_prompt:
        read.insert(0, ChatMessage("system", system_prompt))
    if all(message.role == "system" for message in read):
        raise UsageError("messages: there is nothing to answer", hint="add a message of the user")
    return tuple(read)


_FORMS = 'for example "Hello", [("user", "Hello")] or [ChatMessage("user", "Hello")]'


def _is_pair(turn: object) -> bool:
    is_pair = isinstance(turn, tuple) and len(turn) == 2 and all(isinstance(part, str) for part in turn)  # noqa: PLR2004
    return is_pair and _role_of(turn[0]) in _ROLES  # type: ignore[index]


def _role_of(word: object) -> str:
    return _SAME_ROLE.get(word, word) if isinstance(word, str) else ""


def _turn(turn: Any, number: int, calls: dict[str, ToolCall]) -> ChatMessage:
    """One turn; `calls` remembers the tool calls so far by id."""
    if _is_pair(turn):
        turn = {"role": turn[0], "content": turn[1]}
    if isinstance(turn, Mapping):
        turn = _of_mapping(turn, number, calls)
    if not isinstance(turn, ChatMessage):
        raise UsageError(f"message {number}: expected a message, got {type(turn).__name__}", hint=_FORMS)
    problem = _problem(turn)
    if problem:
        raise UsageError(f"message {number}: {problem}", hint=_FORMS)
    calls.update((call.id, call) for call in turn.tool_calls if call.id)
    return turn


def _problem(message: ChatMessage) -> str | None:
    if message.role not in _ROLES:
        return f"the role is {message.role!r}, not one of {', '.join(_ROLES)}"
    content: object = message.content
    if not isinstance(content, str):
        return f"the content is {type(content).__name__}, not text"
    images: tuple[object, ...] = message.images or ()
    if not all(isinstance(image, Image) and isinstance(image.content, bytes) for image in images):
        return "an image is not an Image of bytes"
    calls: tuple[object, ...] = message.tool_calls or ()
    if not all(isinstance(call, ToolCall) for call in calls):
        return "a tool call is not a ToolCall"
    if message.role == "tool" and message.tool_call is None:
        return "a tool's result does not say which call it answers"
    return None


def _of_mapping(turn: Mapping[str, Any], number: int, calls: Mapping[str, ToolCall]) -> ChatMessage:
    role = _role_of(turn.get("role"))
    text, images = _content(turn.get("content"), number)
    answered: ToolCall | None = None
    if role == "tool":
        identity = turn.get("tool_call_id")
        name = turn.get("name")
        known = calls.get(identity) if isinstance(identity, str) else None
        answered = known or (ToolCall(id=identity, name=name or "") if identity or name else None)
    try:
        asked = tuple(_tool_call(call) for call in turn.get("tool_calls") or ())
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"message {number}: a tool call is not as OpenAI's API has it ({error!r})") from None
    return ChatMessage(cast("Role", role), text, images, asked, answered)  # `_problem` checks the role


def _tool_call(call: Any) -> ToolCall:
    if isinstance(call, ToolCall):
        return call
    function = call["function"]
    arguments = function.get("arguments") or ""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCall(id=call.get("id"), name=function["name"], arguments=text, signature=call.get("signature"))


def _content(content: Any, number: int) -> tuple[str, tuple[Image, ...]]:
    """Text and pictures of a content that is text, nothing, or a list of parts."""
    if content is None or isinstance(content, str):
        return content or "", ()
    if not isinstance(content, Sequence):
        raise UsageError(f"message {number}: the content is {type(content).__name__}, not text", hint=_FORMS)
    texts, images = list[str](), list[Image]()
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if isinstance(part, Image):
            images.append(part)
        elif isinstance(part, str):
            texts.append(part)
        elif kind == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif kind == "image_url":
            images.append(_picture(part.get("image_url"), number))
        else:
            raise UsageError(f"message {number}: a part of the content is neither text nor a picture")
    return "".join(texts), tuple(images)


def _picture(address: Any, number: int) -> Image:
    """A picture of a data URL. Nothing is fetched: what is sent is what the application has."""
    url = address.get("url") if isinstance(address, Mapping) else address
    head, comma, data = str(url).partition(",")
    media_type = head.removeprefix("data:").removesuffix(";base64")
    if not (comma and head.startswith("data:image/") and head.endswith(";base64")):
        raise UsageError(
            f"message {number}: a picture has to be a data URL with base64", hint="or Image(content, media_type)"
        )
    try:
        return Image(b64decode(data, validate=True), media_type)
    except Base64Error:
        raise UsageError(f"message {number}: a picture's base64 does not decode") from None


def tools(given: Iterable[ToolLike] | None) -> tuple[Tool, ...]:
    """Tools in our form.

    Raises:
        UsageError: something that is no tool, with its position.
    """
    if not isinstance(given, Iterable | None):
        raise UsageError(f"tools: expected tools, got {type(given).__name__}")
    return tuple(_tool(tool, number) for number, tool in enumerate(given or (), 1))


def _tool(tool: ToolLike, number: int) -> Tool:
    if isinstance(tool, Tool) and isinstance(tool.name, str) and isinstance(tool.parameters, Mapping):
        return tool
    table = tool.get("function", tool) if isinstance(tool, Mapping) else {}
    name, parameters = table.get("name"), table.get("parameters", table.get("input_schema"))
    if not isinstance(name, str) or not name or not isinstance(parameters, Mapping | None):
        hint = 'Tool(name="…", description="…", parameters={…})'
        raise UsageError(f"tool {number}: expected a name and the JSON schema of its parameters", hint=hint)
    description = str(table.get("description") or "")
    if parameters is None:
        return Tool(name=name, description=description)
    return Tool(name=name, description=description, parameters=parameters)


def answer_format(given: FormatLike | None) -> AnswerFormat | None:
    """The form of the answer in our form.

    Raises:
        UsageError: something that is no JSON schema.
    """
    if given is None or isinstance(given, AnswerFormat):
        return given
    schema_of = getattr(given, "model_json_schema", None)
    if isinstance(given, type) and callable(schema_of):
        return AnswerFormat(name=given.__name__, schema=schema_of())
    if isinstance(given, Mapping):
        wrapped = given.get("json_schema")
        if given.get("type") == "json_schema" and isinstance(wrapped, Mapping) and "schema" in wrapped:
            return AnswerFormat(name=str(wrapped.get("name") or "answer"), schema=wrapped["schema"])
        if given.get("type") not in {"json_schema", "json_object", "text"}:
            return AnswerFormat(schema=given)
    raise UsageError(
        "response_format: expected the JSON schema of the answer",
        hint='for example {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}',
    )
