"""From bytes, however they are cut, to the events of a stream. What an event means is not known here."""

import codecs
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from model_manager.providers.wires.base import Framing

LONGEST_LINE = 16 * 2**20
_TOO_LONG = f"an event is longer than {LONGEST_LINE // 2**20} MiB"


class StreamEvent(NamedTuple):
    """An event's name ("" where it has none) and its data."""

    name: str
    data: str


class FramingError(ValueError):
    """Bytes that this framing does not allow."""


class _Lines:
    """Cuts bytes into lines that end in LF, CR LF or a lone CR; a byte order mark at the start is dropped."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._after_cr = False
        self._at_start = True

    def is_within(self) -> bool:
        """Whether a line has begun, or may have: what comes next is not its beginning."""
        return bool(self._pieces) or self._after_cr

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
        if lines:
            lines[0] = b"".join((*self._pieces, lines[0]))
            self._pieces, self._size = [], 0
        if rest:
            self._pieces.append(rest)
            self._size += len(rest)
        if self._size > LONGEST_LINE:
            raise FramingError(_TOO_LONG)
        return self._without_mark(lines)

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
        self._data: list[str] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """The events that these bytes complete; each is read when it is asked for.

        Raises:
            FramingError: for a line that is too long or not UTF-8; nothing can be read after it.
        """
        return (event for line in self._lines.feed(data) for event in self._line(line))

    def whole_event(self, data: bytes) -> StreamEvent | None:
        """The event that these bytes are, if they are one object in a line of data, and a blank line.

        Most servers send each piece so; None says nothing, and `feed` has to be asked.

        Raises:
            FramingError: it is not UTF-8.
        """
        if (
            data[:7] == b"data: {"
            and data.find(b"\n") == len(data) - 2
            and data[-3:] == b"}\n\n"
            and b"\r" not in data
            and not (self._data or self._name or self._lines.is_within())
            and len(data) < LONGEST_LINE
        ):
            return StreamEvent("", _decoded(data[6:-2]))
        return None

    def close(self) -> list[StreamEvent]:
        """The event that the end of the stream left open."""
        last = [event for line in self._lines.close() for event in self._line(line)]
        return [*last, *self._line(b"")]

    def _line(self, line: bytes) -> Iterable[StreamEvent]:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        if field == b"data":
            self._size += len(value)
            if self._size > LONGEST_LINE:
                raise FramingError(_TOO_LONG)
            self._data.append(_decoded(value.removeprefix(b" ")))
        elif field == b"event":
            self._name = _decoded(value.removeprefix(b" "))
        return ()

    def _dispatch(self) -> Iterable[StreamEvent]:
        if not self._data and not self._name:
            return ()
        event = StreamEvent(self._name, "\n".join(self._data))
        self._name, self._data, self._size = "", [], 0
        return (event,)


class LineReader:
    """Newline-delimited JSON: every line that is not blank is an event without a name."""

    def __init__(self) -> None:
        self._lines = _Lines()

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """The events that these bytes complete; each is read when it is asked for.

        Raises:
            FramingError: for a line that is too long or not UTF-8; nothing can be read after it.
        """
        return self._events(self._lines.feed(data))

    def close(self) -> list[StreamEvent]:
        """The last line, if it has no end."""
        return list(self._events(self._lines.close()))

    def whole_event(self, data: bytes) -> StreamEvent | None:
        """The event that these bytes are, if they are one object in a line; see `EventReader.whole_event`.

        Raises:
            FramingError: it is not UTF-8.
        """
        if (
            data[:1] == b"{"
            and data.find(b"\n") == len(data) - 1
            and data[-2:] == b"}\n"
            and b"\r" not in data
            and not self._lines.is_within()
            and len(data) < LONGEST_LINE
        ):
            return StreamEvent("", _decoded(data[:-1]))
        return None

    @staticmethod
    def _events(lines: Iterable[bytes]) -> Iterator[StreamEvent]:
        return (StreamEvent("", _decoded(line)) for line in lines if line.strip())


def reader_of(framing: Framing) -> EventReader | LineReader:
    """A new reader for a framing."""
    return EventReader() if framing == "sse" else LineReader()


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise FramingError("an event is not UTF-8") from error
