"""Parts of tool calls, as servers cut, number and name them, put together."""

import pytest

from model_manager.providers.response.tool_calls import ToolCalls, broken_off
from model_manager.providers.wires import openai_tools
from model_manager.providers.wires.base import NEW_TOOL, ToolPiece

OSLO, CET = '{"city":"Oslo"}', '{"tz":"CET"}'
BOTH = [("weather", OSLO), ("time", CET)]


def part(name: str = "", arguments: str = "", **fields: object) -> dict:
    """A part of a call as it stands in an event."""
    return {**fields, "function": {**({"name": name} if name else {}), "arguments": arguments}}


STREAMS = {
    "by index": ([part("weather", index=0, id="a"), part("time", index=1, id="b"), part("", OSLO, index=0), part("", CET, index=1)], BOTH),
    "by id": ([part("weather", id="a"), part("time", id="b"), part("", OSLO, id="a"), part("", CET, id="b")], BOTH),
    "by neither": ([part("weather"), part("", OSLO[:5]), part("", OSLO[5:]), part("time", CET)], BOTH),
    "another id inside a call": ([part("weather", index=0, id="a"), part("", OSLO, index=0, id="b")], BOTH[:1]),
    "another id, no index": ([part("weather", OSLO[:3], id="a"), part("", OSLO[3:], id="b")], BOTH[:1]),
    "another id with the name": ([part("weather", OSLO[:3], index=0, id="a"), part("weather", OSLO[3:], index=0, id="b")], BOTH[:1]),
    "whole calls under one index": ([part("weather", OSLO, index=0), part("time", CET, index=0)], BOTH),
    "one index, an id each": ([part("weather", OSLO, index=0, id="a"), part("time", index=0, id="b"), part("", CET, index=0)], BOTH),
    "one index, parts by id": ([part("weather", index=0, id="a"), part("time", index=0, id="b"), part("", OSLO, index=0, id="a"), part("", CET, index=0, id="b")], BOTH),
    "twice the same function": ([part("weather", OSLO, index=0), part("weather", '{"city":"Rome"}', index=0)], [("weather", OSLO), ("weather", '{"city":"Rome"}')]),
    "a head under another's index": ([part("weather", index=0, id="a"), part("", OSLO, index=0), part("time", index=0, id="b"), part("", CET, index=1)], BOTH),
    "numbers from one": ([part("weather", index=1, id="a"), part("", OSLO, index=1), part("time", CET, index=2, id="b")], BOTH),
    "the name with every part": ([part("weather", OSLO[:4], index=0, id="a"), part("weather", OSLO[4:], index=0, id="a"), part("weather", index=0)], BOTH[:1]),
    "an empty object first": ([part("weather", "{}", index=0, id="a"), part("", OSLO, index=0)], BOTH[:1]),
    "an empty one": ([part(index=0), part("weather", OSLO, index=1, id="a")], BOTH[:1]),
    "a nameless one": ([part("", CET, index=0, id="a")], []),
    "the provider's own": ([part("search", index=0, id="s", type="web_search"), part("", CET, index=0), part("weather", OSLO, index=1, id="a", type="function")], BOTH[:1]),
    "without arguments": ([part("stop", index=0, id="a"), part("end", index=1, id="b")], [("stop", ""), ("end", "")]),
}  # fmt: skip


def gathered(parts: list[dict]) -> list[tuple[str, str]]:
    calls = ToolCalls()
    for one in parts:
        for piece in openai_tools.tool_pieces({"tool_calls": [one]}, whole=False):
            calls.add(piece)
    return [(call.name, call.arguments) for call in calls.calls()]


@pytest.mark.parametrize("case", STREAMS)
def test_parts_of_a_stream(case: str) -> None:
    """A part continues the call of its id, of its index, or the one before, and a new call begins where one does."""
    parts, expected = STREAMS[case]
    assert gathered(parts) == expected


def test_a_call_in_the_old_and_the_new_form_is_one() -> None:
    """Where a call is written in the old form beside the new one, the new one counts."""
    old = {"name": "weather", "arguments": OSLO}
    pieces = list(
        openai_tools.tool_pieces({"function_call": old, "tool_calls": [part("weather", OSLO)]}, whole=True)
    )
    assert [piece.name for piece in pieces] == ["weather"]
    assert len(list(openai_tools.tool_pieces({"function_call": old, "tool_calls": []}, whole=True))) == 1


def test_calls_of_a_document_are_whole() -> None:
    """In a document each entry is a call of its own, whatever its number; one that is there twice is one."""
    said = {
        "tool_calls": [part("weather", OSLO, index=0), part("weather", OSLO, index=0), part("time", CET, id="a")]
    }
    calls = ToolCalls()
    for piece in (*openai_tools.tool_pieces(said, whole=True), ToolPiece(index=NEW_TOOL, id="a", name="time", arguments=CET)):  # fmt: skip
        calls.add(piece)
    assert [call.name for call in calls.calls()] == ["weather", "weather", "time"]


def test_single_arguments_add_up() -> None:
    """Values of single arguments, by their JSON paths, become the arguments of the call before them."""
    calls = ToolCalls()
    calls.add(ToolPiece(index=NEW_TOOL, name="book"))
    calls.add(ToolPiece(partial=[("$.guest.name", "Ad"), ("$.nights", 2), ("$.guest.name", "a")]))
    calls.add(ToolPiece(partial=[("$.rooms[0]", "blue"), ("$.rooms[1].bed", True), ("$['pet']", None)]))
    calls.add(ToolPiece(partial=[("$.rooms[99999]", "x"), ("$.nights[0]", 1)]))
    expected = '{"guest": {"name": "Ada"}, "nights": [1], "rooms": ["blue", {"bed": true}], "pet": null}'
    assert calls.calls()[0].arguments == expected


@pytest.mark.parametrize(
    ("arguments", "is_open"),
    [
        (OSLO, False),
        ("", False),
        ("{'city': 'Oslo'}", False),
        ('{"city": "Os', True),
        ('{"city": "Oslo"', True),
        ('{"a": [1, 2', True),
        ('{"a": "}"', True),
        ('{"a": "\\"}', True),
        ("{oops}", False),
    ],
)
def test_arguments_that_break_off(arguments: str, *, is_open: bool) -> None:
    """Arguments break off where they end inside a text, a list or an object; what is only no JSON does not."""
    calls = ToolCalls()
    calls.add(ToolPiece(index=0, name="f", arguments=arguments))
    assert broken_off(calls.calls()) == ("f" if is_open else None)
