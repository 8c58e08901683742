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
from typing import Any, NamedTuple

from model_manager.ledger.buckets import bucket_of
from model_manager.ledger.experiments.intervals import UserSums
from model_manager.ledger.experiments.splits import Split
from model_manager.ledger.reports.reader import LedgerReader

#: A sum of money may be more than SQLite's integers hold: it is added up in two parts.
_SPLIT = 10**9
#: The calls that are an arm's: of applications, along the task's own route, where it splits.
_SPLIT_CALLS = "task = ? AND kind = 'chat' AND preference IS NULL AND at_us >= ? AND at_us < ?"
_UNPRICED = "cost_pico IS NULL AND (outcome != 'failed' OR input IS NOT NULL OR output IS NOT NULL)"
#: What is added up for each user, by its column.
_USER_SUMS = {
    "named": "user IS NOT NULL",
    "served": "model = arm AND outcome != 'failed'",
    "high": f"coalesce(cost_pico, 0) / {_SPLIT}",
    "low": f"coalesce(cost_pico, 0) % {_SPLIT}",
    "unpriced": _UNPRICED,
    "latency": "CASE WHEN outcome = 'ok' THEN coalesce(latency_us, 0) ELSE 0 END",
    "timed": "outcome = 'ok' AND latency_us IS NOT NULL",
}
#: The numerator and the denominator of each metric for one user, named as `_METRICS` are.
_METRICS = ("cost", "latency", "failures")
_OF_A_USER = """
SELECT arm, named, calls, calls AS failures_x, max(calls - served, 0) AS failures_y,
    latency / 1e3 AS latency_y, timed AS latency_x, high, low, min(unpriced, calls) AS unpriced,
    max(calls - unpriced, 0) AS cost_x,
    CASE WHEN calls > unpriced THEN (high * 1e9 + low) / 1e12 ELSE 0 END AS cost_y
FROM temp.users WHERE calls > 0
"""


class _UserTable(NamedTuple):
    """A temporary table with a row for each user: its columns, of which the first so many are the key."""

    name: str
    keys: int
    columns: Sequence[str]


_USERS = _UserTable("users", 2, ("unit", "arm", "calls", *_USER_SUMS))
_SCORED = _UserTable("scored", 3, ("name", "unit", "arm", "counted", "value", "squares"))


class Scope(NamedTuple):
    """The calls that count: of a task, from one moment to before another, of a project or of all."""

    task: str
    start_us: int
    end_us: int
    project: str | None = None

    @property
    def where(self) -> tuple[str, list[str | int]]:
        """A condition of SQL and its values."""
        values: list[str | int] = [self.task, self.start_us, self.end_us]
        if self.project is None:
            return _SPLIT_CALLS, values
        return f"{_SPLIT_CALLS} AND project = ?", [*values, self.project]


class RouteSeen(NamedTuple):
    """A route that calls followed, whether it split them, and the moments of the first and the last of them."""

    route: str
    is_split: bool
    first_us: int
    last_us: int


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


def routes_seen(readers: Sequence[LedgerReader], scope: Scope) -> list[RouteSeen]:
    """The routes that the calls followed, hosts apart."""
    where, values = scope.where
    sql = (
        "SELECT route, arm IS NOT NULL, min(at_us), max(at_us) FROM calls "  # noqa: S608 - names of ours
        f"WHERE {where} AND route IS NOT NULL GROUP BY 1, 2"
    )
    return [
        RouteSeen(route, bool(is_split), first, last)
        for reader in readers
        for route, is_split, first, last in _rows(reader, sql, values)
    ]


def read_arms(readers: Sequence[LedgerReader], scope: Scope, split: Split) -> ExperimentSums:
    """The sums of each arm of a split, from some ledgers together."""
    sums = ExperimentSums({share.arm: ArmSums() for share in split.arms})
    if not readers:
        return sums
    home = readers[0]
    _prepare(home)
    for reader in readers:
        _collect(home, reader, scope, split)
        for arm, bucket, calls in _latencies(reader, scope, split):
            if arm in sums.arms:
                sums.arms[arm].latency_buckets[bucket] += calls
    # Users who changed arms while the shares stayed, as a new salt makes them do, would count for both. The hash
    # alone decides who they are, so leaving them out favours no arm.
    mixed = "SELECT unit FROM temp.users GROUP BY unit HAVING min(arm) < max(arm)"
    sums.mixed = int(_rows(home, f"SELECT count(*) FROM ({mixed})")[0][0])  # noqa: S608 - text of ours
    if sums.mixed:
        for table in ("scored", "users"):
            _rows(home, f"DELETE FROM temp.{table} WHERE unit IN ({mixed})")  # noqa: S608 - text of ours
    _add_up(home, sums)
    return sums


