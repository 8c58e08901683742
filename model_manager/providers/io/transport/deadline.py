"""How much time a whole call has left, and how much of that one option of a route may take."""

import time

from model_manager.providers.io.transport.faults import Limits


class Deadline:
    """The time of one call, which begins when this is made. All times are seconds.

    Args:
        limits: how long the whole may take, and how long a server may be silent.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        #: When the whole is over, by the monotonic clock; None: never.
        self.moment = None if limits.total_s is None else time.monotonic() + limits.total_s
        self._until = self.moment
        #: Whether the option that is asked now has to leave time to others.
        self.is_hurried = False

    @property
    def is_over(self) -> bool:
        """Whether the time for the whole call is over."""
        return self.moment is not None and time.monotonic() >= self.moment

    def begin_option(self, *, others: bool) -> None:
        """Another option is asked; where its silence could use up all that is left, half is kept for others."""
        if self.moment is None:
            return
        now = time.monotonic()
        left = max(self.moment - now, 0)
        self.is_hurried = others and self._limits.silence_s >= left
        self._until = now + left / 2 if self.is_hurried else self.moment

    def left(self) -> float | None:
        """What this option may wait for its answer to begin; None: as long as it likes."""
        return None if self._until is None else max(self._until - time.monotonic(), 0)

    def silence(self) -> float:
        """How long its server may be silent."""
        left = self.left()
        return self._limits.silence_s if left is None else min(self._limits.silence_s, left)
