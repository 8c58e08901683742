"""Runs the command line as its users do: in processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from process_pool import starter

#: Variables that count before `main` is called: then a process has an interpreter of its own.
_OF_THE_INTERPRETER = ("PYTHON", "LC_", "LANG")
#: A process that takes longer hangs.
LONGEST_S = 60


@dataclass(frozen=True)
class Result:
    """What a process left: its exit code and what it wrote."""

    args: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.stdout.splitlines()


def run_cli(
    *args: str | os.PathLike[str],
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    stdin: str | bytes = b"",
) -> Result:
    """Run `model-manager` with these arguments.

    Args:
        args: what follows the command's name.
        cwd: where; default: the test's working directory.
        env: variables over those of the test; None takes one away.
        stdin: what it reads.
    """
    words = tuple(os.fspath(arg) for arg in args)
    given = stdin.encode() if isinstance(stdin, str) else stdin
    if not any(name.startswith(_OF_THE_INTERPRETER) for name in env or ()):
        directory = os.fspath(cwd or Path.cwd())
        code, out, err = starter().run(words, directory, environment(env), given, LONGEST_S)
        return Result(words, code, out.decode("utf-8"), err.decode("utf-8"))
    done = subprocess.run(
        [sys.executable, "-m", "model_manager", *words],
        cwd=cwd,
        env=environment(env),
        input=given,
        capture_output=True,
        timeout=LONGEST_S,
        check=False,
    )
    return Result(words, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def run_in_terminal(
    *args: str,
    columns: int = 80,
    rows: int = 24,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
) -> tuple[int, str]:
    """Run `model-manager` in a terminal of its own where nobody types; its exit code, and all that was shown."""
    directory, variables = os.fspath(cwd or Path.cwd()), environment({"TERM": "xterm-256color", **(env or {})})
    code, shown = starter().run_in_terminal(args, directory, variables, (rows, columns), LONGEST_S)
    return code, shown.decode("utf-8")


def environment(over: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The test's environment with some variables changed; text is UTF-8 whatever the machine's locale."""
    merged: dict[str, str | None] = {**os.environ, "PYTHONUTF8": "1", **(over or {})}
    return {name: value for name, value in merged.items() if value is not None}
