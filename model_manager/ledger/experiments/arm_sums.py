"""Reads what an experiment compares from ledgers: sums over the users of each arm.

SQLite adds up a row for each user, in a table of its own that may be on disk, and then sums over these rows: a
million calls need no memory here. A user's calls on several hosts are put together by the pseudonym.

Whom an arm's failures count against: a call fails its arm if the arm's model was asked and failed, or could not
even be asked (its key is missing, it is cooling down after failures), whoever answered in the end. The cost of a
call is that of all options that were asked for it, the latency that of the answer.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from model_manager.ledger.buckets import bucket_of
from model_manager.ledger.experiments.calls import Scope, arm_calls, rows_of
from model_manager.ledger.experiments.intervals import UserSums
from model_manager.ledger.experiments.metrics import LARGEST_SCORE
from model_manager.ledger.experiments.splits import Split
from model_manager.ledger.reports.reader import LedgerReader

#: A sum of money may be more than SQLite's integers hold: it is added up in two parts.
_SPLIT = 10**9
_UNPRICED = "cost_pico IS NULL AND (outcome != 'failed' OR input IS NOT NULL OR output IS NOT NULL)"
#: What a row of `calls` adds to its user.
_OF_A_ROW = {
    "named": "user IS NOT NULL",
    "served": "model = arm AND outcome != 'failed'",
    "high": f"coalesce(cost_pico, 0) / {_SPLIT}",
    "low": f"coalesce(cost_pico, 0) % {_SPLIT}",
    "unpriced": _UNPRICED,
    "latency": "CASE WHEN outcome = 'ok' THEN coalesce(latency_us, 0) ELSE 0 END",
    "timed": "outcome = 'ok' AND latency_us IS NOT NULL",
}
#: The numerators and denominators of the metrics for one user.
_METRICS = ("cost", "latency", "failures")
_OF_A_USER = """
SELECT arm, named, calls, calls AS failures_x, max(calls - served, 0) AS failures_y,
    latency / 1e3 AS latency_y, timed AS latency_x, high, low, min(unpriced, calls) AS unpriced,
    max(calls - unpriced, 0) AS cost_x,
    CASE WHEN calls > unpriced THEN (high * 1e9 + low) / 1e12 ELSE 0 END AS cost_y
"""
#: Latencies are put together in steps of 1 ms up to here, and of 10 ms above, before they are given their buckets.
_FINE_US, _STEP_US, _LONG_STEP_US = 200_000, 1000, 10_000


class _UserTable(NamedTuple):
    """A temporary table with a row for each user: its key, and what is added up for it besides its arms."""

    name: str
    key: Sequence[str]
    sums: Sequence[str]

    @property
    def columns(self) -> Sequence[str]:
        """All columns. A user of several arms has different ones as first and last in the order of their names."""
        return (*self.key, "arm", "last_arm", *self.sums)


_USERS = _UserTable("users", ("unit",), ("calls", *_OF_A_ROW))
_SCORED = _UserTable("scored", ("name", "unit"), ("counted", "value", "squares"))


@dataclass(slots=True)
class ArmSums:
    """What is known of an arm. Latencies are milliseconds, costs US dollars; scores are by name."""

    users: int = 0
    calls: int = 0
    unpriced: int = 0
    cost_pico: int = 0
    cost: UserSums = field(default_factory=UserSums)
    latency: UserSums = field(default_factory=UserSums)
    failures: UserSums = field(default_factory=UserSums)
    scores: dict[str, UserSums] = field(default_factory=dict)
    latency_buckets: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class ExperimentSums:
    """The arms by id; `mixed` users were in several and are in none of them, `unnamed` calls had no user."""

    arms: dict[str, ArmSums] = field(default_factory=dict)
    mixed: int = 0
    unnamed: int = 0


def read_arms(readers: Sequence[LedgerReader], scope: Scope, split: Split) -> ExperimentSums:
    """The sums of each arm of a split, from some ledgers together."""
    sums = ExperimentSums({share.arm: ArmSums() for share in split.arms})
    if not readers:
        return sums
    home = readers[0]
    for table in (_USERS, _SCORED):
        columns, key = ", ".join(table.columns), ", ".join(table.key)
        rows_of(home, f"DROP TABLE IF EXISTS temp.{table.name}")
        rows_of(home, f"CREATE TEMP TABLE {table.name}({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")
    for reader in readers:
        _collect_users(home, reader, scope, split)
        _collect_scores(home, reader, scope, split)
        _add_single_calls(reader, scope, split, sums)
        for arm, bucket, calls in _latencies(reader, scope, split):
            sums.arms[arm].latency_buckets[bucket] += calls
    # Users who changed arms while the shares stayed, as a new salt makes them do, would count for both. The hash
    # alone decides who they are, so leaving them out favours no arm.
    mixed = "SELECT unit FROM temp.users WHERE arm < last_arm"
    sums.mixed = int(rows_of(home, f"SELECT count(*) FROM ({mixed})")[0][0])  # noqa: S608 - text of ours
    rows_of(home, f"DELETE FROM temp.scored WHERE unit IN ({mixed})")  # noqa: S608
    _add_up(home, sums, "temp.users WHERE arm = last_arm AND calls > 0", ())
    sql = f"SELECT arm, name, {_moments('counted', 'value')}, total(squares) FROM temp.scored GROUP BY arm, name"  # noqa: S608
    for arm, name, *found in rows_of(home, sql):
        sums.arms[arm].scores[name] = UserSums(*found)
    return sums


def _collect_users(home: LedgerReader, reader: LedgerReader, scope: Scope, split: Split) -> None:
    """Add a ledger's calls to their users; and calls without a user of which several options were asked."""
    where, values = arm_calls(scope, split)
    rows_of(reader, "DROP TABLE IF EXISTS temp.several")
    rows_of(reader, "CREATE TEMP TABLE several(call PRIMARY KEY) WITHOUT ROWID")
    # Where an earlier option may have answered, a call is one of the arm's only once that has failed.
    several = "position > 0" if split.option == 0 else "true"
    rows_of(
        reader,
        f"INSERT OR IGNORE INTO temp.several SELECT call FROM calls WHERE {where} AND user IS NULL AND {several}",  # noqa: S608
        values,
    )
    counted = "sum(position = 0)" if split.option == 0 else "count(DISTINCT call)"
    sums = ", ".join(f"sum({expression})" for expression in _OF_A_ROW.values())
    sql = (
        f"SELECT coalesce(user, call), min(arm), max(arm), {counted}, {sums} FROM calls WHERE {where} "  # noqa: S608
        "AND (user IS NOT NULL OR call IN temp.several) GROUP BY 1"
    )
    _add(home, reader, _USERS, sql, values)


