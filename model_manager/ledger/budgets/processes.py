"""Which process holds money, and whether it is still there: one that was killed gives nothing back itself."""

import os
import platform
import sys
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")
#: The places of the state and of the start among the fields of /proc/PID/stat that follow the program's name.
_STATE, _STARTED = 0, 19
_DEAD = frozenset("ZXx")


def own_process() -> str:
    """This process, as no other one is called: its host, name space, number and moment of start."""
    return _label(os.getpid())


@lru_cache(maxsize=1)
def _label(pid: int) -> str:
    found = _stat(pid)
    return f"{_where()} {pid} {found[1] if found else ''}".rstrip()


def has_died(process: str) -> bool:
    """Whether a process of this host is known to have ended; of other hosts and containers nothing is known."""
    if process == own_process():
        return False
    where, _, rest = process.partition(" ")
    words = rest.split()
    if where != _where() or not words or sys.platform == "win32":
        return False
    pid = int(words[0])
    if found := _stat(pid):
        state, started = found
        return state in _DEAD or started != (words[1] if len(words) > 1 else started)
    return not _exists(pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def _where() -> str:
    """The host, and among its containers the one whose numbers of processes are meant."""
    try:
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - only the text of the link
    except OSError:
        space = ""
    return f"{platform.node()}/{space}".replace(" ", "_")


def _stat(pid: int) -> tuple[str, str] | None:
    """The state of a process, and when it began; None where the system does not tell."""
    try:
        text = _PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return (fields[_STATE], fields[_STARTED]) if len(fields) > _STARTED else None
