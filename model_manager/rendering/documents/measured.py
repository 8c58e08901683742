"""Builds the part of documents that says what was measured of a task."""

from typing import TYPE_CHECKING

from model_manager.commands.measured import Measured

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.tasks import MeasuredObject


def measured_object(measured: Measured | None) -> "MeasuredObject | None":
    """What was measured; None without recorded calls."""
    if measured is None:
        return None
    return {
        "since": measured.since.isoformat(),
        "days": measured.days,
        "calls": measured.calls,
        "calls_per_day": measured.calls_per_day,
        "input_tokens": measured.input_tokens,
        "output_tokens": measured.output_tokens,
        "cache_share": measured.cache_share,
        "monthly_usd": measured.monthly_usd,
        "unpriced_calls": measured.unpriced_calls,
        "latency_ms": {"p50": measured.p50_ms, "p95": measured.p95_ms},
        "profile_toml": measured.profile_toml,
    }
