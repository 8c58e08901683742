"""Changes one variable in the text of a .env file and nothing else. Pure: bytes in, bytes out."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from model_manager.config.dotenv.reader import (
    BOM,
    NEWLINE,
    Statement,
    decode,
    encode,
    is_expanded,
    name_lines,
    parse_env_text,
)
from model_manager.errors import EnvFileError

#: Names that a shell accepts for a variable, too.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: A name in its statement, and what follows it. For statements that python-dotenv has accepted.
_HEAD = re.compile(r"(?:export[^\S\r\n]+)?(?P<name>'[^']+'|[^=#\s]+)(?:[^\S\r\n]*(?P<equal>=)[^\S\r\n]*)?")
_QUOTED = {
    "'": re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL),
    '"': re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL),
}
#: python-dotenv, a POSIX shell and systemd read these alike without quotes.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
#: Characters that two of the three would read differently within the quotes.
_NOT_IN_SINGLE, _NOT_IN_DOUBLE = re.compile(r"['\\]"), re.compile(r"[$`]")

SpliceKind = Literal["replaced", "completed", "appended", "removed"]
#: A statement as others see it: its name and value; (None, None) does not parse.
Outline = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes that stand where others stood; several of an edit apply one after the other.

    Attributes:
        kind: "replaced" a value; "completed" a name that stood without "="; "appended" or "removed" a line.
        offset: in bytes, in the data before this splice.
        prefix, suffix: SHA-256 of what stands before and after it, to find the place again.
        tail: bytes after it.
    """

    kind: SpliceKind
    variable: str
    offset: int
    old: bytes
    new: bytes
    prefix: str
    suffix: str
    tail: int

    def apply(self, data: bytes) -> bytes:
        """The data with the new bytes."""
        return data[: self.offset] + self.new + data[self.offset + len(self.old) :]

    def revert(self, data: bytes) -> bytes:
        """The data as it was before `apply`."""
        return data[: self.offset] + self.old + data[self.offset + len(self.new) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The result of an edit. `old` and `new` are the effective values as written, None if not bound."""

    variable: str
    old: str | None
    new: str | None
    data: bytes = field(repr=False)
    splices: tuple[Splice, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the bytes are others than before."""
        return bool(self.splices)


def set_binding(data: bytes, name: str, value: str) -> Edit:
    """Bind a name to a value: in the place of its last binding, else in a new line at the end.

    Only the value changes; `export`, spaces, a comment, the line's end and, if the value allows it, the quotes
    stay. A name that stands last without "=" is completed. Values are quoted where python-dotenv, a shell or
    systemd would need it. A commented-out line stays one.

    Raises:
        EnvFileError: the name or value cannot be written, or the edit would change more than this binding.
    """
    _check(name, value)
    text = decode(data)
    statements = parse_env_text(text)
    own = [statement for statement in statements if statement.name == name]
    old = own[-1].value if own else None
    warnings = _duplicates(name, own, "the last one is used")
    if old == value:
        return Edit(variable=name, old=old, new=value, data=data, warnings=warnings)
    expected = _outline(statements)
    if own:
        expected[statements.index(own[-1])] = (name, value)
    else:
        expected.append((name, value))
    for splice in _set_splices(text, name, value, own[-1] if own else None):
        new = splice.apply(data)
        if _outline(parse_env_text(decode(new))) == expected:
            return Edit(variable=name, old=old, new=value, data=new, splices=(splice,), warnings=warnings)
    raise _unsafe(name, statements)


def unset_binding(data: bytes, name: str) -> Edit:
    """Remove every line that binds a name, with its comment; no change if there is none.

    Raises:
        EnvFileError: the removal would change another binding.
    """
    text = decode(data)
    statements = parse_env_text(text)
    own = [statement for statement in statements if statement.name == name]
    splices: list[Splice] = []
    for statement in reversed(own):
        start = line_start(text, statement)
        splices.append(_splice("removed", name, text, (start, statement.end), ""))
        text = text[:start] + text[statement.end :]
    if not_of({name}, statements) != _outline(parse_env_text(text)):
        raise _unsafe(name, statements)
    return Edit(
        variable=name,
        old=own[-1].value if own else None,
        new=None,
        data=encode(text),
        splices=tuple(splices),
        warnings=_duplicates(name, own, "all are removed"),
    )


def _splice(
    kind: SpliceKind,
    name: str,
    text: str,
    span: tuple[int, int],
    new: str,
) -> Splice:
    """The splice that puts new text in the place of a span of characters."""
    before, old, after = (encode(part) for part in (text[: span[0]], text[slice(*span)], text[span[1] :]))
    return Splice(kind, name, len(before), old, encode(new), digest(before), digest(after), len(after))


def digest(data: bytes) -> str:
    """Tells whether bytes are the same without keeping them."""
    return sha256(data).hexdigest()


def line_start(text: str, statement: Statement) -> int:
    """Where the statement's first line begins, a BOM not counted."""
    last = max(text.rfind("\n", 0, statement.start), text.rfind("\r", 0, statement.start))
    return last + 1 if last >= 0 else len(text) - len(text.removeprefix(BOM))


def value_span(text: str, statement: Statement) -> tuple[int, int]:
    """The characters of a statement's value, its quotes included; of a name without "=", the place after it."""
    head = _HEAD.match(text, statement.start, statement.end)
    if head is None:
        raise _unsafe(statement.name or "", [statement])
    if statement.value is None:
        return head.end("name"), head.end("name")
    pattern = _QUOTED.get(text[head.end() : head.end() + 1])
    if pattern and (quoted := pattern.match(text, head.end(), statement.end)):
        return quoted.span()
    # An empty value stands right after "=": the white space after it belongs to a comment or to nothing.
    start = head.end() if statement.value else head.end("equal")
    return start, start + len(statement.value)


def newline_of(text: str) -> str:
    """The line end that most lines have."""
    counts = Counter(NEWLINE.findall(text))
    return counts.most_common(1)[0][0] if counts else "\n"


def is_line_start(text: str) -> bool:
    """Whether what is appended to this text begins a line."""
    return text in {"", BOM} or text.endswith(("\n", "\r"))


def not_of(names: set[str], statements: Sequence[Statement]) -> list[Outline]:
    """The outline of the statements of other names, and of those that do not parse."""
    return [(name, value) for name, value in _outline(statements) if name not in names]


def _outline(statements: Sequence[Statement]) -> list[Outline]:
    return [(statement.name, statement.value) for statement in statements]


def _set_splices(text: str, name: str, value: str, last: Statement | None) -> Iterator[Splice]:
    """The ways to write the binding, the best first."""
    if last is None:
        newline = newline_of(text)
        lead = "" if is_line_start(text) else newline
        for spelling in _spellings(value, ""):
            line = f"{lead}{name}={spelling}{newline}"
            yield _splice("appended", name, text, (len(text), len(text)), line)
        return
    span = value_span(text, last)
    if last.value is None:
        for spelling in _spellings(value, ""):
            yield _splice("completed", name, text, span, f"={spelling}")
        return
    quote = text[span[0] : span[0] + 1]
    for spelling in _spellings(value, quote if quote in _QUOTED else ""):
        yield _splice("replaced", name, text, span, spelling)


def _spellings(value: str, quote: str) -> list[str]:
    """A value in the quotes given, without, in others, as all readers agree; at last as python-dotenv has it."""
    portable: dict[str, str] = {}
    if _PLAIN.fullmatch(value):
        portable[""] = value
    if not _NOT_IN_SINGLE.search(value):
        portable["'"] = f"'{value}'"
    escaped = value.replace("\\", "\\\\")
    if not _NOT_IN_DOUBLE.search(value):
        portable['"'] = '"{}"'.format(escaped.replace('"', '\\"'))
    order = dict.fromkeys((quote, "", "'", '"'))
    spellings = [portable[style] for style in order if style in portable]
    return [*spellings, "'{}'".format(escaped.replace("'", "\\'"))]


def _check(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        hint = "letters, digits and underscores, the first not a digit"
        raise EnvFileError(f"{name!r} cannot be the name of a variable", hint=hint)
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character != "\t" for character in value):
        raise EnvFileError(f"{name}: the value {value!r} has a line break or another control character")
    if is_expanded(value):
        raise EnvFileError(f"{name}: the value {value!r} would be expanded when read", hint="remove ${…}")


def _duplicates(name: str, own: Sequence[Statement], outcome: str) -> tuple[str, ...]:
    if len(own) < 2:  # noqa: PLR2004 - one is none too many
        return ()
    return (f"{name} is set on {name_lines([statement.line for statement in own])}; {outcome}",)


def _unsafe(name: str, statements: Sequence[Statement]) -> EnvFileError:
    errors = [statement.line for statement in statements if statement.error]
    cause = f" because of {name_lines(errors)}" if errors else ""
    hint = "close the quote that is open there, or edit the file by hand" if errors else "edit it by hand"
    return EnvFileError(f"{name} cannot be changed safely{cause}: other bindings would change", hint=hint)
