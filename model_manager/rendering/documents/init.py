"""Builds the JSON document of `init`."""

from typing import TYPE_CHECKING

from model_manager.commands.init import InitReport

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.changes import InitDocument


def init_document(report: InitReport) -> "InitDocument":
    """The document of `init`."""
    return {
        "schema": 1,
        "tasks": [
            {
                "task": one.task,
                "purpose": one.purpose,
                "env": one.env,
                "model": one.model,
                "replaces": one.replaces,
                "why": one.why,
                "requires": one.requires,
                "found": [{"file": use.file, "line": use.line, "text": use.text} for use in one.uses],
                "notes": one.notes,
            }
            for one in report.proposals
        ],
        "keys": [{"variable": one.variable, "provider": one.provider, "file": one.file} for one in report.keys],
        "files": [{"file": report.file, "diff": report.diff}] if report.diff else [],
        "code": [{"file": one.file, "line": one.line, "old": one.old, "new": one.new} for one in report.code],
        "lists": [
            {"file": one.file, "line": one.line, "end_line": one.end_line, "models": one.models}
            for one in report.lists
        ],
        "assign": [{"task": task, "route": route} for task, route in report.assignments],
        "warnings": report.warnings,
        "written": report.written,
    }