def _collect_scores(home: LedgerReader, reader: LedgerReader, scope: Scope, split: Split) -> None:
    if not rows_of(reader, "SELECT 1 FROM scores LIMIT 1"):
        return
    where, values = arm_calls(scope, split, "calls.at_us")
    one = "position = 0" if split.option == 0 else "outcome = 'ok'"
    sql = (
        "SELECT name, coalesce(user, call), min(arm), max(arm), count(*), sum(value), sum(value * value) "  # noqa: S608
        f"FROM calls CROSS JOIN scores USING (call) WHERE {where} AND {one} "
        "AND abs(value) <= ? GROUP BY 1, 2"
    )
    _add(home, reader, _SCORED, sql, [*values, LARGEST_SCORE])


def _add(
    home: LedgerReader, reader: LedgerReader, table: _UserTable, sql: str, values: Sequence[str | float]
) -> None:
    """Add the rows that a query of one ledger finds to a table of the first ledger's connection."""
    if reader is home:
        rows_of(home, f"INSERT INTO temp.{table.name} {sql}", values)
        return
    arms = "arm = min(arm, excluded.arm), last_arm = max(last_arm, excluded.last_arm)"
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in table.sums)
    upsert = (
        f"INSERT INTO temp.{table.name} VALUES ({', '.join('?' * len(table.columns))}) "  # noqa: S608 - names of ours
        f"ON CONFLICT DO UPDATE SET {arms}, {sums}"
    )
    with reader.explained():
        home.connection.executemany(upsert, reader.connection.execute(sql, values))


def _add_single_calls(reader: LedgerReader, scope: Scope, split: Split, sums: ExperimentSums) -> None:
    """Add calls without a user of which one option was asked: each is a user of its own."""
    where, values = arm_calls(scope, split)
    columns = ", ".join(f"{expression} AS {name}" for name, expression in _OF_A_ROW.items())
    rows = (
        f"SELECT arm, 1 AS calls, {columns} FROM calls WHERE {where} AND user IS NULL AND call NOT IN temp.several"  # noqa: S608
    )
    _add_up(reader, sums, f"({rows})", values)


def _latencies(reader: LedgerReader, scope: Scope, split: Split) -> Iterator[tuple[str, int, int]]:
    """The buckets of the latencies of answers, by arm."""
    where, values = arm_calls(scope, split)
    step = f"CASE WHEN latency_us < {_FINE_US} THEN {_STEP_US} ELSE {_LONG_STEP_US} END"
    sql = (
        f"SELECT arm, latency_us / ({step}) * ({step}) + ({step}) / 2, count(*) FROM calls WHERE {where} "  # noqa: S608
        "AND outcome = 'ok' AND latency_us IS NOT NULL GROUP BY 1, 2"
    )
    for arm, latency_us, calls in rows_of(reader, sql, values):
        yield arm, bucket_of(latency_us), calls


def _add_up(reader: LedgerReader, sums: ExperimentSums, source: str, values: Sequence[str | int]) -> None:
    """Add the sums over users, as a table or query has a row for each, to their arms."""
    metrics = ", ".join(_moments(f"{name}_x", f"{name}_y") for name in _METRICS)
    sql = (
        f"SELECT arm, count(*), sum(calls), sum(unpriced), sum(high), sum(low), sum(named = 0), {metrics} "  # noqa: S608
        f"FROM ({_OF_A_USER} FROM {source}) GROUP BY arm"
    )
    width = len(UserSums._fields) - 1
    for name, users, calls, unpriced, high, low, unnamed, *found in rows_of(reader, sql, values):
        arm = sums.arms[name]
        arm.users += users
        arm.calls += calls
        arm.unpriced += unpriced
        arm.cost_pico += high * _SPLIT + low
        sums.unnamed += unnamed
        cost, latency, failures = (UserSums(*found[start : start + width]) for start in range(0, 3 * width, width))
        arm.cost, arm.latency = arm.cost.plus(cost), arm.latency.plus(latency)
        # What is 0 or 1 is its own square.
        arm.failures = arm.failures.plus(failures._replace(squares=failures.y))


def _moments(x: str, y: str) -> str:
    """The fields of `UserSums` but the last, for two columns of users."""
    return f"sum({x} > 0), total({x}), total({y}), total({x} * {x}), total({x} * {y}), total({y} * {y})"
