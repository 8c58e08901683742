"""Google's wire by itself: what a request looks like, and what every part and count of an answer says."""

from decimal import Decimal

import pytest
from exchange_player import endpoint_of

from model_manager.core.messages import ChatMessage, ToolCall
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Image, Text
from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.providers.wires import gemini
from model_manager.providers.wires.base import DONE, NEW_TOOL, BlockPiece, Delta, ToolPiece

PICTURE = Image(b"\x89PNG")
INLINE = {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}
CALL = ToolCall(id="c", name="find", arguments='{"q": 1}')
BARE = ToolCall(id=None, name="stop", arguments="")
SIGNED = ToolCall(id=None, name="stop", arguments="", signature="s")
CAME = [{"text": "A", "thoughtSignature": "s"}, {"functionCall": {"name": "find", "args": {}}}]
FOUND = ChatMessage("tool", "found", tool_call=CALL)


def body_of(*messages: ChatMessage, options: ChatOptions | None = None) -> dict:
    """The body of a request."""
    return dict(gemini.build_call(endpoint_of("gemini"), messages, options or ChatOptions()).body)


@pytest.mark.parametrize(
    ("message", "turn"),
    [
        (ChatMessage("user", "Hi"), {"role": "user", "parts": [{"text": "Hi"}]}),
        (ChatMessage("user", ""), {"role": "user", "parts": [{"text": ""}]}),
        (ChatMessage("user", "", (PICTURE,)), {"role": "user", "parts": [INLINE]}),
        (ChatMessage("user", "Hi", (PICTURE,)), {"role": "user", "parts": [INLINE, {"text": "Hi"}]}),
        (
            ChatMessage("user", "ab", (PICTURE,), parts=(Text("a"), PICTURE, Text("b"))),
            {"role": "user", "parts": [{"text": "a"}, INLINE, {"text": "b"}]},
        ),
        (
            ChatMessage("assistant", "", tool_calls=(CALL, SIGNED)),
            {
                "role": "model",
                "parts": [
                    {"functionCall": {"id": "c", "name": "find", "args": {"q": 1}}},
                    {"functionCall": {"name": "stop", "args": {}}, "thoughtSignature": "s"},
                ],
            },
        ),
        (
            FOUND,
            {"role": "user", "parts": [{"functionResponse": {"id": "c", "name": "find", "response": {"result": "found"}}}]},
        ),
        (
            ChatMessage("tool", '{"x": 1}', (PICTURE,), tool_call=BARE),
            {"role": "user", "parts": [{"functionResponse": {"name": "stop", "response": {"x": 1}, "parts": [INLINE]}}]},
        ),
        (
            ChatMessage("tool", "[1]", tool_call=BARE),
            {"role": "user", "parts": [{"functionResponse": {"name": "stop", "response": {"result": "[1]"}}}]},
        ),
        (
            ChatMessage("assistant", "A", tool_calls=(CALL,), extras={"content_parts": CAME}, source="acme"),
            {"role": "model", "parts": CAME},
        ),
        *(
            (
                ChatMessage("assistant", words, tool_calls=calls, extras={"content_parts": CAME}, source=source),
                {"role": "model", "parts": parts},
            )
            for words, calls, source, parts in (
                ("B", (CALL,), "acme", [{"text": "B"}, {"functionCall": {"id": "c", "name": "find", "args": {"q": 1}}}]),
                ("A", (BARE,), "acme", [{"text": "A"}, {"functionCall": {"name": "stop", "args": {}}}]),
                ("A", (BARE,), "other", [{"text": "A"}, {"functionCall": {"name": "stop", "args": {}}}]),
            )
        ),
        (
            ChatMessage("assistant", "A", extras={"content_parts": "odd"}, source="acme"),
            {"role": "model", "parts": [{"text": "A"}]},
        ),
    ],
)  # fmt: skip
def test_a_turn(message: ChatMessage, turn: dict) -> None:
    """A turn has its parts; one of Google's own goes back as it came if nobody has changed it."""
    assert body_of(message)["contents"] == [turn]


def test_results_of_one_turn_stand_together() -> None:
    """All results of a turn's calls are one turn of the user's, and those of a later turn another one."""
    asked, other = ChatMessage("assistant", "", tool_calls=(CALL,)), ChatMessage("user", "And?")
    contents = body_of(ChatMessage("system", "Be kind."), asked, FOUND, FOUND, other, FOUND)["contents"]
    assert [(turn["role"], len(turn["parts"])) for turn in contents] == [("model", 1), ("user", 2), ("user", 1), ("user", 1)]  # fmt: skip


