"""`usage --line`: the report in one line, for a status bar."""

from model_manager.commands.usage import UsageAnswer
from model_manager.core.phrases import plural
from model_manager.rendering.text import duration, money


def usage_line(answer: UsageAnswer) -> str:
    """Cost, calls, failures, the median latency, and what the month will have cost."""
    totals = answer.report.totals
    cost = totals.cost_usd
    parts = [money(cost if cost is None or cost < 1 else round(cost, 2)), plural(totals.calls, "call")]
    parts += [f"{totals.failed:,} failed"] if totals.failed else []
    parts += [f"{totals.unpriced:,} without a price"] if totals.unpriced else []
    parts += [f"{answer.report.unrecorded:,} not recorded"] if answer.report.unrecorded else []
    if (median := totals.latency_ms["p50"]) is not None:
        parts.append(f"p50 {duration(median)}")
    parts.append(f"month {money(round(answer.projected_usd, 2))}")
    return " · ".join(parts)
