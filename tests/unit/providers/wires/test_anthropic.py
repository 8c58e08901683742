"""Anthropic's wire by itself: what every event, every block and every count of an answer says."""

from decimal import Decimal

import pytest

from model_manager.core.pricing import Usage
from model_manager.providers.wires import anthropic
from model_manager.providers.wires.base import NEW_TOOL, BlockPiece, Delta, ToolPiece


def started(index: int | None, **block: object) -> dict:
    """The event that begins a block."""
    place = {} if index is None else {"index": index}
    return {"type": "content_block_start", **place, "content_block": block}


def goes_on(index: int, **delta: object) -> dict:
    """The event that goes on with a block."""
    return {"type": "content_block_delta", "index": index, "delta": delta}


EVENTS = [
    ({"type": "ping"}, Delta()),
    ({"type": "unheard_of", "text": "A"}, Delta()),
    ("nonsense", Delta()),
    ({"type": "message_stop"}, Delta(end=True, final=True)),
    (
        {"type": "message_start", "message": {"id": "r", "model": "m", "usage": {"input_tokens": 3}}},
        Delta(request_id="r", served_model="m", usage={"input_tokens": 3}),
    ),
    ({"type": "message_start", "message": {}}, Delta()),
    (
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4, "cost": Decimal(1)}},
        Delta(finish_word="end_turn", usage={"output_tokens": 4, "cost": Decimal(1)}, cost_usd=Decimal(1)),
    ),
    (
        {"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_details": {"category": "cyber", "explanation": "No."}}},
        Delta(finish_word="refusal", finish_detail="cyber: No."),
    ),
    ({"type": "message_delta", "delta": {"stop_reason": "x", "model": "m"}}, Delta(finish_word="x", served_model="m")),
    (started(1, type="text", text="A"), Delta(text="A", blocks=(BlockPiece(1, {"type": "text", "text": "A"}),))),
    (started(None, type="text", text=""), Delta(blocks=(BlockPiece(0, {"type": "text", "text": ""}),))),
    (started(0, type="document", text="A"), Delta(blocks=(BlockPiece(0, {"type": "document", "text": "A"}),))),
    (
        started(0, type="thinking", thinking="Hm"),
        Delta(reasoning="Hm", blocks=(BlockPiece(0, {"type": "thinking", "thinking": "Hm"}),)),
    ),
    (started(0, type="image"), Delta(media="an image", blocks=(BlockPiece(0, {"type": "image"}),))),
    (
        started(2, type="tool_use", id="c", name="f", input={}),
        Delta(
            tool_pieces=(ToolPiece(index=2, id="c", name="f"),),
            blocks=(BlockPiece(2, {"type": "tool_use", "id": "c", "name": "f", "input": {}}),),
        ),
    ),
    (
        started(2, type="server_tool_use", name="f", input='{"q'),
        Delta(
            tool_pieces=(ToolPiece(index=2, name="f", arguments='{"q', foreign=True),),
            blocks=(BlockPiece(2, {"type": "server_tool_use", "name": "f", "input": '{"q'}),),
        ),
    ),
    *(
        (started(0, type="fallback", **to), Delta(served_model=name, blocks=(BlockPiece(0, {"type": "fallback", **to}),)))
        for to, name in (({"to": "m"}, "m"), ({"to": {"model": "m"}}, "m"), ({"model": "n"}, "n"), ({}, None))
    ),
    (started(0, type="other", to="m"), Delta(blocks=(BlockPiece(0, {"type": "other", "to": "m"}),))),
    (goes_on(3, type="text_delta", text="A"), Delta(text="A", blocks=(BlockPiece(3, {"text": "A"}),))),
    (goes_on(3, type="thinking_delta", thinking="Hm"), Delta(reasoning="Hm", blocks=(BlockPiece(3, {"thinking": "Hm"}),))),
    (
        goes_on(3, type="input_json_delta", partial_json='{"'),
        Delta(tool_pieces=(ToolPiece(index=3, arguments='{"'),), blocks=(BlockPiece(3, {"partial_json": '{"'}),)),
    ),
    (goes_on(3, type="signature_delta", signature="s"), Delta(blocks=(BlockPiece(3, {"signature": "s"}),))),
    (goes_on(3, type="citations_delta", citation={"x": 1}), Delta(blocks=(BlockPiece(3, {"citations": [{"x": 1}]}),))),
    (goes_on(3, type="unheard_of", text="A", thinking="B"), Delta(blocks=(BlockPiece(3, {"text": "A", "thinking": "B"}),))),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "expected"), EVENTS)
def test_an_event(payload: object, expected: Delta) -> None:
    """Each kind of event is read into its own fields, and an unknown kind says nothing."""
    assert anthropic.parse_event("", payload) == expected


