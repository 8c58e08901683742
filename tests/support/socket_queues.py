"""What the sockets of this machine hold that nobody has read yet, as Linux tells it."""

import time
from pathlib import Path

_TABLE = Path("/proc/net/tcp")


def wait_until_read(port: int, longest_s: float = 60) -> None:
    """Wait until the clients of a server at this port have taken in all that was sent to them."""
    deadline = time.monotonic() + longest_s
    while _TABLE.exists() and any(_waiting(port)):
        assert time.monotonic() < deadline, "nobody reads what was sent"
        time.sleep(0.01)
    time.sleep(0.1)  # a moment for what becomes of the last piece


def _waiting(port: int) -> list[int]:
    """How many bytes wait at each client of the port."""
    rows = [line.split() for line in _TABLE.read_text().splitlines()[1:]]
    return [int(row[4].partition(":")[2], 16) for row in rows if row[2].endswith(f":{port:04X}")]
