"""The workspace that is served, read again when a file changes, and documents made from it once."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from model_manager.config.reload import Reloader, WorkspaceSource
from model_manager.config.workspace import Workspace
from model_manager.core.redaction import Redactor
from model_manager.rendering.documents.json import dump
from model_manager.rendering.documents.types.base import RootDocument
from model_manager.server.api.problems import NAMES
from model_manager.server.compression import Content

#: How many documents are remembered between two changes.
_MANY = 256


@dataclass(frozen=True, slots=True)
class _Cached:
    """A workspace, and what was made of it."""

    workspace: Workspace
    redact: Redactor
    documents: dict[Hashable, Content] = field(default_factory=dict)


class WorkspaceCache:
    """The state of the files that all requests share. Safe in threads.

    Raises:
        ModelManagerError: the source cannot be read at the start.
    """

    def __init__(self, source: WorkspaceSource) -> None:
        self._source = source
        self._reloader = Reloader(source, lambda found: _Cached(found, found.redactor()), on_error="raise")

    def read(self) -> Workspace:
        """The workspace, read now, whatever is remembered.

        Raises:
            ConfigurationError: a file is wrong or not there.
        """
        return self._source.read_again()

    def workspace(self) -> Workspace:
        """The workspace as its files are now.

        Raises:
            ModelManagerError: they cannot be used; what they said before is not shown as if it still held.
        """
        return self._reloader.current().workspace

    @property
    def latest(self) -> Workspace:
        """The workspace of the last valid configuration; no file is looked at."""
        return self._reloader.latest.workspace

    @property
    def redact(self) -> Redactor:
        """Hides the keys of the last valid configuration."""
        return self._reloader.latest.redact

    @property
    def version(self) -> int:
        """How often the files have been read again."""
        return self._reloader.version

    def is_stale(self) -> bool:
        """Whether the files are not as they were when last read."""
        return self._reloader.is_stale()

    def document(self, key: Hashable, make: Callable[[Workspace, datetime], RootDocument]) -> Content:
        """A document as JSON, made and compressed once between two changes, in a day.

        Args:
            key: names it, with all that it depends on besides the files and the day.
            make: makes it.

        Raises:
            ModelManagerError: as `workspace`.
        """
        reading, now = self._reloader.current(), datetime.now(UTC)
        known = reading.documents.get((key, now.date()))
        if known is None:
            known = Content(_as_json(make(reading.workspace, now), reading.redact))
            if len(reading.documents) >= _MANY:
                reading.documents.clear()
            reading.documents[key, now.date()] = known
        return known

    def as_json(self, document: RootDocument) -> bytes:
        """A document as `--json` has it, without the white space; without keys."""
        return _as_json(document, self.redact)


def _as_json(document: RootDocument, redact: Redactor) -> bytes:
    return dump(document, redact, names=NAMES, indent=None).encode()


def today() -> date:
    """The day, as prices and lifecycles count it."""
    return datetime.now(UTC).date()
