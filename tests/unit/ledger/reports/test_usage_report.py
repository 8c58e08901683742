"""Reports: sums against an independent count, for every dimension and zone, from one ledger or several."""

import random
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from ledger_calls import a_context, a_reply, random_records, write_records

from model_manager.commands.usage import UsageRequest, run
from model_manager.ledger.records import dollars_of, record_of_reply
from model_manager.ledger.reports.calendar import month_of, periods_of, quarter_from
from model_manager.ledger.reports.reader import LedgerReader, Span
from model_manager.ledger.reports.usage import DIMENSIONS, UsageQuery, projected_pico, read_usage
from model_manager.ledger.storage.insertion import QUARTERS_A_DAY

START = datetime(2026, 10, 20, tzinfo=UTC)
WHOLE = Span(quarter_from(START), quarter_from(START + timedelta(days=20)))


@pytest.fixture(scope="module")
def records():
    dice = random.Random(5)
    moments = [START + timedelta(seconds=dice.randrange(20 * 86_400)) for _ in range(2000)]
    return random_records(dice, moments)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory, records):
    """A ledger with all records, for tests that only read it."""
    path = tmp_path_factory.mktemp("read") / "ledger.db"
    write_records(path, records)
    return path


def report(path, **query):
    with LedgerReader(path) as reader:
        return read_usage([reader], UsageQuery(**{"span": WHOLE, **query}))


def label_of(record, word, zone):
    context = record.context
    if word in ("day", "hour"):
        local = context.moment.astimezone(zone)
        label = local.date() if word == "day" else local.replace(minute=0, second=0, microsecond=0)
        return label.isoformat()[:10] if word == "day" else label.isoformat()[:16] + label.isoformat()[19:]
    if word == "error":
        return record.error_kind
    return "demo" if word == "project" else getattr(context, word)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Europe/Berlin", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    "by", [(word,) for word in DIMENSIONS] + [("day", "model"), ("task", "error", "hour"), ()]
)
def test_sums_are_those_of_the_calls(ledger, records, zone, by):
    """Every row is what a plain count of its calls gives, and the totals are the sums of the rows."""
    zone = ZoneInfo(zone)
    found = report(ledger, by=by, periods=periods_of(WHOLE, zone, by))
    expected = {}
    for record in records:
        key = tuple(label_of(record, word, zone) for word in by)
        expected.setdefault(key, []).append(record)
    assert {tuple(row.key[word] for word in by) for row in found.rows} == set(expected)
    for row in found.rows:
        calls, figures = expected[tuple(row.key[word] for word in by)], row.figures
        answers = [call.answer for call in calls if call.answer]
        assert figures.calls == len(calls)
        assert figures.failed == sum(call.outcome == "failed" for call in calls)
        assert figures.fallbacks == sum(call.context.position > 0 for call in calls)
        assert figures.input == sum(answer.usage.input_tokens for answer in answers)
        assert figures.estimated == sum(answer.usage.estimated for answer in answers)
        assert figures.unpriced == sum(answer.cost_usd is None for answer in answers)
        assert dollars_of(figures.cost_pico) == sum(
            (answer.cost_usd or Decimal(0) for answer in answers), Decimal(0)
        )
        assert sum(figures.latency.values()) == len(answers)
    for name in ("calls", "failed", "input", "output", "cost_pico", "unpriced"):
        assert getattr(found.totals, name) == sum(getattr(row.figures, name) for row in found.rows)
    assert found.totals.calls == len(records)


@pytest.mark.parametrize("shift", [0, 1, 95, 97])
def test_spans_that_are_no_whole_days_are_exact(ledger, records, shift):
    """Whole days come from the daily totals and the rest from quarter hours: nothing twice, nothing left out."""
    span = Span(WHOLE.start + shift, WHOLE.end - 2 * QUARTERS_A_DAY + shift)
    found = report(ledger, span=span, by=())
    assert found.totals.calls == sum(
        span.start <= quarter_from(record.context.moment) < span.end for record in records
    )


def test_filters_leave_out_other_calls(ledger, records):
    """A task or a project of its own counts alone."""
    found = report(ledger, task="chat", by=("model",))
    assert found.totals.calls == sum(record.context.task == "chat" for record in records)
    assert report(ledger, project="other").totals.calls == 0


def test_errors_and_fallbacks_are_listed(ledger, records):
    """Failures are counted by kind, and fallbacks by the task and the option that was asked instead."""
    found = report(ledger)
    assert sum(found.errors.values()) == sum(record.error_kind is not None for record in records)
    assert sum(found.fallbacks.values()) == sum(record.context.position > 0 for record in records)
    chat = [r for r in records if r.context.task == "chat" and r.context.option == 1 and r.context.position]
    assert found.fallbacks["chat", 1] == len(chat)


