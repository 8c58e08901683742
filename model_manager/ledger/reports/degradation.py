"""The rule that says which models fail or take twice as often or long as in their own week, without false alarms.

The last six hours, or the last day where six hours have too few calls, are compared with the seven days before the
last day, which an incident of today has not changed yet. Only calls of applications count: probes are meant to
fail. A task's calls are compared with the same task's, so that another mix of tasks is no news.

A share of failures has doubled if the lower end of its 99% interval (Wilson) is above the upper end of the
week's, it is at least twice the week's and 2%, and there are five failures. A latency has doubled if that holds
for the interval of its p50 or p95 (by ranks), and it is 100 ms more. Both sides need thirty calls.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from model_manager.ledger.buckets import percentile
from model_manager.ledger.reports.figures import Figures
from model_manager.ledger.reports.reader import Group, LedgerReader, SeriesInfo, Span
from model_manager.ledger.storage.insertion import QUARTERS_A_DAY

FEWEST_CALLS, FEWEST_FAILURES = 30, 5
LEAST_SHARE, LEAST_MORE_US = 0.02, 100_000
_FACTOR = 2
#: Two intervals of 99% that do not meet: of two that are alike, one pair in some thousands.
_Z = 2.576
_PERCENTILES: Mapping[Literal["p50", "p95"], float] = {"p50": 0.5, "p95": 0.95}
_HOURS = (6, 24)
_WEEK_DAYS = 7
_WEIGHT = 1_000_000
#: No request was sent: that says nothing about the model.
_NOT_ITS_FAULT = frozenset({"missing_key", "budget", "untrusted"})

#: The figures of a model by task.
Tasks = Mapping[str | None, Figures]


@dataclass(frozen=True, slots=True)
class Degradation:
    """A model that has become worse: its share of failures or latency in microseconds, now and the week before.

    Attributes:
        what: what has doubled; "p50" and "p95" are the latency that half and 95 of 100 answers do not exceed.
        hours: how many hours "now" is, and how many calls were made in them.
    """

    model: str
    what: Literal["failures", "p50", "p95"]
    hours: int
    calls: int
    now: float
    before: float


@dataclass(frozen=True, slots=True)
class _Week:
    """A week at the present mix of tasks: failures, latencies by bucket, and how many calls these are worth."""

    share: float
    calls: float
    latency: Mapping[int, int]
    answered: float


def read_degraded(reader: LedgerReader, now: int) -> list[Degradation]:
    """The models that have become worse by a quarter hour, in the order of their names."""
    end = now + 1
    day = Span(end - QUARTERS_A_DAY, end)
    reader.group_by(_key_of)
    found = _read(reader, day)
    if not found:
        return []
    week = _read(reader, Span(day.start - _WEEK_DAYS * QUARTERS_A_DAY, day.start))
    latest = _read(reader, Span(end - _HOURS[0] * QUARTERS_A_DAY // 24, end))
    degraded: list[Degradation] = []
    for model in sorted(found):
        for hours, tasks in zip(_HOURS, (latest.get(model, {}), found[model]), strict=True):
            if (judged := judge(model, hours, tasks, week.get(model, {}))) is not None:
                degraded += judged
                break
    return degraded


def _key_of(info: SeriesInfo) -> Group | None:
    return (info.model, info.task) if info.kind == "chat" and info.error_kind not in _NOT_ITS_FAULT else None


def _read(reader: LedgerReader, span: Span) -> Mapping[str, dict[str | None, Figures]]:
    sums = reader.sums(span)
    reader.add_latencies(span, sums)
    found: defaultdict[str, dict[str | None, Figures]] = defaultdict(dict)
    for (model, task), figures in sums.items():
        found[str(model)][None if task is None else str(task)] = figures
    return found


def judge(model: str, hours: int, now: Tasks, week: Tasks) -> list[Degradation] | None:
    """How a model has become worse: in nothing, failures, or latency; None if there are too few calls to tell.

    Args:
        model: its name.
        hours: how many hours `now` is.
        now: its calls by task.
        week: its calls in the week before.
    """
    # A task that the model has not served before is compared with nothing.
    known = {task: figures for task, figures in now.items() if task in week and _asked(week[task])}
    calls = sum(map(_asked, known.values()))
    if calls < FEWEST_CALLS or sum(_asked(week[task]) for task in known) < FEWEST_CALLS:
        return None
    before = _same_mix(known, week)
    failed = sum(figures.failed for figures in known.values())
    found = []
    if _has_doubled(failed, calls, before):
        share = failed / calls
        found.append(Degradation(model, "failures", hours, calls, share, before.share))
    latency: defaultdict[int, int] = defaultdict(int)
    for figures in known.values():
        for bucket, count in figures.latency.items():
            latency[bucket] += count
    for what, fraction in _PERCENTILES.items():
        if times := _slower(latency, before, fraction):
            value, usual = times
            found.append(Degradation(model, what, hours, calls, value, usual))
            break
    return found


def _asked(figures: Figures) -> int:
    """The calls that were not given up by the caller."""
    return figures.calls - figures.cancelled


def _same_mix(now: Tasks, week: Tasks) -> _Week:
    share, latency = 0.0, defaultdict[int, int](int)
    pairs = [(_asked(figures), week[task]) for task, figures in now.items()]
    calls = sum(weight for weight, _ in pairs)
    for weight, then in pairs:
        share += weight / calls * then.failed / _asked(then)
        answered = sum(then.latency.values())
        for bucket, count in then.latency.items():
            latency[bucket] += round(_WEIGHT * weight * count / answered)
    return _Week(
        share,
        _worth((weight, _asked(then)) for weight, then in pairs),
        latency,
        _worth((weight, sum(then.latency.values())) for weight, then in pairs),
    )


def _worth(pairs: Iterable[tuple[int, int]]) -> float:
    """How many calls a weighted mean of shares is worth: as many as have the same variance."""
    counted = [(weight, calls) for weight, calls in pairs if calls]
    total = sum(weight for weight, _ in counted)
    return total**2 / sum(weight**2 / calls for weight, calls in counted) if total else 0.0


def _has_doubled(failed: int, calls: int, before: _Week) -> bool:
    share = failed / calls
    if failed < FEWEST_FAILURES or share < max(LEAST_SHARE, _FACTOR * before.share):
        return False
    return _wilson(share, calls)[0] > _wilson(before.share, before.calls)[1]


def _wilson(share: float, calls: float) -> tuple[float, float]:
    """The 99% interval of a share."""
    middle = (share + _Z**2 / (2 * calls)) / (1 + _Z**2 / calls)
    half = _Z / (1 + _Z**2 / calls) * sqrt(share * (1 - share) / calls + _Z**2 / (4 * calls**2))
    return middle - half, middle + half


def _slower(now: Mapping[int, int], before: _Week, fraction: float) -> tuple[float, float] | None:
    """A percentile now and in the week before, if it has doubled."""
    answered = sum(now.values())
    if answered < FEWEST_CALLS or before.answered < FEWEST_CALLS:
        return None
    value, usual = _time(now, fraction), _time(before.latency, fraction)
    lowest = _time(now, max(0.0, fraction - _spread(fraction, answered)))
    highest = _time(before.latency, min(1.0, fraction + _spread(fraction, before.answered)))
    is_clear = lowest > highest and value >= _FACTOR * usual and value - usual >= LEAST_MORE_US
    return (value, usual) if is_clear else None


def _time(counts: Mapping[int, int], fraction: float) -> float:
    return percentile(counts, fraction) or 0.0


def _spread(fraction: float, calls: float) -> float:
    """How far the rank of a percentile may be off."""
    return _Z * sqrt(fraction * (1 - fraction) / calls)
