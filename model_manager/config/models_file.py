"""Adds to a models.toml: what is there stays as it is, byte by byte, and the addition can be taken back once."""

import difflib
import hashlib
import json
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from model_manager.config.atomic_file import explain, replace_file
from model_manager.config.catalogue.schema import mistakes_of
from model_manager.config.dotenv.lock import acquire_lock
from model_manager.config.regular_file import NotRegularFileError, read_regular_file
from model_manager.errors import AssignmentRefusedError, ConfigurationError

_LARGEST = 1 << 20
_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsChange:
    """A change of a models.toml, made or planned; None: there is no such file."""

    file: str
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)

    @property
    def diff(self) -> str:
        """A unified diff of the file; empty: nothing changes."""
        old = "/dev/null" if self.before is None else self.file
        new = "/dev/null" if self.after is None else self.file
        before, after = (self.before or "").splitlines(), (self.after or "").splitlines()
        lines = difflib.unified_diff(before, after, old, new, n=0, lineterm="")
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class ModelsFile:
    """A models.toml that is there or will be.

    Attributes:
        shown: its name for people.
        before: its bytes; None: there is no such file.
    """

    path: Path
    shown: str
    before: bytes | None = field(repr=False)

    @classmethod
    def read(cls, path: Path, shown: str) -> "ModelsFile":
        """The file at a path.

        Raises:
            ConfigurationError: it is a link, cannot be read, or is no file.
        """
        if path.is_symlink():
            hint = f"name the file itself: `models_file` {path.resolve()}"
            raise ConfigurationError(f"{shown} is a link, which is not followed", hint=hint)
        try:
            return cls(path, shown, read_regular_file(path, _LARGEST))
        except FileNotFoundError:
            return cls(path, shown, None)
        except NotRegularFileError as error:
            raise ConfigurationError(f"{shown} {error.reason}", hint=error.hint) from None
        except OSError as error:
            raise ConfigurationError(f"{shown} cannot be read: {error.strerror or error}") from None

    def with_text(self, text: str, heading: str) -> bytes:
        """The file with tables at its end; a new one begins with a heading.

        Raises:
            ConfigurationError: it would not be valid with them.
        """
        before = self.before or heading.encode()
        newline = b"\r\n" if b"\r\n" in before else b"\n"
        gap = b"" if before.endswith(b"\n") or not before else newline
        after = before + gap + newline + text.encode().replace(b"\n", newline)
        try:
            mistake = next(mistakes_of(tomllib.loads(after.decode("utf-8-sig"))), None)
        except ValueError as error:
            hint = "write the tasks there as tables of their own: [tasks.chat]"
            raise ConfigurationError(f"{self.shown}: tasks cannot be added: {error}", hint=hint) from None
        if mistake:
            raise ConfigurationError(f"{self.shown}: {'.'.join(mistake.path)}: {mistake.message}")
        return after

    def change_to(self, after: bytes | None) -> ModelsChange:
        """The change to a new content, for people."""
        before, new = (None if data is None else data.decode("utf-8", "replace") for data in (self.before, after))
        return ModelsChange(file=self.shown, before=before, after=new)

    def write(self, after: bytes, state_dir: Path, *, change: str | None = None) -> tuple[str, ...]:
        """Put the new content in place, and remember how to take it back; returns warnings.

        Args:
            after: the new content.
            state_dir: where the lock and the last addition of each file are kept.
            change: names the change of a .env file that this addition belongs to; see `belongs_to`.

        Raises:
            ConfigurationError: another program has changed the file, or it cannot be written; it is as before.
        """
        record = {
            "schema": _SCHEMA,
            "offset": len(self.before or b""),
            "created": self.before is None,
            "change": change,
        }
        self._replace(after, state_dir)
        # Afterwards: an earlier record does not fit the new content, so that a crash here undoes nothing wrongly.
        return _remember(self._history(state_dir), {**record, "after": _digest(after)})

    def undo(self, state_dir: Path, *, dry_run: bool = False) -> bytes | None:
        """Take the addition back; returns the content before it, None: the file did not exist.

        Raises:
            AssignmentRefusedError: nothing was added, or the file has changed since.
            ConfigurationError: the file cannot be written; it is as before.
        """
        history = self._history(state_dir)
        record = _recall(history)
        if record is None:
            raise AssignmentRefusedError(f"{self.shown}: there is nothing to undo")
        if self.before is None or _digest(self.before) != record["after"]:
            hint = "remove the tasks by hand"
            raise AssignmentRefusedError(f"{self.shown} has changed since then and was left unchanged", hint=hint)
        after = None if record["created"] else self.before[: record["offset"]]
        if not dry_run:
            self._replace(after, state_dir)
            history.unlink(missing_ok=True)
        return after

    def belongs_to(self, change: str | None, state_dir: Path) -> bool:
        """Whether the last addition was written together with this change of a .env file."""
        record = _recall(self._history(state_dir))
        return record is not None and change is not None and record.get("change") == change

    def attribute(self, text: str, heading: str, state_dir: Path, *, change: str) -> tuple[str, ...]:
        """Let the last addition belong to a change of a .env file, if it was this text; returns warnings."""
        history = self._history(state_dir)
        record = _recall(history)
        if record is None or self.before is None or _digest(self.before) != record["after"]:
            return ()
        earlier = replace(self, before=None if record["created"] else self.before[: record["offset"]])
        if earlier.with_text(text, heading) != self.before:
            return ()
        return _remember(history, {**record, "change": change})

    def _history(self, state_dir: Path) -> Path:
        name = hashlib.sha256(str(self.path.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return state_dir / "models" / f"{name}.json"

    def _replace(self, after: bytes | None, state_dir: Path) -> None:
        history = self._history(state_dir)

        def unchanged() -> None:
            if ModelsFile.read(self.path, self.shown).before != self.before:
                raise ConfigurationError(
                    f"{self.shown} was changed by another program", hint="run the command again"
                )

        with suppress(OSError):  # then there is no lock, and it cannot be undone, which is told
            history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock = acquire_lock(history.with_suffix(".lock"), self.shown) if history.parent.is_dir() else None
            try:
                if after is None:
                    unchanged()
                    self.path.unlink()
                else:
                    is_new = self.before is None
                    replace_file(self.path, after, before_replacing=unchanged)
                    if is_new:  # meant to be committed and read by others, unlike .env
                        self.path.chmod(0o644)
            finally:
                if lock:
                    lock.release()
        except OSError as error:
            reason, hint = explain(error, self.path)
            raise ConfigurationError(f"{self.shown} {reason}", hint=hint) from None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _remember(history: Path, record: dict[str, Any]) -> tuple[str, ...]:
    try:
        history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(history, json.dumps(record).encode())
    except OSError as error:
        return (f"{history} cannot be written ({error.strerror or error}): this cannot be undone",)
    return ()


def _recall(history: Path) -> dict[str, Any] | None:
    """What was remembered, or None: nothing, or nothing that this version can read."""
    try:
        record = json.loads(history.read_bytes())
        is_ours = record["schema"] == _SCHEMA and isinstance(record["offset"], int)
        return record if is_ours and isinstance(record["after"], str) and "created" in record else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
