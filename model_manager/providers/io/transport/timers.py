"""One thread that calls functions when they are due, for reads that block; it exists only while a timer is set."""

import heapq
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count

#: Longer waits overflow on some platforms; waking up once an hour costs nothing.
_LONGEST_WAIT_S = 3600.0
_MANY = 256


class Timer:
    """Something to do at a moment, unless it is cancelled before."""

    def __init__(self, action: Callable[[], object]) -> None:
        self._action: Callable[[], object] | None = action
        self.has_fired = False

    @property
    def is_cancelled(self) -> bool:
        """Whether there is nothing to do any more."""
        return self._action is None

    def cancel(self) -> None:
        """Do nothing, then."""
        self._action = None

    def fire(self) -> None:
        """Do it."""
        action, self._action = self._action, None
        if action is not None:
            self.has_fired = True
            action()


class TimerThread:
    """Timers of any number of threads."""

    def __init__(self) -> None:
        self._timers: list[tuple[float, int, Timer]] = []
        self._most = _MANY
        self._numbers = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        """How many timers are remembered, cancelled ones included."""
        return len(self._timers)

    def at(self, moment: float, action: Callable[[], object]) -> Timer:
        """Do something at a moment of the monotonic clock, on the thread of the timers."""
        timer = Timer(action)
        with self._changed:
            if len(self._timers) >= self._most:  # those that were cancelled need not wait for their time
                self._timers = [entry for entry in self._timers if not entry[2].is_cancelled]
                heapq.heapify(self._timers)
                self._most = max(_MANY, 2 * len(self._timers))
            heapq.heappush(self._timers, (moment, next(self._numbers), timer))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="model-manager timers", daemon=True)
                self._thread.start()
            elif self._timers[0][2] is timer:
                self._changed.notify()
        return timer

    def _watch(self) -> None:
        while True:
            with self._changed:
                while self._timers and (left := self._timers[0][0] - time.monotonic()) > 0:
                    self._changed.wait(min(left, _LONGEST_WAIT_S))
                if not self._timers:
                    self._thread = None
                    return
                _, _, timer = heapq.heappop(self._timers)
            with suppress(Exception):  # whoever set it must not take the other timers with it
                timer.fire()