def test_another_model_that_answered_is_listed(tmp_path):
    """Only answers of a different model are listed, not dated names of the same."""
    context = a_context()
    replies = [a_reply(context, served_model=name, match=match) for name, match in
               [("claude-haiku-5-5-20260901", "dated"), ("claude-tiny", "different"), ("claude-tiny", "different")]]  # fmt: skip
    write_records(tmp_path / "l.db", [record_of_reply(a_context(moment=START), reply) for reply in replies])
    assert report(tmp_path / "l.db").served == {("claude-haiku-5-5", "claude-tiny"): 2}


def test_costs_are_unknown_where_no_call_has_a_price(tmp_path):
    """Calls without a price cost an unknown amount and not nothing; a failure without an answer costs nothing."""
    context = a_context(moment=START)
    unpriced = a_reply(context, cost_usd=None, cost_source=None)
    write_records(tmp_path / "l.db", [record_of_reply(context, unpriced)])
    totals = report(tmp_path / "l.db").totals
    assert (totals.cost_usd, totals.unpriced) == (None, 1)


def test_sums_beyond_sqlites_integers_are_exact(tmp_path):
    """Twelve hundred calls of ten thousand dollars are more than 2^63 units, and added up to the last digit."""
    path = tmp_path / "l.db"
    expected = 0
    for day in range(20):
        context = a_context(moment=START + timedelta(days=day))
        amounts = [Decimal("9999.999999999999")] * 60
        expected += sum(amounts, Decimal(0))
        write_records(path, [record_of_reply(context, a_reply(context, cost_usd=amount)) for amount in amounts])
    assert report(path).totals.cost_usd == expected
    assert expected > Decimal(2**63).scaleb(-12)


def test_ledgers_of_several_hosts_add_up(tmp_path, records):
    """Two ledgers together are as if all calls were in one."""
    write_records(tmp_path / "a.db", records[:800])
    write_records(tmp_path / "b.db", records[800:])
    write_records(tmp_path / "all.db", records)
    with ExitStack() as stack:
        readers = [stack.enter_context(LedgerReader(tmp_path / name)) for name in ("a.db", "b.db")]
        together = read_usage(readers, UsageQuery(span=WHOLE, by=("task", "model")))
    alone = report(tmp_path / "all.db", by=("task", "model"))
    assert [(row.key, row.figures) for row in together.rows] == [(row.key, row.figures) for row in alone.rows]


def test_copies_of_a_ledger_count_once(tmp_path, monkeypatch, records):
    """A backup of a ledger, or the same file named twice, adds nothing."""
    own, copy = tmp_path / "a.db", tmp_path / "copy.db"
    write_records(own, records[:500])
    shutil.copy(own, copy)
    write_records(own, records[500:])
    monkeypatch.setenv("MODEL_MANAGER_LEDGER", str(own))
    request = UsageRequest(since="2026-10-20", until="2026-11-10", timezone="UTC", ledgers=(copy, own))
    answer = run(request, START)
    assert answer.report.totals.calls == len(records)
    assert answer.files == [own]
    assert answer.notes == [f"{copy} is an older copy of {own} and is left out"]


def test_the_month_is_projected_from_the_last_seven_days(tmp_path):
    """What is spent counts as it is, and what is left of the month at the pace of the last seven days."""
    zone, now = ZoneInfo("UTC"), datetime(2026, 11, 20, 23, 45, tzinfo=UTC)
    contexts = [a_context(moment=datetime(2026, 11, day, 12, tzinfo=UTC)) for day in range(1, 21)]
    write_records(tmp_path / "l.db", [record_of_reply(c, a_reply(c, cost_usd=Decimal(1))) for c in contexts])
    with LedgerReader(tmp_path / "l.db") as reader:
        query = UsageQuery(span=month_of(now, zone))
        assert dollars_of(projected_pico([reader], query, month_of(now, zone), quarter_from(now))) == 30


def test_percentiles_are_of_answered_calls_only(tmp_path):
    """What failed or was given up has no part in latencies."""
    context = a_context(moment=START)
    write_records(tmp_path / "l.db", [record_of_reply(context, a_reply(context, latency_ms=400.0, ttft_ms=None))])
    totals = report(tmp_path / "l.db").totals
    assert totals.latency_ms["p50"] == pytest.approx(400, rel=0.025)
    assert totals.ttft_ms == {"p50": None, "p95": None, "p99": None}
