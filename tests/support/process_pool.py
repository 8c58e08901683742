"""Runs the command line in processes that begin where Python has been started and everything imported.

Each run is a process of its own, with its own environment, directory and standard streams; only what an interpreter does
before `main` is done once for all of them. The suite makes thousands of runs. What begins before `main` (imports,
encodings, what is loaded at all) is tested with interpreters of their own.

As a program: waits at a Unix socket, and forks for each connection.
"""

import atexit
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_LONGEST_MESSAGE = 4_000_000
_STREAMS = 3


class Starter:
    """The process that forks, and the way to it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = str(Path(self._folder.name) / "starter")
        own = {**os.environ, "PYTHONUTF8": "1"}
        command = [sys.executable, __file__, self._path]
        self._process = subprocess.Popen(command, env=own, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert self._process.stdout
        assert self._process.stdout.readline() == b"ready\n"
        atexit.register(self.close)

    def run(
        self, words: Sequence[str], cwd: str, env: Mapping[str, str], stdin: bytes, patience_s: float
    ) -> tuple[int, bytes, bytes]:
        """Run `main` with these words; its exit code, and what it wrote to stdout and stderr."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            streams = (given.fileno(), out.fileno(), err.fileno())
            with self._started(streams, words, cwd, env, patience_s) as line:
                code = line.recv(16)
            out.seek(0)
            err.seek(0)
            assert code, f"the process died: {err.read()!r}"
            return int(code), out.read(), err.read()

    def run_in_terminal(
        self, words: Sequence[str], cwd: str, env: Mapping[str, str], size: tuple[int, int], patience_s: float
    ) -> tuple[int, bytes]:
        """Run `main` in a terminal of this size, rows and columns; its exit code, and what was shown."""
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, size)
        streams = (theirs, theirs, theirs)
        with (
            os.fdopen(ours, "rb", buffering=0) as screen,
            self._started(streams, words, cwd, env, patience_s) as line,
        ):
            os.close(theirs)
            shown = b"".join(iter(lambda: _next_piece(screen, patience_s), b""))
            code = line.recv(16)
        assert code, f"the process died: {shown!r}"
        return int(code), shown

    @contextmanager
    def _started(
        self, streams: Sequence[int], words: Sequence[str], cwd: str, env: Mapping[str, str], patience_s: float
    ) -> Iterator[socket.socket]:
        """A process with these streams, and the line on which it tells its exit code."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(patience_s)
            line.connect(self._path)
            socket.send_fds(line, [b"!"], list(streams))
            line.sendall(json.dumps({"words": list(words), "cwd": cwd, "env": dict(env)}).encode())
            line.shutdown(socket.SHUT_WR)
            yield line

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()


def _next_piece(screen: IO[bytes], patience_s: float) -> bytes:
    """What a terminal shows next; nothing once its process has gone."""
    assert select.select([screen], [], [], patience_s)[0], "the process hangs"
    try:
        return screen.read(65_536)
    except OSError:  # how Linux says that nobody has the terminal open any more
        return b""


_STARTERS: dict[int, Starter] = {}


def starter() -> Starter:
    """The starter of this process."""
    own = _STARTERS.get(os.getpid())
    if own is None:
        own = _STARTERS[os.getpid()] = Starter()
    return own


def _import_all() -> None:
    import model_manager  # noqa: PLC0415 - only the program needs it

    for module in pkgutil.walk_packages(model_manager.__path__, "model_manager."):
        if ".server" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("model_manager.__main__")
    # The embedded file, which a process reads once, is read for all of them.
    importlib.import_module("model_manager.config.catalogue.load").embedded_catalogue()


def _serve(path: str) -> None:
    _import_all()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as waiting:
        waiting.bind(path)
        waiting.listen(64)
        os.write(1, b"ready\n")
        while True:
            line, _ = waiting.accept()
            if os.fork() == 0:
                waiting.close()
                _answer(line)
            line.close()


def _answer(line: socket.socket) -> None:
    """Be the process that was asked for; it does not return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(line, 1, _STREAMS)
    message = b""
    while piece := line.recv(_LONGEST_MESSAGE):
        message += piece
    asked = json.loads(message)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if on_terminal := os.isatty(0):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv = ["model-manager", *asked["words"]]
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8", "surrogateescape")
    output = io.BufferedWriter(io.FileIO(1, "w", closefd=False))
    sys.stdout = io.TextIOWrapper(output, "utf-8", "surrogateescape", line_buffering=on_terminal)
    errors = io.BufferedWriter(io.FileIO(2, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(errors, "utf-8", "backslashreplace", line_buffering=True)
    code = _main()
    if writers := sys.modules.get("model_manager.ledger.storage.writers"):
        writers.end_all()  # as at an interpreter's end, which this is not
    line.sendall(str(code).encode())
    os._exit(code)


def _main() -> int:
    from model_manager.__main__ import main  # noqa: PLC0415 - only the program needs it

    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as an interpreter does
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    _serve(sys.argv[1])
