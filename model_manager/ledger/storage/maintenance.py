"""Keeps the ledger small: checkpoints of its write-ahead log, and retention in small batches."""

import os
import sqlite3
import time
from pathlib import Path

from model_manager.ledger.storage.insertion import QUARTER_US, QUARTERS_A_DAY
from model_manager.ledger.storage.store import get_meta, set_meta

#: How long the calls themselves are kept, and how long their totals.
CALLS_DAYS, TOTALS_DAYS = 90, 3 * 365
_DAY_US = 86_400_000_000
#: Rows a transaction removes: others wait for it.
_BATCH = 500
#: How often one of all processes looks for what is too old.
_PRUNE_EVERY_US = 3_600_000_000
#: From this size of the log on it is taken into the file as soon as nobody reads; from the second on readers are
#: waited for, as else it would grow for ever.
_CHECKPOINT_BYTES, _CEILING_BYTES = 8 << 20, 64 << 20
_READERS_MS = 1000


def checkpoint(connection: sqlite3.Connection, path: Path, *, at_bytes: int = _CHECKPOINT_BYTES) -> bool:
    """Take the write-ahead log into the file if it has grown; whether it did. The caller holds the lock."""
    try:
        size = os.stat(f"{path}-wal").st_size  # noqa: PTH116 - after every batch
    except OSError:
        return False
    if size < at_bytes:
        return False
    wait = _READERS_MS if size >= _CEILING_BYTES else 0
    busy = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {wait}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {busy}")
    return True


def is_prune_due(connection: sqlite3.Connection, now_us: int) -> bool:
    """Whether no process has pruned for an hour."""
    last = int(get_meta(connection, "pruned_us") or 0)
    return not last <= now_us < last + _PRUNE_EVERY_US


def prune_batch(connection: sqlite3.Connection, now_us: int) -> int:
    """Remove some of what is too old; how many rows, 0 when all is done. The caller holds the lock."""
    oldest_call = now_us - CALLS_DAYS * _DAY_US
    oldest_quarter = (now_us - TOTALS_DAYS * _DAY_US) // QUARTER_US
    oldest_us = oldest_quarter * QUARTER_US
    statements = (
        (_by_row("calls", "id", "at_us"), oldest_call),
        (_by_row("scores", "call, name", "at_us"), oldest_call),
        (_by_row("gaps", "rowid", "at_us"), oldest_us),
        (_by_row("alerts", "budget, period, threshold", "at_us"), oldest_call),
        (_by_row("holds", "id", "expires_us"), now_us),
        (_by_row("totals", "quarter, series", "quarter"), oldest_quarter),
        (_by_row("totals_daily", "day, series", "day"), oldest_quarter // QUARTERS_A_DAY),
        (_by_row("buckets", "quarter, series, what, bucket", "quarter"), oldest_quarter),
        (_by_row("buckets_daily", "day, series, what, bucket", "day"), oldest_quarter // QUARTERS_A_DAY),
    )
    connection.execute("BEGIN IMMEDIATE")
    try:
        removed = sum(connection.execute(sql, (oldest,)).rowcount for sql, oldest in statements)
        if not removed:
            set_meta(connection, "pruned_us", str(now_us))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return removed


def _by_row(table: str, key: str, age: str) -> str:
    return (
        f"DELETE FROM {table} WHERE ({key}) IN "  # noqa: S608 - names of ours
        f"(SELECT {key} FROM {table} WHERE {age} < ? ORDER BY {age} LIMIT {_BATCH})"
    )


def now_us() -> int:
    """The wall clock in microseconds of UTC."""
    return time.time_ns() // 1000
