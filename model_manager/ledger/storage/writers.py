"""The writers of a process: one for each file, whoever records in it; how they outlast forks and the end."""

import atexit
import os
import threading
import time
from functools import partial
from pathlib import Path

from model_manager.ledger.storage.writer import EXIT_S, Writer

#: The writers of this process by file and salt.
_WRITERS: dict[tuple[Path, str | None], Writer] = {}
_MAKING = threading.Lock()


def writer_for(path: Path, salt: str | None = None) -> Writer:
    """The writer of a file: one for all that record in it."""
    key = (Path(os.path.abspath(path)), salt)  # noqa: PTH100 - a link is kept: it may lead elsewhere later
    with _MAKING:
        if key not in _WRITERS:
            _WRITERS[key] = Writer(*key)
        return _WRITERS[key]


def end_all(timeout_s: float = EXIT_S) -> None:
    """Write what all writers have, within this time."""
    until = time.monotonic() + timeout_s
    for writer in list(_WRITERS.values()):
        writer.end(max(0.0, until - time.monotonic()))


def forget_all(timeout_s: float = EXIT_S) -> None:
    """End all writers, and let none be used again: for tests, each of which has a ledger of its own."""
    end_all(timeout_s)
    with _MAKING:
        _WRITERS.clear()


def _before_fork() -> None:
    _MAKING.acquire()
    for writer in _WRITERS.values():
        writer.before_fork()


def _after_fork(*, in_child: bool) -> None:
    for writer in _WRITERS.values():
        writer.after_fork_in_child() if in_child else writer.after_fork_in_parent()
    _MAKING.release()


atexit.register(end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=partial(_after_fork, in_child=False),
        after_in_child=partial(_after_fork, in_child=True),
    )
