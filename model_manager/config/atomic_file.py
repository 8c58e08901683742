"""Replaces a file as a whole: readers, and a crash at any time, find the old content or the new."""

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SUFFIX = ".model-manager-tmp"


def replace_file(
    path: Path, data: bytes, *, before_replacing: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """Give a file new content; a new file is for its owner alone (mode 0600).

    Mode, extended attributes and, as far as the system allows, the owner are kept. The caller holds a lock: what
    a crash has left is removed.

    Args:
        path: no symbolic link: that would be replaced itself.
        data: the new content.
        before_replacing: called when all is written; may raise to stop it.

    Returns:
        Warnings, each the end of a sentence about the file.

    Raises:
        OSError: nothing has changed.
    """
    _remove_leftovers(path)
    with _temporary(path) as (descriptor, temporary):
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        warnings = _keep_attributes(path, temporary) if path.exists() else ()
        before_replacing()
        temporary.replace(path)
    _sync_directory(path.parent)
    return warnings


def explain(error: OSError, path: Path) -> tuple[str, str | None]:
    """Why a file could not be replaced, as the end of a sentence, and how to mend it."""
    if error.errno == errno.EBUSY:
        return "is a mount point", "change it outside the container, or mount its directory instead"
    if error.errno == errno.ENOENT and not path.parent.is_dir():
        return f"cannot be created: there is no directory {path.parent}", None
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"cannot be replaced: its directory {path.parent} cannot be written", "make the directory writable"
    return f"cannot be written: {error.strerror or error}", None


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[int, Path]]:
    """A file beside the real one, removed afterwards unless it has replaced the real one."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=_SUFFIX, dir=path.parent)
    try:
        yield descriptor, Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    # No dot within: what another process writes for .env.local is none of .env's.
    ours = re.compile(rf"{re.escape(path.name)}\.[^.]+{re.escape(_SUFFIX)}")
    with suppress(OSError):
        for file in path.parent.iterdir():
            if ours.fullmatch(file.name):
                file.unlink(missing_ok=True)


def _keep_attributes(path: Path, temporary: Path) -> tuple[str, ...]:
    old, new = path.stat(), temporary.stat()
    warnings = []
    if old.st_nlink > 1:
        warnings.append("has other hard links, which keep the old content")
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid) and not _set_owner(temporary, old.st_uid, old.st_gid):
        warnings.append("now belongs to you: its owner could not be kept")
    # After the owner: a change of owner may clear bits of the mode.
    shutil.copystat(path, temporary)
    # Its times came along; programs that watch the file must see that it has changed.
    os.utime(temporary)
    return tuple(warnings)


def _set_owner(path: Path, user: int, group: int) -> bool:
    """Whether the owner could be set; the group alone is better than nothing."""
    for owner in ((user, group), (-1, group)):
        try:
            os.chown(path, *owner)
        except (OSError, AttributeError):  # AttributeError: Windows has no chown
            continue
        return owner == (user, group)
    return False


def _sync_directory(directory: Path) -> None:
    """Make the new name outlast a power cut, where directories can be synced."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
