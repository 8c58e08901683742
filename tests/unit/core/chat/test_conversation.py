"""From what an application hands over to messages: the forms that are taken, and what is refused by its position."""

from collections.abc import Callable
from typing import Any

import pytest

from model_manager.core.chat.conversation import conversation
from model_manager.core.messages import ChatMessage, ToolCall
from model_manager.core.parts import Image, Text
from model_manager.errors import UsageError

HELLO = ChatMessage("user", "Hello")
CALL = ToolCall(id="1", name="weather", arguments="{}")
PICTURE = Image(b"png")
DATA_URL = "data:image/png;base64,cG5n"


def refusal(messages: Any, system_prompt: str | None = None) -> UsageError:
    with pytest.raises(UsageError) as caught:
        conversation(messages, system_prompt)
    return caught.value


@pytest.mark.parametrize(
    "messages",
    [
        "Hello",
        HELLO,
        [HELLO],
        (HELLO,),
        ("user", "Hello"),
        [("user", "Hello")],
        {"role": "user", "content": "Hello"},
        [{"role": "user", "content": "Hello"}],
        [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        [ChatMessage("user", "Hello", images=None, tool_calls=[])],
    ],
)
def test_a_conversation_has_many_forms(messages):
    """Text, a message, a pair, a mapping, or a collection of those."""
    assert conversation(messages) == (HELLO,)


def test_an_iterator_is_read_once():
    """Any collection will do, a generator among them."""
    assert conversation(turn for turn in [HELLO, ("assistant", "Hi")]) == (HELLO, ChatMessage("assistant", "Hi"))


def test_two_words_are_two_turns_only_if_the_first_is_a_role():
    """A pair is a turn if it begins with a role; a pair of turns is a conversation."""
    assert [turn.role for turn in conversation((HELLO, HELLO))] == ["user", "user"]
    assert [turn.role for turn in conversation((("user", "a"), ("assistant", "b")))] == ["user", "assistant"]
    for wrong in (("hello", "there"), ("user", "a", "b"), ("user",)):
        assert "message 1: expected a message, got " in refusal(wrong).message
        assert "message 1: expected a message, got tuple" in refusal([wrong]).message


@pytest.mark.parametrize(
    ("word", "role"),
    [("developer", "system"), ("model", "assistant"), ("user", "user"), ("assistant", "assistant")],
)
def test_roles_go_by_other_names_too(word, role):
    """Those of OpenAI's newer models and of Google, in pairs and in mappings."""
    assert conversation([HELLO, (word, "x")])[1].role == role
    assert conversation([HELLO, {"role": word, "content": "x"}])[1].role == role


@pytest.mark.parametrize(("given", "roles"), [("Be brief.", ["system", "user"]), ("", ["user"]), (None, ["user"])])
def test_a_system_prompt_comes_first(given, roles):
    """One that is empty is none."""
    found = conversation("Hello", given)
    assert [turn.role for turn in found] == roles
    assert found[0].content == (given or "Hello")


@pytest.mark.parametrize("messages", [[], (), [("system", "x")], [("system", "x"), ("developer", "y")]])
@pytest.mark.parametrize("prompt", [None, "Be brief."])
def test_a_conversation_needs_somebody_to_answer(messages, prompt):
    """Instructions alone are nothing to answer."""
    error = refusal(messages, prompt)
    assert ("nothing to answer" in error.message, error.parameter) == (True, "messages")


@pytest.mark.parametrize(("messages", "word"), [(5, "int"), (None, "NoneType"), (object(), "object")])
def test_what_is_no_conversation_is_named(messages, word):
    """The type, and the parameter that has it."""
    error = refusal(messages)
    assert (error.parameter, error.message.endswith(f"got {word}")) == ("messages", True)


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (5, "expected a message, got int"),
        ("text", "expected a message, got str"),
        (ChatMessage("boss", "x"), "the role is 'boss'"),
        ({"role": "boss", "content": "x"}, "the role is 'boss'"),
        ({"content": "x"}, "the role is ''"),
        (ChatMessage("user", None), "the content is NoneType"),
        (ChatMessage("user", b"x"), "the content is bytes"),
        (ChatMessage("user", "x", images=5), "images: expected a tuple, got int"),
        (ChatMessage("user", "x", tool_calls=5), "tool_calls: expected a tuple, got int"),
        (ChatMessage("user", "x", parts=5), "parts: expected a tuple, got int"),
        (ChatMessage("user", "x", images=("x",)), "an image is not an Image"),
        (ChatMessage("user", "x", images=(PICTURE, Image("x"))), "the Image does not hold bytes"),
        (ChatMessage("user", "x", parts=(Text("a"), "b")), "a part is not a Text"),
        (ChatMessage("tool", "x"), "does not say which call it answers"),
        (ChatMessage("assistant", "", tool_calls=({"id": "1"},)), "a tool call is not a ToolCall but dict"),
        (ChatMessage("assistant", "", tool_calls=(CALL, ToolCall(name=5))), "a tool call has int as its name"),
        (ChatMessage("assistant", "", tool_calls=(ToolCall(name=None),)), "a tool call has NoneType as its name"),
        (ChatMessage("assistant", "", tool_calls=(ToolCall(id=5, name="f"),)), "has int as its id"),
        (ChatMessage("assistant", "", tool_calls=(ToolCall(name="f", arguments={}),)), "has dict as its arguments"),
        (ChatMessage("assistant", "", tool_calls=(ToolCall(name="f", signature=5),)), "has int as its signature"),
        (ChatMessage("tool", "x", tool_call="1"), "the tool call that it answers is not a ToolCall but str"),
        (ChatMessage("tool", "x", tool_call=ToolCall(name=5)), "the tool call that it answers has int as its name"),
    ],
)  # fmt: skip
def test_a_wrong_turn_is_told_by_its_position(turn, words):
    """Positions count from one; each mistake has its own words, and the forms are named."""
    error = refusal([HELLO, turn])
    assert error.message.startswith("message 2: ")
    assert words in error.message


