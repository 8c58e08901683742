"""Runs the command line in processes that begin where Python has been started and everything imported.

Each run is a process of its own, with its own environment, directory and standard streams; only what an interpreter does
before `main` is done once for all of them. The suite makes thousands of runs. What begins before `main` (imports,
encodings, what is loaded at all) is tested with interpreters of their own.

As a program: waits at a Unix socket, and forks for each connection.
"""

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(patience_s)
                line.connect(self._path)
                socket.send_fds(line, [b"!"], [given.fileno(), out.fileno(), err.fileno()])
                line.sendall(json.dumps({"words": list(words), "cwd": cwd, "env": dict(env)}).encode())
                line.shutdown(socket.SHUT_WR)
                code = line.recv(16)
            out.seek(0)
            err.seek(0)
            assert code, f"the process died: {err.read()!r}"
            return int(code), out.read(), err.read()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()


_STARTERS: dict[int, Starter] = {}


def run_forked(*given: Any) -> tuple[int, bytes, bytes]:
    """As `Starter.run`, by the starter of this process."""
    own = _STARTERS.get(os.getpid())
    if own is None:
        own = _STARTERS[os.getpid()] = Starter()
    return own.run(*given)


def _import_all() -> None:
    import model_manager  # noqa: PLC0415 - only the program needs it

    for module in pkgutil.walk_packages(model_manager.__path__, "model_manager."):
        if ".server" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("model_manager.__main__")


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
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv = ["model-manager", *asked["words"]]
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8", "surrogateescape")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8", "surrogateescape")
    errors = io.BufferedWriter(io.FileIO(2, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(errors, "utf-8", "backslashreplace", line_buffering=True)
    code = _main()
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
