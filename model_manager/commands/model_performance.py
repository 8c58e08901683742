"""Reads how models did from the ledger, and words what has become worse."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from model_manager.core.requirements import Finding
from model_manager.ledger.reports.calendar import moment_of_quarter, quarter_from
from model_manager.ledger.reports.degradation import Degradation, read_degraded
from model_manager.ledger.reports.figures import Figures
from model_manager.ledger.reports.lately import EARLIER_DAYS, LATE_DAYS, read_lately
from model_manager.ledger.reports.reader import LedgerReader

_US_PER_S, _US_PER_MS = 1e6, 1000
_FIRST_DIGIT = 0.1
_PARTS = {"p50": "half of the answers take", "p95": "1 of 20 answers takes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """How a model did in the last seven days.

    Attributes:
        since: when they began.
        days, earlier_days: how many days `figures` and `earlier` are.
        errors: its calls that were not answered, by kind.
        earlier: the days before; None without calls.
        degraded: what has become twice as bad as in its own week.
    """

    since: datetime
    days: int
    figures: Figures
    errors: Mapping[str, int]
    earlier_days: int
    earlier: Figures | None
    degraded: tuple[Finding, ...] = ()


def find_degraded(path: Path, now: datetime) -> Mapping[str, tuple[Finding, ...]]:
    """What has become worse in a ledger, by model.

    Raises:
        LedgerError: it cannot be read.
    """
    with LedgerReader(path) as reader:
        return findings_by_model(read_degraded(reader, quarter_from(now)))


def findings_by_model(found: Iterable[Degradation]) -> dict[str, tuple[Finding, ...]]:
    """The same as findings, by model."""
    by_model: dict[str, tuple[Finding, ...]] = {}
    for one in found:
        code = "failures_doubled" if one.what == "failures" else "latency_doubled"
        finding = Finding(code, "warning", _sentence(one), one.model)
        by_model[one.model] = (*by_model.get(one.model, ()), finding)
    return by_model


def measure_lately(path: Path, model: str, now: datetime) -> Lately | None:
    """How a model did; None without calls in these days.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    quarter = quarter_from(now)
    with LedgerReader(path) as reader:
        found = read_lately(reader, model, quarter)
        if not found.late.calls and not found.earlier.calls:
            return None
        degraded = findings_by_model(read_degraded(reader, quarter)).get(model, ())
    return Lately(
        since=moment_of_quarter(found.span.start, UTC),
        days=LATE_DAYS,
        figures=found.late,
        errors=found.errors,
        earlier_days=EARLIER_DAYS,
        earlier=found.earlier if found.earlier.calls else None,
        degraded=degraded,
    )


def _sentence(one: Degradation) -> str:
    when = f"in the last {one.hours} hours ({one.calls:,} calls)"
    if one.what == "failures":
        now, before = f"{_percent(one.now)} of its calls failed", _percent(one.before)
    else:
        now, before = f"{_PARTS[one.what]} {_time(one.now)} or more", _time(one.before)
    return f"{one.model}: {now} {when}, {before} in the week before"


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f}%" if percent >= 10 or not percent else f"{max(percent, _FIRST_DIGIT):.1f}%"  # noqa: PLR2004


def _time(microseconds: float) -> str:
    if microseconds < _US_PER_S:
        return f"{microseconds / _US_PER_MS:.0f} ms"
    return f"{microseconds / _US_PER_S:.1f} s"
