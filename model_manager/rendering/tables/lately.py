"""How a model did lately, for people: the last seven days, and the days before beside each figure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from model_manager.core.phrases import plural
from model_manager.rendering.tables.list import SEVERITY_STYLES
from model_manager.rendering.tables.sheet import Line
from model_manager.rendering.text import duration

if TYPE_CHECKING:
    from model_manager.commands.model_performance import Lately
    from model_manager.ledger.reports.figures import Figures


def lately_lines(lately: "Lately | None") -> Iterable[Line]:
    """The lines of a sheet; none without recorded calls."""
    if lately is None:
        return
    if not lately.figures.calls:
        before = lately.earlier.calls if lately.earlier else 0
        words = f"no calls in the last {lately.days} days, {before:,} in the {lately.earlier_days} days before"
        yield "lately", words, "muted"
        return
    found = lately.figures
    calls = f"{plural(found.calls, 'call')} in the last {lately.days} days, {_failures(found)}"
    ordered = sorted(lately.errors.items(), key=lambda item: -item[1])
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in ordered)
    yield "lately", calls + (f" ({kinds})" if kinds else ""), ""
    if found.retries:
        yield "", f"{plural(found.retries, 'request')} sent again", ""
    yield "", _speed(found), ""
    if lately.earlier:
        earlier = f"{plural(lately.earlier.calls, 'call')} in the {lately.earlier_days} days before"
        yield "earlier", f"{earlier}, {_failures(lately.earlier)}", "muted"
        yield "", _speed(lately.earlier), "muted"
    for finding in lately.degraded:
        yield finding.severity, finding.message, SEVERITY_STYLES[finding.severity]


def _failures(figures: "Figures") -> str:
    if not figures.failed:
        return "none failed"
    return f"{figures.failed:,} failed ({figures.failed / figures.calls:.1%})"


def _speed(figures: "Figures") -> str:
    latency, first = figures.latency_ms, figures.ttft_ms
    known = latency["p50"] is not None
    parts = [f"p50 {duration(latency['p50'])}, p95 {duration(latency['p95'])}"] if known else []
    parts += [f"first text {duration(first['p50'])}"] if first["p50"] is not None else []
    parts += [f"{figures.tokens_per_second:,.0f} tokens/s"] if figures.tokens_per_second else []
    return ", ".join(parts) or "no answers"
