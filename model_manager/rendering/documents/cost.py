"""Builds the document of `cost`."""

from typing import TYPE_CHECKING

from model_manager.commands.cost_report import CostReport, CostRow, Workload
from model_manager.rendering.documents.json import rounded
from model_manager.rendering.documents.measured import measured_object

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.costs import CostDocument, CostObject, WorkloadObject


def cost_document(report: CostReport) -> "CostDocument":
    """The document of `cost`."""
    document: CostDocument = {
        "schema": 1,
        "workload": _workload(report.workload),
        "reference": report.reference.id if report.reference else None,
        "costs": [_cost(row, by_task=report.by_task) for row in report.rows],
        "notes": report.notes,
    }
    if report.by_task:
        document["total_usd"] = report.total_usd
        document["known_usd"] = report.known_usd
        document["unknown_tasks"] = report.unknown
    return document


def _workload(workload: Workload) -> "WorkloadObject":
    usage = workload.usage
    return {
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "cache_read_tokens": usage.cache_read_tokens if usage else None,
        "cache_write_tokens": usage.cache_write_tokens if usage else None,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens if usage else None,
        "cache_write_12h_tokens": usage.cache_write_12h_tokens if usage else None,
        "requests": workload.requests,
        "per": workload.per,
        "estimated": usage.estimated if usage else False,
        "on": workload.on.isoformat(),
    }


def _cost(row: CostRow, *, by_task: bool) -> "CostObject":
    model, parts, tier = row.model, row.parts, row.tier
    cost: CostObject = {
        "model": model.id if model else None,
        "provider": model.provider if model else None,
        "cost_usd": row.cost_usd,
        "input_usd": parts.input_usd if parts else None,
        "output_usd": parts.output_usd if parts else None,
        "request_usd": parts.request_usd if parts else None,
        "relative": None if row.relative is None else rounded(row.relative),
        "best_for": model.best_for if model else None,
        "exceeds": [{"limit": found.limit, "tokens": found.tokens} for found in row.exceeds],
        "tier": {"above": tier.above, "smaller_tokens": tier.smaller_tokens, "smaller_usd": tier.smaller_usd}
        if tier
        else None,
    }
    if by_task:
        cost["task"] = row.task
        cost["measured"] = measured_object(row.measured)
    return cost
