"""One transaction of the ledger: rows, and what they add to totals, latency buckets and lifetime counters."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from model_manager.ledger.buckets import FIRST_TEXT, LATENCY, bucket_of
from model_manager.ledger.records import Row
from model_manager.ledger.storage.schema import (
    BUCKETS,
    CALL_COLUMNS,
    LIFETIME_BUCKETS,
    MEASURES,
    SERIES_COLUMNS,
    TOTALS,
)

QUARTER_US = 900_000_000
QUARTERS_A_DAY = 96
#: SQLite's largest integer; a sum stops there, at nine million dollars of one series, rather than fail.
_LARGEST = 2**63 - 1

#: A row's series, as it stands in the table `series`.
SeriesKey = tuple[str | int, ...]
_PLACE = {name: place for place, name in enumerate(CALL_COLUMNS)}
_SERIES_PLACES = [_PLACE[name] for name in SERIES_COLUMNS]
_NONE: SeriesKey = tuple(-1 if name == "option" else "" for name in SERIES_COLUMNS)
_CALL, _AT, _POSITION, _OUTCOME, _INPUT, _OUTPUT = (
    _PLACE[name] for name in ("call", "at_us", "position", "outcome", "input", "output")
)
_ESTIMATED, _COST, _ATTEMPTS = _PLACE["estimated"], _PLACE["cost_pico"], _PLACE["attempts"]
_LATENCY, _FIRST = _PLACE["latency_us"], _PLACE["ttft_us"]
_CACHE = slice(_PLACE["cache_read"], _PLACE["reasoning"] + 1)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


_INSERT_CALL = f"INSERT INTO calls({', '.join(CALL_COLUMNS)}) VALUES ({_marks(len(CALL_COLUMNS))})"  # noqa: S608 - names of ours
_INSERT_SERIES = f"INSERT INTO series({', '.join(SERIES_COLUMNS)}) VALUES ({_marks(len(SERIES_COLUMNS))})"  # noqa: S608
_FIND_SERIES = f"SELECT id FROM series WHERE {' AND '.join(f'{name} = ?' for name in SERIES_COLUMNS)}"  # noqa: S608


def add_sql(table: str, keys: Sequence[str], values: Sequence[str]) -> str:
    """An upsert that adds to what a table has under a key."""
    columns = (*keys, *values)
    sums = ", ".join(f"{name} = min({name} + excluded.{name}, {_LARGEST})" for name in values)
    return (
        f"INSERT INTO {table}({', '.join(columns)}) VALUES ({_marks(len(columns))}) "  # noqa: S608 - names of ours
        f"ON CONFLICT({', '.join(keys)}) DO UPDATE SET {sums}"
    )


_ADD_TOTALS = {name: add_sql(name, keys, MEASURES) for name, keys in TOTALS.items()}
_ADD_BUCKETS = {name: add_sql(name, keys, ("calls",)) for name, keys in BUCKETS.items()}
_ADD_LIFETIME_BUCKETS = add_sql("buckets_lifetime", LIFETIME_BUCKETS, ("calls",))
_ADD_LIFETIME_GAPS = add_sql("gaps_lifetime", ("id",), ("calls",))
_UNPRICED = MEASURES.index("unpriced")


def series_of(row: Row) -> SeriesKey:
    """The key of a row's totals."""
    return series_key_of([row[place] for place in _SERIES_PLACES])


def series_key_of(values: Iterable[str | int | None]) -> SeriesKey:
    """The same from the values of `SERIES_COLUMNS`, with what a key has in place of NULL."""
    return tuple(none if value is None else value for value, none in zip(values, _NONE, strict=True))


def is_unpriced(row: Row) -> bool:
    """Whether a row costs something that nobody knows. A failure that brought nothing costs nothing."""
    if row[_COST] is not None:
        return False
    return row[_OUTCOME] != "failed" or row[_INPUT] is not None or row[_OUTPUT] is not None


def measures_of(row: Row) -> list[int]:
    """The amounts that a row adds to its totals, in the order of `MEASURES`."""
    latency, first, output = row[_LATENCY], row[_FIRST], row[_OUTPUT]
    is_timed = row[_OUTCOME] == "ok" and latency is not None and output is not None
    counts = [row[_INPUT], output, *row[_CACHE], row[_COST], latency]
    return [
        1,
        int(bool(row[_POSITION])),
        int(bool(row[_ESTIMATED])),
        int(row[_COST] is not None),
        int(is_unpriced(row)),
        *(int(count or 0) for count in counts),
        int(output or 0) if is_timed else 0,
        int(latency or 0) - int(first or 0) if is_timed else 0,
        max(int(row[_ATTEMPTS] or 0) - 1, 0),
    ]


