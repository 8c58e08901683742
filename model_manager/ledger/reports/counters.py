"""Reads the counters of all time, which never fall: for monitoring, which watches how fast they rise."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from model_manager.ledger.buckets import LATENCY, WIDTH
from model_manager.ledger.reports.reader import LedgerReader

#: A sum of money may be more than SQLite's integers hold: it is added up in two parts.
_SPLIT = 10**9
#: The kinds of tokens and their columns. Cache reads and writes are parts of the input, reasoning of the output.
TOKEN_TYPES = ("input", "output", "cache_read", "cache_write", "reasoning")
_SUMS = ", ".join(f"sum(lifetime.{name})" for name in ("calls", "unpriced", "priced", *TOKEN_TYPES))
_BY_GROUP = (
    f"SELECT task, model, provider, outcome, {_SUMS}, "  # noqa: S608 - names of ours
    f"sum(cost_pico / {_SPLIT}), sum(cost_pico % {_SPLIT}), sum(latency_us) "
    "FROM lifetime JOIN series ON series.id = lifetime.series GROUP BY task, model, provider, outcome"
)
_MICROSECONDS = 1_000_000


class CallGroup(NamedTuple):
    """Calls that are counted together; the task is "" for calls of a model by its name."""

    task: str
    model: str
    provider: str
    outcome: str


@dataclass(slots=True)
class Latencies:
    """The latencies of a model's answered calls: how many in each bucket of the ledger, and their sum."""

    calls: Mapping[int, int] = field(default_factory=dict)
    total_us: int = 0

    @property
    def count(self) -> int:
        """How many calls they are of."""
        return sum(self.calls.values())

    def up_to(self, seconds: float) -> int:
        """How many took no longer, to within half a bucket: a call counts where the middle of its bucket is."""
        return sum(
            calls for bucket, calls in self.calls.items() if WIDTH ** (bucket + 0.5) <= seconds * _MICROSECONDS
        )


@dataclass(slots=True)
class Counters:
    """The counters of a ledger, all projects together.

    Attributes:
        calls: how many options were asked.
        tokens: by task, model and kind of tokens.
        cost_pico: what a task's calls of a model cost, in 10^-12 dollars; without those whose cost is unknown.
        unpriced: calls whose cost was unknown when they were made.
        unrecorded: calls that are in no other counter, because they could not be recorded.
        latencies: by model.
    """

    calls: dict[CallGroup, int] = field(default_factory=dict)
    tokens: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    cost_pico: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    unpriced: int = 0
    unrecorded: int = 0
    latencies: dict[str, Latencies] = field(default_factory=lambda: defaultdict(Latencies))


def read_counters(reader: LedgerReader) -> Counters:
    """The counters as they are at one moment.

    Raises:
        LedgerError: the ledger is broken.
    """
    with reader.explained():
        reader.connection.execute("BEGIN")
        try:
            return _read(reader)
        finally:
            reader.connection.execute("ROLLBACK")


def _read(reader: LedgerReader) -> Counters:
    connection, found = reader.connection, Counters()
    for (
        *group,
        calls,
        unpriced,
        priced,
        input_,
        output,
        read,
        write,
        reasoning,
        high,
        low,
        took,
    ) in connection.execute(_BY_GROUP):
        of = CallGroup(*group)
        found.calls[of] = calls
        found.unpriced += unpriced
        for kind, count in zip(TOKEN_TYPES, (input_, output, read, write, reasoning), strict=True):
            found.tokens[of.task, of.model, kind] += count
        if priced:
            found.cost_pico[of.task, of.model] += high * _SPLIT + low
        if of.outcome == "ok":
            found.latencies[of.model].total_us += took
    _add_latencies(reader, found)
    # A ledger that nobody has written to since the tables of all time were added does not have them yet.
    gaps = "gaps_lifetime" if _has(reader, "gaps_lifetime") else "gaps"
    found.unrecorded = connection.execute(f"SELECT coalesce(sum(calls), 0) FROM {gaps}").fetchone()[0]  # noqa: S608
    return found


def _add_latencies(reader: LedgerReader, found: Counters) -> None:
    table = "buckets_lifetime" if _has(reader, "buckets_lifetime") else "buckets_daily"
    sql = (
        f"SELECT model, bucket, sum(calls) FROM series CROSS JOIN {table} ON series = id "  # noqa: S608 - as above
        "WHERE outcome = 'ok' AND what = ? GROUP BY model, bucket"
    )
    buckets: dict[str, dict[int, int]] = defaultdict(dict)
    for model, bucket, calls in reader.connection.execute(sql, (LATENCY,)):
        buckets[model][bucket] = calls
    for model, calls in buckets.items():
        found.latencies[model].calls = calls


def _has(reader: LedgerReader, table: str) -> bool:
    return bool(reader.connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone())
