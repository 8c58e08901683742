"""Turns that are mappings, in the form of OpenAI's or Anthropic's API. What a mapping says is kept or refused."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from model_manager.core.chat.file_parts import part_of_mapping, picture
from model_manager.core.messages import ChatMessage, Role, ToolCall
from model_manager.core.parts import FILES, PARTS, Image, Part, ProviderPart, Text
from model_manager.errors import UsageError

#: Roles by other names.
SAME_ROLE = {"developer": "system", "model": "assistant", "function": "tool"}
_FORM = 'for example {"role": "user", "content": "Hello"}'
_LISTED = 'put files in a list: ("user", ["Look", Image(…)])'
_PARTS = 'for example "Look", Image(content), Document(content), or {"type": "text", "text": "Look"}'
#: What is read of a turn; the rest goes back to the provider as it is.
_READ = frozenset({"role", "content", "tool_calls", "tool_call_id", "tool_name", "function_call", "images"})
#: What the document of an answer says about itself: no part of the conversation.
_ABOUT_ANSWERS = frozenset(
    {
        "id",
        "type",
        "object",
        "status",
        "model",
        "index",
        "finish_reason",
        "stop_reason",
        "stop_sequence",
        "usage",
        "logprobs",
    }
)
_TEXTS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}
#: Blocks of Anthropic's answers that only go back to it, and only as they came.
_SIGNED = ("thinking", "redacted_thinking")
_NOT_SENT = frozenset({"type", "annotations", "logprobs", "text", "refusal", "image_url", "source"})


def messages_of(turn: Mapping[str, Any], number: int, calls: Mapping[str, ToolCall]) -> list[ChatMessage]:
    """The messages of a turn; results of tools that stand in a turn of the user, as Anthropic has it, come first.

    Raises:
        UsageError: a part of it that is none of the forms, with the turn's number.
    """
    role = _role_of(turn.get("role"))
    content = turn.get("content")
    if content is None and "parts" in turn:
        raise UsageError(f"message {number}: it has parts, as in Google's API, but no content", hint=_FORM)
    if content is None and role in ("user", "system") and not turn.get("images"):
        raise UsageError(f"message {number}: it has no content", hint=_FORM)
    blocks = [part for part in content if isinstance(part, Mapping)] if isinstance(content, list | tuple) else []
    results = [block for block in blocks if block.get("type") == "tool_result"]
    text, images, parts = in_parts((*_parts(content, number), *_pictures(turn.get("images"), number)))
    extras = {name: value for name, value in _extras(turn) if _says_something(name, value)}
    if any(_goes_back(block) for block in blocks):
        extras["content_blocks"] = list(cast("Sequence[Any]", content))
    message = ChatMessage(
        cast("Role", role),  # `conversation` checks the role
        text,
        images,
        tuple(_calls_of(turn, blocks, number)),
        _answered(turn, calls) if role == "tool" else None,
        parts=parts,
        extras=extras,
    )
    answered = [_result(block, number, calls) for block in results]
    return [*answered, message] if text or images or parts or not results else answered


def _role_of(word: object) -> str:
    return SAME_ROLE.get(word, word) if isinstance(word, str) else ""


#: What text and pictures cannot say.
_UNPLAIN = (*FILES[1:], ProviderPart)


def in_parts(parts: tuple[Part, ...]) -> tuple[str, tuple[Image, ...], tuple[Part, ...]]:
    """Text and pictures of the parts of a message, and the parts themselves where the two do not say it all."""
    texts = [part.text for part in parts if isinstance(part, Text)]
    images = tuple(part for part in parts if isinstance(part, Image))
    is_plain = len(parts) < 2 and not any(part.extras or isinstance(part, _UNPLAIN) for part in parts)  # noqa: PLR2004 - one part has no order
    return "\n".join(texts), images, () if is_plain else parts


def _extras(turn: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    # Results in OpenAI's old form become those of today, which need no name.
    read = _READ | _ABOUT_ANSWERS | ({"name"} if turn.get("role") == "function" else set())
    for name, value in turn.items():
        if name not in read:
            yield name, value


def _says_something(name: str, value: Any) -> bool:
    """Whether a field of a turn has to go back; some servers want thoughts back even if they are empty."""
    return value not in (None, "", [], {}) or (name == "reasoning_content" and value is not None)


def _answered(turn: Mapping[str, Any], calls: Mapping[str, ToolCall]) -> ToolCall | None:
    """The call that a result answers."""
    identity, name = turn.get("tool_call_id"), turn.get("name") or turn.get("tool_name")
    known = calls.get(identity) if isinstance(identity, str) else None
    return known or (ToolCall(id=identity, name=name or "") if identity or name else None)


def _result(block: Mapping[str, Any], number: int, calls: Mapping[str, ToolCall]) -> ChatMessage:
    """A result of a tool in Anthropic's form."""
    text, images, parts = in_parts(tuple(_parts(block.get("content"), number)))
    answered = _answered({"tool_call_id": block.get("tool_use_id")}, calls)
    extras = {name: block[name] for name in ("is_error", "cache_control") if block.get(name)}
    return ChatMessage("tool", text, images, (), answered, parts=parts, extras=extras)


