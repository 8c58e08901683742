"""The document of `cost`."""

from model_manager.commands.cost import CostReport
from model_manager.rendering.documents.json import Document, rounded


def cost_document(report: CostReport) -> Document:
    """The document of `cost`."""
    workload = report.workload
    usage = workload.usage
    document: Document = {
        "workload": {
            "input_tokens": usage.input_tokens if usage else None,
            "output_tokens": usage.output_tokens if usage else None,
            "cache_read_tokens": usage.cache_read_tokens if usage else None,
            "cache_write_tokens": usage.cache_write_tokens if usage else None,
            "requests": workload.requests,
            "per": workload.per,
            "estimated": usage.estimated if usage else False,
            "on": workload.on.isoformat(),
        },
        "reference": report.reference.id if report.reference else None,
        "costs": [
            {
                "model": row.model.id if row.model else None,
                "provider": row.model.provider if row.model else None,
                "task": row.task,
                "cost_usd": row.cost_usd,
                "relative": rounded(row.relative),
                "best_for": row.model.best_for if row.model else None,
            }
            for row in report.rows
        ],
        "notes": report.notes,
    }
    return {**document, "total_usd": report.total_usd} if report.by_task else _without_tasks(document)


def _without_tasks(document: Document) -> Document:
    for cost in document["costs"]:
        del cost["task"]
    return document
