"""From what an application hands over to messages, tools and formats, checked. Nothing is sent from here."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
        raise UsageError(
            f"expected text or messages, got {type(messages).__name__}", hint=_FORMS, parameter="messages"
        )
    calls: dict[str, ToolCall] = {}
    read = [_turn(turn, number, calls) for number, turn in enumerate(turns, 1)]
    if system_prompt:
        read.insert(0, ChatMessage("system", system_prompt))
    if all(message.role == "system" for message in read):
        raise UsageError("there is nothing to answer", hint="add a user message", parameter="messages")
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
    message = _in_tuples(turn, number)
    problem = _problem(message)
    if problem:
        raise UsageError(f"message {number}: {problem}", hint=_FORMS)
    calls.update((call.id, call) for call in message.tool_calls if call.id)
    return message


def _in_tuples(message: ChatMessage, number: int) -> ChatMessage:
    """The message with its pictures and calls in tuples: other collections will do, and None for an empty one."""
    given: Mapping[str, object] = {"images": message.images, "tool_calls": message.tool_calls}
    if all(isinstance(values, tuple) for values in given.values()):
        return message
    for name, values in given.items():
        if not isinstance(values, Iterable | None):
            raise UsageError(f"message {number}: {name}: expected a tuple, got {type(values).__name__}")
    return replace(message, images=tuple(message.images or ()), tool_calls=tuple(message.tool_calls or ()))


def _problem(message: ChatMessage) -> str | None:
    if message.role not in _ROLES:
        return f"the role is {message.role!r}, not one of {', '.join(_ROLES)}"
    content: object = message.content
    if not isinstance(content, str):
        return f"the content is {type(content).__name__}, not text"
    images: tuple[object, ...] = message.images
    if not all(isinstance(image, Image) and isinstance(image.content, bytes) for image in images):
        return "an image is not an Image of bytes"
    if message.role == "tool" and message.tool_call is None:
        return "a tool's result does not say which call it answers"
    return _call_problem(message)


def _call_problem(message: ChatMessage) -> str | None:
    """The problem with a turn's tool calls, or with the one that it answers; or None."""
    calls: list[tuple[str, object]] = [("a tool call", call) for call in message.tool_calls]
    if message.tool_call is not None:
        calls.append(("the tool call that it answers", message.tool_call))
    for what, call in calls:
        if not isinstance(call, ToolCall):
            return f"{what} is not a ToolCall but {type(call).__name__}"
        for name, value in _fields_of(call):
            if not isinstance(value, str):
                return f"{what} has {type(value).__name__} as its {name}, not text"
    return None


def _fields_of(call: ToolCall) -> Iterator[tuple[str, object]]:
    """The fields of a tool call that must be text, by name; optional ones only if they are set."""
    yield "name", call.name
    for name in ("id", "arguments", "signature"):
        if getattr(call, name) is not None:
            yield name, getattr(call, name)


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
        asked = tuple(_tool_call(call) for call in _calls_of(turn))
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise UsageError(f"message {number}: a tool call is not in OpenAI's format ({error!r})") from None
    return ChatMessage(cast("Role", role), text, images, asked, answered)  # `_problem` checks the role


def _calls_of(turn: Mapping[str, Any]) -> Iterator[Any]:
    """The calls of a turn; before OpenAI's API had `tool_calls`, it had one `function_call`, without an id."""
    if turn.get("function_call"):
        yield {"function": turn["function_call"]}
    yield from turn.get("tool_calls") or ()


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
    except ValueError:
        raise UsageError(f"message {number}: a picture's base64 does not decode") from None


def tools(given: Iterable[ToolLike] | None) -> tuple[Tool, ...]:
    """Tools in our form.

    Raises:
        UsageError: something that is no tool, with its position.
    """
    if not isinstance(given, Iterable | None):
        raise UsageError(f"expected tools, got {type(given).__name__}", parameter="tools")
    return tuple(_tool(tool, number) for number, tool in enumerate(given or (), 1))


def _tool(tool: ToolLike, number: int) -> Tool:
    if isinstance(tool, Tool) and isinstance(tool.name, str) and isinstance(tool.parameters, Mapping):
        return tool
    table = tool.get("function", tool) if isinstance(tool, Mapping) else None
    table = table if isinstance(table, Mapping) else {}
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
    if given is None:
        return None
    form = _form(given)
    schema: object = form.schema if form else None
    if isinstance(schema, Mapping):
        return form
    raise UsageError(
        "expected the JSON schema of the answer",
        parameter="response_format",
        hint='for example {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}',
    )


def _form(given: FormatLike) -> AnswerFormat | None:
    """A given value as our type, its schema not yet checked; None if it is nothing of the kind."""
    if isinstance(given, AnswerFormat):
        return given
    schema_of = getattr(given, "model_json_schema", None)
    if isinstance(given, type) and callable(schema_of):
        return AnswerFormat(name=given.__name__, schema=_schema(given.__name__, schema_of))
    if isinstance(given, Mapping):
        wrapped = given.get("json_schema")
        if given.get("type") == "json_schema" and isinstance(wrapped, Mapping) and "schema" in wrapped:
            return AnswerFormat(name=str(wrapped.get("name") or "answer"), schema=wrapped["schema"])
        if given.get("type") not in {"json_schema", "json_object", "text"}:
            return AnswerFormat(schema=given)
    return None


def _schema(name: str, schema_of: Callable[[], Any]) -> Any:
    """The schema that a class gives; not every class has one, `pydantic.BaseModel` itself for one has none."""
    try:
        return schema_of()
    except Exception as error:
        raise UsageError(
            f"{name} gives no JSON schema of the answer ({error!r})", parameter="response_format"
        ) from error
