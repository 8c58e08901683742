"""Bytes to events: every line end, every cut, and what is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.providers.response import framing
from model_manager.providers.response.body import Body, Form
from model_manager.providers.response.framing import FramingError, reader_of

SSE = [
    ("LF", b"data: a\n\n", [("", "a")]),
    ("CR LF", b"data: a\r\n\r\ndata: b\r\n\r\n", [("", "a"), ("", "b")]),
    ("lone CR", b"data: a\r\rdata: b\r\r", [("", "a"), ("", "b")]),
    ("mixed", b"data: a\r\n\ndata: b\n\r\n", [("", "a"), ("", "b")]),
    ("byte order mark", b"\xef\xbb\xbfdata: a\n\n", [("", "a")]),
    ("no space", b"data:a\n\n", [("", "a")]),
    ("two spaces", b"data:  a\n\n", [("", " a")]),
    ("comment", b": hello\n\n:\ndata: a\n\n", [("", "a")]),
    ("comment not UTF-8", b": \xff\n\ndata: a\n\n", [("", "a")]),
    ("several data lines", b"data: a\ndata: b\ndata\n\n", [("", "a\nb\n")]),
    ("name", b"event: ping\ndata: a\n\ndata: b\n\n", [("ping", "a"), ("", "b")]),
    ("name alone", b"event: message_stop\n\n", [("message_stop", "")]),
    ("other fields", b"id: 1\nretry: 5\nnonsense: x\ndata: a\n\n", [("", "a")]),
    ("no blank line", b"data: a\n\ndata: b", [("", "a"), ("", "b")]),
    ("UTF-8", "data: Grüß 🎬\n\n".encode(), [("", "Grüß 🎬")]),
    (
        "line separators that are text",
        "data: a\u2028b\x85c\x0bd\n\n".encode(),
        [("", "a\u2028b\x85c\x0bd")],
    ),
    ("nothing", b"", []),
    ("error line", b'data: a\n\nerror: {"x": 1}\n\n', [("", "a"), ("error", '{"x": 1}')]),
    (
        "plain JSON error",
        b'data: a\n\n{"error": "x"}\n\n',
        [("", "a"), ("", '{"error": "x"}')],
    ),
    ("plain JSON error before more", b'{"error": "x"}\ndata: [DONE]\n\n', [("", '{"error": "x"}')]),
    (
        "JSON error for people",
        b'data: a\n\n{\n "error": "x"\n}',
        [("", "a"), ("", '{\n "error": "x"\n}')],
    ),
    ("plain JSON that is no error", b'data: a\n\n{"b": 1}\n\n', [("", "a")]),
]
NDJSON = [
    ("lines", b'{"a":1}\n{"b":2}\n', [("", '{"a":1}'), ("", '{"b":2}')]),
    ("CR LF and blank", b'{"a":1}\r\n\r\n \n{"b":2}', [("", '{"a":1}'), ("", '{"b":2}')]),
    ("byte order mark", b'\xef\xbb\xbf{"a":1}\n', [("", '{"a":1}')]),
]
STREAMS = [("sse", *row) for row in SSE] + [("ndjson", *row) for row in NDJSON]


def read(kind: framing.Framing, pieces: list[bytes]) -> list[tuple[str, str]]:
    """All events of a stream that comes in these pieces."""
    reader = reader_of(kind)
    return [event for piece in pieces for event in reader.feed(piece)] + reader.close()


@pytest.mark.parametrize(("kind", "name", "stream", "events"), STREAMS, ids=lambda value: str(value)[:20])
def test_events(kind: framing.Framing, name: str, stream: bytes, events: list[tuple[str, str]]) -> None:
    """A stream has its events, whole or byte by byte."""
    assert read(kind, [stream]) == events, name
    assert read(kind, [stream[at : at + 1] for at in range(len(stream))]) == events


@given(st.data())
def test_any_cut_gives_the_same_events(data: st.DataObject) -> None:
    """However a stream is cut into pieces, empty ones included, its events are the same."""
    kind, _, stream, events = data.draw(st.sampled_from(STREAMS))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert read(kind, pieces) == events


WORDS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3)), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_what_is_written_is_read(events: list[list[str]], end: bytes) -> None:
    """Any texts written as events come back exactly, whatever the line end."""
    lines = [b"".join(b"data: " + line.encode() + end for line in event) + end for event in events]
    assert read("sse", [b"".join(lines)]) == [("", "\n".join(event)) for event in events]


@pytest.mark.parametrize("kind", ["sse", "ndjson"])
def test_not_utf8(kind: framing.Framing) -> None:
    """An event that is not UTF-8 is refused."""
    with pytest.raises(FramingError, match="not UTF-8"):
        read(kind, [b"data: \xff\n\n"])


@pytest.mark.parametrize("kind", ["sse", "ndjson"])
def test_long_line(kind: framing.Framing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that never ends is refused at the bound, not kept for ever."""
    monkeypatch.setattr(framing, "LONGEST_LINE", 100)
    assert read(kind, [b"data: " + b"x" * 90, b"\n\n"])
    with pytest.raises(FramingError, match="longer than"):
        read(kind, [b"x" * 60] * 2)


