"""Messages are stored as JSON and come back as they were."""

import json

import pytest

from model_manager import Audio, ChatMessage, Document, Image, Text, ToolCall, UsageError
from model_manager.core.parts import ProviderPart

CALL = ToolCall(id="1", name="f", arguments='{"a": 1}', signature="s", extras={"x": [1]})
TURNS = [
    ChatMessage("user", "Hello"),
    ChatMessage("user", "Look", images=(Image(b"\xff\xd8\xff\xe0", detail="low"),)),
    ChatMessage(
        "user",
        parts=(
            Text("a", {"cache_control": {"type": "ephemeral"}}),
            Image(url="https://example.com/a.png"),
            Document(b"%PDF-1.7", name="a.pdf"),
            Audio(b"ID3"),
            ProviderPart("openai", {"type": "file", "file": {"file_id": "f"}}),
        ),
    ),
    ChatMessage("assistant", tool_calls=(CALL,), extras={"content_blocks": [{"type": "thinking"}]}, source="p"),
    ChatMessage.tool_result(CALL, "4"),
]


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.role)
def test_a_turn_comes_back_as_it_was(turn):
    """Text, files, calls and what a provider wants to see again survive JSON."""
    found = ChatMessage.from_dict(json.loads(json.dumps(turn.to_dict())))
    assert found == turn
    assert (found.source, type(found.images), type(found.tool_calls)) == (turn.source, tuple, tuple)


def test_only_what_is_said_is_stored():
    """A turn of text has two fields."""
    assert ChatMessage("user", "Hello").to_dict() == {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"content": "x"}, "the role is missing"),
        ({"role": "user", "name": "ada"}, "'name' is not a field of a message"),
        ({"role": "user", "content": [{"type": "text", "text": "x"}]}, "the content is list"),
        ({"role": "user", "parts": "x"}, "expected a list, got str"),
        ({"role": "user", "parts": [{"type": "video"}]}, "'video'"),
        ({"role": "user", "parts": [{"type": "image", "content": "?"}]}, "base64"),
        ({"role": "user", "parts": [3]}, "int"),
        ({"role": "tool", "tool_call": 3}, "int"),
        (["user", "Hello"], "expected a mapping, got list"),
    ],
)
def test_something_else_is_refused(stored, words):
    """What `to_dict` never gives, such as a provider's own form, is a mistake that is named."""
    with pytest.raises(UsageError, match=r"expected the output of ChatMessage\.to_dict\(\): ") as raised:
        ChatMessage.from_dict(stored)
    assert words in raised.value.message
