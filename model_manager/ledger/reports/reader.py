"""Reads sums from the totals of a ledger: whole days from the daily ones, what is left from the quarter hours."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from model_manager.ledger.buckets import FIRST_TEXT
from model_manager.ledger.reports.figures import Figures
from model_manager.ledger.storage.insertion import QUARTER_US, QUARTERS_A_DAY
from model_manager.ledger.storage.schema import SERIES_COLUMNS
from model_manager.ledger.storage.store import get_meta, open_reader, unreadable

#: A sum of money may be more than SQLite's integers hold: it is added up in two parts.
_SPLIT = 10**9
_SUMMED = (
    "calls", "fallbacks", "estimated", "priced", "unpriced", "input", "output", "cache_read", "cache_write",
    "reasoning", "timed_output", "timed_us", "retries",
)  # fmt: skip
_MONEY = f"sum(cost_pico / {_SPLIT}), sum(cost_pico % {_SPLIT})"


class SeriesInfo(NamedTuple):
    """The key of a series; None for none."""

    project: str | None
    kind: str | None
    task: str | None
    model: str | None
    provider: str | None
    arm: str | None
    option: int | None
    outcome: str
    error_kind: str | None


class Span(NamedTuple):
    """Quarter hours since 1970 in UTC, the end not included."""

    start: int
    end: int

    @property
    def start_us(self) -> int:
        """The beginning in microseconds."""
        return self.start * QUARTER_US

    @property
    def end_us(self) -> int:
        """The end in microseconds."""
        return self.end * QUARTER_US

    def within(self, others: "Iterable[Span]") -> "Span":
        """The part of it from the first of others to the last; nothing without others."""
        found = list(others)
        start = max(self.start, min((span.start for span in found), default=self.end))
        return Span(start, max(start, min(self.end, max((span.end for span in found), default=start))))

    def parts(self) -> Iterator[tuple[str, str, int, int]]:
        """The same as ranges of a table suffix's key: whole days, and quarter hours before and after them."""
        first_day, end_day = -(-self.start // QUARTERS_A_DAY), self.end // QUARTERS_A_DAY
        if first_day >= end_day:
            yield "", "quarter", self.start, self.end
            return
        yield "_daily", "day", first_day, end_day
        yield "", "quarter", self.start, first_day * QUARTERS_A_DAY
        yield "", "quarter", end_day * QUARTERS_A_DAY, self.end


#: A group of series: what a report has a row for, but for periods of time.
Group = tuple[str | int | None, ...]


class LedgerReader:
    """One ledger, open for reading.

    Raises:
        LedgerError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_reader(path)
        with self.explained():
            self.id = get_meta(self.connection, "id")
            found = self.connection.execute(f"SELECT id, {', '.join(SERIES_COLUMNS)} FROM series")  # noqa: S608
            self.series = {number: _info(values) for number, *values in found}
            # A ledger that an older version wrote lacks what came later: nobody counted that, so it is 0.
            kept = {row[1] for row in self.connection.execute("PRAGMA table_info(totals)")}
        self._sums = ", ".join(f"sum({name})" if name in kept else "0" for name in _SUMMED)
        self._groups: list[Group] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.connection.close()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what SQLite raises into our error.

        Raises:
            LedgerError: the file is broken.
        """
        try:
            yield
        except sqlite3.Error as error:
            raise unreadable(self.path, error) from None

    def group_by(self, key_of: Callable[[SeriesInfo], Group | None]) -> None:
        """Say which series belong together from now on; those without a key are left out."""
        numbers: dict[Group, int] = {}
        rows = []
        for series, info in self.series.items():
            if (key := key_of(info)) is not None:
                number = numbers.setdefault(key, len(numbers))
                rows.append((series, number, info.outcome == "ok", info.outcome == "failed"))
        self._groups = list(numbers)
        with self.explained():
            self.connection.execute("DROP TABLE IF EXISTS temp.grouped")
            self.connection.execute(
                "CREATE TEMP TABLE grouped(series INTEGER PRIMARY KEY, number INTEGER, ok INTEGER, failed INTEGER)"
            )
            # In one transaction: each row in its own takes a second where there are thousands of models.
            self.connection.execute("BEGIN")
            self.connection.executemany("INSERT INTO grouped VALUES (?, ?, ?, ?)", rows)
            self.connection.execute("COMMIT")

    def sums(self, span: Span) -> dict[Group, Figures]:
        """The sums of each group over a span of time."""
        found: dict[Group, Figures] = {}
        for suffix, key, start, end in span.parts():
            sql = (
                f"SELECT number, ok, failed, {self._sums}, {_MONEY} FROM totals{suffix} "  # noqa: S608 - names of ours
                f"JOIN temp.grouped USING (series) WHERE {key} >= ? AND {key} < ? GROUP BY number, ok, failed"
            )
            for number, ok, failed, *sums, high, low in self._all(sql, (start, end)):
                figures = Figures(cost_pico=high * _SPLIT + low)
                for name, value in zip(_SUMMED, sums, strict=True):
                    setattr(figures, name, value)
                figures.failed = figures.calls if failed else 0
                figures.cancelled = 0 if ok or failed else figures.calls
                found.setdefault(self._groups[number], Figures()).add(figures)
        return found

    def add_latencies(self, span: Span, found: Mapping[Group, Figures]) -> None:
        """Add the latency buckets of a span of time to the sums of the groups: of answered calls only."""
        for suffix, key, start, end in span.parts():
            sql = (
                f"SELECT number, what, bucket, sum(calls) FROM buckets{suffix} "  # noqa: S608 - names of ours
                f"JOIN temp.grouped USING (series) WHERE {key} >= ? AND {key} < ? AND ok "
                "GROUP BY number, what, bucket"
            )
            for number, what, bucket, calls in self._all(sql, (start, end)):
                figures = found[self._groups[number]]
                (figures.first_text if what == FIRST_TEXT else figures.latency)[bucket] += calls

    def first_quarters(self, span: Span) -> dict[Group, int]:
        """The quarter hour of each group's first call in a span of time; groups without calls are left out."""
        sql = (
            "SELECT quarter FROM totals CROSS JOIN temp.grouped USING (series) "
            "WHERE number = ? AND quarter >= ? AND quarter < ? ORDER BY quarter LIMIT 1"
        )
        found: dict[Group, int] = {}
        for number, group in enumerate(self._groups):
            for (quarter,) in self._all(sql, (number, span.start, span.end)):
                found[group] = quarter
        return found

    def unrecorded(self, span: Span) -> int:
        """How many calls could not be recorded."""
        sql = "SELECT coalesce(sum(calls), 0) FROM gaps WHERE at_us >= ? AND at_us < ?"
        return int(self._all(sql, (span.start_us, span.end_us))[0][0])

    def served_otherwise(self, span: Span) -> Mapping[tuple[str, str], int]:
        """How many calls were answered by another model than was asked: by model and the one that answered."""
        sql = (
            "SELECT model, coalesce(served, ''), count(*) FROM calls INDEXED BY calls_different "
            "WHERE match = 'different' AND at_us >= ? AND at_us < ? GROUP BY 1, 2"
        )
        found: dict[tuple[str, str], int] = defaultdict(int)
        for model, served, calls in self._all(sql, (span.start_us, span.end_us)):
            found[model, served] += calls
        return found

    def extent(self) -> Span | None:
        """The days in UTC from the first call in the totals to the last; None without any."""
        first, last = self._all("SELECT min(day), max(day) FROM totals_daily", ())[0]
        return None if first is None else Span(first * QUARTERS_A_DAY, (last + 1) * QUARTERS_A_DAY)

    def recorded(self) -> int:
        """How many calls were ever recorded: what tells an older copy of a ledger from a newer one."""
        return int(self._all("SELECT coalesce(sum(calls), 0) FROM lifetime", ())[0][0])

    def changes(self) -> int:
        """A number that is another one as soon as somebody has written to the file."""
        return int(self._all("PRAGMA data_version", ())[0][0])

    def _all(self, sql: str, values: Sequence[int]) -> list[tuple[Any, ...]]:
        with self.explained():
            return self.connection.execute(sql, values).fetchall()


def _info(values: Sequence[str | int]) -> SeriesInfo:
    return SeriesInfo(*(None if value in ("", -1) else value for value in values))  # type: ignore[arg-type]
