"""The last change of a .env file, kept so that it can be taken back: what was changed, never the whole file."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_manager.config.atomic_file import replace_file
from model_manager.config.dotenv.editor import (
    Splice,
    digest,
    is_line_start,
    line_start,
    newline_of,
    not_of,
    value_span,
)
from model_manager.config.dotenv.reader import Statement, decode, encode, parse_env_text
from model_manager.errors import AssignmentRefusedError

_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class VariableChange:
    """A variable's value as written, before and after; None: not bound."""

    variable: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A change as it was made.

    Attributes:
        time: when, as the caller put it, or None.
        created: whether the file was made by it.
        after: SHA-256 of the whole file after it.
    """

    time: str | None
    created: bool
    after: str
    changes: tuple[VariableChange, ...]
    splices: tuple[Splice, ...]


def load_record(path: Path) -> Record | None:
    """The record that a file holds; None if there is none, or none that this version can read."""
    try:
        stored = json.loads(path.read_bytes())
        return _record(stored) if stored["schema"] == _SCHEMA else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _dump(record: Record) -> bytes:
    """The record as JSON; bytes are in base64, since a .env file need not be UTF-8."""
    stored = {"schema": _SCHEMA, **asdict(record)}
    for splice in stored["splices"]:
        splice.update({key: b64encode(splice[key]).decode() for key in ("old", "new")})
    return json.dumps(stored).encode()


def _record(stored: dict[str, Any]) -> Record:
    return Record(
        time=stored["time"],
        created=stored["created"],
        after=stored["after"],
        changes=tuple(VariableChange(**change) for change in stored["changes"]),
        splices=tuple(
            Splice(**{**splice, "old": b64decode(splice["old"]), "new": b64decode(splice["new"])})
            for splice in stored["splices"]
        ),
    )


@contextmanager
def recorded(record: Record, history: Path | None) -> Iterator[tuple[str, ...]]:
    """Keep the record before the file is written, so that a crash leaves nothing that could be undone wrongly.

    If the writing fails, the record before this one counts again.
    """
    if history is None:
        yield ()
        return
    earlier: bytes | None = None
    warnings: tuple[str, ...] = ()
    try:
        earlier = history.read_bytes() if history.exists() else None
        replace_file(history, _dump(record))
    except OSError as error:
        warnings = (not_undoable(history, error),)
        # The record in it is not the last change any more.
        with suppress(OSError):
            history.unlink()
    try:
        yield warnings
    except BaseException:
        with suppress(OSError):
            if earlier is None:
                history.unlink(missing_ok=True)
            else:
                replace_file(history, earlier)
        raise


def not_undoable(path: Path, error: OSError) -> str:
    """A warning that no record could be kept."""
    return f"{path} cannot be written ({error.strerror or error}): this change cannot be undone"


def take_back(record: Record, data: bytes | None, shown: str) -> bytes | None:
    """The file's bytes without the recorded change, other edits kept; None if it should not be there any more.

    Raises:
        AssignmentRefusedError: a line no longer holds what was written.
    """
    if data is None:
        raise AssignmentRefusedError(f"{shown}: cannot undo: the file is gone")
    if digest(data) == record.after:
        for splice in reversed(record.splices):
            data = splice.revert(data)
    else:
        data = _take_back_lines(record, data, shown)
    return None if record.created and not data else data


def _take_back_lines(record: Record, data: bytes, shown: str) -> bytes:
    """The same in a file that others have edited since: lines are looked up by their variable's name."""
    text = decode(data)
    before = parse_env_text(text)
    removed = {splice.variable for splice in record.splices if splice.kind == "removed"}
    for statement in before:
        if statement.name in removed:
            raise _refuse(shown, f"{statement.name} has been set again on line {statement.line}")
    for splice in reversed(record.splices):
        reverted = _revert(text, splice)
        if reverted is None:
            raise _refuse(shown, f"{splice.variable} no longer holds what was written")
        text = reverted
    if not _is_restored(record, before, parse_env_text(text)):
        raise _refuse(shown, "other bindings would change because the file was edited")
    return encode(text)


def _is_restored(record: Record, before: Sequence[Statement], after: Sequence[Statement]) -> bool:
    """Whether the variables have their old values again, and all others those they had."""
    values = {statement.name: statement.value for statement in after}
    names = {splice.variable for splice in record.splices}
    restored = all(values.get(change.variable) == change.old for change in record.changes)
    return restored and not_of(names, before) == not_of(names, after)


def _refuse(shown: str, reason: str) -> AssignmentRefusedError:
    return AssignmentRefusedError(f"{shown}: cannot undo: {reason}", hint="edit the file by hand")


def _revert(text: str, splice: Splice) -> str | None:
    """The text without one splice; None if what it wrote is not there."""
    if splice.kind == "removed":
        return _put_back(text, splice)
    own = [statement for statement in parse_env_text(text) if statement.name == splice.variable]
    if not own or own[-1].value is None:
        return None
    if splice.kind == "appended":
        return _remove_line(text, own[-1], decode(splice.new))
    start, end = value_span(text, own[-1])
    if splice.kind == "completed":
        start = text.rindex("=", own[-1].start, start)
    return text[:start] + decode(splice.old) + text[end:] if text[start:end] == decode(splice.new) else None


def _remove_line(text: str, statement: Statement, written: str) -> str | None:
    """The text without an appended line, and without the line end before it that was appended with it."""
    start = line_start(text, statement)
    if text[start : statement.end].strip("\r\n") != written.strip("\r\n"):
        return None
    lead = written[: len(written) - len(written.lstrip("\r\n"))]
    is_last = statement.end == len(text)
    before = text[:start].removesuffix(lead) if is_last else text[:start]
    return before + text[statement.end :]


def _put_back(text: str, splice: Splice) -> str:
    """The text with a removed line in its old place, or at the end if that cannot be told."""
    data = encode(text)
    at = _place(data, splice)
    before, line, after = decode(data[:at]), decode(splice.old), decode(data[at:])
    newline = newline_of(text)
    if not is_line_start(before):
        before += newline
    if after and not is_line_start(line):
        line += newline
    return before + line + after


def _place(data: bytes, splice: Splice) -> int:
    """Where the splice was made: before the same bytes as then, else after the same bytes, else at the end."""
    at = len(data) - splice.tail
    if splice.tail and at >= 0 and digest(data[at:]) == splice.suffix:
        return at
    return splice.offset if digest(data[: splice.offset]) == splice.prefix else len(data)
