"""A prompt that another program or a file gives on standard input, where none is on the command line."""

import os
import stat
import sys
from collections.abc import Callable
from queue import Empty, Queue
from threading import Thread

from model_manager.errors import UsageError

#: After this silence it is said what is waited for.
_TOLD_AFTER_S = 2.0
#: How much longer a first byte is waited for: jobs may inherit a pipe that nobody writes to or closes.
_PATIENCE_S = 28.0
_MOST_BYTES = 16 << 20
_PIECE = 1 << 16


def piped_prompt(say: Callable[[str], None]) -> str | None:
    """What a pipe or a file on standard input holds; None without one, and where it holds nothing.

    Terminals, devices and sockets are not read. A pipe of which no byte comes is given up, with a warning.

    Args:
        say: tells the user that it waits.

    Raises:
        UsageError: it is no text, or too long.
    """
    data = _read(say) if _is_pipe_or_file() else b""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"the prompt on stdin is not valid UTF-8 (byte {error.start + 1})") from None
    return text if text.strip() else None


def _is_pipe_or_file() -> bool:
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode if sys.stdin else 0
    except (OSError, ValueError):  # it is closed
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _read(say: Callable[[str], None]) -> bytes:
    """All that comes, or nothing where no first byte comes."""
    pieces: Queue[bytes] = Queue(maxsize=1)
    # In a thread, as Windows cannot wait for a pipe; it ends with the process.
    Thread(target=_feed, args=(sys.stdin.fileno(), pieces), daemon=True).start()
    try:
        piece = pieces.get(timeout=_TOLD_AFTER_S)
    except Empty:
        say("Waiting for the prompt on standard input (a pipe); for the default prompt, use </dev/null")
        try:
            piece = pieces.get(timeout=_PATIENCE_S)
        except Empty:
            silence = f"{_TOLD_AFTER_S + _PATIENCE_S:g} s"
            say(f"Warning: standard input sent nothing for {silence}: sending the default prompt (- waits longer)")
            return b""
    data = bytearray(piece)
    while piece:
        if len(data) > _MOST_BYTES:
            raise UsageError(f"the prompt on stdin is larger than {_MOST_BYTES >> 20} MiB")
        piece = pieces.get()
        data += piece
    return bytes(data)


def _feed(descriptor: int, pieces: Queue[bytes]) -> None:
    """Hand on what is read, and nothing at the end."""
    piece = b"x"
    while piece:
        try:
            piece = os.read(descriptor, _PIECE)
        except OSError:
            piece = b""
        pieces.put(piece)
