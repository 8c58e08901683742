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
_OK, _NOT_MODIFIED = 200, 304
_REDIRECTS = range(300, 400)
_REFUSED = (401, 403)
_UNAVAILABLE = 500
_TOO_MANY = 429
#: What may come compressed: once, since several layers would grow to anything from a few bytes.
_ENCODINGS = ("", "identity", "gzip", "deflate")


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """What came; `content` is None where it is still the copy that the caller has."""

    content: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(call: HttpCall) -> FetchedDocument:
    """Fetch what a request asks for.

    Raises:
        SourceError: it did not come, or nothing that is to be read: a redirect, too much, an error.
    """
    with Transport(FETCH_S) as transport:
        connection = transport.connect()
        try:
            return _received(connection, call)
        finally:
            connection.close()


def _received(connection: SyncConnection, call: HttpCall) -> FetchedDocument:
    deadline = Deadline.starting(time.monotonic(), silence_s=FETCH_S, total_s=FETCH_S)
    head = connection.open(Open(call, deadline))
    if isinstance(head, Fault):
        raise _unavailable(head)
    if head.status == _NOT_MODIFIED and "if-none-match" in call.headers:
        return FetchedDocument(None, head.headers)
    _check(head, call)
    pieces: list[bytes] = []
    size = 0
    while True:
        data = connection.read()
        if isinstance(data, Fault):
            raise _unavailable(data)
        if not data.content:
            return FetchedDocument(b"".join(pieces), head.headers)
        size += len(data.content)
        if size > MOST_BYTES:
            raise SourceError(f"is larger than {MOST_BYTES // 10**6} MB: no such table is")
        pieces.append(data.content)


def _check(head: Head, call: HttpCall) -> None:
    """Refuse what is not the document itself."""
    if head.status in _REDIRECTS:
        to = urlsplit(urljoin(call.url, head.headers.get("location", ""))).hostname
        raise SourceError(
            f"redirects to {to or 'nowhere'} (status {head.status}), which is not followed",
            hint="if that is where it is now, name it with `source`",
        )
    if head.status != _OK:
        is_passing = head.status >= _UNAVAILABLE or head.status == _TOO_MANY
        hint = "check the key" if head.status in _REFUSED and call.secret_headers else None
        raise SourceError(f"answers with status {head.status}", hint=hint, is_unavailable=is_passing)
    encoding = head.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise SourceError(f"is compressed in a way that was not asked for ({encoding[:40]})")


def _unavailable(fault: Fault) -> SourceError:
    is_garbled = fault.cause == "garbled"
    hint = None if fault.cause == "own" else fault.hint  # that limit is ours
    return SourceError(fault.message, hint=hint, is_unavailable=not is_garbled)
