"""Builds the document of the overview."""

from typing import TYPE_CHECKING

from model_manager.commands.model_performance import findings_by_model
from model_manager.commands.overview import OverviewReport
from model_manager.ledger.records import dollars_of
from model_manager.ledger.reports.calendar import moment_of_quarter
from model_manager.rendering.documents.figures import error_count_objects, figures_object
from model_manager.rendering.documents.list import finding_object
from model_manager.rendering.documents.usage import call_object, usage_row_object

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.overview import (
        ModelProblemObject,
        OverviewDocument,
        OverviewPeriodObject,
        OverviewTaskObject,
    )


def overview_document(report: OverviewReport) -> "OverviewDocument":
    """The document of the overview."""
    found, times = report.overview, report.times
    return {
        "schema": 1,
        "since": _moment(report, times.span.start),
        "until": _moment(report, times.span.end),
        "timezone": report.zone_name,
        "period_hours": report.hours,
        "ledger": {
            "path": str(report.path) if report.path else None,
            "state": report.state,
            "message": report.message,
            "hint": report.hint,
        },
        "today": figures_object(found.today),
        "month": figures_object(found.month),
        "projected_month_usd": dollars_of(found.projected_pico),
        "totals": figures_object(found.totals),
        "before": figures_object(found.before) if found.before else None,
        "tasks": _tasks(report),
        "periods": _periods(report),
        "models": [usage_row_object(row) for row in found.models],
        "errors": error_count_objects(found.errors),
        "unrecorded_calls": found.unrecorded,
        "splits": found.splits,
        "problems": _problems(report),
        "calls": [call_object(call) for call in found.calls],
    }


def _moment(report: OverviewReport, quarter: int) -> str:
    return moment_of_quarter(quarter, report.zone).isoformat()


def _tasks(report: OverviewReport) -> "list[OverviewTaskObject]":
    return [
        {**figures_object(share.figures), "task": share.task, "others": share.others}
        for share in report.overview.tasks
    ]


def _periods(report: OverviewReport) -> "list[OverviewPeriodObject]":
    return [
        {
            **figures_object(part.figures),
            "start": _moment(report, part.span.start),
            "costs_by_task": [dollars_of(pico) for pico in part.costs_pico],
        }
        for part in report.overview.parts
    ]


def _problems(report: OverviewReport) -> "list[ModelProblemObject]":
    by_model = findings_by_model(report.overview.degraded)
    return [
        {"model": model, **finding_object(finding)} for model, findings in by_model.items() for finding in findings
    ]
