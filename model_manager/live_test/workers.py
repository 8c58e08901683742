"""Numbered jobs on daemon threads, and the events they send. Knows nothing of what a job is."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from model_manager.live_test.report import Event


class Workers:
    """Threads that nobody waits for: a blocked read must keep neither Ctrl-C nor the process from its end."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._stopped = threading.Event()

    @property
    def are_stopped(self) -> bool:
        """Whether no further job is to begin."""
        return self._stopped.is_set()

    def start(self, jobs: int, at_once: int, work: Callable[[int], None]) -> None:
        """Do the jobs 0, 1, … in this order, some at a time."""
        for index in range(jobs):
            self._jobs.put(index)
        for _ in range(min(jobs, at_once)):
            threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work: Callable[[int], None]) -> None:
        while not self.are_stopped:
            try:
                index = self._jobs.get_nowait()
            except queue.Empty:
                return
            work(index)

    def tell(self, event: Event) -> None:
        """Send an event, from a job."""
        self._events.put(event)

    def next_event(self) -> Event | None:
        """The next event, waited for; None if no further job is to begin."""
        return self._events.get()

    def stop(self) -> None:
        """Begin no further job, and wake who waits for an event."""
        self._stopped.set()
        self._events.put(None)

    def last_events(self, patience_s: float) -> Iterator[Event]:
        """What has been sent and nobody has seen, and what still comes within so many seconds of one another."""
        with suppress(queue.Empty):
            while True:
                if event := self._events.get(timeout=patience_s):
                    yield event
