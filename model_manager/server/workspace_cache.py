"""The directory that is served: its workspace, read again when a file changes, and documents made from it once."""

import os
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from model_manager.config.watching import (
    SAME_TICK_S,
    Stamp,
    is_emptied,
    last_change,
    stamp,
    watched_files,
    youngest,
)
from model_manager.config.workspace import Workspace, open_workspace
from model_manager.core.redaction import Redactor
from model_manager.errors import ConfigurationError, ModelManagerError, UsageError
from model_manager.rendering.documents.json import dump
from model_manager.rendering.documents.types.base import Document
from model_manager.service.snapshot import again

#: How often everything is read again while something is wrong: it may be in a file that is not known yet.
_AGAIN_S = 1.0
#: How long a catalogue that is gone or empty may be one that is being saved.
_SAVING_S = 0.5
#: How many documents are remembered between two changes.
_MANY = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is served, as the command line names it."""

    directory: Path = Path()
    models_file: Path | None = None
    env_files: Sequence[Path] = ()
    trust: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def read(self) -> Workspace:
        """What the files say now.

        Raises:
            ConfigurationError: a file is wrong, or one that was named is not there.
        """
        try:
            return open_workspace(
                self.directory,
                environ=self.environ,
                models_file=self.models_file,
                env_files=self.env_files,
                trust=self.trust,
            )
        except UsageError as error:  # of whoever started the server: no request is to blame
            raise ConfigurationError(error.message, hint=error.hint) from None
        except OSError as error:
            raise ConfigurationError(f"{error.filename or self.directory}: {error.strerror or error}") from None


@dataclass(slots=True)
class _Reading:
    """What was read, or why it could not be; and what was made of it."""

    found: Workspace | ModelManagerError
    stamps: tuple[Stamp, ...]
    at: float
    version: int
    documents: dict[Hashable, bytes] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether a further change would show in the files' times."""
        return abs(self.at - youngest(self.stamps)) >= SAME_TICK_S


class WorkspaceCache:
    """What all requests share. Safe in threads.

    Raises:
        ModelManagerError: the place cannot be read at the start.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._lock = threading.Lock()
        workspace = place.read()
        self._watched = watched_files(workspace, place.models_file, place.env_files)
        self._reading = _Reading(workspace, self._stamps(), time.time(), 0)
        self.redact: Redactor = workspace.redactor()

    def workspace(self) -> Workspace:
        """What the files say now.

        Raises:
            ModelManagerError: they cannot be used; what they said before is not shown as if it still held.
        """
        found = self._current().found
        if isinstance(found, Workspace):
            return found
        raise again(found)

    @property
    def version(self) -> int:
        """How often the files have been read again."""
        return self._reading.version

    def is_changed(self) -> bool:
        """Whether the files are not as they were when last read."""
        return not self._holds(self._reading)

    def document(self, key: Hashable, make: Callable[[Workspace, datetime], Document]) -> bytes:
        """A document as JSON, made once between two changes, in a day.

        Args:
            key: names it, with all that it depends on besides the files and the day.
            make: makes it.

        Raises:
            ModelManagerError: as `workspace`.
        """
        reading, now = self._current(), datetime.now(UTC)
        known = reading.documents.get((key, now.date()))
        if known is None:
            if isinstance(reading.found, ModelManagerError):
                raise again(reading.found)
            known = self.as_json(make(reading.found, now))
            if len(reading.documents) >= _MANY:
                reading.documents.clear()
            reading.documents[key, now.date()] = known
        return known

    def as_json(self, document: Document) -> bytes:
        """A document as `--json` has it, without the white space; without keys."""
        return dump(document, self.redact, indent=None).encode()

    def _current(self) -> _Reading:
        if self._holds(self._reading):
            return self._reading
        with self._lock:
            if not self._holds(self._reading) and not self._is_being_saved():  # another thread was faster
                self._read()
            return self._reading

    def _holds(self, reading: _Reading) -> bool:
        if self._stamps() != reading.stamps or not reading.is_settled:
            return False
        return isinstance(reading.found, Workspace) or time.time() - reading.at < _AGAIN_S

    def _is_being_saved(self) -> bool:
        """Whether a catalogue that was there has been gone or empty for no more than a moment.

        What it says of hosts and models does not cease to hold while an editor saves it. A `.env` may be emptied
        by this server itself, and then that counts at once.
        """
        if not isinstance(self._reading.found, Workspace):
            return False
        own = {str(file.path) for file in self._reading.found.env_files}
        for path, was, now in zip(self._watched, self._reading.stamps, self._stamps(), strict=True):
            if path not in own and is_emptied(was, now):
                return abs(time.time() - last_change([path], [now])) < _SAVING_S
        return False

    def _read(self) -> None:
        stamps, at = self._stamps(), time.time()
        try:
            found: Workspace | ModelManagerError = self.place.read()
        except ModelManagerError as error:
            found = error
        if isinstance(found, Workspace):
            self._watched = watched_files(found, self.place.models_file, self.place.env_files)
            self.redact = found.redactor()
            stamps = stamps if len(stamps) == len(self._watched) else self._stamps()
        self._reading = _Reading(found, stamps, at, self._reading.version + 1)

    def _stamps(self) -> tuple[Stamp, ...]:
        return tuple(map(stamp, self._watched))


def today() -> date:
    """The day, as prices and lifecycles count it."""
    return datetime.now(UTC).date()
