"""Which models and providers are left alone for a while after a failure; known to all processes of this user.

A cool-down is an empty file of the state directory whose time of change is the moment when it is over. So it needs
no lock, is never half-written, and looking at it costs one stat.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from model_manager.core.endpoints import Endpoint
from model_manager.core.models import Model
from model_manager.errors import ProviderError

FIRST_S = 5.0
LONGEST_S = 60.0
#: A provider that asks to be left alone for longer is asked again after this.
LONGEST_ASKED_S = 300.0
#: A model that is gone does not come back soon.
GONE_S = 300.0
_FAULTS = frozenset({"overloaded", "server", "timeout", "connection"})


class CooldownStore:
    """Cool-downs by model and provider, each as it is reached at a base URL.

    Args:
        directory: where processes share them, or None for this process alone.
        clock: seconds of the wall clock.
    """

    def __init__(self, directory: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._directory, self._clock = directory, clock
        self._own: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._noted: dict[str, float] = {}

    def left(self, base_url: str, model: Model) -> tuple[float, float]:
        """Seconds until a model, and its provider, may be called again; zeros if they are free."""
        now = self._clock()
        return self._left(_name(base_url, model.model_id), now), self._left(_name(base_url), now)

    def note_failure(self, endpoint: Endpoint, error: ProviderError, began: float | None = None) -> None:
        """Let a model cool down after a failure that others should be spared, and its provider with it.

        A rate limit obeys the provider's Retry-After; faults of the provider cool it for longer each time; a model
        that is gone cools alone. Calls that had begun (by the wall clock) when another one failed are one failure.
        """
        model, provider = _name(endpoint.base_url, endpoint.model.model_id), _name(endpoint.base_url)
        if error.kind == "not_found":
            self._cool(model, GONE_S)
        elif error.kind == "rate_limit" or error.kind in _FAULTS:
            failures = self._failures.get(model, 0)
            if not failures or began is None or began >= self._noted.get(model, 0.0):
                failures = self._failures[model] = failures + 1
            seconds = min(FIRST_S * 2 ** min(failures - 1, 10), LONGEST_S)
            if error.retry_after_s is not None:
                seconds = min(max(error.retry_after_s, FIRST_S), LONGEST_ASKED_S)
            self._cool(model, seconds)
            self._cool(provider, seconds)

    def note_success(self, endpoint: Endpoint, began: float | None = None) -> None:
        """It answers again, unless the call had begun before the failure that it is cooling down from."""
        if not self._own and not self._failures:
            return
        for name in (_name(endpoint.base_url, endpoint.model.model_id), _name(endpoint.base_url)):
            if began is not None and began < self._noted.get(name, 0.0):
                continue
            self._failures.pop(name, None)
            if self._own.pop(name, None) is not None and self._directory is not None:
                with suppress(OSError):
                    (self._directory / name).unlink(missing_ok=True)

    def _left(self, name: str, now: float) -> float:
        until = self._own.get(name, 0.0)
        if self._directory is not None:
            with suppress(OSError):
                until = max(until, os.stat(self._directory / name).st_mtime)  # noqa: PTH116 - half the time of Path.stat
        # A clock that was wrong must not stop a model for good.
        return until - now if now < until <= now + LONGEST_ASKED_S else 0.0

    def _cool(self, name: str, seconds: float) -> None:
        now = self._noted[name] = self._clock()
        # What another process was told, perhaps by a Retry-After, counts as well.
        until = self._own[name] = now + max(seconds, self._left(name, now))
        if self._directory is None:
            return
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            path = self._directory / name
            path.touch(mode=0o600)
            os.utime(path, (until, until))


def _name(base_url: str, model_id: str = "") -> str:
    """The file of a model, or of a provider, at a base URL: another project's may have the same id."""
    return sha256(f"{base_url}\0{model_id}".encode(errors="surrogatepass")).hexdigest()[:32]
