"""The counters of all time: what they count, and that nothing makes them fall."""

import random
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from ledger_calls import NOON, a_context, a_reply, random_records, read_all, write_records

from model_manager.ledger.records import record_of_cancellation, record_of_reply
from model_manager.ledger.reports.counters import CallGroup, read_counters
from model_manager.ledger.reports.reader import LedgerReader
from model_manager.ledger.reports.repricing import NewPrice, reprice
from model_manager.ledger.storage.file import Batch, LedgerFile
from model_manager.ledger.storage.schema import TOTALS


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "l.db"


def counters_of(path):
    with LedgerReader(path) as reader:
        return read_counters(reader)


def test_counters_are_the_sums_of_the_calls(ledger):
    """Calls, tokens, money and latencies by their labels, over all projects."""
    records = random_records(random.Random(7), [NOON + timedelta(minutes=n) for n in range(400)])
    write_records(ledger, records[:200], "one")
    write_records(ledger, records[200:], "two")
    found = counters_of(ledger)
    calls, costs, tokens, latencies = Counter(), Counter(), Counter(), Counter()
    for record in records:
        context, answer = record.context, record.answer
        key = (context.task or "", context.model)
        calls[CallGroup(*key, context.provider, record.outcome)] += 1
        if answer:
            costs[key] += int((answer.cost_usd or 0) * 10**12)
            tokens[*key, "output"] += answer.usage.output_tokens
            latencies[context.model] += 1
    assert found.calls == calls
    assert found.cost_pico == costs
    assert {key: count for key, count in found.tokens.items() if key[2] == "output"} == tokens
    assert {model: one.count for model, one in found.latencies.items()} == latencies
    assert found.unpriced == sum(
        record.answer is not None and record.answer.cost_usd is None for record in records
    )


def test_cumulative_buckets_follow_the_latencies(ledger):
    """A latency is counted up to a bound if it is not above it, to within the width of a bucket."""
    context = a_context()
    latencies_ms = [10.0, 94.0, 106.0, 900.0, 1100.0, 59_000.0, 10**7]
    write_records(ledger, [record_of_reply(context, a_reply(context, latency_ms=ms)) for ms in latencies_ms])
    latencies = counters_of(ledger).latencies[context.model]
    assert [latencies.up_to(bound) for bound in (0.001, 0.1, 1, 60, 300)] == [0, 2, 4, 6, 6]
    assert (latencies.count, latencies.total_us) == (7, sum(latencies_ms) * 1000)


def test_only_answered_calls_have_latencies(ledger):
    """What was given up half way says nothing of how long an answer takes."""
    context = a_context()
    given_up = record_of_cancellation(context, a_reply(context, latency_ms=5.0))
    write_records(ledger, [given_up, record_of_reply(context, a_reply(context, latency_ms=800.0))])
    latencies = counters_of(ledger).latencies[context.model]
    assert (latencies.count, latencies.total_us) == (1, 800_000)


def test_nothing_falls_when_old_rows_are_removed(ledger):
    """Calls, gaps and totals of four years ago go; the counters stay."""
    old = datetime.now(UTC) - timedelta(days=4 * 365)
    write_records(ledger, random_records(random.Random(3), [old + timedelta(hours=n) for n in range(50)]))
    file = LedgerFile(ledger)
    file.write(Batch(gaps=[(int(old.timestamp() * 1e6), "p", 5, "full"), (1, "p", 2, "full")]))
    before = counters_of(ledger)
    assert before.unrecorded == 7
    file.prune(60)
    file.close()
    assert [read_all(ledger, f"SELECT count(*) FROM {table}") for table in ("calls", "gaps", "buckets_daily")] == [
        [(0,)]
    ] * 3
    assert counters_of(ledger) == before


def test_a_price_that_is_found_later_adds_cost_and_takes_nothing_away(ledger):
    """Calls that were made without a price stay counted as such, while `usage` no longer has them."""
    context = a_context()
    write_records(ledger, [record_of_reply(context, a_reply(context, cost_usd=None))])
    file = LedgerFile(ledger)
    reprice(file, lambda *_: NewPrice(Decimal("0.5"), None))
    file.close()
    found = counters_of(ledger)
    assert (found.unpriced, found.cost_pico["chat", context.model]) == (1, 5 * 10**11)
    assert read_all(ledger, "SELECT sum(unpriced) FROM totals") == [(0,)]


def test_an_unknown_cost_is_not_zero(ledger):
    """Where no call has a price there is no cost to count."""
    context = a_context()
    write_records(ledger, [record_of_reply(context, a_reply(context, cost_usd=None))])
    assert counters_of(ledger).cost_pico == {}


def test_a_ledger_of_the_first_version_has_the_same_counters(ledger):
    """Read as it is, and after the next writer has added the tables of all time."""
    write_records(ledger, random_records(random.Random(5), [NOON + timedelta(hours=n) for n in range(60)]))
    file = LedgerFile(ledger)
    file.write(Batch(gaps=[(10**15, "p", 3, "full")]))
    file.close()
    expected = counters_of(ledger)
    connection = sqlite3.connect(ledger)
    later = ("buckets_lifetime", "gaps_lifetime", "holds", "alerts", "spending")
    connection.executescript("".join(f"DROP TABLE {table};" for table in later))
    connection.executescript("".join(f"ALTER TABLE {table} DROP COLUMN retries;" for table in TOTALS))
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert counters_of(ledger) == expected
    upgraded = LedgerFile(ledger)
    upgraded.open()
    upgraded.close()
    assert read_all(ledger, "SELECT count(*) > 0 FROM buckets_lifetime") == [(1,)]
    assert counters_of(ledger) == expected
