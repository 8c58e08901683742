"""The lock that every commit and every checkpoint of the ledger holds.

SQLite before 3.51.3 can lose rows when one connection commits while another one checkpoints and starts the
write-ahead log anew. Under this lock that cannot happen between processes of ours. Besides, waiting in the kernel
is fairer than SQLite's sleeping: with 32 processes the slowest transaction takes milliseconds and not seconds.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    from filelock import FileLock, Timeout
else:
    import fcntl

_POLL_S = 0.001


class LedgerLock:
    """An advisory lock on a file beside the ledger; its holder's death releases it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        if sys.platform == "win32":
            self._lock = FileLock(path, mode=0o600)

    def acquire(self, timeout_s: float | None = None) -> bool:
        """Wait for the lock, without a limit or as long as this; whether it is held now.

        Raises:
            OSError: there can be no such file.
        """
        if sys.platform == "win32":
            try:
                self._lock.acquire(timeout=-1 if timeout_s is None else timeout_s, poll_interval=_POLL_S)
            except Timeout:
                return False
            return True
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)
        if timeout_s is None:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            return True
        return self._poll(self._descriptor, time.monotonic() + timeout_s)

    if sys.platform != "win32":

        @staticmethod
        def _poll(descriptor: int, until: float) -> bool:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= until:
                        return False
                    time.sleep(_POLL_S)
                else:
                    return True

    def release(self) -> None:
        """Let others have it."""
        if sys.platform == "win32":
            self._lock.release()
        elif self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def forget(self) -> None:
        """Close the file, as in a child after a fork: the lock itself stays with its holder."""
        if sys.platform != "win32" and self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None
