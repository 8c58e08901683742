"""Builds the JSON document of `trust`."""

from typing import TYPE_CHECKING

from model_manager.commands.trust import TrustReport

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.changes import TrustDocument


def trust_document(report: TrustReport) -> "TrustDocument":
    """What a project's files would send where."""
    return {
        "schema": 1,
        "destinations": [
            {
                "provider": one.provider,
                "host": one.host,
                "base_url": one.base_url,
                "variable": one.variable,
                "file": one.file,
                "line": one.line,
                "trusted": one.trusted,
            }
            for one in report.destinations
        ],
        "written": report.written,
    }
