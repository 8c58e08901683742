"""Builds the parts of documents that are sums over calls."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model_manager.ledger.reports.figures import Figures
    from model_manager.rendering.documents.types.usage import ErrorCountObject, FiguresObject, PercentilesObject


def figures_object(figures: "Figures") -> "FiguresObject":
    """The sums of a row, or of all rows."""
    return {
        "calls": figures.calls,
        "failed": figures.failed,
        "cancelled": figures.cancelled,
        "fallbacks": figures.fallbacks,
        "retries": figures.retries,
        "input_tokens": figures.input,
        "output_tokens": figures.output,
        "cache_read_tokens": figures.cache_read,
        "cache_write_tokens": figures.cache_write,
        "reasoning_tokens": figures.reasoning,
        "estimated_calls": figures.estimated,
        "unpriced_calls": figures.unpriced,
        "cost_usd": figures.cost_usd,
        "latency_ms": percentiles_object(figures.latency_ms),
        "ttft_ms": percentiles_object(figures.ttft_ms),
        "tokens_per_second": figures.tokens_per_second,
    }


def percentiles_object(values: Mapping[str, float | None]) -> "PercentilesObject":
    """Percentiles of times in milliseconds."""
    return {"p50": values["p50"], "p95": values["p95"], "p99": values["p99"]}


def error_count_objects(errors: Mapping[str, int]) -> "list[ErrorCountObject]":
    """Calls that were not answered, the most frequent kind first."""
    return [{"error": kind, "calls": calls} for kind, calls in most_first(errors)]


def most_first(counts: Mapping[Any, int]) -> list[tuple[Any, int]]:
    """What is counted, the most frequent first."""
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
