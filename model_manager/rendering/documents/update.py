"""Builds the JSON document of `update`."""

from datetime import date
from typing import TYPE_CHECKING

from model_manager.commands.update import SourceResult, UpdateReport
from model_manager.core.source_values import Fact

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.updates import FactValue, UpdateDocument, UpdateSourceObject


def update_document(report: UpdateReport) -> "UpdateDocument":
    """The document of `update`."""
    return {
        "schema": 1,
        "sources": [_source(result) for result in report.sources],
        "changes": [
            {
                "model": change.model,
                "field": change.field,
                "old": _value(change.old),
                "new": _value(change.new),
                "sources": change.sources,
                "certainty": change.certainty,
                "held": change.held,
                "chosen": report.is_chosen(change),
            }
            for change in report.changes
        ],
        "new_models": [
            {"provider": provider, "model_id": model_id, "sources": sources}
            for (provider, model_id), sources in report.new_models.items()
        ],
        "warnings": report.warnings,
        "file": report.file,
        "written": report.written,
    }


def _value(fact: Fact) -> "FactValue":
    return fact.isoformat() if isinstance(fact, date) else fact


def _source(result: SourceResult) -> "UpdateSourceObject":
    record = result.record
    return {
        "name": result.name,
        "url": record.url if record else None,
        "fetched": record.at.isoformat() if record else None,
        "sha256": record.sha256 if record else None,
        "models": record.models if record else None,
        "error": result.problem,
    }