def _prepare(home: LedgerReader) -> None:
    for table in (_USERS, _SCORED):
        columns, key = ", ".join(table.columns), ", ".join(table.columns[: table.keys])
        _rows(home, f"DROP TABLE IF EXISTS temp.{table.name}")
        _rows(home, f"CREATE TEMP TABLE {table.name}({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")


def _collect(home: LedgerReader, reader: LedgerReader, scope: Scope, split: Split) -> None:
    """Add a ledger's calls and scores to the users."""
    where, values = _calls_of(scope, split)
    # Where an earlier option may have answered, a call is one of the arm's only once that has failed.
    counted = "sum(position = 0)" if split.option == 0 else "count(DISTINCT call)"
    sums = ", ".join(f"sum({expression})" for expression in _USER_SUMS.values())
    sql = f"SELECT coalesce(user, call), arm, {counted}, {sums} FROM calls WHERE {where} GROUP BY 1, 2"  # noqa: S608
    _add(home, reader, _USERS, sql, values)
    if not _rows(reader, "SELECT 1 FROM scores LIMIT 1"):
        return
    one = "position = 0" if split.option == 0 else "outcome = 'ok'"
    sql = (
        "SELECT name, coalesce(user, call), arm, count(*), sum(value), sum(value * value) "  # noqa: S608
        f"FROM calls CROSS JOIN scores USING (call) WHERE {where.replace('at_us', 'calls.at_us')} AND {one} "
        "GROUP BY 1, 2, 3"
    )
    _add(home, reader, _SCORED, sql, values)


def _calls_of(scope: Scope, split: Split) -> tuple[str, list[str | int]]:
    where, values = scope.where
    marks = ", ".join("?" * len(split.arms))
    return f"{where} AND option >= ? AND arm IN ({marks})", [*values, split.option, *split.shares]


def _add(
    home: LedgerReader, reader: LedgerReader, table: "_UserTable", sql: str, values: Sequence[str | int]
) -> None:
    """Add the rows that a query of one ledger finds to a table of the first ledger's connection."""
    if reader is home:
        _rows(home, f"INSERT INTO temp.{table.name} {sql}", values)
        return
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in table.columns[table.keys :])
    upsert = (
        f"INSERT INTO temp.{table.name} VALUES ({', '.join('?' * len(table.columns))}) "  # noqa: S608 - names of ours
        f"ON CONFLICT DO UPDATE SET {added}"
    )
    with reader.explained():
        home.connection.executemany(upsert, reader.connection.execute(sql, values))


def _latencies(reader: LedgerReader, scope: Scope, split: Split) -> Iterator[tuple[str, int, int]]:
    where, values = _calls_of(scope, split)
    reader.connection.create_function("bucket_of", 1, bucket_of, deterministic=True)
    sql = (
        f"SELECT arm, bucket_of(latency_us), count(*) FROM calls WHERE {where} "  # noqa: S608 - names of ours
        "AND outcome = 'ok' AND latency_us IS NOT NULL GROUP BY 1, 2"
    )
    yield from _rows(reader, sql, values)


def _add_up(home: LedgerReader, sums: ExperimentSums) -> None:
    """The sums over the users of each arm."""
    metrics = ", ".join(_moments(f"{name}_x", f"{name}_y") for name in _METRICS)
    sql = (
        f"SELECT arm, count(*), sum(calls), sum(unpriced), sum(high), sum(low), sum(named = 0), {metrics} "  # noqa: S608
        f"FROM ({_OF_A_USER}) GROUP BY arm"
    )
    width = len(UserSums._fields) - 1
    for name, users, calls, unpriced, high, low, unnamed, *found in _rows(home, sql):
        arm = sums.arms[name]
        arm.users, arm.calls, arm.unpriced, arm.cost_pico = users, calls, unpriced, high * _SPLIT + low
        sums.unnamed += unnamed
        cost, latency, failures = (UserSums(*found[start : start + width]) for start in range(0, 3 * width, width))
        # What is 0 or 1 is its own square.
        arm.cost, arm.latency, arm.failures = cost, latency, failures._replace(squares=failures.y)
    sql = f"SELECT arm, name, {_moments('counted', 'value')}, total(squares) FROM temp.scored GROUP BY arm, name"  # noqa: S608
    for arm_name, name, *found in _rows(home, sql):
        sums.arms[arm_name].scores[name] = UserSums(*found)


def _moments(x: str, y: str) -> str:
    """The fields of `UserSums` but the last, for two columns of users."""
    return f"sum({x} > 0), total({x}), total({y}), total({x} * {x}), total({x} * {y}), total({y} * {y})"


def _rows(reader: LedgerReader, sql: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
    with reader.explained():
        return reader.connection.execute(sql, values).fetchall()
