"""Faults below and beside the wires, written on sockets byte by byte: what the command line makes of each."""

import gzip
import zlib
from collections.abc import Iterator

import pytest
from each_of import each_of
from fault_cases import KEY, Case, Run, by_model, check, meet
from raw_server import Peer, RawServer, Script, chunked, head, saying, sized
from wire_bodies import PIECES, STREAM_TYPES, TEXT, WIRES, document, ending, error, stream, texts

SLOW = 0.45
PATIENCE = "1.5"


def answered(name: str, wire: str, script: Script, text: str = TEXT) -> Case:
    return Case(name, wire, script, text=text)


def cut(name: str, wire: str, script: Script, kind: str) -> Case:
    """A stream that broke off after its second piece."""
    return Case(name, wire, script, kind, text="".join(PIECES[:2]))


def open_head(wire: str, **headers: object) -> bytes:
    """The head of a stream that ends with its connection."""
    return head("200 OK", STREAM_TYPES[wire], connection="close", **headers)


def chunked_head(wire: str) -> bytes:
    return head("200 OK", STREAM_TYPES[wire], transfer_encoding="chunked")


def resetting(*pieces: bytes | float) -> Script:
    """A script that writes and ends with a reset; the pause lets the bytes arrive first."""

    def script(peer: Peer) -> None:
        peer.send(*pieces, 0.1)
        peer.reset()

    return script


def holding(*pieces: bytes | float) -> Script:
    """A script that writes and then says no more."""

    def script(peer: Peer) -> None:
        peer.send(*pieces)
        peer.hold()

    return script


def slowly(*pieces: bytes) -> Script:
    """A script with a pause before every piece, each shorter than the patience, all longer."""
    return saying(*(part for piece in pieces for part in (SLOW, piece)))


