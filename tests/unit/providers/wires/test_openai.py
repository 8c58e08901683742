"""OpenAI's wire by itself: what a request looks like, and what every shape of an answer says."""

from decimal import Decimal

import pytest
from exchange_player import endpoint_of

from model_manager.core.messages import ChatMessage, ToolCall
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Image, Text
from model_manager.errors import ProviderError
from model_manager.providers.wires import openai, openai_request
from model_manager.providers.wires.base import DONE, NEW_TOOL, BlockPiece, Delta, ToolPiece

PLAIN = ChatOptions(stream=False)
PICTURE = Image(b"\x89PNG")
URL = "data:image/png;base64,iVBORw=="
OPEN = {"type": "object", "properties": {"q": {"type": "string"}}}
CLOSED = {**OPEN, "required": ["q"], "additionalProperties": False}
CALL = ToolCall(id="c1", name="find", arguments='{"q": 1}', extras={"extra_content": {"google": {}}})


def body_of(*messages: ChatMessage, options: ChatOptions = PLAIN, **endpoint: object) -> dict:
    """The body of a request."""
    return dict(openai.build_call(endpoint_of("openai", **endpoint), messages, options).body)


@pytest.mark.parametrize(
    ("message", "turn"),
    [
        (ChatMessage("user", "Hi"), {"role": "user", "content": "Hi"}),
        (ChatMessage("user", "", (PICTURE,)), {"role": "user", "content": [{"type": "image_url", "image_url": {"url": URL}}]}),
        (
            ChatMessage("user", "Look", (Image(b"\x89PNG", detail="low"),)),
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look"},
                    {"type": "image_url", "image_url": {"url": URL, "detail": "low"}},
                ],
            },
        ),
        (
            ChatMessage("user", "ab", parts=(Text("a", extras={"x": 1}), Text("b"))),
            {"role": "user", "content": [{"x": 1, "type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        ),
        (
            ChatMessage("assistant", "", tool_calls=(CALL,)),
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "extra_content": {"google": {}},
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "find", "arguments": '{"q": 1}'},
                    }
                ],
            },
        ),
        (
            ChatMessage("assistant", "So:", tool_calls=(CALL,), source="another"),
            {
                "role": "assistant",
                "content": "So:",
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}
                ],
            },
        ),
        (
            ChatMessage("assistant", "Yes", extras={"reasoning": "Hm", "content_blocks": []}, source="acme"),
            {"reasoning": "Hm", "role": "assistant", "content": "Yes"},
        ),
        (
            ChatMessage("assistant", "Yes", extras={"reasoning": "Hm"}, source="another"),
            {"role": "assistant", "content": "Yes"},
        ),
        (
            ChatMessage("tool", "found", tool_call=ToolCall(id="c1", name="find")),
            {"role": "tool", "tool_call_id": "c1", "content": "found"},
        ),
    ],
)  # fmt: skip
def test_a_turn(message: ChatMessage, turn: dict) -> None:
    """Text, parts, pictures, calls and results have their fields, and extras go back to who gave them."""
    assert body_of(message)["messages"] == [turn]


def test_a_call_without_arguments_has_empty_ones() -> None:
    """A call without arguments goes back with an empty object, which servers insist on."""
    turn = body_of(ChatMessage("assistant", "", tool_calls=(ToolCall(id="c", name="stop", arguments=""),)))
    assert turn["messages"][0]["tool_calls"][0]["function"] == {"name": "stop", "arguments": "{}"}


def test_a_result_may_have_no_picture() -> None:
    """A picture that a tool returned is refused: the API has no field for it."""
    with pytest.raises(ProviderError, match="accept images in a tool result"):
        body_of(ChatMessage("tool", "", (PICTURE,), tool_call=CALL))


@pytest.mark.parametrize(
    ("options", "parameters", "expected"),
    [
        (PLAIN, {}, {"stream": False}),
        (ChatOptions(), {}, {"stream": True, "stream_options": {"include_usage": True}}),
        (ChatOptions(), {"stream_usage": False}, {"stream": True}),
        (ChatOptions(stream=False, max_tokens=7), {}, {"stream": False, "max_tokens": 7}),
        (ChatOptions(stream=False, max_tokens=7), {"max_tokens": "n"}, {"stream": False, "n": 7}),
        (ChatOptions(stream=False, max_tokens=7), {"max_tokens": False}, {"stream": False}),
        (PLAIN, {"default_max_tokens": 9}, {"stream": False, "max_tokens": 9}),
        (ChatOptions(stream=False, temperature=0), {}, {"stream": False, "temperature": 0}),
        (ChatOptions(stream=False, temperature=1), {"temperature": False}, {"stream": False}),
    ],
)
def test_options(options: ChatOptions, parameters: dict, expected: dict) -> None:
    """An option has the field that the provider wants, and what was not said has none."""
    body = body_of(ChatMessage("user", "Hi"), options=options, parameters=parameters)
    assert {name: value for name, value in body.items() if name not in {"model", "messages"}} == expected


