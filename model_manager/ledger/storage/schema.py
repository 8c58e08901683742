"""The tables of the ledger, as a list of migrations. One that was released is never changed; others follow it.

Meanings: `input` is the whole prompt, and cache reads and writes are parts of it. Money is a whole number of
10^-12 dollars. Moments are microseconds of UTC. NULL is unknown; in `series`, which is a key, '' stands for none.
"""

from collections.abc import Sequence

#: Marks the file as a ledger ("MMLG"), so that no other program's database is ever written to.
APPLICATION_ID = 0x4D4D4C47

#: The columns of `calls` that are written, in the order of a row.
CALL_COLUMNS = (
    "call", "position", "at_us", "project", "process", "kind", "task", "preference", "route", "option", "arm",
    "user", "provider", "model", "model_id", "served", "match", "outcome", "error_kind", "status", "finish",
    "stream", "attempts", "input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning",
    "estimated", "cost_pico", "cost_source", "price_checked", "needs", "latency_us", "ttft_us", "request_id",
)  # fmt: skip
#: What tells one series of totals from another.
SERIES_COLUMNS = (
    "project", "kind", "task", "model", "provider", "arm", "option", "outcome", "error_kind",
)  # fmt: skip
#: What is added up for each series: counts of calls, tokens, money, and times.
_FIRST_MEASURES = (
    "calls", "fallbacks", "estimated", "priced", "unpriced", "input", "output", "cache_read", "cache_write",
    "cache_write_1h", "reasoning", "cost_pico", "latency_us", "timed_output", "timed_us",
)  # fmt: skip
#: `retries` are the requests of a call beyond its first. They came after the first version of the tables.
MEASURES = (*_FIRST_MEASURES, "retries")
#: The tables of totals and the columns of their keys.
TOTALS = {
    "totals": ("quarter", "series"),
    "totals_daily": ("day", "series"),
    "lifetime": ("series",),
}
#: The same for the latency buckets. `what` is 0 for the whole answer, 1 for its first text.
BUCKETS = {
    "buckets": ("quarter", "series", "what", "bucket"),
    "buckets_daily": ("day", "series", "what", "bucket"),
}
#: The latency buckets of all time, for histograms whose counts never fall. They came with the second version.
LIFETIME_BUCKETS = ("series", "what", "bucket")

_CALLS = """
CREATE TABLE calls(
    id INTEGER PRIMARY KEY,
    call TEXT NOT NULL, position INTEGER NOT NULL, at_us INTEGER NOT NULL,
    project TEXT, process TEXT, kind TEXT NOT NULL,
    task TEXT, preference TEXT, route TEXT, option INTEGER, arm TEXT, user TEXT,
    provider TEXT NOT NULL, model TEXT NOT NULL, model_id TEXT NOT NULL, served TEXT, match TEXT,
    outcome TEXT NOT NULL, error_kind TEXT, status INTEGER, finish TEXT, stream INTEGER NOT NULL, attempts INTEGER,
    input INTEGER, output INTEGER, cache_read INTEGER, cache_write INTEGER, cache_write_1h INTEGER,
    reasoning INTEGER, estimated INTEGER NOT NULL,
    cost_pico INTEGER, cost_source TEXT, price_checked TEXT, needs TEXT,
    latency_us INTEGER, ttft_us INTEGER, request_id TEXT,
    at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL,
    cost_usd REAL GENERATED ALWAYS AS (cost_pico / 1e12) VIRTUAL
) STRICT
"""
_GAPS = """
CREATE TABLE gaps(at_us INTEGER NOT NULL, process TEXT, calls INTEGER NOT NULL, why TEXT NOT NULL) STRICT
"""
_SCORES = """
CREATE TABLE scores(
    call TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY (call, name)
) WITHOUT ROWID, STRICT
"""
#: Money that calls under way may cost. A row goes with the record of its call, in the same transaction.
_HOLDS = """
CREATE TABLE holds(
    id INTEGER PRIMARY KEY,
    call TEXT NOT NULL, position INTEGER NOT NULL, at_us INTEGER NOT NULL, task TEXT, project TEXT,
    amount_pico INTEGER NOT NULL, expires_us INTEGER NOT NULL, process TEXT NOT NULL
) STRICT
"""
#: What calls under a limit on spending have cost, for as long as it counts. Not all of it is in `calls`: a call of
#: which nobody knows what it has cost counts with the most that it may have.
_SPENDING = """
CREATE TABLE spending(scope TEXT NOT NULL, expires_us INTEGER NOT NULL, amount_pico INTEGER NOT NULL) STRICT
"""
#: Warnings about budgets that were given: each once a period of a budget.
_ALERTS = """
CREATE TABLE alerts(
    budget TEXT NOT NULL, period TEXT NOT NULL, threshold TEXT NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (budget, period, threshold)
) WITHOUT ROWID, STRICT
"""

