"""The JSON document of `assign`."""

from typing import Any

from model_manager.commands.assign import AssignReport


def assign_document(report: AssignReport) -> dict[str, Any]:
    """The document of `assign`."""
    return {
        "file": report.file,
        "changes": [{"variable": one.variable, "old": one.old, "new": one.new} for one in report.change.changes],
        "written": report.change.written,
        "diff": report.change.diff or None,
        "warnings": report.warnings,
        "monthly_delta_usd": report.monthly_delta_usd,
    }
