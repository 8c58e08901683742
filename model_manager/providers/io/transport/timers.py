"""One thread that does things at their time, for reads that block: it is there only while something is due."""

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
    """Something to do at a moment, unless it is called off before."""

    def __init__(self, action: Callable[[], object]) -> None:
        self._action: Callable[[], object] | None = action
        self.has_fired = False

    @property
    def is_off(self) -> bool:
        """Whether there is nothing to do any more."""
        return self._action is None

    def call_off(self) -> None:
        """Do nothing, then."""
        self._action = None

    def ring(self) -> None:
        """Do it."""
        action, self._action = self._action, None
        if action is not None:
            self.has_fired = True
            action()


class TimerThread:
    """Alarms of any number of threads."""

    def __init__(self) -> None:
        self._alarms: list[tuple[float, int, Timer]] = []
        self._most = _MANY
        self._numbers = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def at(self, moment: float, action: Callable[[], object]) -> Timer:
        """Do something at a moment of the monotonic clock, on the watchdog's thread."""
        alarm = Timer(action)
        with self._changed:
            if len(self._alarms) >= self._most:  # those that were called off need not wait for their time
                self._alarms = [entry for entry in self._alarms if not entry[2].is_off]
                heapq.heapify(self._alarms)
                self._most = max(_MANY, 2 * len(self._alarms))
            heapq.heappush(self._alarms, (moment, next(self._numbers), alarm))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="model-manager watchdog", daemon=True)
                self._thread.start()
            elif self._alarms[0][2] is alarm:
                self._changed.notify()
        return alarm

    def _watch(self) -> None:
        while True:
            with self._changed:
                while self._alarms and (left := self._alarms[0][0] - time.monotonic()) > 0:
                    self._changed.wait(min(left, _LONGEST_WAIT_S))
                if not self._alarms:
                    self._thread = None
                    return
                _, _, alarm = heapq.heappop(self._alarms)
            with suppress(Exception):  # whoever set it must not take the other alarms with it
                alarm.ring()
