"""Builds the document of `list`, and what others share with it: a model, a task, a problem."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from model_manager.commands.list import ListReport
from model_manager.commands.rows import ModelRow, ProviderRow, ScenarioRow
from model_manager.core.assignments import Assignment, Source
from model_manager.core.pricing import Change, Peak, Price, Rates, Tier
from model_manager.core.requirements import Finding
from model_manager.rendering.days import days_text, window_text

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.models import (
        ListDocument,
        ModelObject,
        ProviderObject,
        ScenarioObject,
    )
    from model_manager.rendering.documents.types.prices import (
        PeakObject,
        PriceChangeObject,
        PriceObject,
        StatedRates,
        TierObject,
    )
    from model_manager.rendering.documents.types.problems import FindingObject, SourceObject
    from model_manager.rendering.documents.types.tasks import TaskObject


def list_document(report: ListReport) -> "ListDocument":
    """The document of `list`."""
    return {
        "schema": 1,
        "models": [model_object(row) for row in report.models],
        "tasks": [task_object(assignment) for assignment in report.tasks],
        "providers": [_provider(row) for row in report.providers],
        "scenarios": [_scenario(row) for row in report.scenarios],
        "facts": {"compared": report.compared, "problems": [finding_object(report.stale)] if report.stale else []},
    }


def _provider(row: ProviderRow) -> "ProviderObject":
    return {
        "id": row.provider.id,
        "name": row.provider.name,
        "wire": row.provider.wire,
        "base_url": row.base_url,
        "key_env": row.key_env,
        "ready": row.ready,
        "problems": [finding_object(finding) for finding in row.findings],
    }


def _scenario(row: ScenarioRow) -> "ScenarioObject":
    scenario = row.scenario
    return {"id": scenario.id, "title": scenario.title, "model": scenario.model, "why": row.why or None}


def model_object(row: ModelRow) -> "ModelObject":
    """A model as `list` has it."""
    model = row.model
    return {
        "id": model.id,
        "name": model.name,
        "provider": model.provider,
        "model_id": model.model_id,
        "aliases": model.aliases,
        "capabilities": model.capabilities,
        "lacks": model.lacks,
        "context_window": model.context_window,
        "max_output": model.max_output,
        "price": _price_object(model.price, row.rates),
        "recommended": model.recommended,
        "status": row.status,
        "deprecated": model.deprecated,
        "retires": model.retires,
        "replacement": model.replacement,
        "ready": row.ready,
        "tasks": row.tasks,
        "degraded": [finding_object(finding) for finding in row.degraded],
    }


def _price_object(price: Price | None, rates: Rates | None) -> "PriceObject | None":
    """US dollars per million tokens: the row in force on the day, and all that varies it."""
    if price is None or rates is None:
        return None
    return {
        "input": rates.input,
        "output": rates.output,
        "cache_read": rates.cache_read,
        "cache_write": rates.cache_write,
        "cache_write_1h": rates.cache_write_1h,
        "cache_write_12h": rates.cache_write_12h,
        "request": rates.request,
        "tiers": [_tier(tier) for tier in price.tiers],
        "changes": [_change(change) for change in price.changes],
        "peak": _peak(price.peak) if price.peak else None,
    }


def _stated(rates: Rates) -> "StatedRates":
    """The rates that a row gives."""
    return cast("StatedRates", rates.stated())  # a test holds that both have the same names


def _tier(tier: Tier) -> "TierObject":
    return {"above": tier.above, "inclusive": tier.inclusive, **_stated(tier.rates)}


def _change(change: Change) -> "PriceChangeObject":
    return {"from": _moment(change.start), **_stated(change.rates)}


def _moment(moment: datetime) -> str:
    """A date where the change is at the beginning of a UTC day, as it is written in the catalogue."""
    midnight = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return moment.date().isoformat() if midnight else moment.isoformat()


def _peak(peak: Peak) -> "PeakObject":
    windows = [window_text(window) for window in peak.windows]
    return {"days": days_text(peak.days), "utc": windows, **_stated(peak.rates)}


def task_object(assignment: Assignment) -> "TaskObject":
    """A task as `list` has it."""
    return {
        "task": assignment.task.name,
        "purpose": assignment.task.purpose or None,
        "env": assignment.task.env,
        "route": assignment.text,
        "model": assignment.model.id if assignment.model else None,
        "source": source_object(assignment.source) if assignment.source else None,
        "shadowed": [{"value": item.value, "source": source_object(item.source)} for item in assignment.shadowed],
        "problems": [finding_object(finding) for finding in assignment.problems],
        "example": assignment.task.is_example,
    }


def finding_object(finding: Finding) -> "FindingObject":
    """A problem as every report has it."""
    return {"code": finding.code, "severity": finding.severity, "message": finding.message}


def source_object(source: Source) -> "SourceObject":
    """Where a value comes from, as every report has it."""
    variable = None if source.kind == "catalogue" else source.variable
    return {
        "kind": source.kind,
        "variable": variable,
        "file": source.file,
        "line": source.line,
        "text": source.text,
    }
