"""The thread that does what calls must not wait for: one a process, started with the first item."""

import atexit
import logging
import os
import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

_LOG = logging.getLogger("model_manager")
#: What comes within this time is done together, so that the thread does not get in the way of each call.
_COLLECT_S = 0.05
#: How many items may wait; more are left out, and counted.
MOST_WAITING = 10_000
#: How long a process waits at its end.
EXIT_S = 1.0

Work = Callable[[], object]


class BackgroundThread:
    """Does things in order, soon. What they raise is logged and goes no further."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._queue: SimpleQueue[Work] = SimpleQueue()
        self._hurry = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        #: How many items were left out because too many waited.
        self.dropped = 0

    def put(self, work: Work) -> None:
        """Take an item: a microsecond, whatever it does."""
        if self._queue.qsize() >= MOST_WAITING:
            self.dropped += 1
            return
        self._queue.put(work)
        if self._thread is None:
            self._start()

    def flush(self, timeout_s: float = EXIT_S) -> bool:
        """Wait until all that was put is done; whether it is."""
        if self._thread is None:
            return True
        done = threading.Event()
        self._queue.put(done.set)
        self._hurry.set()
        return done.wait(timeout_s)

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, name="model-manager-telemetry", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is about to end
                return
            self._thread = thread
        # Only now: before the providers that the application has set by its first call are shut down.
        atexit.register(self._end, os.getpid())
        # Processes of multiprocessing end without atexit.
        if utilities := sys.modules.get("multiprocessing.util"):
            utilities.Finalize(None, self.flush, exitpriority=0)

    def _end(self, process: int) -> None:
        if process == os.getpid():
            self.flush()
        if self.dropped:
            _LOG.warning("%d calls were not exported: they came faster than they could be exported", self.dropped)

    def _run(self) -> None:
        while True:
            work: Work | None = self._queue.get()
            self._hurry.wait(_COLLECT_S)
            self._hurry.clear()
            while work is not None:
                try:
                    work()
                except Exception:  # noqa: BLE001 - an exporter's or a provider's own code, which may raise anything
                    _LOG.exception("a call could not be exported")
                try:
                    work = self._queue.get_nowait()
                except Empty:
                    work = None

    def after_fork_in_child(self) -> None:
        """Begin anew: what waits is the parent's to do, and the thread is not here."""
        self._reset()


#: The thread of this process.
BACKGROUND = BackgroundThread()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=BACKGROUND.after_fork_in_child)
