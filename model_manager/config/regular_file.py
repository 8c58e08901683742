"""Reads a file that should be a regular one: a FIFO or a device in its place is an error, never a wait.

A pipe that the shell has opened, as `--env-file <(COMMAND)` names one, counts as a file: its other end is at work.
"""

import os
import select
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
#: The names of what this process was given open.
_OPEN_ALREADY = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
#: How long such a pipe may be silent.
_SILENCE_S = 5.0
_KIB, _MIB = 1 << 10, 1 << 20


class NotRegularFileError(Exception):
    """What is there is no file of a usual size.

    Attributes:
        reason: the end of a sentence that begins with the file.
        hint: how to mend it.
    """

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


def read_regular_file(path: Path, most: int) -> bytes:
    """The content of a file of at most so many bytes; the null device counts as an empty one.

    Raises:
        NotRegularFileError: it is something else, or larger.
        OSError: it cannot be read.
    """
    status = path.stat()
    is_pipe = stat.S_ISFIFO(status.st_mode) and str(path).startswith(_OPEN_ALREADY)
    # Before it is opened: to open a device may do something.
    if not is_pipe and _is_null(_checked(status, most)):
        return b""
    # Somebody may put a FIFO in its place meanwhile, whose opening would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not is_pipe:
            _checked(os.fstat(descriptor), most)
        data = _read_pipe(descriptor, most) if is_pipe else file.read(most + 1)
    if len(data) > most:  # it has grown, or is one of those in /proc that say they were empty
        raise _too_large(most)
    return data


def _read_pipe(descriptor: int, most: int) -> bytes:
    """All that a pipe gives, or more than is allowed.

    Raises:
        NotRegularFileError: nothing comes.
    """
    data = b""
    while len(data) <= most:
        if not select.select([descriptor], [], [], _SILENCE_S)[0]:
            raise NotRegularFileError(f"sent nothing for {_SILENCE_S:g} s", "check the command that writes to it")
        piece = os.read(descriptor, most)
        if not piece:
            break
        data += piece
    return data


def _checked(status: os.stat_result, most: int) -> os.stat_result:
    """The status of something that can be read.

    Raises:
        NotRegularFileError: it cannot.
    """
    if not stat.S_ISREG(status.st_mode) and not _is_null(status):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "something else")
        raise NotRegularFileError(f"is {kind}, not a file", "put a regular file in its place, or remove it")
    if status.st_size > most:
        raise _too_large(most)
    return status


def _is_null(status: os.stat_result) -> bool:
    """Whether it is the null device, by which people say that there is to be no file."""
    if not stat.S_ISCHR(status.st_mode):
        return False
    null = Path(os.devnull)
    return null.exists() and null.stat().st_rdev == status.st_rdev


def _too_large(most: int) -> NotRegularFileError:
    size = f"{most // _MIB} MiB" if most >= _MIB else f"{most // _KIB} KiB"
    return NotRegularFileError(f"is larger than {size}", "is it the right file? Shorten it, or remove it")
