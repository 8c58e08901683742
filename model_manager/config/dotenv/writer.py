"""Changes .env files on disk, one writer at a time, and keeps the last change so that it can be undone.

The new text is made by `editor`.
"""

import difflib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from model_manager.config.atomic_file import explain, replace_file
from model_manager.config.dotenv.change_log import ChangeLog
from model_manager.config.dotenv.editor import Edit, digest, set_binding, unset_binding
from model_manager.config.dotenv.history import (
    Record,
    VariableChange,
    load_record,
    not_undoable,
    recorded,
    take_back,
)
from model_manager.config.dotenv.lock import acquire_lock, acquire_lock_elsewhere
from model_manager.config.dotenv.reader import BOM, NEWLINE, read_bytes
from model_manager.config.mounted_file import must_write_in_place, write_mounted
from model_manager.errors import AssignmentRefusedError, EnvFileError

_WRITABLE = 0o222


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvChange:
    """A change of a .env file, made or planned.

    Attributes:
        path: the file itself, links followed.
        shown: the file as its user would write it.
        before, after: all its bytes; None: there is no file.
        changes: the variables that were asked for, as written in the file; some may have been so already.
        written: whether the file was touched; False in a dry run or if nothing is different.
        time: of the change that was taken back, as the caller put it then.
    """

    path: Path
    shown: str
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)
    changes: tuple[VariableChange, ...]
    written: bool = False
    warnings: tuple[str, ...] = ()
    time: str | None = None

    @property
    def is_different(self) -> bool:
        """Whether the file differs, or would."""
        return self.before != self.after

    @property
    def diff(self) -> str:
        """A unified diff without context: the lines around may hold keys. Line ends are not compared."""
        old = "/dev/null" if self.before is None else self.shown
        new = "/dev/null" if self.after is None else self.shown
        lines = difflib.unified_diff(_lines(self.before), _lines(self.after), old, new, n=0, lineterm="")
        return "".join(f"{line}\n" for line in lines)


def change_env_file(
    path: Path,
    changes: Mapping[str, str | None],
    *,
    state_dir: Path,
    dry_run: bool = False,
    shown: str | None = None,
    time: datetime | None = None,
    when_locked: Callable[[], None] = lambda: None,
    log: ChangeLog | None = None,
) -> EnvChange:
    """Set variables in a .env file, or unset those whose value is None: all or none of them.

    Makes the file if there is none, unless there is nothing to set.

    Args:
        path: the file; symbolic links are followed and stay.
        changes: values by variable.
        state_dir: where the lock and the last change of each file are kept.
        dry_run: only find out what would change.
        shown: the path as its user would write it.
        time: kept with the change and shown when it is undone.
        when_locked: called when no other writer can come between any more; may raise to stop it all.
        log: takes the change down, with its author.

    Raises:
        EnvFileError: the file cannot be read, written or edited safely; it is then as before.
    """
    target = _Target.of(path, shown)
    if dry_run:
        return target.plan(changes)[0]
    with _locked(target, state_dir) as (history, warnings):
        when_locked()
        change, edits = target.plan(changes)
        if not change.is_different or change.after is None:
            return change
        record = Record(
            time=time.isoformat() if time else None,
            created=change.before is None,
            after=digest(change.after),
            changes=tuple(one for one in change.changes if one.old != one.new),
            splices=tuple(splice for edit in edits for splice in edit.splices),
        )
        with recorded(record, history) as not_recorded:
            more = target.write(change, state_dir)
        if log and history:
            more += log.add(target.log_in(state_dir), target.path, record.changes)
        return replace(change, written=True, warnings=(*change.warnings, *more, *warnings, *not_recorded))


def undo_env_change(
    path: Path,
    *,
    state_dir: Path,
    dry_run: bool = False,
    shown: str | None = None,
    when_planned: Callable[[EnvChange], None] = lambda _: None,
    log: ChangeLog | None = None,
) -> EnvChange:
    """Take back the last change that `change_env_file` made to a file, once; edits made since stay.

    Args:
        path: the file; symbolic links are followed and stay.
        state_dir: where the lock and the last change of each file are kept.
        dry_run: only find out what would change.
        shown: the path as its user would write it.
        when_planned: called with what is going to be done, in a dry run too; may raise to stop it.
        log: takes the change down, with its author.

    Raises:
        AssignmentRefusedError: there is nothing to undo, or a line no longer holds what was written.
        EnvFileError: the file cannot be read or written.
    """
    target = _Target.of(path, shown)
    if dry_run:
        plan = target.plan_undo(target.history_in(state_dir))
        when_planned(plan)
        return plan
    with _locked(target, state_dir) as (history, warnings):
        change = target.plan_undo(history)
        when_planned(change)
        more = target.write(change, state_dir)
        if history:
            with suppress(OSError):
                history.unlink()
        if log and history:
            undoes = datetime.fromisoformat(change.time) if change.time else None
            more += log.add(target.log_in(state_dir), target.path, change.changes, undoes)
        return replace(change, written=True, warnings=(*more, *warnings))


