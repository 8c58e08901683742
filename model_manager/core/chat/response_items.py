"""Conversations as lists of items, as OpenAI's Responses API has them: as turns, and what of a turn goes back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

#: The extra of a turn that holds its items as they came.
ITEMS = "output_items"
#: Items that a turn's text and tool calls say as well.
_PLAIN = frozenset({"message", "function_call"})
#: Fields of these that say something which the turn does not.
_TELLING = ("phase", "namespace", "caller")
#: Types of items that are no messages, besides those that end in one of `_ENDINGS`.
_KINDS = frozenset(
    {
        *("reasoning", "compaction", "item_reference", "additional_tools"),
        *("mcp_list_tools", "mcp_approval_request", "mcp_approval_response"),
    }
)
_ENDINGS = ("_call", "_output")
_RESULT = "function_call_output"
_Numbered = tuple[int, Any]


def items_of_turn(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The extras of a turn: its items, where they say more than its text and then its calls of our tools."""
    kinds = [item.get("type") for item in items]
    in_order = sorted(kinds, key=str, reverse=True) == kinds  # what was said before what was called
    if in_order and _PLAIN.issuperset(kinds) and not any(item.get(name) for item in items for name in _TELLING):
        return {}
    return {ITEMS: [dict(item) for item in items]}


def as_turns(turns: Iterable[_Numbered]) -> Iterator[_Numbered]:
    """Numbered turns, with the items of one answer put together as one turn; what is no item stays as it is."""
    answer: list[_Numbered] = []
    for number, turn in turns:
        if _is_of_answer(turn):
            answer.append((number, turn))
            continue
        yield from _turns_of(answer)
        answer = []
        yield number, _result(turn) if _is_result(turn) else turn
    yield from _turns_of(answer)


def _is_of_answer(turn: Any) -> bool:
    """Whether a turn is an item of the assistant's, or an assistant's turn that may stand among such."""
    if not isinstance(turn, Mapping):
        return False
    if _is_item(turn):
        return not _is_result(turn)
    return turn.get("role") == "assistant" and not any(map(turn.get, ("tool_calls", "function_call")))


def _is_item(turn: Mapping[str, Any]) -> bool:
    kind = turn.get("type")
    return isinstance(kind, str) and (kind in _KINDS or kind.endswith(_ENDINGS))


def _is_result(turn: Any) -> bool:
    return isinstance(turn, Mapping) and turn.get("type") == _RESULT


def _result(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result of a tool, as chat completions have it."""
    return {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}


def _turns_of(answer: Sequence[_Numbered]) -> Iterator[_Numbered]:
    """One turn of the items of an answer; without any item, the turns as they are."""
    if not any(_is_item(turn) for _, turn in answer):
        yield from answer
        return
    items = [turn if "type" in turn else {"type": "message", **turn} for _, turn in answer]
    content: list[Any] = []
    for item in items:
        said = item.get("content") if item["type"] == "message" else None
        content += said if isinstance(said, list | tuple) else [said] if said else []
    calls = [
        {"id": item.get("call_id"), "function": {"name": item.get("name"), "arguments": item.get("arguments")}}
        for item in items
        if item["type"] == "function_call"
    ]
    turn = {"role": "assistant", "content": content, "tool_calls": calls, **items_of_turn(items)}
    yield answer[0][0], turn
