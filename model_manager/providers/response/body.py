"""Telling what a body is by its first bytes, whatever its content type says, and cutting it into events."""

import codecs
import re
from collections.abc import Callable, Iterable
from enum import Enum

from model_manager.providers.response.framing import StreamEvent, reader_of
from model_manager.providers.wires.base import Framing

#: Enough to tell a stream's first line from anything else.
_ENOUGH = 64
#: Two lines, each of which looks like a JSON object of its own.
_LINES = re.compile(rb"\s*\{[^\r\n]*\}[ \t]*[\r\n]+[ \t]*\{")
_SSE_LINE = re.compile(rb"(data|event|id|retry|error)?[ \t]*(:|$)")


class Form(Enum):
    """The form of a body."""

    STREAM = "a stream of events"
    DOCUMENT = "one JSON document"
    FOREIGN = "something else"
    EMPTY = "empty"


class Body:
    """A response body in the making. `form` is None until enough of it has come."""

    def __init__(self, framing: Framing, *, streamed: bool) -> None:
        self.form: Form | None = None
        self._framing = framing
        self._streamed = streamed
        self._reader = reader_of(framing)
        self._kept: list[bytes] = []

    def feed(self, data: bytes) -> Iterable[StreamEvent]:
        """The events that these bytes complete, to be read at once; none of a body that is no stream.

        Raises:
            FramingError: if the stream breaks its framing.
        """
        if self.form is Form.STREAM:
            return self._reader.feed(data)
        self._kept.append(data)
        if self.form is None:
            self.form = self._form(b"".join(self._kept), at_end=False)
            if self.form is Form.STREAM:
                return self._begin(self._reader.feed)
        return ()

    def close(self) -> list[StreamEvent]:
        """The events that the end of the body completes: a stream's open event.

        Raises:
            FramingError: if the stream breaks its framing.
        """
        events: Iterable[StreamEvent] = ()
        if self.form is None:
            self.form = self._form(b"".join(self._kept), at_end=True) or Form.EMPTY
            if self.form is Form.STREAM:
                events = self._begin(self._reader.feed)
        elif self.form is Form.DOCUMENT and self._framing == "ndjson" and _LINES.match(self.content()):
            self.form = (
                Form.STREAM
            )  # Ollama's server streams unless it is told not to, and a bridge may not listen
            events = self._begin(self._reader.feed)
        return [*events, *self._reader.close()] if self.form is Form.STREAM else []

    def content(self) -> bytes:
        """The bytes of a body that is no stream."""
        return b"".join(self._kept)

    def _begin(self, feed: Callable[[bytes], Iterable[StreamEvent]]) -> Iterable[StreamEvent]:
        kept, self._kept = b"".join(self._kept), []
        return feed(kept)

    def _form(self, start: bytes, *, at_end: bool) -> Form | None:
        """The form, or None if these bytes could become anything."""
        start = start.removeprefix(codecs.BOM_UTF8).lstrip()
        if not start or (start in codecs.BOM_UTF8 and not at_end):
            return None
        line, *rest = re.split(rb"[\r\n]", start, maxsplit=1)
        cut_short = not rest and not at_end
        if start[:1] in b"{[":
            if self._framing == "sse" or not self._streamed:
                return Form.DOCUMENT
            # One JSON text a line is a stream; a bracket alone begins a document that was printed for people.
            alone = None if cut_short else Form.DOCUMENT
            return Form.STREAM if len(line) > 1 else alone
        if self._framing == "ndjson":
            return Form.FOREIGN
        if cut_short and len(start) < _ENOUGH:
            return None
        return Form.STREAM if _SSE_LINE.match(line) else Form.FOREIGN
