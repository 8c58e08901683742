"""Putting an answer together: what adds up, what is replaced, what comes first, and what can be shown now."""

from decimal import Decimal

import pytest

from model_manager.core.messages import Chunk, ToolCall
from model_manager.core.redaction import Redactor
from model_manager.providers.response.accumulator import ReplyAccumulator
from model_manager.providers.wires.base import NEW_TOOL, BlockPiece, Delta, Failure, ToolPiece

BROKEN = Failure(kind="server", message="boom")


def added(*deltas: Delta) -> ReplyAccumulator:
    """What has come of some events, one a second from the first second on."""
    reply = ReplyAccumulator(Redactor())
    for at, delta in enumerate(deltas, 1):
        reply.add(delta, float(at))
    return reply


def test_nothing_has_come() -> None:
    """At first there is no content, no usage, and no end."""
    reply = added()
    assert (reply.text, reply.reasoning, reply.refusal, reply.tool_calls, reply.blocks) == ("", "", "", (), [])
    assert (reply.has_content, reply.ended, reply.events, reply.usage) == (False, False, 0, None)
    assert (reply.usage_is_final, reply.first_at, reply.last_at, reply.thought_at) == (False, None, None, None)


def test_text_adds_up() -> None:
    """Texts, thoughts and refusals add up, each apart."""
    reply = added(
        Delta(reasoning="Hm"), Delta(reasoning="!"), Delta(text="A"), Delta(text="B", refusal="No"), Delta(refusal=".")
    )  # fmt: skip
    assert (reply.text, reply.reasoning, reply.refusal) == ("AB", "Hm!", "No.")
    assert (reply.thought_at, reply.first_at, reply.last_at, reply.events) == (1, 3, 5, 5)
    assert reply.has_content


@pytest.mark.parametrize(
    ("deltas", "first", "last"),
    [
        ([Delta(), Delta(reasoning="Hm"), Delta(end=True)], None, None),
        ([Delta(), Delta(text="A"), Delta(end=True)], 2, 2),
        ([Delta(), Delta(refusal="A"), Delta(text="B"), Delta()], 2, 3),
        ([Delta(tool_pieces=(ToolPiece(index=0, id="c", name="f"),)), Delta()], 1, 1),
        ([Delta(tool_pieces=(ToolPiece(index=NEW_TOOL, name="f", foreign=True),)), Delta()], None, None),
        ([Delta(text="A", tool_pieces=(ToolPiece(index=NEW_TOOL, name="f", foreign=True),))], 1, 1),
    ],
)
def test_when_content_came(deltas: list[Delta], first: float | None, last: float | None) -> None:
    """Text, refusals and calls of our tools are content; thoughts, facts and the provider's own tools are not."""
    reply = added(*deltas)
    assert (reply.first_at, reply.last_at, reply.has_content) == (first, last, first is not None)


def test_calls_are_put_together() -> None:
    """The pieces of a call add up to it."""
    pieces = (ToolPiece(index=0, id="c", name="f", arguments='{"q'), ToolPiece(index=0, arguments='": 1}'))
    assert added(*(Delta(tool_pieces=(piece,)) for piece in pieces)).tool_calls == (
        ToolCall(id="c", name="f", arguments='{"q": 1}'),
    )


@pytest.mark.parametrize(
    ("deltas", "count"),
    [
        ([Delta()], 1),
        ([Delta(error=BROKEN)], 0),
        ([Delta(error=BROKEN, text="A")], 1),
        ([Delta(error=BROKEN, usage={"x": 1})], 1),
        ([Delta(), Delta(error=BROKEN)], 1),
    ],
)
def test_what_counts_as_an_event(deltas: list[Delta], count: int) -> None:
    """An error alone is no event of an answer; one that brings something is."""
    assert added(*deltas).events == count


def test_blocks_grow() -> None:
    """Texts and lists of a block add up, marks are replaced, and what is absent takes nothing away."""
    reply = added(
        Delta(blocks=[BlockPiece(0, {"type": "a", "text": "x", "n": 1, "list": [1], "kept": "k"})]),
        Delta(blocks=[BlockPiece(0, {"type": "b", "text": "y", "n": 2, "list": [2], "kept": None, "new": None})]),
        Delta(blocks=[BlockPiece(0, {"text": 5, "list": 5})]),
        Delta(blocks=[BlockPiece(1, {"text": "z"}), BlockPiece(1, {"text": "!"}, frozenset({"text"}))]),
    )
    assert reply.blocks == [
        (0, {"type": "b", "text": 5, "n": 2, "list": 5, "kept": "k", "new": None}),
        (1, {"text": "!"}),
    ]


