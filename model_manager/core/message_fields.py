"""Messages as plain values that JSON takes, to be stored, and back."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from model_manager.core.parts import Audio, Document, Image, ProviderPart, Text
from model_manager.errors import UsageError

_PARTS: dict[str, Callable[..., Any]] = {
    "text": Text,
    "image": Image,
    "document": Document,
    "audio": Audio,
    "provider": ProviderPart,
}
_WORDS: dict[object, str] = {kind: word for word, kind in _PARTS.items()}


def plain_fields(value: Any) -> dict[str, Any]:
    """The fields of a message, of a part or of a call that are not as they are by default.

    Parts have their `type`; bytes become base64.
    """
    kind = _WORDS.get(type(value))
    plain: dict[str, Any] = {} if kind is None else {"type": kind}
    for one in fields(value):
        content = getattr(value, one.name)
        default = one.default if one.default_factory is MISSING else one.default_factory()
        if content != default:
            plain[one.name] = _plain(content)
    return plain


def _plain(content: Any) -> Any:
    if isinstance(content, bytes):
        return b64encode(content).decode("ascii")
    if isinstance(content, tuple):
        return [plain_fields(item) for item in content]
    if isinstance(content, Mapping):
        return dict(content)
    return plain_fields(content) if hasattr(content, "__dataclass_fields__") else content


def read_fields(stored: object, known: Collection[str], call: Callable[..., Any]) -> dict[str, Any]:
    """The arguments of a message from what `plain_fields` made of it; `call` makes a tool's call.

    Raises:
        UsageError: it is none of a message.
    """
    try:
        read = dict(_table(stored))
        _check_fields(read, known)
        for name in ("images", "parts"):
            if name in read:
                read[name] = tuple(_part(part) for part in _tables(read[name]))
        if "tool_calls" in read:
            read["tool_calls"] = tuple(call(**one) for one in _tables(read["tool_calls"]))
        if "tool_call" in read:
            read["tool_call"] = call(**_table(read["tool_call"]))
    except (TypeError, ValueError, KeyError) as error:
        hint = "messages in a provider's format can be passed to chat() directly"
        raise UsageError(f"expected the output of ChatMessage.to_dict(): {error}", hint=hint) from None
    return read


def _check_fields(read: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse, by the errors that `read_fields` takes, what is no table of a message's fields."""
    if "role" not in read:
        raise ValueError("the role is missing")
    for name in read:
        if name not in known:
            raise ValueError(f"{name!r} is not a field of a message")
    if not isinstance(read.get("content", ""), str):
        raise TypeError(f"the content is {type(read['content']).__name__}, not text")


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a mapping, got {type(value).__name__}")
    return value


def _tables(value: object) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return [_table(item) for item in value]


def _part(table: Mapping[str, Any]) -> Any:
    given = dict(table)
    kind = given.pop("type")
    if isinstance(given.get("content"), str):
        given["content"] = b64decode(given["content"], validate=True)
    return _PARTS[kind](**given)
