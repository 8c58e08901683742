"""The ledger under load: run by hand, prints what it measures.

    python tests/benchmarks/ledger.py caller [--seconds N]
    python tests/benchmarks/ledger.py processes [--processes 32] [--rate 20] [--seconds N]
    python tests/benchmarks/ledger.py fill FILE [--calls N] [--days N] [--tasks N]
    python tests/benchmarks/ledger.py reports FILE [--runs N]

`caller` times what a call waits for; `processes` lets processes record at a steady rate, counts the rows afterwards
and times every transaction, waiting for the lock included; `fill` makes a ledger of a size; `reports` runs `usage` on
it, in turn with `list --json`.
"""

import argparse
import multiprocessing
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

from model_manager.core.calls import CallContext
from model_manager.core.messages import Reply
from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.ledger.recorder import Recorder
from model_manager.ledger.records import Row, record_of_error, record_of_reply, row_of
from model_manager.ledger.storage.file import Batch, LedgerFile

MODELS = [
    ("claude-haiku-5-5", "anthropic"),
    ("claude-sonnet-5-5", "anthropic"),
    ("gpt-6-luna", "openai"),
    ("gemini-3-flash", "google"),
]


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")


def context_and_reply(dice: random.Random, tasks: int, moment: datetime) -> tuple[CallContext, Reply]:
    """A call as an application makes it, and its answer."""
    model, provider = dice.choice(MODELS)
    context = CallContext(
        call=str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        task=f"task-{dice.randrange(tasks)}",
        route=f"{model},gpt-6-luna",
        user_id=f"user-{dice.randrange(500)}",
        model=model,
        provider=provider,
        model_id=model,
        base_url="https://api.example",
        moment=moment,
        stream=True,
    )
    usage = Usage(
        input_tokens=dice.randrange(200, 8000), output_tokens=dice.randrange(20, 900), cache_read_tokens=100
    )
    reply = Reply(
        model=model,
        provider=provider,
        model_id=model,
        text="An answer. " * 50,
        finish_reason="stop",
        complete=True,
        usage=usage,
        cost_usd=Decimal(dice.randrange(1, 10**9)).scaleb(-12),
        cost_source="catalogue",
        served_model=model,
        match="exact",
        latency_ms=dice.lognormvariate(7, 0.5),
        ttft_ms=dice.lognormvariate(5.5, 0.4),
        request_id=f"req_{dice.getrandbits(80):020x}",
    )
    return context, reply


