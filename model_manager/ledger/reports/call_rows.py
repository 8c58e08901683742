"""Single calls of a ledger: the latest ones, and all of a span of time as what-if and reprice need them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from model_manager.ledger.reports.reader import LedgerReader, Span
from model_manager.ledger.storage.schema import CALL_COLUMNS

#: Calls that have token counts, and so a price.
_COUNTED = "input IS NOT NULL AND output IS NOT NULL"
_FETCHED = 10_000


class TokenRow(NamedTuple):
    """The facts of a call that its price depends on."""

    at_us: int
    provider: str
    model: str
    needs: str | None
    input: int
    output: int
    cache_read: int | None
    cache_write: int | None
    cache_write_1h: int | None
    estimated: int
    cost_pico: int | None


def latest_calls(
    readers: Sequence[LedgerReader], span: Span, count: int, *, project: str | None = None, task: str | None = None
) -> list[dict[str, Any]]:
    """The latest calls of a span, the newest first, as mappings of the columns of `calls`."""
    where, values = _where(span, project, task)
    sql = (
        f"SELECT {', '.join(CALL_COLUMNS)} FROM calls WHERE {where} "  # noqa: S608 - names of ours
        "ORDER BY at_us DESC, id DESC LIMIT ?"
    )
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for reader in readers:
        with reader.explained():
            for values_ in reader.connection.execute(sql, (*values, count)):
                row = dict(zip(CALL_COLUMNS, values_, strict=True))
                found[row["call"], row["position"]] = row
    return sorted(found.values(), key=lambda row: (-row["at_us"], row["call"], -row["position"]))[:count]


def token_rows(
    reader: LedgerReader, span: Span, *, project: str | None = None, task: str | None = None
) -> Iterator[TokenRow]:
    """The calls of a span that have token counts."""
    where, values = _where(span, project, task)
    sql = f"SELECT {', '.join(TokenRow._fields)} FROM calls WHERE {where} AND {_COUNTED}"  # noqa: S608
    with reader.explained():
        cursor = reader.connection.execute(sql, values)
        while rows := cursor.fetchmany(_FETCHED):
            yield from map(TokenRow._make, rows)


def uncounted_calls(
    reader: LedgerReader, span: Span, *, project: str | None = None, task: str | None = None
) -> int:
    """How many calls were answered of which the tokens are unknown."""
    where, values = _where(span, project, task)
    sql = f"SELECT count(*) FROM calls WHERE {where} AND outcome = 'ok' AND NOT ({_COUNTED})"  # noqa: S608
    with reader.explained():
        return int(reader.connection.execute(sql, values).fetchone()[0])


def _where(span: Span, project: str | None, task: str | None) -> tuple[str, list[str | int]]:
    conditions, values = ["at_us >= ?", "at_us < ?"], [span.start_us, span.end_us]
    named: list[tuple[str, str | None]] = [("project", project), ("task", task)]
    conditions += [f"{name} = ?" for name, value in named if value is not None]
    return " AND ".join(conditions), [*values, *(value for _, value in named if value is not None)]
