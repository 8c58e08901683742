"""Builds the JSON document of `assign`."""

from typing import TYPE_CHECKING

from model_manager.commands.assign import AssignReport

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.changes import AssignDocument


def assign_document(report: AssignReport) -> "AssignDocument":
    """The document of `assign`."""
    return {
        "schema": 1,
        "file": report.file,
        "changes": [{"variable": one.variable, "old": one.old, "new": one.new} for one in report.change.changes],
        "written": report.change.written,
        "diff": report.change.diff or None,
        "warnings": report.warnings,
        "models_diff": report.models.diff or None if report.models else None,
        "monthly_delta_usd": report.monthly_delta_usd,
    }