def test_calls_need_no_id_and_no_signature():
    """What a provider leaves out is not asked for."""
    bare = ToolCall(id=None, name="f", arguments=None, signature=None)
    turn = ChatMessage("assistant", "", tool_calls=(bare,))
    assert conversation([HELLO, turn, ChatMessage("tool", "4", tool_call=bare)])[1:] == (
        turn,
        ChatMessage("tool", "4", tool_call=bare),
    )


@pytest.mark.parametrize("collection", [list, tuple, iter])
def test_pictures_and_calls_may_stand_in_any_collection(collection: Callable[[Any], Any]):
    """They are kept in tuples."""
    turn = ChatMessage("user", "x", images=collection([PICTURE]), tool_calls=collection([CALL]))
    (found,) = conversation([turn])
    assert (found.images, found.tool_calls, found.parts) == ((PICTURE,), (CALL,), ())


def test_parts_say_the_content_and_the_pictures():
    """Where a message has parts, its text and pictures are those of the parts, whatever else it says."""
    parts = [Text("a"), PICTURE, Text("b")]
    (found,) = conversation([ChatMessage("user", "other", parts=parts)])
    assert (found.content, found.images, found.parts) == ("a\nb", (PICTURE,), tuple(parts))
    (found,) = conversation([ChatMessage("user", "x", images=(PICTURE,))])
    assert (found.content, found.images, found.parts) == ("x", (PICTURE,), ())


def test_a_picture_of_a_mapping_is_decoded():
    """A data URL with base64 is the bytes of its file."""
    part = {"type": "image_url", "image_url": {"url": DATA_URL}}
    (found,) = conversation({"role": "user", "content": [{"type": "text", "text": "What?"}, part]})
    assert (found.content, [image.content for image in found.images]) == ("What?", [b"png"])


def test_a_result_finds_the_call_that_it_answers():
    """By its id, among the calls of the turns before it, messages and mappings alike."""
    asked = {"id": "2", "type": "function", "function": {"name": "clock", "arguments": "{}"}}
    found = conversation(
        [
            HELLO,
            ChatMessage("assistant", "", tool_calls=(CALL, ToolCall(name="nameless"))),
            {"role": "assistant", "content": None, "tool_calls": [asked]},
            {"role": "tool", "tool_call_id": "1", "content": "rain"},
            {"role": "tool", "tool_call_id": "2", "content": "noon"},
            {"role": "tool", "tool_call_id": "3", "content": "?"},
        ]
    )
    answered = [turn.tool_call for turn in found if turn.role == "tool"]
    assert [(call.id, call.name) for call in answered] == [("1", "weather"), ("2", "clock"), ("3", "")]
    assert answered[0] is CALL


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        (
            [ChatMessage("user", ["Look", Image(b"1")])],
            "the content is list, not text",
            '("user", ["Look", Image(…)])',
        ),
        ([ChatMessage("user", ("Look",))], "the content is tuple, not text", "parts=(Text"),
        (("user", [Image("a.jpg")]), "the Image does not hold bytes", 'Path("a.jpg").read_bytes()'),
        (("user", [Image()]), "the Image needs either bytes or a URL", 'Path("a.jpg").read_bytes()'),
        (
            [ChatMessage("user", "x"), ChatMessage.tool_result(ToolCall(id="1", name="f"), {"a": 1})],
            "the content is dict, not text",
            "json.dumps(…)",
        ),
        (("user", Image(b"1")), "the content is Image, not text", '("user", ["Look", Image(…)])'),
        (("user", ["Look", b"1"]), "is neither text nor a file", "Image(content)"),
        ({"role": "user", "contents": "Hello"}, "it has no content", '"content": "Hello"'),
        (
            [HELLO, {"role": "system", "content": None}, HELLO],
            "message 2: it has no content",
            '"content": "Hello"',
        ),
        ([HELLO, ("tool", "4 degrees")], "does not say which call", "ChatMessage.tool_result(call, text)"),
        ([("assistent", "Hello")], "whose role is 'assistent', not one of system, user", '("user", "Hello")'),
    ],
)
def test_a_frequent_mistake_is_told_the_way(given, words, hint):
    """Parts in a message's content, paths in place of bytes, a lone picture, no content, results that are no text."""
    error = refusal(given)
    assert words in error.message
    assert hint in (error.hint or "")
