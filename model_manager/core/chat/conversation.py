"""From what an application hands over to messages, checked. Nothing is sent from here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from model_manager.core.chat.mappings import SAME_ROLE, in_parts, messages_of
from model_manager.core.chat.response_items import as_turns
from model_manager.core.messages import ChatMessage, ToolCall
from model_manager.core.parts import FILES, PARTS, File, Image, Part, Text
from model_manager.errors import UsageError

#: One turn: a message, a pair of role and text (or parts), or a mapping as a provider's API has it.
Turn = ChatMessage | tuple[str, str | Sequence[str | Part]] | Mapping[str, Any]
#: A conversation: its turns, or the text of the only one.
Messages = str | Turn | Sequence[Turn]
_ROLES = ("system", "user", "assistant", "tool")


def conversation(messages: Messages, system_prompt: str | None = None) -> tuple[ChatMessage, ...]:
    """The messages of a conversation, with a system prompt before them if one is given.

    Raises:
        UsageError: a turn that is none, with its position.
    """
    if isinstance(messages, str):
        read = [ChatMessage("user", messages)]
    else:
        calls: dict[str, ToolCall] = {}
        turns = as_turns(enumerate(_turns(messages), 1))
        read = [message for number, turn in turns for message in _turn(turn, number, calls)]
    if system_prompt:
        read.insert(0, ChatMessage("system", system_prompt))
    if all(message.role == "system" for message in read):
        raise UsageError("there is nothing to answer", hint="add a user message", parameter="messages")
    return tuple(read)


def _turns(messages: Turn | Sequence[Turn]) -> Iterable[Turn]:
    if isinstance(messages, ChatMessage | Mapping) or _is_pair(messages):
        return [messages]  # type: ignore[list-item]
    if isinstance(messages, Iterable):
        return messages  # type: ignore[return-value]
    raise UsageError(
        f"expected text or messages, got {type(messages).__name__}", hint=_FORMS, parameter="messages"
    )


_FORMS = 'for example "Hello", [("user", "Hello")] or [ChatMessage("user", "Hello")]'
_SEVERAL = 'for several parts ("user", ["Look", Image(…)]), or ChatMessage("user", parts=(Text("Look"), Image(…)))'
_FILE = 'give the content of the file, such as Path("a.jpg").read_bytes(), or the URL of an image or PDF: url="https://…"'
_RESULT = "use ChatMessage.tool_result(call, text) for each call of reply.tool_calls"
#: Hints by words of the problems that they belong to.
_WAYS = (
    ("is list, not text", _SEVERAL),
    ("is tuple, not text", _SEVERAL),
    ("is dict, not text", "pass the result of a tool as text: json.dumps(…)"),
    ("does not say which call", _RESULT),
    ("is not a ToolCall", _RESULT),
    ("does not hold bytes", _FILE),
    ("needs either bytes or a URL", _FILE),
)


def _is_pair(turn: object) -> bool:
    return isinstance(turn, tuple) and len(turn) == 2 and _role_of(turn[0]) in _ROLES  # noqa: PLR2004


def _role_of(word: object) -> str:
    return SAME_ROLE.get(word, word) if isinstance(word, str) else ""


def _turn(turn: Any, number: int, calls: dict[str, ToolCall]) -> Sequence[ChatMessage]:
    """The messages of one turn; a mapping may have several. `calls` remembers the tool calls so far by id."""
    if _is_pair(turn):
        turn = {"role": turn[0], "content": turn[1]}
    messages = messages_of(turn, number, calls) if isinstance(turn, Mapping) else [turn]
    return [_checked(message, number, calls) for message in messages]


def _checked(given: Any, number: int, calls: dict[str, ToolCall]) -> ChatMessage:
    if not isinstance(given, ChatMessage):
        what = type(given).__name__
        if isinstance(given, tuple) and given and isinstance(given[0], str) and given[0] not in _ROLES:
            what = f"tuple, whose role is {given[0]!r}, not one of {', '.join(_ROLES)}"
        raise UsageError(f"message {number}: expected a message, got {what}", hint=_FORMS)
    message = _in_tuples(given, number)
    problem = _problem(message)
    if problem:
        hint = next((hint for words, hint in _WAYS if words in problem), _FORMS)
        raise UsageError(f"message {number}: {problem}", hint=hint)
    calls.update((call.id, call) for call in message.tool_calls if call.id)
    return message


def _in_tuples(message: ChatMessage, number: int) -> ChatMessage:
    """The message with its pictures and calls in tuples: other collections will do, and None for an empty one."""
    given: Mapping[str, Any] = {name: getattr(message, name) for name in ("images", "tool_calls", "parts")}
    if not all(isinstance(values, tuple) for values in given.values()):
        for name, values in given.items():
            if not isinstance(values, Iterable | None):
                raise UsageError(f"message {number}: {name}: expected a tuple, got {type(values).__name__}")
        images, calls, parts = (tuple(values or ()) for values in given.values())
        message = replace(message, images=images, tool_calls=calls, parts=parts)
    if not message.parts or not all(isinstance(part, PARTS) for part in message.parts):
        return message
    if message.content and not any(isinstance(part, Text) for part in message.parts):
        message = replace(message, parts=(*message.parts, Text(message.content)))
    content, pictures, _ = in_parts(message.parts)
    return replace(message, content=content, images=pictures)


def _problem(message: ChatMessage) -> str | None:
    if message.role not in _ROLES:
        return f"the role is {message.role!r}, not one of {', '.join(_ROLES)}"
    content: object = message.content
    if not isinstance(content, str):
        return f"the content is {type(content).__name__}, not text"
    if message.parts and not all(isinstance(part, PARTS) for part in message.parts):
        return "a part is not a Text, Image, Document or Audio"
    if message.images and not all(isinstance(image, Image) for image in message.images):
        return "an image is not an Image"
    if message.role == "tool" and message.tool_call is None:
        return "a tool's result does not say which call it answers"
    files = [part for part in (*message.images, *message.parts) if isinstance(part, FILES)]
    return next(filter(None, map(_file_problem, files)), None) or _call_problem(message)


def _file_problem(file: File) -> str | None:
    kind = type(file).__name__
    content, url = file.content, getattr(file, "url", None)
    if not isinstance(content, bytes) or not isinstance(url, str | None):
        return f"the {kind} does not hold bytes"
    if bool(content) == (url is not None):
        return f"the {kind} needs either bytes or a URL"
    if url is not None and not url.startswith(("https://", "http://", "gs://")):
        return f"a provider cannot fetch the URL of the {kind}: give the bytes, or an https:// URL"
    return None


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