@pytest.mark.parametrize(("asked", "count"), [(True, 1), (False, 0)])
def test_a_limit_that_is_left_out_is_told_to_who_asked(asked: bool, count: int) -> None:  # noqa: FBT001 - a table's column
    """A limit that the model does not take is told only if the user has set it."""
    options = ChatOptions(stream=False, max_tokens=7, max_tokens_asked=asked)
    endpoint = endpoint_of("openai", parameters={"max_tokens": False})
    assert len(openai.build_call(endpoint, [ChatMessage("user", "Hi")], options).notices) == count
    assert openai.build_call(endpoint, [ChatMessage("user", "Hi")], PLAIN).notices == ()


def test_tools() -> None:
    """A tool's `strict` belongs to its function, other extras beside it, and another API's tools take none."""
    tool = Tool(name="find", description="Finds.", parameters=OPEN, extras={"strict": True, "cache_control": 1})
    function = {"name": "find", "description": "Finds.", "parameters": OPEN}
    body = body_of(ChatMessage("user", "Hi"), options=ChatOptions(tools=(tool,)))
    assert body["tools"] == [{"cache_control": 1, "type": "function", "function": {**function, "strict": True}}]
    assert openai_request.functions([tool]) == [{"type": "function", "function": function}]


@pytest.mark.parametrize(
    ("schema", "strict", "expected"),
    [(CLOSED, None, True), (OPEN, None, False), (CLOSED, False, False), (OPEN, True, True)],
)
def test_a_closed_schema_is_strict(schema: dict, strict: bool | None, expected: bool) -> None:  # noqa: FBT001 - a table's columns
    """A schema that is closed is followed strictly, unless the user says otherwise."""
    form = AnswerFormat(name="found", schema=schema, strict=strict)
    stated = body_of(ChatMessage("user", "Hi"), options=ChatOptions(answer_format=form))["response_format"]
    inner = {"name": "found", **({"strict": True} if expected else {}), "schema": schema}
    assert stated == {"type": "json_schema", "json_schema": inner}


def said(**delta: object) -> dict:
    """An event of a stream whose first choice says this."""
    return {"choices": [{"index": 0, "delta": delta}]}


def thoughts(name: str, value: object) -> tuple[BlockPiece, ...]:
    return (BlockPiece(name, {"value": value}, frozenset()),)


SPOKEN_THOUGHTS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
    {"type": "text", "text": "A"},
]
DETAILS = [{"type": "reasoning.text", "text": "a", "index": 0}, {"type": "reasoning.text", "text": "b"}]
EVENTS = [
    (DONE, Delta(end=True, final=True)),
    ({}, Delta()),
    ("nonsense", Delta()),
    ({"choices": [None, {"index": 1, "delta": {"content": "B"}}]}, Delta()),
    (said(content="A"), Delta(text="A")),
    ({"id": "r", "model": "m", "choices": [{"delta": {"role": "assistant", "content": "A"}}]}, Delta(text="A", served_model="m", request_id="r")),
    ({"choices": [{"index": 0, "delta": {"content": "A"}}, {"delta": {"content": "B"}}]}, Delta(text="AB")),
    ({"choices": [{"index": 0, "message": {"content": "A"}}]}, Delta(text="A")),
    (said(content=[{"type": "text", "text": "A"}, {"type": "output_text", "text": "B"}, {"type": "x", "text": "C"}]), Delta(text="AB")),
    (said(content=SPOKEN_THOUGHTS), Delta(text="A", reasoning="Hm")),
    (said(content="A", reasoning_content="Hm"), Delta(text="A", reasoning="Hm", blocks=thoughts("reasoning_content", "Hm"))),
    (said(reasoning="Hm"), Delta(reasoning="Hm", blocks=thoughts("reasoning", "Hm"))),
    (said(content=SPOKEN_THOUGHTS, thinking="So"), Delta(text="A", reasoning="So", blocks=thoughts("thinking", "So"))),
    (said(extra_content={"x": 1}), Delta(blocks=thoughts("extra_content", {"x": 1}))),
    (
        said(reasoning_details=DETAILS),
        Delta(
            reasoning="ab",
            blocks=(
                BlockPiece(("reasoning_details", 0, "reasoning.text"), DETAILS[0]),
                BlockPiece(("reasoning_details", 1, "reasoning.text"), DETAILS[1]),
            )
        ),
    ),
    (
        said(reasoning_details=[{"type": "t", "index": 3}]),
        Delta(blocks=(BlockPiece(("reasoning_details", 3, "t"), {"type": "t", "index": 3}),)),
    ),
    (said(content=None, refusal="No."), Delta(refusal="No.")),
    (said(audio={"transcript": "A", "data": ""}), Delta(text="A", media="audio")),
    (said(images=[{"url": "x"}]), Delta(media="an image")),
    *((said(content=[{"type": kind}]), Delta(media="an image")) for kind in ("image_url", "image", "output_image")),
    *((said(content=[{"type": kind}]), Delta(media="audio")) for kind in ("audio", "input_audio", "output_audio")),
    (said(content=[{"type": "text", "text": "A"}]), Delta(text="A")),
    (
        said(tool_calls=[{"index": 2, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}]),
        Delta(tool_pieces=(ToolPiece(index=2, id="c", name="f", arguments="{"),)),
    ),
    (
        said(tool_calls=[{"function": {"arguments": {"a": 1}}, "type": "theirs", "extra_content": {"google": {"thought_signature": "s"}}}]),
        Delta(
            tool_pieces=(
                ToolPiece(
                    arguments='{"a": 1}', foreign=True, signature="s",
                    extras={"extra_content": {"google": {"thought_signature": "s"}}},
                ),
            )
        ),
    ),
    (said(function_call={"arguments": "}"}), Delta(tool_pieces=(ToolPiece(index=0, arguments="}"),))),
    (said(function_call={"name": "f"}), Delta(tool_pieces=(ToolPiece(index=0, name="f"),))),
    (said(function_call={}), Delta()),
    ({"choices": [{"delta": {}, "finish_reason": "stop"}]}, Delta(finish_word="stop", end=True)),
    ({"choices": [{"delta": {}, "native_finish_reason": "length", "finish_reason": "stop"}]}, Delta(finish_word="length", end=True)),
    (
        {"choices": [{"delta": {}, "finish_reason": "content_filter", "content_filter_results": {"hate": {"filtered": True, "severity": "high"}}}]},
        Delta(finish_word="content_filter", finish_detail="hate (high)", end=True),
    ),
    (
        {"choices": [], "usage": {"prompt_tokens": 3, "cost": Decimal("0.5")}},
        Delta(usage={"prompt_tokens": 3, "cost": Decimal("0.5")}, cost_usd=Decimal("0.5")),
    ),
    ({"id": "r", "x_groq": {"id": "q"}}, Delta(request_id="q")),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "expected"), EVENTS)