def test_the_name_of_an_event_stands_for_a_type_that_is_missing() -> None:
    """Gateways that drop the type from the data still name the event, and the type counts where both are there."""
    assert anthropic.parse_event("message_stop", {}) == Delta(end=True, final=True)
    assert anthropic.parse_event("message_stop", {"type": "ping"}) == Delta()


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "boom"}}, "overloaded"),
        ({"type": "error", "message": "boom"}, "server"),
        ({"type": "message_delta", "error": {"type": "rate_limit_error", "message": "boom"}}, "rate_limit"),
        ({"type": "message", "content": []}, None),
    ],
)
def test_an_error_in_place_of_an_answer(payload: dict, kind: str | None) -> None:
    """An error is known by its type or by its field, in an event as in a document."""
    for delta in (anthropic.parse_event("", payload), anthropic.parse_reply(payload)):
        assert (delta.error and delta.error.kind) == kind
    usage = {"input_tokens": 3, "cost": Decimal("0.5")}
    if kind:
        billed = anthropic.parse_event("", {**payload, "usage": usage})
        assert (billed.usage, billed.cost_usd) == (usage, Decimal("0.5"))
        assert anthropic.parse_event("", payload).usage is None


REPLIES = [
    ({"content": []}, Delta(end=True)),
    ({}, Delta()),
    ({"stop_reason": "end_turn"}, Delta(finish_word="end_turn", end=True)),
    (
        {"id": "r", "model": "m", "content": [{"type": "text", "text": "A"}, {"type": "odd", "text": "X"}], "stop_reason": "end_turn", "usage": {"input_tokens": 3}},
        Delta(
            text="A", request_id="r", served_model="m", finish_word="end_turn", end=True, usage={"input_tokens": 3},
            blocks=(BlockPiece(0, {"type": "text", "text": "A"}), BlockPiece(1, {"type": "odd", "text": "X"})),
        ),
    ),
    (
        {"content": [{"type": "thinking", "thinking": "Hm"}, {"type": "container_upload"}]},
        Delta(
            reasoning="Hm", media="an image", end=True,
            blocks=(BlockPiece(0, {"type": "thinking", "thinking": "Hm"}), BlockPiece(1, {"type": "container_upload"})),
        ),
    ),
    (
        {"content": [{"type": "tool_use", "id": "c", "name": "f", "input": {"q": 1}}]},
        Delta(
            tool_pieces=(ToolPiece(index=NEW_TOOL, id="c", name="f", arguments='{"q": 1}'),), end=True,
            blocks=(BlockPiece(0, {"type": "tool_use", "id": "c", "name": "f", "input": {"q": 1}}),),
        ),
    ),
    (
        {"content": [{"type": "mcp_tool_use", "name": "f"}]},
        Delta(
            tool_pieces=(ToolPiece(index=NEW_TOOL, name="f", arguments="{}", foreign=True),), end=True,
            blocks=(BlockPiece(0, {"type": "mcp_tool_use", "name": "f"}),),
        ),
    ),
    (
        {"model": "m", "content": [{"type": "fallback", "to": "n"}]},
        Delta(served_model="n", end=True, blocks=(BlockPiece(0, {"type": "fallback", "to": "n"}),)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "expected"), REPLIES)
def test_a_whole_answer(payload: dict, expected: Delta) -> None:
    """A document says all at once, and is complete if it has content or says why it ends."""
    assert anthropic.parse_reply(payload) == expected


THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "s"}
CALL = {"type": "tool_use", "id": "c", "name": "f", "input": {}}


@pytest.mark.parametrize(
    ("blocks", "kept"),
    [
        ([], None),
        ([{"type": "text", "text": "A"}, CALL], None),
        ([THOUGHT], [THOUGHT]),
        ([THOUGHT, {"type": "text", "text": "A"}], [THOUGHT, {"type": "text", "text": "A"}]),
        ([THOUGHT, {"type": "text", "text": " \n"}], [THOUGHT]),
        ([THOUGHT, {**CALL, "partial_json": '{"q": 1}'}], [THOUGHT, {**CALL, "input": {"q": 1}}]),
        ([THOUGHT, {**CALL, "partial_json": '{"q'}], [THOUGHT, CALL]),
        ([THOUGHT, {**CALL, "partial_json": ""}], [THOUGHT, CALL]),
    ],
)
def test_what_goes_back(blocks: list[dict], kept: list[dict] | None) -> None:
    """Blocks go back where one of them says more than text and calls, with whole inputs and no blank text."""
    extras = anthropic.extras_of(list(enumerate(blocks)))
    assert extras == ({} if kept is None else {"content_blocks": kept})


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        ({}, Usage()),
        ({"input_tokens": 3, "output_tokens": 4}, Usage(input_tokens=3, output_tokens=4)),
        ({"cache_read_input_tokens": 5}, Usage(cache_read_tokens=5)),
        (
            {"input_tokens": 3, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 7},
            Usage(input_tokens=15, cache_read_tokens=5, cache_write_tokens=7),
        ),
        (
            {
                "input_tokens": 3,
                "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
            },
            Usage(input_tokens=6, cache_write_tokens=3, cache_write_1h_tokens=2),
        ),
        (
            {"output_tokens_details": {"thinking_tokens": 2}, "server_tool_use": {"web_search_requests": 1}},
            Usage(reasoning_tokens=2, web_searches=1),
        ),
    ],
)
def test_counts(raw: dict, usage: Usage) -> None:
    """What was read from and written to a cache stands outside the prompt's count, and is a part of ours."""
    assert anthropic.read_usage(raw) == usage
