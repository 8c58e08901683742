"""Ollama's wire by itself: what a request looks like, and what every line of an answer says."""

import pytest
from exchange_player import endpoint_of

from model_manager.core.messages import ChatMessage, ToolCall
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Image
from model_manager.core.pricing import Usage
from model_manager.providers.wires import ollama
from model_manager.providers.wires.base import DONE, NEW_TOOL, BlockPiece, Delta, ToolPiece

PLAIN = ChatOptions(stream=False)
CALL = ToolCall(id="c", name="find", arguments='{"q": 1}')


@pytest.mark.parametrize(
    ("message", "turn"),
    [
        (ChatMessage("user", "Hi"), {"role": "user", "content": "Hi"}),
        (ChatMessage("user", "Hi", (Image(b"\x89PNG"),)), {"role": "user", "content": "Hi", "images": ["iVBORw=="]}),
        (
            ChatMessage("assistant", "", tool_calls=(CALL,)),
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"function": {"name": "find", "arguments": {"q": 1}}}],
            },
        ),
        (
            ChatMessage("assistant", "A", extras={"reasoning": "Hm"}, source="acme"),
            {"role": "assistant", "content": "A", "thinking": "Hm"},
        ),
        (
            ChatMessage("assistant", "A", extras={"thinking": "Hm"}, source="another"),
            {"role": "assistant", "content": "A"},
        ),
        (
            ChatMessage("tool", "found", (Image(b"\x89PNG"),), tool_call=CALL),
            {"role": "tool", "content": "found", "tool_name": "find", "images": ["iVBORw=="]},
        ),
    ],
)  # fmt: skip
def test_a_turn(message: ChatMessage, turn: dict) -> None:
    """Pictures, calls, results and thoughts have their fields, and others' thoughts stay away."""
    assert ollama.build_call(endpoint_of("ollama"), [message], PLAIN).body["messages"] == [turn]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (PLAIN, {"stream": False}),
        (ChatOptions(), {"stream": True}),
        (ChatOptions(max_tokens=7), {"stream": True, "options": {"num_predict": 7}}),
        (ChatOptions(temperature=0), {"stream": True, "options": {"temperature": 0}}),
        (
            ChatOptions(answer_format=AnswerFormat(name="f", schema={"type": "object"})),
            {"stream": True, "format": {"type": "object"}},
        ),
        (
            ChatOptions(tools=(Tool(name="f", description="d", parameters={}),)),
            {
                "stream": True,
                "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}],
            },
        ),
    ],
)
def test_options(options: ChatOptions, expected: dict) -> None:
    """An option has Ollama's field, and what was not said has none."""
    call = ollama.build_call(endpoint_of("ollama"), [ChatMessage("user", "Hi")], options)
    assert {name: value for name, value in call.body.items() if name not in {"model", "messages"}} == expected


EVENTS = [
    (DONE, Delta()),
    ({}, Delta()),
    ({"message": {"content": "A"}, "done": False, "done_reason": "stop"}, Delta(text="A")),
    ({"model": "m", "message": {"content": "A"}, "done": "true"}, Delta(text="A", served_model="m")),
    ({"message": {"thinking": "Hm"}}, Delta(reasoning="Hm", blocks=(BlockPiece("thinking", {"value": "Hm"}),))),
    ({"message": {"images": ["x"]}}, Delta(media="an image")),
    ({"image": "x"}, Delta(media="an image")),
    (
        {"message": {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {"q": 1}}}]}},
        Delta(tool_pieces=(ToolPiece(index=NEW_TOOL, id="c", name="f", arguments='{"q": 1}'),)),
    ),
    (
        {"message": {"tool_calls": [{"function": {"name": "f", "arguments": '{"q'}}, {"function": {"name": "g"}}]}},
        Delta(
            tool_pieces=(
                ToolPiece(index=NEW_TOOL, name="f", arguments='{"q'),
                ToolPiece(index=NEW_TOOL, name="g", arguments="{}"),
            )
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "expected"), EVENTS)
def test_a_line(payload: object, expected: Delta) -> None:
    """Each field of a line is read into its own; before the last line nothing ends."""
    assert ollama.parse_event("", payload) == expected


@pytest.mark.parametrize(
    ("counts", "speed"),
    [
        ({"eval_count": 4, "eval_duration": 2_000_000_000}, 2.0),
        ({"eval_count": 4}, None),
        ({"eval_duration": 5}, None),
        ({"eval_count": 4, "eval_duration": 0}, None),
    ],
)
def test_the_last_line(counts: dict, speed: float | None) -> None:
    """The last line says why the answer ends, what was counted and how fast it was."""
    line = {"done": True, "done_reason": "stop", "message": {"content": "."}, **counts}
    expected = Delta(text=".", finish_word="stop", end=True, final=True, usage=line, tokens_per_second=speed)
    assert ollama.parse_event("", line) == ollama.parse_reply(line) == expected
    assert ollama.parse_event("", {**line, "done": False}).tokens_per_second is None


def test_an_error_line() -> None:
    """A line with an error is one, and a line without is none."""
    error = ollama.parse_event("", {"error": "model 'm' not found, try pulling it first"}).error
    assert error is not None
    assert error.kind == "not_found"


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        ({}, Usage()),
        ({"prompt_eval_count": 3, "eval_count": 0}, Usage(input_tokens=3, output_tokens=0)),
        ({"prompt_eval_count": 0, "eval_count": 4}, Usage(output_tokens=4)),
        ({"prompt_eval_cached_count": 2}, Usage(cache_read_tokens=2)),
    ],
)
def test_counts(raw: dict, usage: Usage) -> None:
    """A prompt without a count, or with a zero, is unknown."""
    assert ollama.read_usage(raw) == usage


def test_what_goes_back() -> None:
    """Thoughts go back under their name."""
    assert ollama.extras_of([("thinking", {"value": "Hm"})]) == {"thinking": "Hm"}
    assert ollama.extras_of([]) == {}