def test_a_system_prompt_is_apart_and_has_no_picture() -> None:
    """System messages are parts of the instruction, and a picture in one is refused."""
    prompts = [ChatMessage("system", "Be kind."), ChatMessage("system", "Be brief.")]
    body = body_of(*prompts, ChatMessage("user", "Hi"))
    assert body["systemInstruction"] == {"parts": [{"text": "Be kind."}, {"text": "Be brief."}]}
    assert "systemInstruction" not in body_of(ChatMessage("user", "Hi"))
    with pytest.raises(ProviderError, match="accept images in a system prompt"):
        body_of(ChatMessage("system", "", (PICTURE,)))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ChatOptions(), {}),
        (ChatOptions(max_tokens=7), {"generationConfig": {"maxOutputTokens": 7}}),
        (ChatOptions(temperature=0), {"generationConfig": {"temperature": 0}}),
        (
            ChatOptions(answer_format=AnswerFormat(name="f", schema={"type": "object"})),
            {"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}}},
        ),
        (
            ChatOptions(tools=(Tool(name="f", description="d", parameters={}),)),
            {"tools": [{"functionDeclarations": [{"name": "f", "description": "d", "parametersJsonSchema": {}}]}]},
        ),
    ],
)  # fmt: skip
def test_options(options: ChatOptions, expected: dict) -> None:
    """An option has Google's field, and what was not said has none."""
    body = body_of(ChatMessage("user", "Hi"), options=options)
    assert {name: value for name, value in body.items() if name != "contents"} == expected


@pytest.mark.parametrize(
    ("stream", "ending"), [(True, "streamGenerateContent?alt=sse"), (False, "generateContent")]
)
def test_the_url(stream: bool, ending: str) -> None:  # noqa: FBT001 - a table's column
    """The model's name and the kind of answer stand in the path."""
    options = ChatOptions(stream=stream)
    call = gemini.build_call(endpoint_of("gemini", model_id="models/a b"), [ChatMessage("user", "Hi")], options)
    assert call.url == f"https://api.example.com/v1beta/models/a%20b:{ending}"


def said(*parts: dict) -> dict:
    """An event with these parts."""
    return {"candidates": [{"content": {"parts": [*parts]}}]}


def block(part: dict) -> BlockPiece:
    return BlockPiece(None, part)


def called(arguments: str = "{}", **fields: object) -> ToolPiece:
    return ToolPiece(**{"index": NEW_TOOL, "name": "f", "arguments": arguments, **fields})