def change_log_of(path: Path, state_dir: Path) -> Path:
    """Where the changes of a .env file are logged."""
    return _Target.of(path, None).log_in(state_dir)


@dataclass(frozen=True, slots=True)
class _Target:
    """A .env file that is to be changed: the file itself and how its user would write it."""

    path: Path
    shown: str

    @classmethod
    def of(cls, path: Path, shown: str | None) -> "_Target":
        return cls(Path(os.path.realpath(path)), shown or str(path))

    @property
    def key(self) -> str:
        """Names the file's lock and history."""
        return digest(os.fsencode(self.path))

    def history_in(self, state_dir: Path) -> Path:
        """Where the file's last change is kept."""
        return state_dir / "env" / f"{self.key}.json"

    def log_in(self, state_dir: Path) -> Path:
        """Where the file's changes are logged."""
        return self.history_in(state_dir).with_suffix(".jsonl")

    def read(self) -> bytes | None:
        """The content of the file; None if there is none.

        Raises:
            EnvFileError: it is nothing that can be replaced.
        """
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EnvFileError(f"{self.shown} cannot be read: {error.strerror or error}") from error
        if not stat.S_ISREG(mode):
            raise EnvFileError(f"{self.shown} is not a regular file", hint="name another one with `env_files`")
        # The administrator may write everything; a file without any write bit is still meant to stay as it is.
        if not mode & _WRITABLE or not os.access(self.path, os.W_OK):
            raise EnvFileError(f"{self.shown} is read-only", hint=f"chmod u+w {self.shown}")
        return read_bytes(self.path, self.shown)

    def plan(self, changes: Mapping[str, str | None]) -> tuple[EnvChange, tuple[Edit, ...]]:
        """The result of the changes, one edit after the other, without writing it."""
        before = self.read()
        data, edits = before or b"", []
        for name, value in changes.items():
            try:
                edit = unset_binding(data, name) if value is None else set_binding(data, name, value)
            except EnvFileError as error:
                raise EnvFileError(f"{self.shown}: {error.message}", hint=error.hint) from error
            data = edit.data
            edits.append(edit)
        change = EnvChange(
            path=self.path,
            shown=self.shown,
            before=before,
            after=before if before is None and not data else data,
            changes=tuple(VariableChange(edit.variable, edit.old, edit.new) for edit in edits),
            warnings=tuple(f"{self.shown}: {warning}" for edit in edits for warning in edit.warnings),
        )
        return change, tuple(edits)

    def plan_undo(self, history: Path | None) -> EnvChange:
        """The result of taking the last change back, without writing it."""
        record = load_record(history) if history else None
        if record is None:
            raise AssignmentRefusedError(f"{self.shown}: there is nothing to undo")
        before = self.read()
        return EnvChange(
            path=self.path,
            shown=self.shown,
            before=before,
            after=take_back(record, before, self.shown),
            changes=tuple(VariableChange(one.variable, one.new, one.old) for one in record.changes),
            time=record.time,
        )

    def write(self, change: EnvChange, state_dir: Path) -> tuple[str, ...]:
        """Put the new content in place, or remove the file; returns warnings."""

        def unchanged() -> None:
            if self.read() != change.before:
                hint = "run the command again"
                raise EnvFileError(f"{self.shown} was changed by another program", hint=hint)

        try:
            if change.after is None:
                unchanged()
                self.path.unlink()
                return ()
            warnings = replace_file(self.path, change.after, before_replacing=unchanged)
        except OSError as error:
            if change.after is not None and must_write_in_place(error, self.path):
                copy = self.history_in(state_dir).with_suffix(".copy")
                return (write_mounted(self.path, change.after, copy, shown=self.shown, before_writing=unchanged),)
            reason, hint = explain(error, self.path)
            raise EnvFileError(f"{self.shown} {reason}", hint=hint) from error
        return tuple(f"{self.shown} {warning}" for warning in warnings)


@contextmanager
def _locked(target: _Target, state_dir: Path) -> Iterator[tuple[Path | None, tuple[str, ...]]]:
    """Keep other writers of this file out; yields the path of its history, if it can have one, and warnings."""
    record = target.history_in(state_dir)
    history: Path | None = record
    warnings: tuple[str, ...] = ()
    try:
        record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = acquire_lock(record.with_suffix(".lock"), target.shown)
    except OSError as error:
        history, warnings = None, (f"{not_undoable(state_dir, error)}, and is not in the history",)
        lock = acquire_lock_elsewhere(f"{target.key}.lock", target.shown)
    try:
        yield history, warnings
    finally:
        lock.release()


def _lines(data: bytes | None) -> list[str]:
    text = (data or b"").decode("utf-8", "backslashreplace").removeprefix(BOM)
    lines = NEWLINE.split(text)
    return lines if lines[-1] else lines[:-1]
