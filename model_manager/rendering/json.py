"""Reports as JSON documents: plain names and values. Decimals are written as numbers with all their digits."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import simplejson

from model_manager.commands.cost import CostReport
from model_manager.commands.info import ModelInfo, TaskInfo
from model_manager.commands.list import ListReport
from model_manager.commands.rows import ModelRow
from model_manager.core.assignments import Assignment, Source
from model_manager.core.pricing import Change, Peak, Price, Rates, Tier, plain
from model_manager.core.redaction import Redactor
from model_manager.core.requirements import Finding
from model_manager.errors import ModelManagerError
from model_manager.rendering.days import days_text, window_text

Document = dict[str, Any]
_SIGNIFICANT = 6


def dump(document: Document, redact: Redactor) -> str:
    """A document as text: ASCII only, so that no terminal and no locale can spoil it."""
    return simplejson.dumps(
        _redacted(document, redact), indent=2, use_decimal=False, default=_raw, ensure_ascii=True, allow_nan=False
    )


def _raw(value: Any) -> Any:
    if isinstance(value, Decimal):
        return simplejson.RawJSON(format(plain(value), "f"))
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _redacted(value: Any, redact: Redactor) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item, redact) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def error_document(error: ModelManagerError) -> Document:
    """What is printed instead of a report."""
    problems = [
        {"file": item.file, "line": item.line, "key": item.key or None, "message": item.message, "hint": item.hint}
        for item in error.problems
    ]
    return {"error": {"kind": error.kind, "message": error.message, "hint": error.hint, "problems": problems}}


def list_document(report: ListReport) -> Document:
    """The document of `list`."""
    return {
        "models": [model_object(row) for row in report.models],
        "tasks": [task_object(assignment) for assignment in report.tasks],
        "providers": [
            {
                "id": row.provider.id,
                "name": row.provider.name,
                "wire": row.provider.wire,
                "base_url": row.base_url,
                "key_env": row.key_env,
                "ready": row.ready,
                "problems": [_finding(finding) for finding in row.doubts],
            }
            for row in report.providers
        ],
        "scenarios": [
            {
                "id": row.scenario.id,
                "title": row.scenario.title,
                "model": row.scenario.model,
                "why": row.why or None,
            }
            for row in report.scenarios
        ],
    }


def model_object(row: ModelRow) -> Document:
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
    }


def _price_object(price: Price | None, rates: Rates | None) -> Document | None:
    """US dollars per million tokens: the row in force on the day, and all that varies it."""
    if price is None or rates is None:
        return None
    return {
        **{name: getattr(rates, name) for name in ("input", "output", "cache_read", "cache_write")},
        **{name: getattr(rates, name) for name in ("cache_write_1h", "cache_write_12h")},
        "tiers": [_tier(tier) for tier in price.tiers],
        "changes": [_change(change) for change in price.changes],
        "peak": _peak(price.peak) if price.peak else None,
    }


def _tier(tier: Tier) -> Document:
    return {"above": tier.above, "inclusive": tier.inclusive, **tier.rates.stated()}


def _change(change: Change) -> Document:
    return {"from": _moment(change.start), **change.rates.stated()}


def _moment(moment: datetime) -> str:
    """A date where the change is at the beginning of a UTC day, as it is written in the catalogue."""
    midnight = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return moment.date().isoformat() if midnight else moment.isoformat()


def _peak(peak: Peak) -> Document:
    windows = [window_text(window) for window in peak.windows]
    return {"days": days_text(peak.days), "utc": windows, **peak.rates.stated()}


def task_object(assignment: Assignment) -> Document:
    """A task as `list` has it."""
    return {
        "task": assignment.task.name,
        "purpose": assignment.task.purpose or None,
        "env": assignment.task.env,
        "route": assignment.text,
        "model": assignment.model.id if assignment.model else None,
        "source": _source(assignment.source),
        "shadowed": [{"value": item.value, "source": _source(item.source)} for item in assignment.shadowed],
        "problems": [_finding(finding) for finding in assignment.problems],
    }


def _finding(finding: Finding) -> Document:
    return {"code": finding.code, "severity": finding.severity, "message": finding.message}


def _source(source: Source | None) -> Document | None:
    if source is None:
        return None
    variable = None if source.kind == "catalogue" else source.variable
    return {
        "kind": source.kind,
        "variable": variable,
        "file": source.file,
        "line": source.line,
        "text": source.text,
    }


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
                "relative": _rounded(row.relative),
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


def _rounded(ratio: Decimal | None) -> float | None:
    return None if ratio is None else float(f"{ratio:.{_SIGNIFICANT}g}")


def info_document(report: ModelInfo | TaskInfo) -> Document:
    """The document of `info`."""
    if isinstance(report, TaskInfo):
        return {"task": _task_info(report)}
    model = report.row.model
    return {
        "model": {
            **model_object(report.row),
            "source": model.source,
            "checked": model.checked,
            "certainty": model.certainty,
            "best_for": model.best_for,
            "notes": model.notes,
            "max_input": model.max_input,
            "released": model.released,
            "knowledge_cutoff": model.knowledge_cutoff,
            "key_env": report.key.shown if report.provider.key != "none" else None,
            "base_url": report.destination.base_url,
            "base_url_source": report.destination.named_by,
            "problems": [_finding(finding) for finding in report.problems],
            "cheaper": [
                {
                    "model": cheaper.model.id,
                    "provider": cheaper.model.provider,
                    "cost_usd": cheaper.cost_usd,
                    "relative": _rounded(cheaper.relative),
                }
                for cheaper in report.cheaper
            ],
        }
    }


def _task_info(report: TaskInfo) -> Document:
    task = report.assignment.task
    profile = task.profile
    return {
        **task_object(report.assignment),
        "requires": task.requires,
        "min_context": task.min_context,
        "max_price": task.max_price,
        "profile": {name: getattr(profile, name) for name in _PROFILE_KEYS} if profile else None,
        "monthly_usd": report.monthly_usd,
    }


_PROFILE_KEYS: Iterable[str] = ("requests_per_day", "input_tokens", "output_tokens", "cache_share")