def percentiles(seconds: Sequence[float]) -> str:
    """Median, 99th percentile and worst, in microseconds."""
    ordered = sorted(seconds)
    places = (len(ordered) // 2, len(ordered) * 99 // 100, len(ordered) - 1)
    return " / ".join(f"{ordered[place] * 1e6:,.0f}" for place in places) + " µs (p50 / p99 / worst)"


def record(path: Path, seconds: float, rate: float, seed: int) -> list[float]:
    """Record calls at a steady rate; how long each took on the caller's side."""
    recorder, dice = Recorder(path, project="bench"), random.Random(seed)
    took = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        context, reply = context_and_reply(dice, 8, datetime.now(UTC))
        began = time.perf_counter()
        recorder.succeeded(context, reply)
        took.append(time.perf_counter() - began)
        time.sleep(dice.expovariate(rate))
    assert recorder.flush(10)
    return took


def worker(path: Path, seconds: float, rate: float, seed: int, results: "multiprocessing.Queue[object]") -> None:
    """A process of `processes`."""
    transactions: list[float] = []
    write = LedgerFile.write

    def timed(self: LedgerFile, batch: Batch) -> None:
        began = time.perf_counter()
        write(self, batch)
        transactions.append(time.perf_counter() - began)

    LedgerFile.write = timed  # type: ignore[method-assign]
    results.put((record(path, seconds, rate, seed), transactions[1:]))


def run_processes(arguments: argparse.Namespace) -> None:
    """Many processes at once: is any row lost, and how long does each wait?"""
    path = Path(tempfile.mkdtemp(prefix="ledger-")) / "ledger" / "ledger.db"
    spawning = multiprocessing.get_context("spawn")
    results = spawning.Queue()
    workers = [
        spawning.Process(target=worker, args=(path, arguments.seconds, arguments.rate, seed, results))
        for seed in range(arguments.processes)
    ]
    for process in workers:
        process.start()
    done = [results.get() for _ in workers]
    for process in workers:
        process.join()
    callers = [time for caller, _ in done for time in caller]
    rows, per_row = count(path)
    say(f"{len(callers):,} calls of {arguments.processes} processes, {rows:,} rows, {per_row:.0f} bytes a row")
    say(f"caller      {percentiles(callers)}")
    say(f"transaction {percentiles([time for _, times in done for time in times])}")


def count(path: Path) -> tuple[int, float]:
    """The rows of a ledger, and the bytes that the file has for each."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT count(*) FROM calls").fetchone()[0]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    return rows, pages * size / max(rows, 1)


def run_caller(arguments: argparse.Namespace) -> None:
    """One process: what a call waits for."""
    path = Path(tempfile.mkdtemp(prefix="ledger-")) / "ledger" / "ledger.db"
    say(f"caller {percentiles(record(path, arguments.seconds, arguments.rate, 1))}")


def run_fill(arguments: argparse.Namespace) -> None:
    """Make a ledger of so many calls, spread over the days before now."""
    dice, file = random.Random(7), LedgerFile(arguments.file, "bench")
    file.open()
    start = datetime.now(UTC) - timedelta(days=arguments.days)
    rows: list[Row] = []
    moments = sorted(dice.random() for _ in range(arguments.calls))
    began = time.monotonic()
    for place, moment in enumerate(moments):
        context, reply = context_and_reply(dice, arguments.tasks, start + moment * timedelta(days=arguments.days))
        failed = dice.random() < 0.02
        error = ProviderError(dice.choice(["rate_limit", "overloaded", "timeout"]), "no", status=429)
        made = record_of_error(context, error) if failed else record_of_reply(context, reply)
        rows.append(row_of(made, "bench", "host-1", file.pseudonym_of))
        if len(rows) == 5000 or place == arguments.calls - 1:
            file.write(Batch(rows))
            rows = []
    file.close()
    count_, per_row = count(arguments.file)
    say(f"{count_:,} calls in {time.monotonic() - began:.0f} s, {per_row:.0f} bytes a call in all")
    with sqlite3.connect(arguments.file) as connection:
        for name in ("calls", "totals", "totals_daily", "buckets", "buckets_daily", "series"):
            number = connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            say(f"  {name} {number:,}")


def run_reports(arguments: argparse.Namespace) -> None:
    """`usage` on a large ledger beside `list --json`, in turn: seconds, the ratio of the medians, memory."""
    environ = {**os.environ, "MODEL_MANAGER_LEDGER": str(arguments.file), "COLUMNS": "140"}
    program = [sys.executable, "-m", "model_manager"]
    reports = {
        "list --json": ["list", "--json"],
        "usage --json": ["usage", "--json"],
        "usage --json --by model --by day": ["usage", "--json", "--by", "model", "--by", "day"],
        "usage --json --by day (Kolkata)": ["usage", "--json", "--by", "day", "--timezone", "Asia/Kolkata"],
        "usage --json, 90 days": ["usage", "--json", "--since", "90d"],
        "usage": ["usage"],
        "usage --line": ["usage", "--line"],
        "usage --calls 20 --json": ["usage", "--calls", "20", "--json"],
        "usage --what-if gpt-6-luna": ["usage", "--json", "--what-if", "gpt-6-luna"],
    }
    took: dict[str, list[float]] = {name: [] for name in reports}
    memory = dict.fromkeys(reports, 0)
    for _ in range(arguments.runs):
        for name, words in reports.items():
            began = time.perf_counter()
            process = subprocess.Popen(
                [*program, *words], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            _, status, used = os.wait4(process.pid, 0)
            took[name].append(time.perf_counter() - began)
            memory[name] = max(memory[name], used.ru_maxrss)
            assert status == 0, process.stderr and process.stderr.read()
    reference = median(took["list --json"])
    for name, seconds in took.items():
        ratio = median(seconds) / reference
        say(f"{name:36} {median(seconds) * 1000:7.0f} ms  {ratio:5.2f}×  {memory[name] / 1024:5.0f} MiB")


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    caller = commands.add_parser("caller")
    processes = commands.add_parser("processes")
    for command in (caller, processes):
        command.add_argument("--seconds", type=float, default=5)
        command.add_argument("--rate", type=float, default=20)
    processes.add_argument("--processes", type=int, default=32)
    fill, reports = commands.add_parser("fill"), commands.add_parser("reports")
    for command in (fill, reports):
        command.add_argument("file", type=Path)
    fill.add_argument("--calls", type=int, default=1_000_000)
    fill.add_argument("--days", type=int, default=90)
    fill.add_argument("--tasks", type=int, default=8)
    reports.add_argument("--runs", type=int, default=5)
    for command, run in (
        (caller, run_caller),
        (processes, run_processes),
        (fill, run_fill),
        (reports, run_reports),
    ):
        command.set_defaults(run=run)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