class Series:
    """The numbers of the series, remembered for a connection; after a failed transaction they are forgotten."""

    def __init__(self) -> None:
        self._known: dict[SeriesKey, int] = {}

    def number(self, connection: sqlite3.Connection, key: SeriesKey) -> int:
        """The number of a series, which is made if it is new."""
        number = self._known.get(key)
        if number is None:
            found = connection.execute(_FIND_SERIES, key).fetchone()
            number = int(found[0] if found else connection.execute(_INSERT_SERIES, key).lastrowid or 0)
            self._known[key] = number
        return number

    def forget(self) -> None:
        """Look all of them up again."""
        self._known.clear()


def insert_rows(connection: sqlite3.Connection, series: Series, rows: Sequence[Row]) -> None:
    """Add rows to `calls` and to everything that is kept of them. The caller has begun a transaction."""
    connection.executemany(_INSERT_CALL, rows)
    _release_holds(connection, rows)
    totals: dict[tuple[int, int], list[int]] = {}
    buckets: dict[tuple[int, int, int, int], int] = defaultdict(int)
    for row in rows:
        quarter = int(row[_AT] or 0) // QUARTER_US
        number = series.number(connection, series_of(row))
        added, known = measures_of(row), totals.get((quarter, number))
        totals[quarter, number] = added if known is None else [a + b for a, b in zip(known, added, strict=True)]
        for what, value in ((LATENCY, row[_LATENCY]), (FIRST_TEXT, row[_FIRST])):
            if value is not None:
                buckets[quarter, number, what, bucket_of(int(value))] += 1
    add_totals(connection, totals)
    connection.executemany(_ADD_BUCKETS["buckets"], ((*key, calls) for key, calls in buckets.items()))
    daily = _without_time(buckets, lambda quarter: (quarter // QUARTERS_A_DAY,))
    connection.executemany(_ADD_BUCKETS["buckets_daily"], ((*key, calls) for key, calls in daily.items()))
    lifetime = _without_time(buckets, lambda _: ())
    connection.executemany(_ADD_LIFETIME_BUCKETS, ((*key, calls) for key, calls in lifetime.items()))


def _release_holds(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """What calls have cost takes the place of what was held for them."""
    if connection.execute("SELECT 1 FROM holds LIMIT 1").fetchone():
        asked = ((row[_CALL], row[_POSITION]) for row in rows)
        connection.executemany("DELETE FROM holds WHERE call = ? AND position = ?", asked)


def add_totals(connection: sqlite3.Connection, totals: Mapping[tuple[int, int], Sequence[int]]) -> None:
    """Add measures, by quarter hour and series, to all tables of totals.

    The lifetime's count of calls without a price is of those that had none when they were made: it does not fall
    when they get one, as monitoring would take a counter that falls for one that began anew.
    """
    connection.executemany(_ADD_TOTALS["totals"], ((*key, *added) for key, added in totals.items()))
    daily = ((quarter // QUARTERS_A_DAY, series, *added) for (quarter, series), added in totals.items())
    connection.executemany(_ADD_TOTALS["totals_daily"], daily)
    lifetime = ((series, *_never_falling(added)) for (_, series), added in totals.items())
    connection.executemany(_ADD_TOTALS["lifetime"], lifetime)


def _never_falling(measures: Sequence[int]) -> list[int]:
    return [max(amount, 0) if place == _UNPRICED else amount for place, amount in enumerate(measures)]


def _without_time(
    buckets: Mapping[tuple[int, int, int, int], int], period_of: Callable[[int], tuple[int, ...]]
) -> Mapping[tuple[int, ...], int]:
    """The same counts by another period of time in place of the quarter hour, or by none."""
    found: dict[tuple[int, ...], int] = defaultdict(int)
    for (quarter, *key), calls in buckets.items():
        found[*period_of(quarter), *key] += calls
    return found


def insert_gaps(connection: sqlite3.Connection, gaps: Iterable[tuple[int, str, int, str]]) -> None:
    """Note calls that could not be recorded: when, in which process, how many, and why."""
    noted = list(gaps)
    connection.executemany("INSERT INTO gaps(at_us, process, calls, why) VALUES (?, ?, ?, ?)", noted)
    connection.executemany(_ADD_LIFETIME_GAPS, ((0, calls) for _, _, calls, _ in noted))


def insert_scores(connection: sqlite3.Connection, scores: Iterable[tuple[str, str, float, int]]) -> None:
    """Note what users thought of calls; a later score of the same name replaces an earlier one."""
    sql = (
        "INSERT INTO scores(call, name, value, at_us) VALUES (?, ?, ?, ?) "
        "ON CONFLICT(call, name) DO UPDATE SET value = excluded.value, at_us = excluded.at_us"
    )
    connection.executemany(sql, scores)
