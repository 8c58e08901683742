"""Configuration that follows its files while a program runs: a stat for each file at each call, and no waiting.

The price of not waiting: a file that is cut short but valid, because somebody is writing it, may be read once. The
next call sees the rest.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from model_manager.config.catalogue.files import EMBEDDED
from model_manager.config.directories import fetched_file, user_directory
from model_manager.config.search import MODELS_FILE, find_project_files
from model_manager.config.trust_record import trust_file
from model_manager.config.workspace import Workspace, open_workspace
from model_manager.errors import ConfigurationError, ModelManagerError, UsageError

_LOG = logging.getLogger("model_manager")
#: A file that is this young may be changed again without its times telling: it is read once more.
_SAME_TICK_S = 0.05
#: How often everything is read again while something is wrong: the cause may be no file that is looked at, but a
#: directory's permissions or too many open files.
_RETRY_S = 1.0

T = TypeVar("T")
#: Modification time in nanoseconds, size and inode of a file; None: it is not there.
Stamp = tuple[int, int, int] | None
#: The files that are looked at, each as it was just before it was read.
Stamps = dict[str, Stamp]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSource:
    """The arguments of `open_workspace`: the directory and files that a workspace is read from."""

    directory: Path = Path()
    models_file: Path | None = None
    env_files: Sequence[Path] = ()
    trust: bool = False
    search_parents: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def read(self) -> Workspace:
        """The workspace as its files are now.

        Raises:
            UsageError: a file or directory that was named does not exist.
            ConfigurationError: a file is wrong.
        """
        return open_workspace(
            self.directory,
            environ=self.environ,
            models_file=self.models_file,
            env_files=self.env_files,
            trust=self.trust,
            search_parents=self.search_parents,
        )

    def read_again(self) -> Workspace:
        """As `read`, for a running program: a file that is gone is no fault of the request that finds it missing.

        Raises:
            ConfigurationError: a file is wrong, or not there.
        """
        try:
            return self.read()
        except UsageError as error:
            raise ConfigurationError(error.message, hint=error.hint, parameter=error.parameter) from None
        except OSError as error:
            raise ConfigurationError(f"{error.filename or self.directory}: {error.strerror or error}") from None


@dataclass(frozen=True, slots=True)
class _Reading(Generic[T]):
    """The last valid configuration, the error of the last attempt to read it, and what that attempt looked at."""

    workspace: Workspace
    value: T
    error: ModelManagerError | None
    stamps: Stamps
    variables: Mapping[Any, Any]
    at: float
    is_young: bool
    version: int


class Reloader(Generic[T]):
    """A value made from a workspace, made anew when a file or a variable has changed. Safe in threads.

    Args:
        source: what is read.
        make: makes the value.
        on_error: with "keep" an invalid change is ignored: the last valid configuration stays active; `problem`
            and a warning of the logger "model_manager" say why. With "raise" it is an error until it is mended.
        find_defect: why a new value must not take the old one's place, or None.

    Raises:
        ModelManagerError: the workspace cannot be read at the start.
    """

    def __init__(
        self,
        source: WorkspaceSource,
        make: Callable[[Workspace], T],
        *,
        on_error: Literal["keep", "raise"],
        find_defect: Callable[[T, T], str | None] = lambda _old, _new: None,
    ) -> None:
        self._source, self._make, self._find_defect = source, make, find_defect
        self._waits = on_error == "raise"
        self._lock, self._process = threading.Lock(), os.getpid()
        self.problem: str | None = None
        before, variables, at = _stamps_of(_named_files(source)), dict(_raw(source.environ)), time.time()
        workspace = source.read()
        stamps, is_young = _completed(before, _watched_files(source, workspace), at)
        self._reading = _Reading(workspace, make(workspace), None, stamps, variables, at, is_young, 0)

    @property
    def latest(self) -> T:
        """The last valid value, without a look at the files."""
        return self._reading.value

    @property
    def version(self) -> int:
        """How often the files have been read again."""
        return self._reading.version

    def current(self) -> T:
        """The value as the files are now.

        While another thread reads a change, "keep" gives the value before it; "raise" waits for that thread, so
        that a program sees what it has written itself.

        Raises:
            ModelManagerError: with "raise", the files cannot be used.
        """
        if self.is_stale():
            self._update()
        reading = self._reading
        if self._waits and reading.error is not None:
            raise copy(reading.error)  # raising the same one twice would mix up their tracebacks
        return reading.value

    def is_stale(self) -> bool:
        """Whether `current` would read the files."""
        reading = self._reading
        return (
            reading.is_young
            or reading.stamps != _stamps_of(reading.stamps)
            or reading.variables != _raw(self._source.environ)
            or (reading.error is not None and time.time() - reading.at >= _RETRY_S)
        )

    def _update(self) -> None:
        if self._process != os.getpid():  # forked, perhaps while a thread of the parent held the lock
            self._lock, self._process = threading.Lock(), os.getpid()
        if not self._lock.acquire(blocking=self._waits):
            return
        try:
            if self.is_stale():  # else another thread was faster
                self._read()
        finally:
            self._lock.release()

    def _read(self) -> None:
        old = self._reading
        before, variables, at = _stamps_of(old.stamps), dict(_raw(self._source.environ)), time.time()
        workspace, value, files = old.workspace, old.value, list(before)
        error: ModelManagerError | None = None
        try:
            fresh = self._source.read_again()
            files = _watched_files(self._source, fresh)
            made = self._make(fresh)
            if defect := self._find_defect(old.value, made):
                error = ConfigurationError(defect)
            else:
                workspace, value = fresh, made
        except ModelManagerError as caught:
            error = caught
        stamps, is_young = _completed(before, files, at)
        self._report(workspace, error)
        self._reading = _Reading(workspace, value, error, stamps, variables, at, is_young, old.version + 1)

    def _report(self, workspace: Workspace, error: ModelManagerError | None) -> None:
        """Keep and log why a change is ignored, once; with "raise" the caller of `current` gets the error."""
        if self._waits:
            return
        problem = None
        if error is not None:
            cause = error.message if not error.problems else f"{error.message}: {error.problems[0]}"
            ignored = "an invalid change is ignored, the last valid configuration stays active"
            problem = f"{ignored}: {workspace.redactor()(cause)}"
        if problem and problem != self.problem:
            _LOG.warning("%s", problem)
        elif self.problem and not problem:
            _LOG.warning("the configuration is valid again")
        self.problem = problem


def _named_files(source: WorkspaceSource) -> list[str]:
    """The files that are looked for whatever the settings say, there or not."""
    names = find_project_files(str(source.directory), upwards=source.search_parents).candidates
    if source.env_files:
        names = (*(name for name in names if name.endswith(MODELS_FILE)), *map(str, source.env_files))
    paths = [source.directory / name for name in names]
    if source.models_file:
        paths.append(source.directory / source.models_file)
    paths += [
        user_directory(source.environ) / MODELS_FILE,
        fetched_file(source.environ),
        trust_file(source.environ),
    ]
    return list(map(str, paths))


def _watched_files(source: WorkspaceSource, workspace: Workspace) -> list[str]:
    """Every file that plays a part, there or not."""
    named = [str(path) for path in workspace.files.values() if path != EMBEDDED]
    key_files = [binding.key_file for place in workspace.places[1:2] for binding in place.values()]
    return [*_named_files(source), *named, *filter(None, key_files)]


def _stamps_of(paths: Sequence[str] | Stamps) -> Stamps:
    return {path: _stamp(path) for path in paths}


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116 - Path.stat takes twice as long, and this is done at every call
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _completed(before: Stamps, files: Sequence[str], at: float) -> tuple[Stamps, bool]:
    """The stamps of some files, and whether they have to be read once more.

    That is so where a file has just changed, or became known only by being read: it may have changed since.
    """
    stamps = {path: before[path] if path in before else _stamp(path) for path in files}
    youngest = max((stamp[0] for stamp in stamps.values() if stamp), default=0) / 1e9
    return stamps, abs(at - youngest) < _SAME_TICK_S or not stamps.keys() <= before.keys()


def _raw(environ: Mapping[str, str]) -> Mapping[Any, Any]:
    """The bytes that a process environment keeps: comparing them takes 1 µs, decoding every name 50."""
    return getattr(environ, "_data", environ)
