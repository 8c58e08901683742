"""Processes that record calls in a ledger, and whether what they leave is whole."""

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from command_line import environment
from ledger_calls import read_all

#: A process that takes longer hangs.
LONG_S = 60
#: What every program begins with: `path` is the ledger, `record` records so many calls of a task.
PROGRAM = f"""
import os, sys, threading, time, multiprocessing
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from ledger_calls import a_context, a_reply
from model_manager.ledger.recorder import Recorder
path = Path(sys.argv[1])
def record(recorder, count, task):
    for _ in range(count):
        context = a_context(task=task)
        recorder.succeeded(context, a_reply(context))
"""


def start(code: str, *arguments: object, through: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """Start a program; the first argument is the ledger, and another program may start it."""
    return subprocess.Popen(
        [*through, sys.executable, "-c", PROGRAM + textwrap.dedent(code), *map(str, arguments)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Let it end; what it wrote."""
    out, err = process.communicate(timeout=LONG_S)
    assert process.returncode == 0, err
    return out, err


def check_whole(path: Path, calls: int) -> None:
    """The file is sound, and every table of totals has as many calls as there are rows."""
    assert read_all(path, "PRAGMA integrity_check") == [("ok",)]
    for table in ("totals", "totals_daily", "lifetime"):
        assert read_all(path, f"SELECT sum(calls), sum(cost_pico) FROM {table}") == [
            (calls, calls * 1_500_000_000)
        ]
    for table in ("buckets", "buckets_daily", "buckets_lifetime"):
        assert read_all(path, f"SELECT sum(calls) FROM {table} WHERE what = 0") == [(calls,)]
    assert read_all(path, "SELECT count(*) FROM calls") == [(calls,)]