def test_a_block_grows_by_texts_and_lists() -> None:
    """Two texts are one text, and two lists are one list."""
    pieces = [BlockPiece("k", {"text": "x", "list": [1]}), BlockPiece("k", {"text": "y", "list": [2]})]
    assert added(Delta(blocks=pieces)).blocks == [("k", {"text": "xy", "list": [1, 2]})]


def test_a_block_without_a_key_is_a_new_one() -> None:
    """Blocks that nobody numbers do not grow together."""
    assert added(Delta(blocks=[BlockPiece(None, {"a": "1"}), BlockPiece(None, {"a": "2"})])).blocks == [
        (0, {"a": "1"}),
        (1, {"a": "2"}),
    ]


def test_facts_that_are_replaced_and_facts_that_stay() -> None:
    """The last finish, model, speed and cost but zero count, the first id and medium; an end is never taken back."""
    reply = added(
        Delta(finish_word="a", finish_detail="d", cost_usd=Decimal(2), served_model="m", request_id="r"),
        Delta(media="an image", tokens_per_second=5.0, end=True),
        Delta(finish_word="b", cost_usd=Decimal(0), served_model="n", request_id="s", media="audio"),
        Delta(),
    )
    assert (reply.finish_word, reply.finish_detail, reply.cost_usd) == ("b", "d", Decimal(2))
    assert (reply.served_model, reply.request_id, reply.media) == ("n", "r", "an image")
    assert (reply.tokens_per_second, reply.ended) == (5.0, True)
    assert added(Delta(cost_usd=Decimal(2)), Delta(cost_usd=Decimal(1))).cost_usd == 1
    assert added(Delta(cost_usd=Decimal(0))).cost_usd == 0
    assert reply.ending == added(Delta(finish_word="b")).ending
    later = added(Delta(tokens_per_second=5.0, finish_detail="d"), Delta(tokens_per_second=6.0, finish_detail="e"))
    assert (later.tokens_per_second, later.finish_detail) == (6.0, "e")


def test_usage_is_merged() -> None:
    """Counts of several events are one, and final if an error came with the last of them."""
    reply = added(Delta(usage={"input_tokens": 3}), Delta(usage={"output_tokens": 4}), Delta(error=BROKEN))
    assert (reply.usage, reply.usage_is_final) == ({"input_tokens": 3, "output_tokens": 4}, False)
    assert added(Delta(usage={"input_tokens": 3}, error=BROKEN)).usage_is_final


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["plain", "äö"], ["plain", "äö"]),
        (["a\ud83d", "\ude00b"], ["a", "😀b"]),
        (["\ud83d", "\ude00"], ["", "😀"]),
        (["\udbff", "\udfff"], ["", "\U0010ffff"]),
        (["\ud800", "\udc00"], ["", "\U00010000"]),
        (["\ud83d", "b"], ["", "\ufffdb"]),
        (["\ude00b"], ["\ufffdb"]),
        (["\udc00", "b"], ["\ufffd", "b"]),
        (["\ud7ff", "b"], ["\ud7ff", "b"]),
        (["a\ud83d", "", "\ude00"], ["a", "", "😀"]),
    ],
)
def test_halves_of_characters_are_joined(pieces: list[str], shown: list[str]) -> None:
    """Of a character that is cut in two nothing is shown before its other half has come."""
    reply = ReplyAccumulator(Redactor())
    chunks = [reply.add(Delta(text=piece), 1.0) for piece in pieces]
    assert [chunk.text if chunk else "" for chunk in chunks] == shown
    assert reply.text == "".join(shown)


def test_a_key_is_neither_shown_nor_kept() -> None:
    """A key that comes in pieces is hidden, and what only begins like it is shown in the end."""
    reply = ReplyAccumulator(Redactor(["a-key-of-the-user"]))
    pieces = ("my a-key", "-of-the-user, a-", "")
    assert [reply.add(Delta(text=piece), 1.0) for piece in pieces] == [Chunk("my "), Chunk("***, "), None]
    assert (reply.text, reply.rest(), reply.rest(), reply.text) == ("my ***, a-", Chunk("a-"), None, "my ***, a-")
