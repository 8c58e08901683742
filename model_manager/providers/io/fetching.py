"""Fetches a document once: limited in time and size, without retries, and without following anybody elsewhere."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from model_manager.core.messages import HttpCall
from model_manager.core.source_error import SourceError
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.driver import SyncConnection
from model_manager.providers.io.steps import Fault, Head, Open
from model_manager.providers.io.transport import Transport

#: How long one source may take, in seconds.
FETCH_S = 10.0
#: The largest document, decompressed.
MOST_BYTES = 20_000_000
OK = 200
_NOT_MODIFIED = 304
_REDIRECTS = range(300, 400)
_REFUSED = (401, 403)
_UNAVAILABLE = 500
_TOO_MANY = 429
#: What may come compressed: once, since several layers would grow to anything from a few bytes.
_ENCODINGS = ("", "identity", "gzip", "deflate")


@dataclass(frozen=True, slots=True)
class Received:
    """An answer, whatever its status; `redirect` is the host that it points to, and then there is no content."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    redirect: str | None = None


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """What came; `content` is None where it is still the copy that the caller has."""

    content: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)


def receive(connection: SyncConnection, call: HttpCall, deadline: Deadline) -> Received | Fault:
    """Send a request over a connection and read the answer; redirects are not followed, as keys would be."""
    head = connection.open(Open(call, deadline))
    if isinstance(head, Fault):
        return head
    if head.status == _NOT_MODIFIED:
        return Received(head.status, head.headers)
    if head.status in _REDIRECTS:
        return Received(head.status, head.headers, redirect=_host_of(call.url, head.headers.get("location", "")))
    encoding = head.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        return _refused(f"the answer is compressed in a way that was not asked for ({encoding[:40]})")
    return _body(connection, head)


def fetch(call: HttpCall) -> FetchedDocument:
    """Fetch what a request asks for.

    Raises:
        SourceError: it did not come, or nothing that is to be read: a redirect, too much, an error.
    """
    with Transport(FETCH_S) as transport:
        connection = transport.connect()
        deadline = Deadline.starting(time.monotonic(), silence_s=FETCH_S, total_s=FETCH_S)
        try:
            return _document(receive(connection, call, deadline), call)
        finally:
            connection.close()


def _host_of(url: str, location: str) -> str:
    """The host that a redirect points to."""
    try:
        return urlsplit(urljoin(url, location)).hostname or "nowhere"
    except ValueError:
        return "nowhere"


def _body(connection: SyncConnection, head: Head) -> Received | Fault:
    """The answer with its body, decompressed, up to a length that nothing has."""
    pieces: list[bytes] = []
    size = 0
    while True:
        data = connection.read()
        if isinstance(data, Fault):
            return data
        if not data.content:
            return Received(head.status, head.headers, b"".join(pieces))
        size += len(data.content)
        if size > MOST_BYTES:
            return _refused(f"the answer is larger than {MOST_BYTES // 10**6} MB")
        pieces.append(data.content)


def _refused(message: str) -> Fault:
    return Fault("protocol", message, cause="garbled")


def _document(received: Received | Fault, call: HttpCall) -> FetchedDocument:
    """The document itself; whatever else came is an error."""
    if isinstance(received, Fault):
        hint = None if received.cause == "own" else received.hint  # that limit is ours
        raise SourceError(received.message, hint=hint, is_unavailable=received.cause != "garbled")
    if received.status == _NOT_MODIFIED and "if-none-match" in call.headers:
        return FetchedDocument(None, received.headers)
    if received.redirect:
        raise SourceError(
            f"redirects to {received.redirect} (status {received.status}), which is not followed",
            hint="if the source has moved there, use that URL with `source`",
        )
    if received.status != OK:
        is_passing = received.status >= _UNAVAILABLE or received.status == _TOO_MANY
        hint = "check the key" if received.status in _REFUSED and call.secret_headers else None
        raise SourceError(f"answers with status {received.status}", hint=hint, is_unavailable=is_passing)
    return FetchedDocument(received.content, received.headers)
