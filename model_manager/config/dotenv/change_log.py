"""The log of a .env file's changes: who changed what when, a JSON object a line, the oldest first.

It holds what was changed through this tool, never what somebody has changed in an editor. A log that is broken or
cannot be written keeps nothing from being assigned.
"""

import getpass
import json
import os
import socket
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from model_manager.config.atomic_file import replace_file
from model_manager.config.dotenv.history import VariableChange

Via = Literal["cli", "api", "page"]
#: How many changes are kept, and how many more it may be before the file is written anew.
MOST_CHANGES = 1000
_SLACK = 100
#: Of a larger file only the end is read, and kept.
_LARGEST = 4_000_000
#: Of longer values, in characters, only the beginning is kept.
_LONGEST_VALUE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who makes a change, and through which interface."""

    by: str
    via: Via


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """A change of a variable.

    Attributes:
        at: when, in UTC.
        old, new: the value before and after; None: not bound.
        undoes: when the change was made that this one took back; None: it took back none.
        undone: whether a later one took it back.
    """

    at: datetime
    by: str
    via: Via
    variable: str
    old: str | None
    new: str | None
    undoes: datetime | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLog:
    """Adds the changes of an author to the log of a file.

    Attributes:
        redact: hides keys in values: one that was pasted in place of a model's name must not be kept.
        at: when the changes are made.
    """

    author: Author
    redact: Callable[[str], str] = field(repr=False)
    at: datetime

    def add(
        self, path: Path, file: Path, changes: Iterable[VariableChange], undoes: datetime | None = None
    ) -> tuple[str, ...]:
        """Add changes of a .env file to the log at a path, whose lock the caller holds; returns warnings."""
        lines = [
            _line(
                {
                    "at": _text_of(self.at),
                    "by": self.author.by,
                    "via": self.author.via,
                    "file": str(file),
                    "variable": one.variable,
                    "old": self._hidden(one.old),
                    "new": self._hidden(one.new),
                    "undoes": None if undoes is None else _text_of(undoes),
                }
            )
            for one in changes
            if one.old != one.new
        ]
        try:
            _append(path, lines)
        except OSError as error:
            return (f"{path} cannot be written ({error.strerror or error}): this change is not in the history",)
        return ()

    def _hidden(self, value: str | None) -> str | None:
        """A value without keys, cut afterwards: half a key is one that no redactor knows."""
        if value is None:
            return None
        shown = self.redact(value)
        return shown if len(shown) <= _LONGEST_VALUE else f"{shown[: _LONGEST_VALUE - 1]}…"


def local_author() -> Author:
    """Whoever runs this process, on the command line."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user need not have a name
        user = str(os.getuid()) if hasattr(os, "getuid") else "?"
    return Author(by=f"{user}@{socket.gethostname()}", via="cli")


def read_changes(path: Path) -> tuple[tuple[LoggedChange, ...], tuple[str, ...]]:
    """The changes in a log, the oldest first, and warnings about what in it cannot be read."""
    try:
        with open(_open(path, os.O_RDONLY), "rb") as file:
            lines = _last_lines(file)
    except FileNotFoundError:
        return (), ()
    except OSError as error:
        return (), (f"{path} cannot be read ({error.strerror or error}): the history is not complete",)
    changes = [change for change in map(_change, lines) if change]
    broken = len(lines) - len(changes)
    told = f"{path}: {broken} lines cannot be read: the history is not complete"
    undone = {(change.undoes, change.variable) for change in changes if change.undoes}
    return (
        tuple(replace(one, undone=(one.at, one.variable) in undone) for one in changes),
        (told.replace("1 lines", "1 line") if broken == 1 else told,) if broken else (),
    )


def _text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _line(stored: dict[str, Any]) -> bytes:
    return json.dumps(stored).encode() + b"\n"


def _change(line: bytes) -> LoggedChange | None:
    """The change that a line holds; None if it holds none that this version can read."""
    try:
        stored = json.loads(line)
        at, undoes = datetime.fromisoformat(stored["at"]), stored["undoes"]
        texts = (stored["by"], stored["variable"], stored["old"] or "", stored["new"] or "")
        if (
            stored["via"] not in get_args(Via)
            or at.tzinfo is None
            or not all(isinstance(one, str) for one in texts)
        ):
            return None
        return LoggedChange(
            at=at,
            by=stored["by"],
            via=stored["via"],
            variable=stored["variable"],
            old=stored["old"],
            new=stored["new"],
            undoes=None if undoes is None else datetime.fromisoformat(undoes),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _open(path: Path, flags: int) -> int:
    """A descriptor of a regular file, never of a link's target, a device or a FIFO, which may wait for ever.

    Raises:
        OSError: there is no such file.
    """
    more = ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
    descriptor = os.open(path, flags | sum(getattr(os, name, 0) for name in more), 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return descriptor


def _last_lines(file: Any) -> list[bytes]:
    """The lines at the end of a file, all of them unless it is very large."""
    start = max(0, file.seek(0, os.SEEK_END) - _LARGEST)
    file.seek(start)
    lines: list[bytes] = file.read(_LARGEST).splitlines(keepends=True)
    return lines[1:] if start else lines


def _append(path: Path, added: Sequence[bytes]) -> None:
    """Add lines; if there are too many then, only the last ones are kept.

    Raises:
        OSError: the file cannot be written.
    """
    with open(_open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND), "r+b") as file:
        known = _last_lines(file)
        size = file.seek(0, os.SEEK_END)
        is_cut_off = bool(known) and not known[-1].endswith(b"\n")  # by a crash
        if len(known) + len(added) <= MOST_CHANGES + _SLACK and size <= _LARGEST:
            file.write(b"\n" * is_cut_off + b"".join(added))
            return
    kept = [*(line.rstrip(b"\n") + b"\n" for line in known), *added]
    replace_file(path, b"".join(kept[-MOST_CHANGES:]))
