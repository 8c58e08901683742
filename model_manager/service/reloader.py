"""What a service knows of its files, kept up to date while it runs: a stat for each file and call."""

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from model_manager.config.watching import SAME_TICK_S, Stamp, last_change, stamp, watched_files, youngest
from model_manager.config.workspace import Workspace, open_workspace
from model_manager.core.assignments import Assignment
from model_manager.errors import ModelManagerError
from model_manager.service.snapshot import Snapshot
from model_manager.service.unfinished import looks_unfinished

_LOG = logging.getLogger("model_manager")
#: How long a file may look half-written before that is taken for its content.
_WRITING_S = 0.5
#: How long is waited before looking again.
_MOMENT_S = 0.01
#: How often a call must have seen the same half-written file before it believes it, if that is not old. Looks
#: count, not time alone: on a machine too busy for whoever writes, a reader looks as seldom.
_LOOKS = 45
#: After how many changes during one call somebody writes without end: the last good state serves, then.
_CHANGES = 3
#: A file that was left as it is for this long is finished, whatever it looks like.
_OLD_S = 5.0
#: How often everything is read again while something is wrong.
_AGAIN_S = 1.0


class Reloader:
    """A directory's state, read again when a file or a variable has changed.

    A change that cannot be used (a mistake in the catalogue, a task whose new route does not exist) keeps the last
    good state; `problem` and a warning of the logger "model_manager" say so.

    Args:
        directory, models_file, env_files, trust: as for `open_workspace`.
        environ: the process environment, looked at again each time.
    """

    def __init__(
        self,
        directory: Path,
        *,
        models_file: Path | None = None,
        env_files: Sequence[Path] = (),
        trust: bool = False,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        # Where the process is now: it may go elsewhere later.
        self._directory = Path.cwd() / directory
        self._models_file, self._env_files, self._trust, self._environ = models_file, env_files, trust, environ
        self.problem: str | None = None
        self._state = Snapshot(self._read())
        self._watched = self._files()
        self._seen = self._stamps()
        self._variables = dict(_raw(environ))
        self._read_at = time.time()
        self._lock, self._process = threading.Lock(), os.getpid()
        #: How the files were when one of them last looked half-written.
        self._suspected: tuple[Stamp, ...] = ()

    @property
    def state(self) -> Snapshot:
        """The last good state, without looking."""
        return self._state

    def current(self) -> Snapshot:
        """The state as the files are now."""
        for seconds in self.settling():
            time.sleep(seconds)
        return self._state

    def settling(self) -> Iterator[float]:
        """Bring the state up to date; yields seconds to wait while a file looks half-written."""
        began, looks, changes, suspected = time.monotonic(), 0, 0, None
        while self._has_changed() and not (is_current := self._update(looks)):
            if suspected != self._suspected:
                looks, changes, suspected = 0, changes + 1, self._suspected
            elif is_current is not None:
                looks += 1
            if time.monotonic() - began >= (2 * _WRITING_S if changes > _CHANGES else _OLD_S):
                return
            yield _MOMENT_S

    def _has_changed(self) -> bool:
        if self._stamps() != self._seen or self._variables != _raw(self._environ):
            return True
        if self.problem and time.time() - self._read_at > _AGAIN_S:
            return True  # what is wrong may be in a file that is not known yet
        return abs(self._read_at - youngest(self._seen)) < SAME_TICK_S

    def _update(self, looks: int) -> bool | None:
        """Take in what has changed.

        False while that looks half-written, to a call that has looked so often; None while another thread looks,
        which is not waited for: an event loop would stand still.
        """
        if self._process != os.getpid():  # forked, perhaps while a thread of the parent held the lock
            self._lock, self._process = threading.Lock(), os.getpid()
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._take_in(looks)
        finally:
            self._lock.release()

    def _take_in(self, looks: int) -> bool:
        """As `_update`, for whoever has the lock."""
        if not self._has_changed():  # another thread was faster
            return True
        stamps, variables, read_at = self._stamps(), dict(_raw(self._environ)), time.time()
        patient = self._is_young(stamps, _WRITING_S if looks >= _LOOKS else _OLD_S)
        if patient and stamps == self._suspected:
            return False
        self._suspected = stamps
        try:
            fresh = Snapshot(self._read())
        except ModelManagerError as error:
            if patient or self._stamps() != stamps:
                return False
            self._keep(error.message if not error.problems else f"{error.message}: {error.problems[0]}")
        else:
            # A file may have changed since its time was looked at: then it was young after all.
            hurried = patient or self._stamps() != stamps
            if hurried and self._is_unfinished(fresh, stamps):
                return False
            self._take(fresh)
        self._suspected = ()
        self._seen, self._variables, self._read_at = stamps, variables, read_at
        self._watched = self._files()
        return True

    def _is_unfinished(self, fresh: Snapshot, stamps: Sequence[Stamp]) -> bool:
        """Whether somebody may still be writing what was read, or a task has lost what it is called with."""
        if looks_unfinished(self._state, fresh, self._watched, self._seen, stamps):
            return True
        return _lost(self._state, fresh, _today()) is not None

    def _take(self, fresh: Snapshot) -> None:
        lost = _lost(self._state, fresh, _today())
        if lost:
            self._keep(fresh.workspace.redactor()(lost))
            return
        if self.problem:
            _LOG.warning("the configuration can be used again")
        self._state, self.problem = fresh, None

    def _keep(self, problem: str) -> None:
        """Say once that the last good state is kept, and why."""
        told = f"a change is not used, the last good state is kept: {self._state.workspace.redactor()(problem)}"
        if told != self.problem:
            _LOG.warning("%s", told)
        self.problem = told

    def _is_young(self, stamps: Sequence[Stamp], age_s: float) -> bool:
        """Whether any file has just been written or taken away."""
        return abs(time.time() - last_change(self._watched, stamps)) < age_s

    def _read(self) -> Workspace:
        return open_workspace(
            self._directory,
            environ=self._environ,
            models_file=self._models_file,
            env_files=self._env_files,
            trust=self._trust,
        )

    def _files(self) -> tuple[str, ...]:
        return watched_files(self._state.workspace, self._models_file, self._env_files)

    def _stamps(self) -> tuple[Stamp, ...]:
        return tuple(map(stamp, self._watched))


def _raw(environ: Mapping[str, str]) -> Mapping[Any, Any]:
    """What a process environment keeps below: comparing that takes a microsecond, decoding every name fifty."""
    return getattr(environ, "_data", environ)


def _lost(old: Snapshot, new: Snapshot, on: date) -> str | None:
    """What a task could be called with and now cannot: the reason, or None. Tasks may go."""
    tasks = new.workspace.catalogue.tasks
    for name in old.workspace.catalogue.tasks:
        if name in tasks and _is_usable(old, name, on) and not _is_usable(new, name, on):
            found = new.assignment(name, on)
            broken = (finding.message for finding in found.problems if finding.severity == "error")
            message = next(broken, None) or _base_url_error(new, found) or "no route"
            return f"task {name}: {message}{f' ({found.source.text})' if found.source else ''}"
    return None


def _is_usable(state: Snapshot, task: str, on: date) -> bool:
    """Whether every name of a task's route exists."""
    assignment = state.assignment(task, on)
    broken = {"unknown_model", "no_auto_table", "invalid_route", "unassigned"}
    return not any(finding.code in broken for finding in assignment.problems) and not _base_url_error(
        state, assignment
    )


def _base_url_error(state: Snapshot, assignment: Assignment) -> str | None:
    """What is wrong with the base URL of a model of a route, if anything is."""
    names = assignment.route.names if assignment.route else ()
    for model in filter(None, map(state.find, names)):
        try:
            state.workspace.destination(state.workspace.catalogue.provider_of(model))
        except ModelManagerError as error:
            return error.message
    return None


def _today() -> date:
    return datetime.now(UTC).date()
