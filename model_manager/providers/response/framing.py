"""From bytes, however they are cut, to the events of a stream. What an event means is not known here."""

import codecs
from collections.abc import Iterator

from model_manager.providers.wires.base import Framing

LONGEST_LINE = 16 * 2**20
_TOO_LONG = f"an event is longer than {LONGEST_LINE // 2**20} MiB"


#: An event's name ("" where it has none) and its data.
StreamEvent = tuple[str, str]


class FramingError(ValueError):
    """Bytes that this framing does not allow."""


class _Lines:
    """Cuts bytes into lines that end in LF, CR LF or a lone CR; a byte order mark at the start is dropped."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._after_cr = False
        self._at_start = True

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete."""
        if self._after_cr and data:
            # The CR ended a line already; a LF right after it belongs to it.
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._pieces:
            lines[0] = b"".join((*self._pieces, lines[0]))
            self._pieces, self._size = [], 0
        if rest:
            self._pieces.append(rest)
            self._size += len(rest)
            if self._size > LONGEST_LINE:
                raise FramingError(_TOO_LONG)
        return self._without_mark(lines) if self._at_start else lines

    def close(self) -> list[bytes]:
        """The last line, if it has no end."""
        rest, self._pieces = b"".join(self._pieces), []
        return self._without_mark([rest]) if rest else []

    def _without_mark(self, lines: list[bytes]) -> list[bytes]:
        if self._at_start and lines:
            self._at_start = False
            lines[0] = lines[0].removeprefix(codecs.BOM_UTF8)
        return lines


class EventReader:
    """Server-sent events, as the HTML standard reads them, except that an event without its blank line counts."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._name = ""
        self._data: list[bytes] = []
        self._bare: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """The events that these bytes complete; each is read when it is asked for.

        Raises:
            FramingError: for a line that is too long or not UTF-8; nothing can be read after it.
        """
        for line in self._lines.feed(data):
            if line:
                self._field(line)
            elif event := self._dispatch():
                yield event
        if self._size > LONGEST_LINE:
            raise FramingError(_TOO_LONG)

    def close(self) -> list[StreamEvent]:
        """The event that the end of the stream left open."""
        for line in self._lines.close():
            self._field(line)
        event = self._dispatch()
        return [event] if event else []

    def _field(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(value)
        elif field == b"event":
            self._name = _decoded(value.removeprefix(b" "))
        elif field == b"error" and value.strip():
            # llama-box says so that it has broken off.
            self._name = "error"
            self._data.append(value.removeprefix(b" "))
            self._size += len(value)
        elif line[:1] == b"{" or self._bare:
            self._bare.append(line)
            self._size += len(line)

    def _dispatch(self) -> StreamEvent | None:
        self._size = 0
        if self._bare:
            # A server that fails in the middle may write its error as plain JSON; other such lines mean nothing.
            bare, self._bare = b"\n".join(self._bare), []
            if b'"error"' in bare:
                self._data = [bare]
        if not self._data and not self._name:
            return None
        event = self._name, _decoded(b"\n".join(self._data))
        self._name, self._data = "", []
        return event


class LineReader:
    """Newline-delimited JSON: every line that is not blank is an event without a name."""

    def __init__(self) -> None:
        self._lines = _Lines()

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """The events that these bytes complete; each is read when it is asked for.

        Raises:
            FramingError: for a line that is too long or not UTF-8; nothing can be read after it.
        """
        for line in self._lines.feed(data):
            if line.strip():
                yield "", _decoded(line)

    def close(self) -> list[StreamEvent]:
        """The last line, if it has no end."""
        return [("", _decoded(line)) for line in self._lines.close() if line.strip()]


def reader_of(framing: Framing) -> EventReader | LineReader:
    """A new reader for a framing."""
    return EventReader() if framing == "sse" else LineReader()


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise FramingError("an event is not UTF-8") from error