def test_long_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many data lines of one event are bounded together."""
    monkeypatch.setattr(framing, "LONGEST_LINE", 100)
    with pytest.raises(FramingError, match="longer than"):
        read("sse", [b"data: xxxxxxxxxx\n"] * 20)


FORMS = [
    ("sse", True, b"data: {}\n\n", Form.STREAM),
    ("sse", True, b": hello\n", Form.STREAM),
    ("sse", True, b"event: x\r", Form.STREAM),
    ("sse", True, b"data", Form.STREAM),
    ("sse", True, b'\xef\xbb\xbf \n{"a": 1}', Form.DOCUMENT),
    ("sse", True, b"[{}]", Form.DOCUMENT),
    ("sse", False, b"data: {}\n\n", Form.STREAM),
    ("sse", True, b"<html>", Form.FOREIGN),
    ("sse", True, b"database down", Form.FOREIGN),
    ("sse", True, b"upstream timed out " * 10, Form.FOREIGN),
    ("ndjson", True, b'{"a": 1}\n', Form.STREAM),
    ("ndjson", True, b'{\n "a": 1\n}', Form.DOCUMENT),
    ("ndjson", False, b'{"a": 1}\n', Form.DOCUMENT),
    ("ndjson", True, b"404 page not found", Form.FOREIGN),
    ("sse", True, b" \r\n ", Form.EMPTY),
    ("ndjson", True, b"", Form.EMPTY),
]


@pytest.mark.parametrize(("kind", "streamed", "content", "form"), FORMS)
def test_form(kind: framing.Framing, streamed: bool, content: bytes, form: Form) -> None:  # noqa: FBT001 - a table's column
    """The first bytes tell what a body is, however they are cut, and nothing of a document is lost."""
    for pieces in ([content], [content[at : at + 1] for at in range(len(content))]):
        body = Body(kind, streamed=streamed)
        for piece in pieces:
            body.feed(piece)
        body.close()
        assert body.form is form
        if form in {Form.DOCUMENT, Form.FOREIGN}:
            assert body.content() == content


@pytest.mark.parametrize(("kind", "prefix"), [("sse", b"data:"), ("ndjson", b"")])
def test_the_longest_event_has_sixteen_mebibytes(kind: framing.Framing, prefix: bytes) -> None:
    """A line of the longest size is read, and one byte more is refused with the bound in its words."""
    longest = prefix + b"x" * (2**24 - len(prefix))
    assert len(read(kind, [longest])) == 1
    with pytest.raises(FramingError, match="longer than 16 MiB"):
        read(kind, [longest + b"x"])


def test_the_lines_of_an_event_are_counted_to_the_bound() -> None:
    """The data of one event may reach the bound in several lines, and the next event begins anew."""
    half = b"x" * 2**23
    whole = b"data:" + half + b"\ndata:" + half + b"\n"
    assert len(read("sse", [whole, b"\n", whole, b"\n"])) == 2
    with pytest.raises(FramingError, match="longer than 16 MiB"):
        read("sse", [whole, b"data:x\n"])


def test_pieces_of_lines_are_counted_anew_for_each_line() -> None:
    """Lines that come in pieces are bounded one by one, however many there are."""
    piece = b"x" * (5 * 2**20)
    assert len(read("ndjson", [piece, piece + b"\n"] * 4)) == 4