def everywhere(wire: str) -> Iterator[Case]:
    """What the transport can do to a stream of any wire."""
    whole, first, rest = stream(wire), texts(wire)[:2], ending(wire)
    joined, plain = b"".join(whole), open_head(wire)
    yield answered("http-1.0", wire, saying(head("200 OK", STREAM_TYPES[wire], version="HTTP/1.0"), joined))
    yield answered("chunked", wire, saying(chunked_head(wire), *chunked(whole)))
    yield answered("byte-by-byte", wire, saying(chunked_head(wire), b"".join(chunked(map(bytes, zip(joined))))))
    yield answered("slow-drip", wire, slowly(plain, *whole[:4], b"".join(rest)))
    yield answered("early-hints", wire, saying(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", plain, joined))
    yield answered("continue", wire, saying(b"HTTP/1.1 100 Continue\r\n\r\n", plain, joined))
    yield answered("held-open-after-its-end", wire, holding(chunked_head(wire), *chunked(whole, ended=False)))
    yield answered("reset-after-its-end", wire, resetting(chunked_head(wire), *chunked(whole, ended=False)))
    yield answered("named-plain-text", wire, saying(head("200 OK", "text/plain", connection="close"), joined))
    yield answered("without-content-type", wire, saying(head(connection="close"), joined))
    yield answered("gzip", wire, saying(open_head(wire, content_encoding="gzip"), gzip.compress(joined)))
    yield answered("deflate", wire, saying(open_head(wire, content_encoding="deflate"), zlib.compress(joined)))
    yield answered("crlf", wire, saying(plain, joined.replace(b"\n", b"\r\n")))
    yield answered("lone-cr", wire, saying(plain, joined.replace(b"\n", b"\r")))
    yield answered("byte-order-mark", wire, saying(plain, b"\xef\xbb\xbf", joined))
    yield answered("no-blank-line-at-the-end", wire, saying(plain, joined.rstrip()))
    yield answered("document-for-a-stream", wire, saying(sized(document(wire))))
    yield Case("silent", wire, holding(), "timeout")
    yield Case("silent-after-headers", wire, holding(plain), "timeout")
    yield cut("silent-in-the-middle", wire, holding(plain, *first), "timeout")
    yield Case("closed-at-once", wire, saying(), "connection", 3)
    yield Case("reset-at-once", wire, resetting(), "connection", 3)
    yield Case("reset-after-headers", wire, resetting(chunked_head(wire)), "connection")
    yield cut(
        "reset-in-the-middle", wire, resetting(chunked_head(wire), *chunked(first, ended=False)), "connection"
    )
    yield cut("chunk-cut", wire, _cut_chunk(wire), "connection")
    yield cut("length-too-long", wire, saying(open_head(wire, content_length=9999), *first), "connection")
    size = len(b"".join(first))
    yield cut("length-too-short", wire, saying(open_head(wire, content_length=size), joined), "truncated")
    yield cut("ended-early", wire, saying(plain, *first), "truncated")
    yield cut("cut-inside-an-event", wire, saying(plain, *first, texts(wire)[2][:-9]), "truncated")
    yield cut("error-in-the-stream", wire, saying(plain, *first, error(wire)), "server")
    yield cut(
        "not-utf-8", wire, saying(plain, *first, texts(wire)[2].replace(b"drei", b"dr\xffi"), *rest), "protocol"
    )
    yield cut("nul-bytes", wire, saying(plain, *first, texts(wire)[2].replace(b"drei", b"\0"), *rest), "protocol")
    yield Case("broken-gzip", wire, saying(open_head(wire, content_encoding="gzip"), joined), "protocol")
    yield Case(
        "unknown-coding", wire, saying(open_head(wire, content_encoding="br"), b"\x8b\x02\x80" * 99), "protocol"
    )
    yield Case("not-http", wire, saying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "protocol")
    yield Case("empty", wire, saying(sized(b"")), "protocol", words="empty body")
    yield Case("no-content", wire, saying(head("204 No Content", connection="close")), "protocol")
    yield Case("page", wire, saying(sized(b"<html><h1>Sign in</h1></html>", content_type="text/html")), "protocol")
    yield Case("text-500", wire, saying(sized(b"oops", "500 Oops", "text/plain")), "server", 3, words="oops")


def _cut_chunk(wire: str) -> Script:
    return saying(chunked_head(wire), *chunked(texts(wire)[:2], ended=False), b"ff\r\n{")


def in_one_piece(wire: str) -> Iterator[Case]:
    """What the transport can do to a document of any wire."""
    whole = document(wire)
    yield answered("http-1.0", wire, saying(head("200 OK", version="HTTP/1.0"), whole))
    yield answered("chunked", wire, saying(head(transfer_encoding="chunked"), *chunked([whole[:40], whole[40:]])))
    yield answered(
        "slow-drip", wire, slowly(sized(whole)[:-30], *(whole[-30:][at : at + 10] for at in (0, 10, 20)))
    )
    yield answered("gzip", wire, saying(sized(gzip.compress(whole), content_encoding="gzip")))
    yield answered("named-page", wire, saying(sized(whole, content_type="text/html; charset=iso-8859-1")))
    yield answered("byte-order-mark", wire, saying(sized(b"\xef\xbb\xbf" + whole)))
    yield answered("stream-for-a-document", wire, saying(open_head(wire), *stream(wire)))
    yield Case("silent-after-headers", wire, holding(head(content_length=99)), "timeout")
    yield Case("closed-at-once", wire, saying(), "connection", 3)
    yield Case("length-too-long", wire, saying(head(content_length=9999), whole), "connection")
    yield Case("length-too-short", wire, saying(head(content_length=30, connection="close"), whole), "protocol")
    yield Case(
        "chunk-cut", wire, saying(head(transfer_encoding="chunked"), *chunked([whole], ended=False)), "connection"
    )
    yield Case("cut", wire, saying(sized(whole[:-4])), "protocol")
    yield Case("two-documents", wire, saying(sized(whole + whole)), "protocol")
    yield Case("not-utf-8", wire, saying(sized(whole.replace(b"drei", b"dr\xffi")[:-1])), "protocol")
    yield Case("null", wire, saying(sized(b"null")), "protocol")
    yield Case("number", wire, saying(sized(b"42")), "protocol")
    yield Case("empty-object", wire, saying(sized(b"{}")), "protocol")
    yield Case("empty", wire, saying(sized(b"")), "protocol")
    yield Case("page", wire, saying(sized(b"<html><h1>Sign in</h1></html>", content_type="text/html")), "protocol")
    yield Case("text-500", wire, saying(sized(b"oops", "500 Oops", "text/plain")), "server", 3, words="oops")


STREAMED = [case for wire in WIRES for case in everywhere(wire)]
WHOLE = [case for wire in WIRES for case in in_one_piece(wire)]


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with RawServer() as server:
        yield meet(server, tmp_path_factory.mktemp("streamed"), STREAMED, "--timeout", PATIENCE)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with RawServer() as server:
        yield meet(server, tmp_path_factory.mktemp("whole"), WHOLE, "--timeout", PATIENCE, "--no-stream")


def test_streamed(streamed: Run) -> None:
    """Whatever happens to a stream, it is an answer only with its end mark, and else named for what it was."""
    each_of(STREAMED, by_model)(lambda case: check(streamed, case))()


def test_whole(whole: Run) -> None:
    """Whatever happens to a document, it is an answer only if it is whole, and else named for what it was."""
    each_of(WHOLE, by_model)(lambda case: check(whole, case))()


def test_no_key_anywhere(streamed: Run, whole: Run) -> None:
    """Whatever went wrong, the key is in no output and nothing is a traceback."""
    for run in (streamed, whole):
        assert KEY not in run.result.stdout + run.result.stderr
        assert "Traceback" not in run.result.stderr
        assert "unexpected" not in run.result.stdout
