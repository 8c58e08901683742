"""Tool calls as servers that follow OpenAI write them, whole or in parts. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from model_manager.providers.wires import base as wire
from model_manager.providers.wires.base import ToolPiece
from model_manager.providers.wires.payload import as_json, count, mapping, sequence, text

#: Types of tool calls that the application is to answer; others are the provider's own.
_OUR_CALLS = frozenset({"", "function"})


def tool_pieces(said: Mapping[str, Any], *, whole: bool) -> Iterator[ToolPiece]:
    """The calls of a message, or the parts of calls that an event brings."""
    old_style = mapping(said.get("function_call"))
    if (old_style.get("name") or old_style.get("arguments")) and not said.get("tool_calls"):
        yield _tool_piece({"index": 0, "function": old_style}, whole=whole)
    for item in sequence(said.get("tool_calls")):
        yield _tool_piece(mapping(item), whole=whole)


def _tool_piece(call: Mapping[str, Any], *, whole: bool) -> ToolPiece:
    function = mapping(call.get("function"))
    arguments = function.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = as_json(arguments)
    extra = call.get("extra_content")
    return ToolPiece(
        index=wire.NEW_TOOL if whole else count(call.get("index")),
        id=text(call.get("id")) or None,
        name=text(function.get("name")),
        arguments=arguments or "",
        signature=text(mapping(mapping(extra).get("google")).get("thought_signature")) or None,
        foreign=text(call.get("type")) not in _OUR_CALLS,
        extras={"extra_content": extra} if extra else {},
    )