def _parts(content: Any, number: int) -> Iterator[Part]:
    """Text and pictures of a content that is text, nothing, or a list of parts."""
    if content is None or isinstance(content, str):
        if content:
            yield Text(content)
        return
    if not isinstance(content, Sequence):
        hint = _LISTED if isinstance(content, PARTS) else _FORM
        raise UsageError(f"message {number}: the content is {type(content).__name__}, not text", hint=hint)
    for part in content:
        if isinstance(part, (str, *PARTS)):
            yield Text(part) if isinstance(part, str) else part
            continue
        table = part if isinstance(part, Mapping) else {}
        if not _is_no_text(table):
            yield _part(table, number)


def _pictures(given: Any, number: int) -> Iterator[Image]:
    """Pictures beside the content, as Ollama's API has them."""
    try:
        yield from map(picture, given or ())
    except (ValueError, TypeError) as error:
        raise UsageError(f"message {number}: images: {error}", hint="give the base64 of each, or Image") from None


def _is_no_text(block: Mapping[str, Any]) -> bool:
    """Whether a block of Anthropic's is read elsewhere: calls, results, thoughts."""
    kind = block.get("type")
    return kind in ("tool_use", "tool_result") or _goes_back(block)


def _goes_back(block: Mapping[str, Any]) -> bool:
    kind = block.get("type")
    is_servers = isinstance(kind, str) and kind.endswith(("_tool_use", "_tool_result"))
    # Those of other APIs are lists.
    is_thought = kind in _SIGNED and isinstance(block.get("thinking", ""), str)
    return is_thought or is_servers


def _part(part: Mapping[str, Any], number: int) -> Part:
    kind = part.get("type")
    extras = {name: value for name, value in part.items() if name not in _NOT_SENT and value is not None}
    words = part.get(_TEXTS[kind]) if isinstance(kind, str) and kind in _TEXTS else None
    if isinstance(words, str):
        return Text(words, extras)
    try:
        found = part_of_mapping(part, extras)
    except ValueError as error:
        raise UsageError(f"message {number}: {error}", hint="or Image, Document, Audio with the bytes") from None
    if found is None:
        problem = "a part of the content is neither text nor a file of a known type"
        raise UsageError(f"message {number}: {problem}", hint=_PARTS)
    return found


def _calls_of(turn: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]], number: int) -> Iterator[ToolCall]:
    """The calls of a turn; before OpenAI's API had `tool_calls`, it had one `function_call`, without an id."""
    try:
        if turn.get("function_call"):
            yield _call({"function": turn["function_call"]})
        for call in turn.get("tool_calls") or ():
            yield _call(call)
        for block in blocks:
            if block.get("type") == "tool_use":
                function = {"name": block["name"], "arguments": block.get("input")}
                yield _call({"id": block.get("id"), "function": function})
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise UsageError(f"message {number}: a tool call is not in OpenAI's format ({error!r})") from None


def _call(call: Any) -> ToolCall:
    if isinstance(call, ToolCall):
        return call
    function = call["function"]
    arguments = function.get("arguments") or ""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    read = {"id", "type", "index", "function", "signature"}
    extras = {name: value for name, value in call.items() if name not in read and value is not None}
    signature = call.get("signature") or _google_signature(extras)
    return ToolCall(id=call.get("id"), name=function["name"], arguments=text, signature=signature, extras=extras)


def _google_signature(extras: Mapping[str, Any]) -> str | None:
    """The signature that Google's compatible endpoint puts into a call."""
    google = extras.get("extra_content")
    google = google.get("google") if isinstance(google, Mapping) else None
    signature = google.get("thought_signature") if isinstance(google, Mapping) else None
    return signature if isinstance(signature, str) else None
