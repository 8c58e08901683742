"""Reads .env files in python-dotenv's dialect, keeping where each binding stands. Writes nothing."""

import io
import re
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import Binding as ParsedBinding
from dotenv.parser import parse_stream
from dotenv.variables import Variable, parse_variables

from model_manager.config.regular_file import NotRegularFileError, read_regular_file
from model_manager.core.assignments import Binding
from model_manager.errors import EnvFileError

BOM = "\ufeff"
NEWLINE = re.compile(r"\r\n|\n|\r")
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
#: How bytes that are not UTF-8 stand in the decoded text.
_STRAY_BYTE = re.compile(r"[\udc80-\udcff]")
#: The largest file that is read, in bytes: parsing it takes a moment at most.
MOST_BYTES = 1 << 18
#: How many lines a warning names; a text file does not have more that are not UTF-8.
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A .env file that was read.

    Attributes:
        path: the file.
        shown: the same as its user would write it.
        bindings: the last binding of each name, `${NAME}` expanded. Not in the repr: it may hold keys.
        warnings: what was kept though it cannot be understood.
    """

    path: Path
    shown: str
    bindings: Mapping[str, Binding] = field(repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One binding of a text, or a stretch of it that does not parse (`error`, without a name).

    Attributes:
        value: None if the name stands without "=": it is then not bound, as in python-dotenv.
        start, end: characters of the text, from the first one that is not white space past the line's end.
        line: of the start, counted from 1.
    """

    name: str | None
    value: str | None = field(repr=False)
    start: int
    end: int
    line: int

    @property
    def error(self) -> bool:
        """Whether it does not parse."""
        return self.name is None


def read_env_file(path: Path, environ: Mapping[str, str], *, shown: str | None = None) -> EnvFile:
    """Read a .env file.

    `${NAME}` takes an earlier binding of the file, else the variable of `environ`, else nothing, as
    python-dotenv's `dotenv_values` does.

    Raises:
        EnvFileError: it cannot be read.
    """
    shown = shown or str(path)
    text = decode(read_bytes(path, shown))
    statements = parse_env_text(text)
    return EnvFile(
        path,
        shown,
        _expand(statements, environ, shown),
        tuple(_warnings(text, statements, shown)),
    )


def read_bytes(path: Path, shown: str) -> bytes:
    """The content of a .env file.

    Raises:
        EnvFileError: it cannot be read, is not a regular file, or is UTF-16, which python-dotenv does not read.
    """
    try:
        data = read_regular_file(path, MOST_BYTES)
    except NotRegularFileError as error:
        raise EnvFileError(f"{shown} {error.reason}", hint=error.hint) from error
    except PermissionError as error:
        hint = f"run as its owner, or chmod u+r {shown}"
        raise EnvFileError(f"{shown} cannot be read: permission denied", hint=hint) from error
    except OSError as error:
        raise EnvFileError(f"{shown} cannot be read: {error.strerror or error}") from error
    if data.startswith(_UTF16_BOMS):
        raise EnvFileError(f"{shown} is UTF-16, not UTF-8", hint="save it again as UTF-8")
    return data


def decode(data: bytes) -> str:
    """The text of these bytes; `encode` gives the very same bytes back, also those that are not UTF-8."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes of a text that `decode` gave."""
    return text.encode("utf-8", "surrogateescape")


def parse_env_text(text: str) -> tuple[Statement, ...]:
    """The bindings of a text and what does not parse, in order; comments and blank lines are left out."""
    body = text.removeprefix(BOM)
    offset = len(text) - len(body)
    # Line ends are not translated, so that offsets are the file's own; values are read as python-dotenv reads
    # them, with every line end a "\n". The two readings differ in nothing else.
    parsed = list(_parse(body))
    read = list(_parse(NEWLINE.sub("\n", body))) if "\r" in body else parsed
    line_ends = [end.end() for end in NEWLINE.finditer(text)]
    return tuple(
        Statement(
            name=translated.key,
            value=translated.value,
            start=start + offset,
            end=end + offset,
            line=bisect_right(line_ends, start + offset) + 1,
        )
        for (_, start, end), (translated, _, _) in zip(parsed, read, strict=True)
    )


def _parse(body: str) -> Iterator[tuple[ParsedBinding, int, int]]:
    """The bindings that python-dotenv finds in a text without BOM, each with its span."""
    end = 0
    # python-dotenv drops one BOM. The file's own is gone already; a second one is a part of the first name.
    for parsed in parse_stream(io.StringIO(BOM + body if body.startswith(BOM) else body)):
        piece = parsed.original.string
        start, end = end + len(piece) - len(piece.lstrip()), end + len(piece)
        if parsed.key is not None or parsed.error:
            yield parsed, start, end


def _expand(statements: Sequence[Statement], environ: Mapping[str, str], shown: str) -> dict[str, Binding]:
    """The last binding of each name; one without "=" undoes those before it."""
    bound: dict[str, Binding | None] = {}
    texts: dict[str, str | None] = {}
    known = ChainMap(texts, dict[str, str | None](environ))
    for statement in statements:
        if statement.name is None:
            continue
        value: str | None = None
        inherits: tuple[str, ...] = ()
        if statement.value is not None:
            value, inherits = _expand_value(statement.value, bound, known)
        texts[statement.name] = value
        bound[statement.name] = (
            None if value is None else Binding(value=value, file=shown, line=statement.line, inherits=inherits)
        )
    return {name: binding for name, binding in bound.items() if binding is not None}


def _expand_value(
    written: str, bound: Mapping[str, Binding | None], known: Mapping[str, str | None]
) -> tuple[str, tuple[str, ...]]:
    """A value with its variables replaced, and which variables of the process environment went into it."""
    value = ""
    inherits: list[str] = []
    for atom in parse_variables(written):
        value += atom.resolve(known)
        if not isinstance(atom, Variable) or not known.get(atom.name):
            continue
        earlier = bound.get(atom.name)
        inherits += earlier.inherits if earlier else [atom.name]
    return value, tuple(dict.fromkeys(inherits))


def is_expanded(value: str) -> bool:
    """Whether python-dotenv would replace a part of this value on reading."""
    return any(isinstance(atom, Variable) for atom in parse_variables(value))


def _warnings(text: str, statements: Sequence[Statement], shown: str) -> Iterator[str]:
    errors = [statement.line for statement in statements if statement.error]
    stray = [number for number, line in enumerate(NEWLINE.split(text), 1) if _STRAY_BYTE.search(line)]
    if "\0" in text or len(stray) > _MOST_NAMED:
        yield f"{shown} is not a text file: what does not parse is ignored and left unchanged"
        return
    if errors:
        verbs = "does not parse and is ignored" if len(errors) == 1 else "do not parse and are ignored"
        yield f"{shown}: {name_lines(errors)} {verbs}"
    if stray:
        verb = "holds" if len(stray) == 1 else "hold"
        yield f"{shown}: {name_lines(stray)} {verb} bytes that are not UTF-8; they are kept as they are"


def name_lines(numbers: Sequence[int]) -> str:
    """Line numbers for a sentence: "line 3", "lines 3 and 7", "lines 3, 7 and 9", of many the first ones."""
    *most, last = map(str, dict.fromkeys(numbers))
    if len(most) > _MOST_NAMED:
        most, last = most[:_MOST_NAMED], f"{len(most) + 1 - _MOST_NAMED:,} more"
    return f"lines {', '.join(most)} and {last}" if most else f"line {last}"
