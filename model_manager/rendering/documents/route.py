"""Builds the document of `route`."""

from typing import TYPE_CHECKING

from model_manager.commands.route import OptionRow, RouteReport
from model_manager.core.routing.complexity import Complexity
from model_manager.rendering.documents.list import finding_object, source_object

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.costs import ComplexityObject, RouteDocument, RouteOptionObject


def route_document(report: RouteReport) -> "RouteDocument":
    """The document of `route`."""
    model, source = report.model, None if report.preference else report.assignment.source
    return {
        "schema": 1,
        "task": report.assignment.task.name,
        "route": str(report.route),
        "source": source_object(source) if source else None,
        "preference": report.preference,
        "user": report.user,
        "model": model.id if model else None,
        "provider": model.provider if model else None,
        "reason": report.reason,
        "complexity": _complexity(report.complexity) if report.complexity else None,
        "options": [_option(row) for row in report.options],
        "problems": [finding_object(finding) for finding in report.problems],
    }


def _complexity(complexity: Complexity) -> "ComplexityObject":
    return {
        "score": round(complexity.score, 4),
        "tier": complexity.tier,
        "signals": {name: round(value, 4) for name, value in complexity.signals.items()},
    }


def _option(row: OptionRow) -> "RouteOptionObject":
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