def test_an_event(payload: object, expected: Delta) -> None:
    """Each field of an event is read into its own, whichever server's dialect it is, and nothing else is said."""
    assert openai.parse_event("", payload) == expected


@pytest.mark.parametrize(
    ("name", "payload", "kind"),
    [
        ("", {"error": {"message": "boom"}}, "server"),
        ("", {"object": "error", "message": "boom", "type": "invalid_request_error"}, "bad_request"),
        ("", {"success": False, "message": "boom"}, "server"),
        ("", {"success": True}, None),
        ("error", {"message": "boom"}, "server"),
        ("error", {"error": {"code": "rate_limit_exceeded", "message": "boom"}}, "rate_limit"),
        ("", {"choices": [{"delta": {}, "error": {"code": 429, "message": "boom"}}]}, "rate_limit"),
        ("", {"base_resp": {"status_code": 1004, "status_msg": "login fail"}}, "auth"),
        ("", {"base_resp": {"status_code": 0}}, None),
        (
            "",
            {"choices": [{"message": {"content": ""}}], "base_resp": {"status_code": 1027, "status_msg": "boom"}},
            "server",
        ),
        ("", {"choices": [{"delta": {"content": "A"}}], "base_resp": {"status_code": 0, "status_msg": ""}}, None),
        ("", {"choices": [{"delta": {}}], "x_groq": {"id": "r", "error": "boom"}}, "server"),
        ("", {"type": "ping"}, None),
    ],
)
def test_an_error_inside_a_stream(name: str, payload: dict, kind: str | None) -> None:
    """An error is found at the top, in a choice, in the event's name and in MiniMax's own form."""
    error = openai.parse_event(name, payload).error
    assert (error and error.kind) == kind
    assert error is None or "boom" in error.message or "login" in error.message


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"choices": [{"message": {"content": "A"}}]}, Delta(text="A", end=True)),
        ({"choices": [{"message": {"content": "A"}, "finish_reason": "stop"}]}, Delta(text="A", finish_word="stop", end=True)),
        ({"choices": []}, Delta()),
        (
            {"choices": [{"message": {"tool_calls": [{"index": 4, "function": {"name": "f", "arguments": "{}"}}]}}]},
            Delta(tool_pieces=(ToolPiece(index=NEW_TOOL, name="f", arguments="{}"),), end=True),
        ),
    ],
)  # fmt: skip
def test_a_whole_answer(payload: dict, expected: Delta) -> None:
    """A document that has a choice is complete, and its calls are whole."""
    assert openai.parse_reply(payload) == expected


@pytest.mark.parametrize(
    ("blocks", "extras"),
    [
        ([], {}),
        ([("reasoning", {"value": "Hm"})], {"reasoning": "Hm"}),
        (
            [("reasoning", {"value": "Hm"}), ("extra_content", {"value": 1}), (("reasoning_details", 0, "t"), {"text": "Hm"})],
            {"extra_content": 1, "reasoning_details": [{"text": "Hm"}]},
        ),
    ],
)  # fmt: skip
def test_what_goes_back(blocks: list, extras: dict) -> None:
    """Thoughts go back in the field in which they came, and only once."""
    assert openai.extras_of(blocks) == extras
