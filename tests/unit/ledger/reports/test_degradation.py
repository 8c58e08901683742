"""The rule that names models which have become worse: what it finds, what it leaves alone, and how rarely it errs."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_calls import a_context, a_reply, write_records

from model_manager.errors import ProviderError
from model_manager.ledger.buckets import bucket_of
from model_manager.ledger.records import CallRecord, record_of_error, record_of_reply
from model_manager.ledger.reports.calendar import quarter_from
from model_manager.ledger.reports.degradation import judge, read_degraded
from model_manager.ledger.reports.figures import Figures
from model_manager.ledger.reports.reader import LedgerReader

NOW = datetime(2026, 11, 28, 15, 7, tzinfo=UTC)


def calls(count: int, failed: int = 0, milliseconds: float = 1000, dice: random.Random | None = None) -> Figures:
    """Calls with so many failures, whose answers take about as long."""
    times = [milliseconds * (dice.lognormvariate(0, 0.7) if dice else 1) for _ in range(count - failed)]
    latency = Counter(bucket_of(int(time * 1000)) for time in times)
    return Figures(calls=count, failed=failed, latency=latency)


def judged(now: dict, week: dict) -> list[str] | None:
    found = judge("m", 6, now, week)
    return None if found is None else [one.what for one in found]


@pytest.mark.parametrize(
    ("now", "week", "expected"),
    [
        (calls(200, 20), calls(2000, 20), ["failures"]),
        (calls(200, 20), calls(2000, 0), ["failures"]),
        (calls(200, 3), calls(2000, 20), []),  # 1.5%: not doubled
        (calls(40, 4), calls(2000, 40), []),  # four failures are few
        (calls(1000, 9), calls(9000, 9), []),  # nine times as many, and still not one in a hundred
        (calls(29, 20), calls(2000, 20), None),
        (calls(200, 20), calls(29, 0), None),
        (calls(200, milliseconds=2500), calls(2000), ["p50"]),
        (calls(200, milliseconds=1900), calls(2000), []),
        (calls(200, milliseconds=90), calls(2000, milliseconds=30), []),  # nobody notices 60 ms
        (calls(200, 40, milliseconds=2500), calls(2000, 20), ["failures", "p50"]),
    ],
)
def test_what_has_doubled(now, week, expected):
    """A share of failures or a latency has doubled beyond chance and beyond what is too small to matter, or not."""
    assert judged({"chat": now}, {"chat": week}) == expected


def test_a_slow_tail_is_found():
    """If one in eight answers takes very long, the median is the same and p95 is not."""
    now, slow = calls(700), calls(100, milliseconds=9000)
    now.add(slow)
    assert judged({"chat": now}, {"chat": calls(4000)}) == ["p95"]


def test_another_mix_of_tasks_is_no_news():
    """More calls of a task that is slow and often fails make the model no worse: each task is compared with itself."""
    week = {"chat": calls(4000, 40), "essays": calls(400, 40, milliseconds=9000)}
    now = {"chat": calls(20), "essays": calls(300, 30, milliseconds=9000)}
    assert judged(now, week) == []
    assert judged({**now, "new": calls(500, 400)}, week) == []  # compared with nothing


def test_false_alarms_are_rare():
    """Of models that are as they were, with a latency that varies as latencies do, fewer than one in 200 is named."""
    dice = random.Random(11)
    alarms = 0
    for _ in range(600):
        size, rate = dice.choice([40, 150, 600]), dice.choice([0.003, 0.02, 0.1])
        now, week = ({}, {})
        for task in ("a", "b"):
            for found, count in ((now, size), (week, 6 * size)):
                failed = sum(dice.random() < rate for _ in range(count))
                found[task] = calls(count, failed, dice=dice)
        alarms += bool(judged(now, week))
    assert alarms < 3


def hours_of(count: int, start: float, end: float, failing: float = 0.0, **over: str) -> Iterator[CallRecord]:
    """Calls spread evenly from so many hours ago to so many, of which a part fails."""
    for number in range(count):
        context = a_context(moment=NOW - timedelta(hours=start - (start - end) * number / count), **over)
        fails = int((number + 1) * failing) > int(number * failing)
        kind = over.get("kind", "chat")
        if fails:
            yield record_of_error(context, ProviderError("bad_request" if kind == "probe" else "overloaded", "no"))
        else:
            yield record_of_reply(context, a_reply(context))


def read(path: Path, records: list[CallRecord]) -> list[tuple[str, int]]:
    write_records(path, records)
    with LedgerReader(path) as reader:
        return [(one.what, one.hours) for one in read_degraded(reader, quarter_from(NOW))]


def test_the_last_hours_are_compared_with_the_week_before(tmp_path):
    """Six hours where they have calls enough, else the last day; what was worse a week ago is not."""
    usual = list(hours_of(700, 24 * 8, 24.3, failing=0.01))
    busy = [*usual, *hours_of(90, 24, 6.3, failing=0.01), *hours_of(60, 6, 0.1, failing=0.3)]
    quiet = [*usual, *hours_of(40, 24, 0.1, failing=0.3)]
    over = [*usual, *hours_of(60, 24 * 7, 24 * 6, failing=0.9), *hours_of(90, 24, 0.1, failing=0.01)]
    assert read(tmp_path / "busy.db", busy) == [("failures", 6)]
    assert read(tmp_path / "quiet.db", quiet) == [("failures", 24)]
    assert read(tmp_path / "over.db", over) == []


def test_probes_and_refusals_of_our_own_say_nothing_of_a_model(tmp_path):
    """Probes are meant to fail, and without a key nobody was asked."""
    usual = list(hours_of(700, 24 * 8, 0.1))
    probes = hours_of(100, 5, 0.1, failing=0.9, kind="probe")
    contexts = [a_context(moment=NOW - timedelta(hours=1)) for _ in range(100)]
    own = [record_of_error(one, ProviderError("missing_key", "no key")) for one in contexts]
    assert read(tmp_path / "l.db", [*usual, *probes, *own]) == []
