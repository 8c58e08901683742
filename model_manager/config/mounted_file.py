"""Writes a file that cannot be replaced because it is a mount point, as a single file mounted into a container is.

A reader may see it half written, and a crash may leave it so. Until it is whole, there is a copy of the old one.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from model_manager.config.atomic_file import replace_file
from model_manager.config.search import mount_of
from model_manager.errors import EnvFileError

#: What replacing a mount point, or making a file beside it in a directory of another mount, fails with.
_OF_MOUNTS = {errno.EBUSY, errno.EXDEV}
_OF_DIRECTORIES = {errno.EACCES, errno.EPERM, errno.EROFS}


class InterruptedWriteError(Exception):
    """An earlier write did not come to its end; `copy` has what the file held before it."""

    def __init__(self, copy: Path) -> None:
        super().__init__(str(copy))
        self.copy = copy


def must_write_in_place(error: OSError, path: Path) -> bool:
    """Whether a file could not be replaced because it is a mount point."""
    if error.errno in _OF_MOUNTS:
        return True
    return error.errno in _OF_DIRECTORIES and path.exists() and is_mount_point(path)


def is_mount_point(path: Path) -> bool:
    """Whether a file is on another mount than its directory."""
    other_device = path.stat().st_dev != path.parent.stat().st_dev
    return other_device or mount_of(str(path)) != mount_of(str(path.parent))


def write_mounted(path: Path, data: bytes, copy: Path, *, shown: str, before_writing: Callable[[], None]) -> str:
    """As `write_in_place`, for a .env file; returns a warning.

    Raises:
        EnvFileError: it cannot be written.
    """
    try:
        write_in_place(path, data, copy, before_writing=before_writing)
    except InterruptedWriteError as error:
        message = f"{shown}: an earlier write was interrupted; {error.copy} has what it held before"
        raise EnvFileError(message, hint=f"compare the two, repair {shown}, and remove the copy") from error
    except OSError as error:
        message = (
            f"{shown} is a mount point, and {error.filename or shown} cannot be written: {error.strerror or error}"
        )
        raise EnvFileError(message, hint="change it where it is mounted from") from error
    return f"{shown} is a mount point: it was written in place, not replaced"


def write_in_place(path: Path, data: bytes, copy: Path, *, before_writing: Callable[[], None]) -> None:
    """Give a file new content without replacing it.

    Args:
        path: the file.
        data: the new content.
        copy: where the old content is kept meanwhile.
        before_writing: called when the copy is there; may raise to stop it.

    Raises:
        InterruptedWriteError: there is a copy already.
        OSError: the file is as before, or the copy has what it held.
    """
    if copy.exists():
        raise InterruptedWriteError(copy)
    old = path.read_bytes()
    replace_file(copy, old)
    try:
        before_writing()
    except BaseException:
        copy.unlink()
        raise
    try:
        _overwrite(path, old, data)
    except OSError:
        with suppress(OSError):
            _overwrite(path, b"", old)
            copy.unlink()
        raise
    copy.unlink()


def _overwrite(path: Path, old: bytes, new: bytes) -> None:
    """Write what differs, from its first byte on: all that is before it stays whole whatever happens."""
    differing = (index for index, (one, other) in enumerate(zip(old, new, strict=False)) if one != other)
    start = next(differing, min(len(old), len(new)))
    with path.open("r+b") as file:
        file.seek(start)
        file.write(new[start:])
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
