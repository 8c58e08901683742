"""The calls of an experiment: which rows of a ledger they are, and the routes that they followed."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from model_manager.ledger.experiments.splits import Split
from model_manager.ledger.reports.reader import LedgerReader


class Scope(NamedTuple):
    """The calls that count: of a task, from one moment to before another, of a project or of all.

    They are those of applications, along the task's own route: no live tests, and no preferences.
    """

    task: str
    start_us: int
    end_us: int
    project: str | None = None


class RouteSeen(NamedTuple):
    """A route that calls followed, and the moment of the last of them."""

    route: str
    last_us: int


def split_routes(reader: LedgerReader, scope: Scope) -> Iterator[RouteSeen]:
    """The routes of calls that were split, the one that was followed last first. What is not taken is not read."""
    where, values = _where(scope)
    known: list[str | int] = []
    end_us = scope.end_us
    while True:
        is_new = f"route NOT IN ({', '.join('?' * len(known))})"
        sql = (
            f"SELECT route, at_us FROM calls WHERE {where} AND at_us < ? AND arm IS NOT NULL "  # noqa: S608
            f"AND route IS NOT NULL AND {is_new} ORDER BY at_us DESC LIMIT 1"
        )
        found = rows_of(reader, sql, [*values, end_us, *known])
        if not found:
            return
        yield RouteSeen(*found[0])
        known.append(found[0][0])
        # Another route of the same moment may follow.
        end_us = found[0][1] + 1


def last_whole_route(reader: LedgerReader, scope: Scope) -> RouteSeen | None:
    """The route that was followed last by calls that were not split; None without any."""
    # Reading all calls for nothing takes long, and the series tell that there are none.
    series = (info for info in reader.series.values() if info.task == scope.task and info.kind == "chat")
    if all(info.arm is not None for info in series):
        return None
    where, values = _where(scope)
    sql = (
        f"SELECT route, at_us FROM calls WHERE {where} AND arm IS NULL AND route IS NOT NULL "  # noqa: S608
        "ORDER BY at_us DESC LIMIT 1"
    )
    return next((RouteSeen(*found) for found in rows_of(reader, sql, values)), None)


def first_call_us(reader: LedgerReader, scope: Scope, split: Split) -> int | None:
    """The moment of the first call of a split; None without any."""
    where, values = arm_calls(scope, split)
    found = rows_of(reader, f"SELECT at_us FROM calls WHERE {where} ORDER BY at_us LIMIT 1", values)  # noqa: S608
    return int(found[0][0]) if found else None


def arm_calls(scope: Scope, split: Split, at: str = "at_us") -> tuple[str, list[str | int]]:
    """A condition of SQL for the rows of calls that reached a split, and its values."""
    where, values = _where(scope, at)
    marks = ", ".join("?" * len(split.arms))
    return f"{where} AND option >= ? AND arm IN ({marks})", [*values, split.option, *split.shares]


def strangers(reader: LedgerReader, scope: Scope, split: Split) -> dict[str, int]:
    """Calls whose arm is none of a split's: by the catalogue here, no name of the route stands for their model."""
    where, values = _where(scope)
    marks = ", ".join("?" * len(split.arms))
    sql = f"SELECT arm, count(*) FROM calls WHERE {where} AND arm NOT IN ({marks}) GROUP BY arm"  # noqa: S608
    return dict(rows_of(reader, sql, [*values, *split.shares]))


def rows_of(reader: LedgerReader, sql: str, values: Sequence[str | float] = ()) -> list[tuple[Any, ...]]:
    """All rows that a query finds.

    Raises:
        LedgerError: the file is broken.
    """
    with reader.explained():
        return reader.connection.execute(sql, values).fetchall()


def _where(scope: Scope, at: str = "at_us") -> tuple[str, list[str | int]]:
    condition = f"task = ? AND kind = 'chat' AND preference IS NULL AND {at} >= ? AND {at} < ?"
    values: list[str | int] = [scope.task, scope.start_us, scope.end_us]
    if scope.project is None:
        return condition, values
    return f"{condition} AND project = ?", [*values, scope.project]
