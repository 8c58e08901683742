"""Where a key stands in a TOML file, for error messages, as tomllib does not tell. Approximate, never an error."""

import re
from collections.abc import Iterator

Path = tuple[str, ...]

_SEGMENT = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEY = rf"{_SEGMENT}(?:\s*\.\s*{_SEGMENT})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY})\s*\]")
_BINDING = re.compile(rf"\s*({_KEY})\s*=")
_SEGMENTS = re.compile(_SEGMENT)
_MULTILINE = ('"""', "'''")


def key_lines(text: str) -> dict[Path, int]:
    """Line numbers, from 1, by key path; the tables of an array have their index as a segment."""
    found: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in _code_lines(text):
        if header := _HEADER.match(line):
            table = _path(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                found.setdefault(table, number)
            table = _indexed(table, counts)
            for end in range(len(table), 0, -1):  # the tables around it may have no line of their own
                found.setdefault(table[:end], number)
        elif binding := _BINDING.match(line):
            key = _path(binding[1])
            for end in range(len(key), 0, -1):  # of a dotted key, the tables in it have no other line
                found.setdefault(table + key[:end], number)
    return found


def _code_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that are not inside a multi-line string."""
    closing: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if closing is None:
            yield number, line
            closing = next((mark for mark in _MULTILINE if line.count(mark) % 2), None)
        elif closing in line:
            closing = None


def _path(dotted: str) -> Path:
    return tuple(segment.strip("\"'") for segment in _SEGMENTS.findall(dotted))


def _indexed(table: Path, counts: dict[Path, int]) -> Path:
    """The path with an index behind every part that is an array of tables."""
    result: Path = ()
    for end in range(1, len(table) + 1):
        result += (table[end - 1],)
        if table[:end] in counts:
            result += (str(counts[table[:end]]),)
    return result


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of a key, or of the nearest table around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


def shown(path: Path) -> str:
    """A key path as one would write it in TOML."""
    return ".".join(part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"' for part in path)