CALLS = [
    ({"name": "f", "id": "c", "args": {"q": 1}}, called('{"q": 1}', id="c")),
    ({"name": "f"}, called()),
    ({"name": "f", "willContinue": True}, called("")),
    ({"name": "f", "willContinue": True, "args": {"q": 1}}, called('{"q": 1}')),
    ({"name": "f", "partialArgs": [{"jsonPath": "$.q", "numberValue": 0}]}, called("", partial=(("$.q", 0),))),
    ({"willContinue": False, "partialArgs": []}, called("", index=None, name="")),
    (
        {"partialArgs": [{"jsonPath": "$.q", "stringValue": "a"}, {"jsonPath": "$.r", "boolValue": False}, {}]},
        called("", index=None, name="", partial=(("$.q", "a"), ("$.r", False), ("", None))),
    ),
]
EVENTS = [
    (DONE, Delta()),
    ({}, Delta()),
    ({"candidates": [], "modelVersion": "m", "responseId": "r"}, Delta(served_model="m", request_id="r")),
    (said({"text": "A"}, {"text": "B"}), Delta(text="AB", blocks=(block({"text": "A"}), block({"text": "B"})))),
    (said({"text": "Hm", "thought": True}, {"text": "A"}), Delta(text="A", reasoning="Hm", blocks=(block({"text": "A"}),))),
    ({"candidates": [{"finishReason": "STOP"}]}, Delta(finish_word="STOP", end=True)),
    (
        {"candidates": [{"finishReason": "SAFETY", "safetyRatings": [{"category": "A", "blocked": True}, {"category": "B"}]}]},
        Delta(finish_word="SAFETY", finish_detail="A", end=True),
    ),
    (
        {"candidates": [{"finishReason": "X", "finishMessage": "why", "safetyRatings": [{"category": "A", "blocked": True}]}]},
        Delta(finish_word="X", finish_detail="why", end=True),
    ),
    (
        {"promptFeedback": {"blockReason": "OTHER"}},
        Delta(refusal="the prompt was blocked (OTHER)", finish_word="OTHER", end=True),
    ),
    (
        {"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "No."}},
        Delta(refusal="the prompt was blocked (SAFETY): No.", finish_word="SAFETY", end=True),
    ),
    ({"promptFeedback": {"safetyRatings": []}}, Delta()),
    ({"usageMetadata": {"promptTokenCount": 3}, "cost": Decimal(1)}, Delta(usage={"promptTokenCount": 3}, cost_usd=Decimal(1))),
    *(
        (said({field: {"mimeType": kind}}), Delta(media=words, blocks=(block({field: {"mimeType": kind}}),)))
        for field, kind, words in (
            ("inlineData", "image/png", "an image"),
            ("fileData", "audio/wav", "audio"),
            ("inlineData", "video/mp4", "a video"),
            ("inlineData", "text/csv", "a file"),
        )
    ),
    (said({"inlineData": {"mimeType": "image/png"}, "thought": True}), Delta()),
    *((said({"functionCall": call}), Delta(tool_pieces=(piece,), blocks=(block({"functionCall": call}),))) for call, piece in CALLS),
    (
        said({"functionCall": {"name": "f"}, "thoughtSignature": "s"}),
        Delta(tool_pieces=(called(signature="s"),), blocks=(block({"functionCall": {"name": "f"}, "thoughtSignature": "s"}),)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "expected"), EVENTS)
def test_an_event(payload: object, expected: Delta) -> None:
    """Each part of an event is read into its own field, and so it is in a whole answer."""
    assert gemini.parse_event("", payload) == gemini.parse_reply(payload) == expected


def test_an_error_inside_a_stream() -> None:
    """An error is known by its field or by the event's name."""
    for name, payload in (("", {"error": {"status": "UNAVAILABLE", "message": "boom"}}), ("error", {})):
        assert gemini.parse_event(name, payload).error is not None


A, B = {"text": "A"}, {"text": "B"}
MORE = {"functionCall": {"name": "f", "willContinue": True}, "thoughtSignature": "s"}
WHOLE = {"functionCall": {"name": "f"}, "thoughtSignature": "s"}


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ([], None),
        ([A, B], None),
        ([A, B, WHOLE], [{"text": "AB"}, WHOLE]),
        ([A, {**B, "thoughtSignature": "s"}], [{"text": "AB", "thoughtSignature": "s"}]),
        ([{**A, "thoughtSignature": "s"}, B], [{**A, "thoughtSignature": "s"}, B]),
        ([A, {**B, "odd": 1}, WHOLE], [A, {**B, "odd": 1}, WHOLE]),
        ([A, MORE], None),
        ([WHOLE, {"functionCall": {"args": {}}}], None),
    ],
)
def test_what_goes_back(parts: list[dict], kept: list[dict] | None) -> None:
    """Parts go back where one is signed and every call is whole; the pieces of one text are joined."""
    extras = gemini.extras_of([(number, part) for number, part in enumerate(parts)])
    assert extras == ({} if kept is None else {"content_parts": kept})


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        ({}, Usage()),
        ({"promptTokenCount": 3, "candidatesTokenCount": 4}, Usage(input_tokens=3, output_tokens=4)),
        (
            {"promptTokenCount": 3, "toolUsePromptTokenCount": 2, "cachedContentTokenCount": 1},
            Usage(input_tokens=5, cache_read_tokens=1),
        ),
        ({"toolUsePromptTokenCount": 2}, Usage()),
        ({"promptTokenCount": 3, "totalTokenCount": 10}, Usage(input_tokens=3, output_tokens=7)),
        ({"promptTokenCount": 3, "totalTokenCount": 3}, Usage(input_tokens=3, output_tokens=0)),
        (
            {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 10},
            Usage(input_tokens=3, output_tokens=7),
        ),
        (
            {"promptTokenCount": 3, "candidatesTokenCount": 4, "thoughtsTokenCount": 2, "totalTokenCount": 9},
            Usage(input_tokens=3, output_tokens=6, reasoning_tokens=2),
        ),
        (
            {"promptTokenCount": 3, "candidatesTokenCount": 4, "thoughtsTokenCount": 2, "totalTokenCount": 7},
            Usage(input_tokens=3, output_tokens=4, reasoning_tokens=2),
        ),
        ({"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 5}, Usage(input_tokens=3, output_tokens=4)),
        ({"promptTokenCount": 9, "totalTokenCount": 5}, Usage(input_tokens=9)),
        ({"thoughtsTokenCount": 2}, Usage(output_tokens=2, reasoning_tokens=2)),
        ({"candidatesTokenCount": 4, "totalTokenCount": 5}, Usage(output_tokens=4)),
    ],
)  # fmt: skip
def test_counts(raw: dict, usage: Usage) -> None:
    """Thoughts are a part of the output, told apart from the candidates by the total."""
    assert gemini.read_usage(raw) == usage
