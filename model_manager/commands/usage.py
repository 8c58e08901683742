"""`usage`: what was called, spent and waited for, from one ledger or several."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_manager.commands.usage_what_if import compare_routes
from model_manager.commands.usage_window import Window, parse_window
from model_manager.config.budgets import budgets_of
from model_manager.config.directories import LEDGER_VARIABLE, ledger_file
from model_manager.config.workspace import Workspace
from model_manager.errors import LedgerError, UsageError
from model_manager.ledger.budgets.standings import BudgetStanding, read_standings
from model_manager.ledger.records import dollars_of
from model_manager.ledger.reports.calendar import month_of, periods_of, quarter_from
from model_manager.ledger.reports.call_rows import latest_calls
from model_manager.ledger.reports.reader import LedgerReader
from model_manager.ledger.reports.usage import DIMENSIONS, UsageQuery, UsageReport, projected_pico, read_usage
from model_manager.ledger.reports.what_if import WhatIf
from model_manager.ledger.storage.file_system import has_begun

if TYPE_CHECKING:
    from model_manager.ledger.reports.repricing import Repriced


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRequest:
    """The query of `usage`.

    Attributes:
        by: words of `DIMENSIONS`; none: by task.
        since, until, timezone: the time, as people write it.
        project, task: only calls of these.
        ledgers: files of other hosts, which are added.
        what_if: routes to price the same calls on; "all" ranks every model.
        calls: how many of the latest calls are to be listed, or None.
        slices: whether each row has its cost over time, unless the rows are parts of the time themselves.
    """

    by: Sequence[str] = ()
    since: str | None = None
    until: str | None = None
    timezone: str | None = None
    project: str | None = None
    task: str | None = None
    ledgers: Sequence[Path] = ()
    what_if: Sequence[str] = ()
    calls: int | None = None
    slices: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageAnswer:
    """The report, with the time it is about, and what else was asked.

    Attributes:
        files: the ledgers that were read.
        budgets: where the budgets stand, whatever time the report is about.
        notes: what is to be known about the numbers, as sentences.
        repriced: the result of repricing before the report, or None.
        calls: the latest calls, as mappings of the columns of the table; None if they were not asked for.
    """

    window: Window
    report: UsageReport
    projected_usd: Decimal
    files: Sequence[Path]
    what_if: Sequence[WhatIf] = ()
    budgets: Sequence[BudgetStanding] = ()
    calls: Sequence[Mapping[str, Any]] | None = None
    notes: Sequence[str] = ()
    repriced: "Repriced | None" = None


def own_ledger(environ: Mapping[str, str] = os.environ) -> Path:
    """The file in which this user's calls are recorded.

    Raises:
        LedgerError: nothing is recorded.
    """
    if path := ledger_file(environ):
        return path
    raise LedgerError(f"{LEDGER_VARIABLE} is off: nothing is recorded", hint="use `ledger` to read another file")


def open_ledgers(
    stack: ExitStack, ledgers: Sequence[Path], environ: Mapping[str, str]
) -> tuple[list[LedgerReader], list[str]]:
    """The user's own ledger, if it has begun, and others; and what is to be known about them.

    Raises:
        UsageError: a file that was named does not exist.
        LedgerError: one cannot be read.
    """
    for path in ledgers:
        if not (has_begun(path) or path.exists()):
            raise UsageError(f"`ledger` {path}: there is no such file", parameter="ledger")
    own = ledger_file(environ) if ledgers else own_ledger(environ)
    paths = ([own] if own and has_begun(own) else []) + list(ledgers)
    readers = [stack.enter_context(LedgerReader(path)) for path in paths]
    kept: dict[str | None, LedgerReader] = {}
    notes = []
    for reader in readers:
        other = kept.setdefault(reader.id, reader)
        if other is reader:
            continue
        # Copies of one ledger, such as a backup: the same calls must not count twice.
        newer, older = (reader, other) if reader.recorded() > other.recorded() else (other, reader)
        kept[reader.id] = newer
        if newer.path.absolute() != older.path.absolute():
            notes.append(f"{older.path} is an older copy of {newer.path} and is left out")
    return list(kept.values()), notes


def run(
    request: UsageRequest,
    now: datetime,
    workspace: Workspace | None = None,
    environ: Mapping[str, str] = os.environ,
) -> UsageAnswer:
    """The report.

    Args:
        request: what is asked.
        now: the present moment.
        workspace: has the prices for `what_if`, and the budgets.
        environ: says where the ledger is, and the time zone.

    Raises:
        UsageError: a word, time, zone, project or file that cannot be.
        LedgerError: a ledger cannot be read.
    """
    by = _checked_by(request.by or ("task",))
    window = parse_window(request.since, request.until, request.timezone, now, environ)
    with ExitStack() as stack:
        readers, notes = open_ledgers(stack, request.ledgers, environ)
        extents = [extent for reader in readers if (extent := reader.extent())]
        # Whoever asks for the hours since the year 1 gets those in which there are calls.
        periods = periods_of(window.span.within(extents), window.zone, by)
        query = UsageQuery(
            span=window.span,
            by=by,
            periods=periods,
            project=request.project,
            task=request.task,
            slices=request.slices and not periods,
        )
        report = read_usage(readers, query)
        month = month_of(now, window.zone)
        return UsageAnswer(
            window=window,
            report=report,
            projected_usd=dollars_of(projected_pico(readers, query, month, quarter_from(now))),
            files=[reader.path for reader in readers] or [own_ledger(environ)],
            what_if=compare_routes(readers, query, request.what_if, workspace, now) if workspace else (),
            budgets=read_standings(readers, budgets_of(workspace), now) if workspace else (),
            calls=_calls(readers, query, request.calls),
            notes=notes,
        )


def _checked_by(words: Sequence[str]) -> Sequence[str]:
    for word in words:
        if word not in DIMENSIONS:
            hint = "repeat `by` for each dimension" if "," in word else None
            raise UsageError(f"{word!r} is not one of {', '.join(DIMENSIONS)}", hint=hint, parameter="by")
    return tuple(dict.fromkeys(words))


def _calls(
    readers: Sequence[LedgerReader], query: UsageQuery, count: int | None
) -> Sequence[Mapping[str, Any]] | None:
    if count is None:
        return None
    return latest_calls(readers, query.span, count, project=query.project, task=query.task)
