"""Builds the document of `usage`, and the same as CSV."""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from model_manager.commands.usage import UsageAnswer
from model_manager.core.pricing import plain_text
from model_manager.ledger.records import dollars_of, moment_of
from model_manager.ledger.reports.figures import Figures
from model_manager.ledger.reports.usage import UsageRow
from model_manager.ledger.reports.what_if import WhatIf
from model_manager.rendering.documents.budgets import budget_object
from model_manager.rendering.documents.figures import error_count_objects, figures_object, most_first
from model_manager.rendering.documents.json import rounded
from model_manager.rendering.text import clean

if TYPE_CHECKING:
    from model_manager.commands.usage_maintenance import Maintenance
    from model_manager.rendering.documents.types.calls import UsageObject
    from model_manager.rendering.documents.types.usage import (
        CallObject,
        LedgerDocument,
        UsageDocument,
        UsageRowObject,
        WhatIfObject,
    )

_US_PER_MS = 1000


def usage_document(answer: UsageAnswer) -> "UsageDocument":
    """The document of `usage`."""
    window, report = answer.window, answer.report
    document: UsageDocument = {
        "schema": 1,
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
        "timezone": window.zone_name,
        "by": report.query.by,
        "rows": [usage_row_object(row) for row in report.rows],
        "totals": figures_object(report.totals),
        "projected_month_usd": answer.projected_usd,
        "budgets": [budget_object(standing) for standing in answer.budgets],
        "unrecorded_calls": report.unrecorded,
        "errors": error_count_objects(report.errors),
        "fallbacks": [
            {"task": task, "option": option, "calls": calls}
            for (task, option), calls in most_first(report.fallbacks)
        ],
        "served": [
            {"model": model, "served_model": served or None, "calls": calls}
            for (model, served), calls in most_first(report.served)
        ],
        "what_if": [_what_if(result) for result in answer.what_if],
        "notes": answer.notes,
    }
    if answer.calls is not None:
        document["calls"] = [call_object(call) for call in answer.calls]
    if repriced := answer.repriced:
        document["repriced"] = {
            "calls": repriced.calls,
            "cost_usd": repriced.cost_usd,
            "unpriced_calls": repriced.still_unknown,
        }
    return document


def ledger_document(done: "Maintenance") -> "LedgerDocument":
    """The document of the ledger's file, and of what was done to it."""
    document: LedgerDocument = {"schema": 1, "path": str(done.path), "exists": done.exists}
    if done.removed_rows is not None:
        document["removed_rows"] = done.removed_rows
    if done.backup:
        document["backup"], document["backup_bytes"] = str(done.backup[0]), done.backup[1]
    return document


def usage_row_object(row: UsageRow) -> "UsageRowObject":
    """A row: its key and its sums."""
    return {**row.key, **figures_object(row.figures)}  # type: ignore[typeddict-item] # its keys are those of `by`


def _what_if(result: WhatIf) -> "WhatIfObject":
    return {
        "route": result.route,
        "cost_usd": result.cost_usd,
        "low_usd": result.low_usd,
        "high_usd": result.high_usd,
        "relative": None if result.relative is None else rounded(result.relative),
        "calls": result.calls,
        "cannot": [{"reason": reason, "calls": calls} for reason, calls in most_first(result.cannot)],
        "reasons": result.reasons,
    }


def call_object(call: Mapping[str, Any]) -> "CallObject":
    """One call, by the names that `test` has for the same things."""
    return {
        "call": call["call"],
        "position": call["position"],
        "at": moment_of(call["at_us"]).isoformat(),
        "project": call["project"],
        "process": call["process"],
        "kind": call["kind"],
        "task": call["task"],
        "preference": call["preference"],
        "route": call["route"],
        "option": call["option"],
        "arm": call["arm"],
        "user": call["user"],
        "provider": call["provider"],
        "model": call["model"],
        "model_id": call["model_id"],
        "served_model": call["served"],
        "match": call["match"],
        "outcome": call["outcome"],
        "error_kind": call["error_kind"],
        "status": call["status"],
        "finish_reason": call["finish"],
        "stream": bool(call["stream"]),
        "attempts": call["attempts"],
        "usage": _call_usage(call),
        "cost_usd": None if call["cost_pico"] is None else dollars_of(call["cost_pico"]),
        "cost_source": call["cost_source"],
        "price_checked": call["price_checked"],
        "needs": (call["needs"] or "").split(),
        "latency_ms": _milliseconds(call["latency_us"]),
        "ttft_ms": _milliseconds(call["ttft_us"]),
        "request_id": call["request_id"],
    }


def _call_usage(call: Mapping[str, Any]) -> "UsageObject":
    return {
        "input_tokens": call["input"],
        "output_tokens": call["output"],
        "cache_read_tokens": call["cache_read"],
        "cache_write_tokens": call["cache_write"],
        "reasoning_tokens": call["reasoning"],
        "estimated": bool(call["estimated"]),
    }


def _milliseconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / _US_PER_MS


def csv_text(answer: UsageAnswer) -> str:
    """The rows of the report, or the calls if they were asked for, as comma-separated values with a header."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(_csv_rows(answer))
    return text.getvalue()


def _csv_rows(answer: UsageAnswer) -> Iterator[list[str]]:
    if answer.calls is not None:
        documents: list[Mapping[str, Any]] = [call_object(call) for call in answer.calls]
        header = list(flat_cells(call_object(_NO_CALL)))
    else:
        documents = [{**row.key, **figures_object(row.figures)} for row in answer.report.rows]
        header = list(flat_cells({**dict.fromkeys(answer.report.query.by), **figures_object(Figures())}))
    yield header
    for document in documents:
        yield list(flat_cells(document).values())


class _Blank(dict[str, Any]):
    """A call of which nothing is known: its document has all the names."""

    def __missing__(self, name: str) -> Any:
        return 0 if name == "at_us" else None


_NO_CALL = _Blank()


def flat_cells(document: Mapping[str, Any]) -> dict[str, str]:
    """Names and cells of one line; those within another have its name before theirs."""
    cells: dict[str, str] = {}
    for key, value in document.items():
        # Names of scores, projects and models come from elsewhere, and a terminal may show the lines.
        name = clean(key)
        if isinstance(value, dict):
            cells |= {f"{name}_{inner}": cell for inner, cell in flat_cells(value).items()}
        else:
            cells[name] = clean(_cell(value))
    return cells


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    return plain_text(value) if hasattr(value, "as_tuple") else str(value)
