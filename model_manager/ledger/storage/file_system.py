"""The file of a ledger as the operating system sees it: whether it is there, whether its file system holds a WAL.

A write-ahead log needs processes that share memory through a file, which not every file system offers.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG

from model_manager.errors import LedgerError

_MOUNTS = Path("/proc/mounts")
#: Local file systems on which memory-mapped files and locks are shared between processes as SQLite needs it.
KNOWN_GOOD = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "reiserfs", "tmpfs", "overlay"}
)
#: Where macOS mounts what is not its own disk.
_MAC_MOUNTS = ("/Volumes/", "/Network/")


def holds_wal(directory: Path) -> tuple[bool, str]:
    """Whether a directory is on a file system that is known to be good, and the name of that file system."""
    where = os.path.realpath(directory)
    if sys.platform == "darwin":
        is_mounted = where.startswith(_MAC_MOUNTS)
        return not is_mounted, "a mounted volume" if is_mounted else "apfs"
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False, "unknown"
    kind = type_of_mount(where, lines)
    return kind in KNOWN_GOOD, kind


def type_of_mount(path: str, mounts: Iterable[str]) -> str:
    """The file system type of a path, by the lines of /proc/mounts; of two mounts on one place the later holds."""
    best, kind = "", "unknown"
    for line in mounts:
        words = line.split(" ")
        if len(words) < 3:  # noqa: PLR2004 - device, place, type
            continue
        place = _unescaped(words[1])
        inside = path == place or path.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best):
            best, kind = place, words[2]
    return kind


def _unescaped(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


def has_begun(path: Path) -> bool:
    """Whether anything was recorded: there is a file, and not the empty one that a full disk leaves.

    Raises:
        LedgerError: it is in a directory that is closed to us.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise LedgerError(f"{path} cannot be read: {error.strerror}") from None
    return found.st_size > 0 or not S_ISREG(found.st_mode)
