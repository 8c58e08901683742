"""Keeps other writers of a .env file out while it is changed (the only filelock)."""

import os
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

from model_manager.errors import EnvFileError

#: How long to wait for another writer, in seconds.
LOCK_WAIT_S = 10.0
_POLL_S = 0.02


def acquire_lock(path: Path, shown: str) -> FileLock:
    """Take the lock that stands for a .env file; its holder's death releases it.

    Raises:
        EnvFileError: somebody else keeps it for too long.
        OSError: there can be no such file.
    """
    lock = FileLock(path, timeout=LOCK_WAIT_S, mode=0o600)
    try:
        lock.acquire(poll_interval=_POLL_S)
    except Timeout as error:
        message = f"{shown} has been locked by another process for {LOCK_WAIT_S:g} s"
        raise EnvFileError(message, hint=f"wait for it or end it; the lock is {path}") from error
    return lock


def acquire_lock_elsewhere(name: str, shown: str) -> FileLock:
    """The same in a directory of the user's below the temporary directory, which must belong to the user.

    Raises:
        EnvFileError: there can be no lock.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    directory = Path(tempfile.gettempdir()) / f"model-manager-{user}"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.lstat().st_uid != user or directory.is_symlink():
            raise PermissionError(f"{directory} belongs to another user")
        return acquire_lock(directory / name, shown)
    except OSError as error:
        raise EnvFileError(f"{shown} cannot be locked: {error}") from error
