"""The writers of a process: one for each file, whoever records in it; how they outlast forks and the end."""

import atexit
import os
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from model_manager.ledger.budgets.holds import HoldFile
from model_manager.ledger.storage.writer import EXIT_S, Writer

#: The writers of this process by file and salt.
_WRITERS: dict[tuple[Path, str | None], Writer] = {}
#: And what holds money in these files.
_HOLD_FILES: dict[tuple[Path, str | None], HoldFile] = {}
_MAKING = threading.Lock()


def writer_for(path: Path, salt: str | None = None) -> Writer:
    """The writer of a file: one for all that record in it."""
    key = _key(path, salt)
    with _MAKING:
        if key not in _WRITERS:
            _WRITERS[key] = Writer(*key)
        return _WRITERS[key]


def hold_file_for(path: Path, salt: str | None = None) -> HoldFile:
    """What holds money in a ledger: one for all whose calls are recorded there."""
    key = _key(path, salt)
    with _MAKING:
        if key not in _HOLD_FILES:
            _HOLD_FILES[key] = HoldFile(*key)
        return _HOLD_FILES[key]


def _key(path: Path, salt: str | None) -> tuple[Path, str | None]:
    return Path(os.path.abspath(path)), salt  # noqa: PTH100 - a link is kept: it may lead elsewhere later


def end_all(timeout_s: float = EXIT_S) -> None:
    """Write what all writers have, within this time."""
    until = time.monotonic() + timeout_s
    for writer in list(_WRITERS.values()):
        writer.end(max(0.0, until - time.monotonic()))
    for holds in list(_HOLD_FILES.values()):
        holds.end()


def forget_all(timeout_s: float = EXIT_S) -> None:
    """End all writers, and let none be used again: for tests, each of which has a ledger of its own."""
    end_all(timeout_s)
    with _MAKING:
        _WRITERS.clear()
        _HOLD_FILES.clear()


def _files() -> Iterator[HoldFile | Writer]:
    """All that has a ledger open; what holds money comes first, as it may be waiting for a writer."""
    yield from _HOLD_FILES.values()
    yield from _WRITERS.values()


def _before_fork() -> None:
    _MAKING.acquire()
    for file in _files():
        file.before_fork()


def _after_fork(*, in_child: bool) -> None:
    for file in _files():
        file.after_fork_in_child() if in_child else file.after_fork_in_parent()
    _MAKING.release()


atexit.register(end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=partial(_after_fork, in_child=False),
        after_in_child=partial(_after_fork, in_child=True),
    )
