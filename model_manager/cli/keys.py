"""Reads single keys from a terminal, and leaves the terminal as it was whatever happens."""

import codecs
import os
import re
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from model_manager.errors import UsageError

#: What keys with a name send: ANSI, VT and application forms.
_SEQUENCES = {
    **{f"\x1b{mark}A": "up" for mark in "[O"},
    **{f"\x1b{mark}B": "down" for mark in "[O"},
    **{f"\x1b{mark}H": "home" for mark in "[O"},
    **{f"\x1b{mark}F": "end" for mark in "[O"},
    "\x1b[1~": "home",
    "\x1b[7~": "home",
    "\x1b[4~": "end",
    "\x1b[8~": "end",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x1b": "escape",
    "\x15": "clear",
    "\x10": "up",
    "\x0e": "down",
    "\x03": "interrupt",
    "\x04": "interrupt",
}
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1bO.|\x1b|.", re.DOTALL)
#: The beginning of a sequence whose rest has not arrived.
_UNFINISHED = re.compile(r"\x1b(\[[0-9;?]*[ -/]*|O)?\Z")
#: A key's bytes arrive together, over slow connections within this time.
_REST_S = 0.05
#: The second characters of Windows' keys with a name.
_WINDOWS = {"H": "up", "P": "down", "G": "home", "O": "end", "I": "page up", "Q": "page down"}


class Resized(Exception):  # noqa: N818 - not an error
    """The terminal has another size."""


class Keys(Protocol):
    """Where keys come from."""

    def read(self) -> list[str]:
        """Wait for keys: their names, or the characters that were typed."""


def names_of(text: str) -> list[str]:
    """The keys that were pressed to send a text; sequences of keys without a meaning here are left out."""
    found = (_SEQUENCES.get(part, part) for part in _SEQUENCE.findall(text))
    return [name for name in found if len(name) > 1 or name.isprintable()]


class _PosixKeys:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_waiting = False

    def resized(self, *_: object) -> None:
        """Interrupt the waiting for a key: what is shown no longer fits."""
        if self._is_waiting:
            raise Resized

    def read(self) -> list[str]:
        """Wait for keys."""
        self._is_waiting = True
        try:
            select.select([self._descriptor], [], [])
        finally:
            self._is_waiting = False
        text = self._more()
        while _UNFINISHED.search(text) and select.select([self._descriptor], [], [], _REST_S)[0]:
            text += self._more()
        return names_of(text)

    def discard(self) -> None:
        """Drop what was sent and not read: the rest of a paste must not answer the question that follows."""
        with suppress(OSError):
            while select.select([self._descriptor], [], [], _REST_S)[0] and os.read(self._descriptor, 4096):
                pass

    def _more(self) -> str:
        data = os.read(self._descriptor, 4096)
        return self._decoder.decode(data) if data else "\x04"  # the terminal is gone


class _WindowsKeys:
    def read(self) -> list[str]:
        """Wait for a key."""
        if sys.platform == "win32":
            import msvcrt

            char = msvcrt.getwch()
            if char in "\x00\xe0":
                name = _WINDOWS.get(msvcrt.getwch())
                return [name] if name else []
            return names_of(char)
        return []


@contextmanager
def single_keys(stream: Any) -> Iterator[Keys]:
    """Keys as they are pressed, without echo. Afterwards the terminal is as it was, also if the process is ended.

    Raises:
        UsageError: this system's terminals are not known.
    """
    if sys.platform == "win32":
        os.system("")  # noqa: S605, S607 - makes the console understand escape sequences
        yield _WindowsKeys()
        return
    try:
        import termios
        import tty
    except ImportError:
        hint = "name the task and the model: model-manager assign TASK MODEL"
        raise UsageError("keys cannot be read on this system", hint=hint) from None
    descriptor = stream.fileno()
    keys, before = _PosixKeys(descriptor), termios.tcgetattr(descriptor)
    with _signals({signal.SIGWINCH: keys.resized, signal.SIGTERM: _terminated, signal.SIGHUP: _terminated}):
        try:
            tty.setcbreak(descriptor)
            attributes = termios.tcgetattr(descriptor)
            # Ctrl-Z would leave the terminal to the shell without a cursor.
            attributes[6][termios.VSUSP] = bytes([os.fpathconf(descriptor, "PC_VDISABLE")])
            termios.tcsetattr(descriptor, termios.TCSADRAIN, attributes)
            yield keys
        finally:
            keys.discard()
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _terminated(number: int, _: object) -> None:
    """End as the signal would, but tidily."""
    raise SystemExit(128 + number)


@contextmanager
def _signals(handlers: dict[int, Any]) -> Iterator[None]:
    """Other handlers for signals, for a while."""
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
