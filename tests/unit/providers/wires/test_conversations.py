"""Tool calls and their results on every wire, also where one provider's call goes to another."""

import json

import pytest
from exchange_player import endpoint_of

from model_manager.core.messages import ChatMessage, ToolCall
from model_manager.core.options import ChatOptions
from model_manager.providers import wire_of
from model_manager.providers.wires.payload import as_json

NAMED = ToolCall(id="call:1", name="weather", arguments='{"city": "Oslo"}', signature="c2ln")
SECOND = ToolCall(id="call:2", name="clock", arguments="")
UNNAMED = ToolCall(name="weather", arguments='{"city": "Oslo"}')


def body(wire: str, *messages: ChatMessage) -> dict:
    said = [ChatMessage("system", "S"), ChatMessage("user", "Q"), *messages]
    return json.loads(as_json(wire_of(wire).build_call(endpoint_of(wire), said, ChatOptions()).body))


def turns(*calls: ToolCall) -> list[ChatMessage]:
    results = [ChatMessage.tool_result(call, f"result {number}") for number, call in enumerate(calls, 1)]
    return [ChatMessage("assistant", "Let me see.", tool_calls=calls), *results, ChatMessage("user", "And?")]


def test_openai():
    """Calls keep their text arguments and ids; each result is a message of its own."""
    assert body("openai", *turns(NAMED, SECOND))["messages"][2:] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {
                    "id": "call:1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
                },
                {"id": "call:2", "type": "function", "function": {"name": "clock", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "call:1", "content": "result 1"},
        {"role": "tool", "tool_call_id": "call:2", "content": "result 2"},
        {"role": "user", "content": "And?"},
    ]


def test_anthropic():
    """Calls are blocks with objects; the results of one turn are one turn of the user; ids have its letters."""
    assert body("anthropic", *turns(NAMED, SECOND))["messages"][1:] == [
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Let me see."},
                {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo"}},
                {"type": "tool_use", "id": "call_2", "name": "clock", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_1", "content": "result 1"},
                {"type": "tool_result", "tool_use_id": "call_2", "content": "result 2"},
            ],
        },
        {"role": "user", "content": "And?"},
    ]


def test_gemini():
    """Calls are parts with their signatures; results are objects in one turn of the user."""
    assert body("gemini", *turns(NAMED, SECOND))["contents"][1:] == [
        {
            "role": "model",
            "parts": [
                {"text": "Let me see."},
                {
                    "functionCall": {"id": "call:1", "name": "weather", "args": {"city": "Oslo"}},
                    "thoughtSignature": "c2ln",
                },
                {"functionCall": {"id": "call:2", "name": "clock", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "call:1", "name": "weather", "response": {"result": "result 1"}}},
                {"functionResponse": {"id": "call:2", "name": "clock", "response": {"result": "result 2"}}},
            ],
        },
        {"role": "user", "parts": [{"text": "And?"}]},
    ]
    object_result = ChatMessage.tool_result(NAMED, '{"degrees": 4.5}')
    said = body("gemini", ChatMessage("assistant", "", tool_calls=(NAMED,)), object_result)
    assert said["contents"][-1]["parts"][0]["functionResponse"]["response"] == {"degrees": 4.5}


def test_ollama():
    """Calls have objects, results the tool's name."""
    assert body("ollama", *turns(NAMED))["messages"][2:4] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Oslo"}}}],
        },
        {"role": "tool", "content": "result 1", "tool_name": "weather"},
    ]


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
def test_calls_without_ids_get_matching_ones(wire):
    """A call of a provider that gives no ids can go on at one that wants them: both sides get the same."""
    said = body(wire, *turns(UNNAMED, ToolCall(name="clock")), *turns(UNNAMED))
    found = json.dumps(said["messages"])
    for identity in ("call_1", "call_2", "call_3"):
        assert found.count(f'"{identity}"') == 2


def test_arguments_that_are_no_object_are_passed_on_as_they_are():
    """What a model wrote is not lost, though it is no JSON."""
    broken = ToolCall(id="1", name="f", arguments="{oops")
    said = body("anthropic", *turns(broken))["messages"][1]["content"][1]
    assert said["input"] == {"arguments": "{oops"}


def test_geminis_signature_is_kept():
    """What Gemini wants to see again with a call is read with it."""
    payload = {
        "candidates": [
            {
                "content": {"parts": [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "c2ln"}]},
                "finishReason": "STOP",
            }
        ]
    }
    assert wire_of("gemini").parse_event("", payload).tool_pieces[0].signature == "c2ln"
