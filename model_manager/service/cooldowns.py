"""Which models and providers are left alone for a while after a failure; known to all processes of this user.

A cool-down is an empty file of the state directory whose time of change is the moment when it is over. So it needs
no lock and is never half-written. A call looks at memory alone: files are read before it begins, and written by a
thread of their own.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from model_manager.core.calls import CallContext
from model_manager.core.messages import Reply
from model_manager.core.models import Model
from model_manager.errors import ProviderError

FIRST_S = 5.0
LONGEST_S = 60.0
#: A provider that asks to be left alone for longer is asked again after this.
LONGEST_ASKED_S = 300.0
#: A model that is gone does not come back soon.
GONE_S = 300.0
#: How long what other processes noted may be unknown here.
_FRESH_S = 0.25
_OF_HOST = frozenset({"timeout", "connection"})
_FAULTS = frozenset({"overloaded", "server"}) | _OF_HOST
_FIRST_SERVER_ERROR = 500


class CooldownStore:
    """Cool-downs by model and provider, each as it is reached at a base URL. An observer of calls.

    Args:
        directory: where processes share them, or None for this process alone.
        clock: seconds of the wall clock.
    """

    def __init__(self, directory: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._directory, self._clock = directory, clock
        self._own: dict[str, float] = {}
        self._shared: Mapping[str, float] = {}
        self._failures: dict[str, int] = {}
        self._noted: dict[str, float] = {}
        self._read_at: float | None = None
        self._unwritten: set[str] = set()
        self._writer: threading.Thread | None = None

    @property
    def is_stale(self) -> bool:
        """Whether it is time to ask the disk what other processes noted."""
        if self._directory is None:
            return False
        return self._read_at is None or not 0 <= self._clock() - self._read_at < _FRESH_S

    def refresh(self) -> None:
        """Read what other processes noted. Not for event loops: it waits for the disk."""
        self._read_at = self._clock()
        found: dict[str, float] = {}
        if self._directory is not None:
            with suppress(OSError), os.scandir(self._directory) as entries:
                for entry in entries:
                    with suppress(OSError):
                        found[entry.name] = entry.stat(follow_symlinks=False).st_mtime
        self._shared = found

    def remaining(self, base_url: str, model: Model) -> tuple[float, float]:
        """Seconds until a model, and its provider, may be called again; zeros if they are free."""
        now = self._clock()
        own = _name(base_url, model.provider, model.model_id)
        return self._remaining(own, now), self._remaining(_name(base_url), now)

    def failed(self, context: CallContext, error: ProviderError) -> None:
        """Let the model, or its whole provider, cool down after a failure that others should be spared.

        Faults of the host cool the provider, for longer each time; limits of rates, and faults of one model, the
        model. A Retry-After is obeyed. A model that is gone cools for long. Calls that had begun when another one
        failed are one failure. What a model lacks for one request says nothing of others.
        """
        if error.is_own_time_limit or error.is_lack:
            return
        model, provider = _names(context)
        if error.kind == "not_found":
            self._cool(model, GONE_S)
        elif error.kind == "rate_limit" or error.kind in _FAULTS:
            cooled = provider if _is_of_host(error) else model
            failures = self._failures.get(cooled, 0)
            if not failures or context.moment.timestamp() >= self._noted.get(cooled, 0.0):
                failures = self._failures[cooled] = failures + 1
            seconds = min(FIRST_S * 2 ** min(failures - 1, 10), LONGEST_S)
            if error.retry_after_s is not None:
                seconds = min(max(error.retry_after_s, FIRST_S), LONGEST_ASKED_S)
            self._cool(cooled, seconds)

    def succeeded(self, context: CallContext, reply: Reply) -> None:
        """It answers again, unless the call had begun before the failure that it is cooling down from."""
        del reply
        if not self._own and not self._failures:
            return
        lifted = list[str]()
        for name in _names(context):
            if context.moment.timestamp() < self._noted.get(name, 0.0):
                continue
            self._failures.pop(name, None)
            if self._own.pop(name, None) is not None:
                lifted.append(name)
        self._share(lifted)

    def cancelled(self, context: CallContext, partial: Reply | None) -> None:
        """A caller that gave up says nothing of the provider."""

    def flush(self) -> None:
        """Wait until what was noted here can be read by other processes."""
        writer = self._writer
        if writer is not None:
            writer.join()

    def _remaining(self, name: str, now: float) -> float:
        until = max(self._own.get(name, 0.0), self._shared.get(name, 0.0))
        # A clock that was wrong must not stop a model for good.
        return until - now if now < until <= now + LONGEST_ASKED_S else 0.0

    def _cool(self, name: str, seconds: float) -> None:
        self._noted[name] = now = self._clock()
        # What another process was told, perhaps by a Retry-After, counts as well.
        self._own[name] = now + max(seconds, self._remaining(name, now))
        self._share((name,))

    def _share(self, names: Iterable[str]) -> None:
        """Have the files of some names written as they are remembered here."""
        if self._directory is None or not names:
            return
        is_written = bool(self._unwritten) and self._writer is not None and self._writer.is_alive()
        self._unwritten.update(names)
        if is_written:
            return  # the thread goes on while there is anything to write
        # Not a daemon: a short script has to leave what it found out to the next one.
        before = self._writer
        writer = threading.Thread(
            target=self._write, args=(self._directory, before), name="model-manager cool-downs"
        )
        try:
            writer.start()
        except RuntimeError:  # the interpreter is ending
            self._write(self._directory, before)
        else:
            self._writer = writer

    def _write(self, directory: Path, before: threading.Thread | None) -> None:
        """Write what is unwritten, after the thread before this one, which may be busy with its last file."""
        if before is not None:
            before.join()
        while self._unwritten:
            with suppress(KeyError, OSError):  # another thread may write it just now
                name = self._unwritten.pop()
                self._write_one(directory / name, name)

    def _write_one(self, path: Path, name: str) -> None:
        """Write one file, again if it has changed meanwhile: the last state is written last."""
        written: float | None = -1.0
        while (until := self._own.get(name)) != written:
            if until is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                latest = max(until, self._noted_by_others(path))
                path.touch(mode=0o600)
                os.utime(path, (latest, latest))
            written = until

    def _noted_by_others(self, path: Path) -> float:
        """When the cool-down of a file is over: another process may have been told to wait for longer."""
        try:
            noted = path.stat().st_mtime
        except FileNotFoundError:
            return 0.0
        return noted if noted <= self._clock() + LONGEST_ASKED_S else 0.0


class NoCooldowns(CooldownStore):
    """Cools nobody down: for live tests, which ask everybody and whose failures are not an application's."""

    def __init__(self) -> None:
        super().__init__(None)

    def failed(self, context: CallContext, error: ProviderError) -> None:
        """Nobody is left alone."""

    def succeeded(self, context: CallContext, reply: Reply) -> None:
        """Nobody was."""


def _is_of_host(error: ProviderError) -> bool:
    """Whether a fault is of the whole host: no connection, no answer, a server error."""
    return error.kind in _OF_HOST or (error.status or 0) >= _FIRST_SERVER_ERROR


def _names(context: CallContext) -> tuple[str, str]:
    """The files of a call's model and of its host."""
    return _name(context.base_url, context.provider, context.model_id), _name(context.base_url)


def _name(base_url: str, provider: str = "", model_id: str = "") -> str:
    """The file of a model, or of the host at a base URL.

    Another project's provider may have the same id; and two accounts at one URL have limits of their own.
    """
    account = f"{provider}\0{model_id}" if model_id else ""
    return sha256(f"{base_url}\0{account}".encode(errors="surrogatepass")).hexdigest()[:32]
