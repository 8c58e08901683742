"""Builds the document of `usage --arms`, and the same as CSV."""

import csv
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

from model_manager.commands.usage_arms import ArmsAnswer
from model_manager.ledger.buckets import percentile
from model_manager.ledger.experiments.arm_sums import ArmSums
from model_manager.ledger.experiments.comparison import Difference, is_priced
from model_manager.ledger.experiments.metrics import METRICS
from model_manager.ledger.records import PICO_DIGITS, dollars_of
from model_manager.ledger.reports.figures import FRACTIONS
from model_manager.rendering.documents.json import rounded
from model_manager.rendering.documents.usage import flat_cells

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.arms import (
        ArmObject,
        ArmsDocument,
        ChangeObject,
        DifferenceObject,
    )
    from model_manager.rendering.documents.types.usage import PercentilesObject

_US_PER_MS = 1000


def arms_document(answer: ArmsAnswer) -> "ArmsDocument":
    """The document of `usage --arms`."""
    ratio = answer.experiment.ratio if answer.experiment else None
    return {
        "schema": 1,
        "task": answer.task,
        "metric": answer.metric,
        "since": answer.since.isoformat() if answer.since else None,
        "until": answer.until.isoformat(),
        "sample_ratio": {
            "p": _shortened(ratio.p) if ratio else None,
            "ok": ratio.is_ok if ratio else True,
        },
        "arms": _arms(answer),
        "verdict": {
            "winner": answer.verdict.winner,
            "text": answer.verdict.text,
            "users_needed": answer.verdict.users_needed,
            "assign": answer.assign,
        },
        "notes": answer.notes,
    }


def csv_text(answer: ArmsAnswer) -> str:
    """The arms as comma-separated values with a header."""
    text = StringIO()
    lines = [flat_cells(arm) for arm in _arms(answer)]
    # The first arm has no difference to any: the others know the names of its cells.
    names = list(dict.fromkeys(name for line in reversed(lines) for name in line if name != "difference"))
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _arms(answer: ArmsAnswer) -> list["ArmObject"]:
    if answer.split is None or answer.experiment is None:
        return []
    found = answer.experiment
    return [
        _arm(share.arm, share.percent, found.arms[share.arm], found.differences.get(share.arm))
        for share in answer.split.arms
    ]


def _arm(
    name: str, percent: float, sums: ArmSums, differences: Mapping[str, Difference | None] | None
) -> "ArmObject":
    return {
        "arm": name,
        "model": name,
        "percent": percent,
        "users": sums.users,
        "calls": sums.calls,
        "failures": round(sums.failures.y),
        "cost_usd": cost_of(sums),
        "cost_per_call_usd": cost_per_call(sums),
        "latency_ms": _percentiles(sums),
        "scores": {score: _shortened(one.ratio) or 0.0 for score, one in sums.scores.items()},
        "difference": None if differences is None else _difference(differences),
    }


def cost_of(sums: ArmSums) -> Decimal | None:
    """The exact cost of an arm's calls; None if none is known."""
    return None if _has_no_price(sums) else dollars_of(sums.cost_pico)


def cost_per_call(sums: ArmSums) -> Decimal | None:
    """The cost of a call whose cost is known; None without any."""
    if not sums.cost.x or _has_no_price(sums):
        return None
    return round(dollars_of(sums.cost_pico) / round(sums.cost.x), PICO_DIGITS)


def _has_no_price(sums: ArmSums) -> bool:
    """Whether nothing is known of what its calls cost, save that those which failed at once cost nothing."""
    return not sums.cost_pico and not is_priced(sums)


def latency_of(sums: ArmSums, fraction: float) -> float | None:
    """A percentile of an arm's latencies in milliseconds."""
    found = percentile(sums.latency_buckets, fraction)
    return None if found is None else round(found / _US_PER_MS, 1)


def _percentiles(sums: ArmSums) -> "PercentilesObject":
    p50, p95, p99 = (latency_of(sums, FRACTIONS[name]) for name in ("p50", "p95", "p99"))
    return {"p50": p50, "p95": p95, "p99": p99}


def _difference(differences: Mapping[str, Difference | None]) -> "DifferenceObject":
    return {
        "cost": _change(differences["cost"]),
        "latency": _change(differences["latency"]),
        "failures": _change(differences["failures"]),
        "scores": {name: _change(one) for name, one in differences.items() if name not in METRICS},
    }


def _change(one: Difference | None) -> "ChangeObject | None":
    if one is None:
        return None
    return {
        "relative": _shortened(one.relative),
        "low": _shortened(one.low),
        "high": _shortened(one.high),
        "clear": one.is_clear,
    }


def _shortened(number: float | None) -> float | None:
    """A number with as many digits as tell something; None also for what JSON has no number for."""
    return None if number is None or not -1e300 < number < 1e300 else rounded(Decimal(number))  # noqa: PLR2004 - beyond, it is infinite