_FILL_BUCKETS_LIFETIME = """
INSERT INTO buckets_lifetime
SELECT series, what, bucket, sum(calls) FROM buckets_daily GROUP BY series, what, bucket
"""


def _table(name: str, keys: Sequence[str], values: Sequence[str]) -> str:
    columns = ", ".join(f"{column} INTEGER NOT NULL" for column in (*keys, *values))
    return f"CREATE TABLE {name}({columns}, PRIMARY KEY ({', '.join(keys)})) WITHOUT ROWID, STRICT"


def _fill_retries(table: str, keys: Sequence[str]) -> str:
    """Counts what the recorded calls were sent again, for totals that are older than the column."""
    same = " AND ".join(
        f"series.{name} = coalesce(calls.{name}, {-1 if name == 'option' else repr('')})"
        for name in SERIES_COLUMNS
    )
    periods = {"quarter": "at_us / 900000000", "day": "at_us / 86400000000", "series": "series.id"}
    found = ", ".join(f"{periods[key]} AS found_{key}" for key in keys)
    where = " AND ".join(f"{key} = found_{key}" for key in keys)
    groups = ", ".join(f"found_{key}" for key in keys)
    return (
        f"UPDATE {table} SET retries = again FROM (SELECT {found}, sum(attempts - 1) AS again "  # noqa: S608 - names of ours
        f"FROM calls JOIN series ON {same} WHERE attempts > 1 GROUP BY {groups}) WHERE {where}"
    )


_SERIES = ", ".join(f"{name} {'INTEGER' if name == 'option' else 'TEXT'} NOT NULL" for name in SERIES_COLUMNS)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT",
        _CALLS,
        "CREATE INDEX calls_at ON calls(at_us)",
        "CREATE INDEX calls_different ON calls(at_us) WHERE match = 'different'",
        f"CREATE TABLE series(id INTEGER PRIMARY KEY, {_SERIES}, UNIQUE ({', '.join(SERIES_COLUMNS)})) STRICT",
        *(_table(name, keys, _FIRST_MEASURES) for name, keys in TOTALS.items()),
        *(_table(name, keys, ("calls",)) for name, keys in BUCKETS.items()),
        _GAPS,
        _SCORES,
        "CREATE INDEX scores_at ON scores(at_us)",
    ),
    (_HOLDS, "CREATE INDEX holds_call ON holds(call, position)", _ALERTS),
    (
        *(f"ALTER TABLE {name} ADD COLUMN retries INTEGER NOT NULL DEFAULT 0" for name in TOTALS),
        *(_fill_retries(name, keys) for name, keys in TOTALS.items()),
    ),
    # The rest of what is counted over all time, for monitoring: latency buckets, and calls that were not recorded.
    (
        _table("buckets_lifetime", LIFETIME_BUCKETS, ("calls",)),
        _FILL_BUCKETS_LIFETIME,
        "CREATE TABLE gaps_lifetime(id INTEGER PRIMARY KEY CHECK (id = 0), calls INTEGER NOT NULL) STRICT",
        "INSERT INTO gaps_lifetime SELECT 0, coalesce(sum(calls), 0) FROM gaps",
    ),
    # Limits on spending besides budgets. What is held under such a limit has its scope, and counts in no budget.
    (
        "ALTER TABLE holds ADD COLUMN scope TEXT",
        _SPENDING,
        "CREATE INDEX spending_scope ON spending(scope, expires_us)",
    ),
)
SCHEMA_VERSION = len(MIGRATIONS)
