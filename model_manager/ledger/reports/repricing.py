"""Mends calls whose price was unknown when they were made, now that the catalogue has one."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from model_manager.core.pricing import Usage
from model_manager.ledger.records import dollars_of, moment_of, pico_of
from model_manager.ledger.storage.file import LedgerFile
from model_manager.ledger.storage.insertion import QUARTER_US, add_totals, series_key_of
from model_manager.ledger.storage.schema import MEASURES, SERIES_COLUMNS

#: Rows a transaction mends: others wait for it.
_BATCH = 500
_UNPRICED = "cost_pico IS NULL AND input IS NOT NULL AND output IS NOT NULL"
_USAGE = ("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning")


class NewPrice(NamedTuple):
    """The cost of a call in US dollars, and the day on which the price was checked."""

    cost_usd: Decimal
    checked: date | None


#: What a call on a model cost, by the model's id, its provider, the tokens and the moment; None if still unknown.
PriceOf = Callable[[str, str, Usage, datetime], NewPrice | None]


@dataclass(slots=True)
class Repriced:
    """The result of repricing the calls without a price."""

    calls: int = 0
    cost_pico: int = 0
    still_unknown: int = 0

    @property
    def cost_usd(self) -> Decimal:
        """The cost of the calls that got a price."""
        return dollars_of(self.cost_pico)


def reprice(file: LedgerFile, price_of: PriceOf) -> Repriced:
    """Give calls a price that have none, and add it to the totals; in batches, letting others in between.

    Raises:
        OSError, LedgerError, sqlite3.Error: the file cannot be written; what was mended before stays.
    """
    done, last = Repriced(), 0
    while True:
        with file.exclusive() as connection:
            found = _mend_batch(connection, last, price_of, done)
        if found is None:
            return done
        last = found


def _mend_batch(connection: sqlite3.Connection, after: int, price_of: PriceOf, done: Repriced) -> int | None:
    """Mend the calls that come next; the number of the last one, or None if there was none."""
    sql = (
        f"SELECT id, at_us, {', '.join((*SERIES_COLUMNS, *_USAGE))} FROM calls "  # noqa: S608 - names of ours
        f"WHERE id > ? AND {_UNPRICED} ORDER BY id LIMIT {_BATCH}"
    )
    rows = connection.execute(sql, (after,)).fetchall()
    if not rows:
        return None
    connection.execute("BEGIN IMMEDIATE")
    try:
        for row in rows:
            _mend(connection, row, price_of, done)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return int(rows[-1][0])


def _mend(
    connection: sqlite3.Connection, row: tuple[int | str | None, ...], price_of: PriceOf, done: Repriced
) -> None:
    number, at_us, *values = row
    series = dict(zip(SERIES_COLUMNS, values, strict=False))
    counts = values[len(SERIES_COLUMNS) :]
    usage = Usage(**{f"{name}_tokens": count for name, count in zip(_USAGE, counts, strict=True)})  # type: ignore[arg-type]
    model, provider = str(series["model"]), str(series["provider"])
    price = price_of(model, provider, usage, moment_of(int(at_us or 0)))
    pico = pico_of(price.cost_usd) if price else None
    if price is None or pico is None:
        done.still_unknown += 1
        return
    checked = price.checked.isoformat() if price.checked else None
    sql = "UPDATE calls SET cost_pico = ?, cost_source = 'catalogue', price_checked = ? WHERE id = ?"
    connection.execute(sql, (pico, checked, number))
    added = dict.fromkeys(MEASURES, 0) | {"priced": 1, "unpriced": -1, "cost_pico": pico}
    key = series_key_of(series.values())
    where = " AND ".join(f"{name} = ?" for name in SERIES_COLUMNS)
    found = connection.execute(f"SELECT id FROM series WHERE {where}", key).fetchone()  # noqa: S608
    add_totals(connection, {(int(at_us or 0) // QUARTER_US, found[0]): list(added.values())})
    done.calls += 1
    done.cost_pico += pico
