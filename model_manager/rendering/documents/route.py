"""The document of `route`."""

from model_manager.commands.route import OptionRow, RouteReport
from model_manager.rendering.documents.json import Document
from model_manager.rendering.documents.list import finding_object, source_object


def route_document(report: RouteReport) -> Document:
    """The document of `route`."""
    model, complexity = report.model, report.complexity
    return {
        "task": report.assignment.task.name,
        "route": str(report.route),
        "source": None if report.preference else source_object(report.assignment.source),
        "preference": report.preference,
        "user": report.user,
        "model": model.id if model else None,
        "provider": model.provider if model else None,
        "reason": report.reason,
        "complexity": {
            "score": round(complexity.score, 4),
            "tier": complexity.tier,
            "signals": {name: round(value, 4) for name, value in complexity.signals.items()},
        }
        if complexity
        else None,
        "options": [_option(row) for row in report.options],
        "problems": [finding_object(finding) for finding in report.problems],
    }


def _option(row: OptionRow) -> Document:
    return {
        "option": row.option,
        "percent": row.percent,
        "name": row.name,
        "model": row.model.id if row.model else None,
        "provider": row.model.provider if row.model else None,
        "order": row.order,
        "state": row.state,
        "cooling_s": row.cooling_s,
        "message": row.message,
    }
