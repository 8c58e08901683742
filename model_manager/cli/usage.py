"""The signature of `usage`."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand

from model_manager.cli.shared import Session, command
from model_manager.core.pricing import plain_text
from model_manager.core.quantities import parse_amount
from model_manager.errors import ConfigurationError, ExitCode, UsageError

if TYPE_CHECKING:
    from model_manager.commands.usage import UsageAnswer, UsageRequest
    from model_manager.ledger.reports.repricing import Repriced

_MOST_CALLS = 100_000


class _UsageCommand(TyperCommand):
    """`usage`, where --what-if may stand without a route; Typer has no options whose value may be left out."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the command line, with the word for all candidates where a route is left out."""
        return super().parse_args(ctx, list(_with_routes(args)))


def _with_routes(arguments: Sequence[str]) -> Iterator[str]:
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue="--"):
        yield argument
        if argument == "--what-if" and following.startswith("-"):
            from model_manager.commands.usage_what_if import ALL_CANDIDATES

            yield ALL_CANDIDATES


@command("usage", cls=_UsageCommand)
def usage(
    session: Session,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="DIMENSION",
            help="Rows by task, model, provider, day, hour, arm, error or project; repeatable. Default: task.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="A day, an RFC 3339 time, or 7d. Default: this month.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="The end of the report, exclusive.")] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Time zone of the days. Default: the system's.")
    ] = None,
    task: Annotated[str | None, typer.Option(metavar="TASK", help="Only calls of this task.")] = None,
    project: Annotated[str | None, typer.Option(metavar="PROJECT", help="Only calls of this project.")] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="ROUTE",
            help="Price the same calls on another route; repeatable. Without one: rank every model.",
        ),
    ] = None,
    arms: Annotated[
        str | None,
        typer.Option("--arms", metavar="TASK", help="Compare the arms of this task's split, and say which wins."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="METRIC",
            help="The metric of --arms: cost, latency, failures, or a score's name.",
        ),
    ] = None,
    calls: Annotated[
        int | None, typer.Option("--calls", metavar="N", min=1, max=_MOST_CALLS, help="List the latest N calls.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated rows.")] = False,
    line: Annotated[bool, typer.Option("--line", help="One line, for a status bar.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh whenever calls are recorded.")] = False,
    fail_over: Annotated[
        str | None,
        typer.Option(
            "--fail-over", metavar="USD", help="Exit 1 if the total of this report exceeds USD, for cron."
        ),
    ] = None,
    ledger: Annotated[
        list[Path] | None,
        typer.Option("--ledger", metavar="FILE", help="Add the ledger of another host; repeatable."),
    ] = None,
    reprice: Annotated[
        bool, typer.Option("--reprice", help="Price the calls whose cost was unknown, then report.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove calls older than 90 days and totals older than 3 years.")
    ] = False,
    backup: Annotated[
        Path | None, typer.Option("--backup", metavar="FILE", help="Copy the ledger to a new file.")
    ] = None,
    path: Annotated[bool, typer.Option("--path", help="Print the path of the ledger.")] = False,
) -> int | None:
    """Report recorded calls: costs, tokens, failures, latencies.

    \b
    Examples:
      model-manager usage --by model --since 7d
      model-manager usage --by day --timezone Europe/Berlin --csv
      model-manager usage --task chat --what-if gpt-6-luna --what-if haiku
      model-manager usage --arms chat --metric latency
    """
    from model_manager.commands import usage as usages

    if sum((csv, line, session.output.as_json)) > 1:
        raise UsageError("--json, --csv and --line exclude each other")
    most = None if fail_over is None else _limit(fail_over, watch=watch)
    if upkeep := _given(path=path, prune=prune, backup=backup):
        report = _given(by=by, since=since, until=until, timezone=timezone, task=task, project=project)
        report += _given(what_if=what_if, calls=calls, csv=csv, line=line, watch=watch, ledger=ledger)
        report += _given(arms=arms, metric=metric, fail_over=fail_over)
        _check_no_report(upkeep, report + _given(reprice=reprice))
        _maintain(session, path=path, prune=prune, backup=backup)
        return None
    if arms is not None:
        from model_manager.cli.usage_arms import refuse_with_arms, show_arms
        from model_manager.commands.usage_arms import ArmsRequest

        refuse_with_arms(
            _given(by=by, task=task, what_if=what_if, calls=calls, line=line, watch=watch, reprice=reprice)
            + _given(fail_over=fail_over)
        )
        wanted = ArmsRequest(
            task=arms,
            metric="cost" if metric is None else metric,
            since=since,
            until=until,
            timezone=timezone,
            project=project,
            ledgers=ledger or (),
        )
        show_arms(session, wanted, csv=csv)
        return None
    if metric is not None:
        raise UsageError("--metric needs --arms", hint="name the task: --arms TASK")
    repriced = _reprice(session) if reprice else None
    request = usages.UsageRequest(
        by=by or (),
        since=since,
        until=until,
        timezone=timezone,
        project=project,
        task=task,
        ledgers=ledger or (),
        what_if=what_if or (),
        calls=calls,
        slices=not (csv or line or session.output.as_json),
    )
    if watch:
        return _watch(session, request, csv=csv, line=line)
    answer = replace(_answer(session, request), repriced=repriced)
    _show(session, answer, csv=csv, line=line)
    return None if most is None else _compare(session, answer, most)


def _answer(session: Session, request: "UsageRequest") -> "UsageAnswer":
    from model_manager.commands import usage as usages

    if request.what_if:
        return usages.run(request, datetime.now(UTC), session.workspace())
    try:
        workspace = session.workspace(quiet=True)
    except ConfigurationError as error:
        # What was spent can be told without the budgets that a mistake hides.
        answer = usages.run(request, datetime.now(UTC))
        return replace(answer, notes=(*answer.notes, f"the budgets cannot be read: {error.message}"))
    return usages.run(request, datetime.now(UTC), workspace)


def _limit(fail_over: str, *, watch: bool) -> Decimal:
    if watch:
        raise UsageError("--watch does not end by itself and cannot be combined with --fail-over")
    return parse_amount(fail_over, "fail_over")


def _compare(session: Session, answer: "UsageAnswer", most: Decimal) -> int:
    """The exit code of --fail-over: whether the calls of the report cost more."""
    cost = answer.report.totals.cost_usd or Decimal(0)
    if cost <= most:
        return ExitCode.OK
    session.output.say(f"The calls of this report cost ${plain_text(cost)}, more than ${plain_text(most)}.")
    return ExitCode.FAILED


def _show(session: Session, answer: "UsageAnswer", *, csv: bool, line: bool) -> None:
    output = session.output
    if not output.as_json:
        for note in answer.notes:
            output.say(f"Note: {note}")
    if output.as_json:
        from model_manager.rendering.documents.usage import usage_document

        output.document(usage_document(answer))
    elif csv:
        from model_manager.rendering.documents.usage import csv_text

        output.out.write(output.redact(csv_text(answer)))
        output.out.flush()
    elif line:
        from model_manager.rendering.usage_line import usage_line

        output.line(usage_line(answer))
    else:
        from model_manager.rendering.tables import usage as tables

        output.table(tables.draw, answer)


def _watch(session: Session, request: "UsageRequest", *, csv: bool, line: bool) -> int:
    """Show the report, and again after every change, until interrupted."""
    from model_manager.commands.usage_watch import changes

    out = session.output.out
    redraws = out.isatty() and not (line or csv or session.output.as_json)
    for _ in changes(request.ledgers):
        answer = _answer(session, request)
        if redraws:
            out.write("\x1b[H\x1b[2J\x1b[3J")
        _show(session, answer, csv=csv, line=line)
    return 0


def _given(**options: object) -> list[str]:
    """Those of some options that were given."""
    return [f"--{name.replace('_', '-')}" for name, value in options.items() if value not in (None, False)]


def _check_no_report(upkeep: Sequence[str], report: Sequence[str]) -> None:
    """Refuse options of a report beside those that make none, rather than ignore them."""
    if report:
        raise UsageError(f"{upkeep[0]} makes no report and cannot be combined with {', '.join(report)}")


def _maintain(session: Session, *, path: bool, prune: bool, backup: Path | None) -> None:
    """Say where the ledger is, or what was done to it."""
    from model_manager.commands import usage_maintenance as maintenance
    from model_manager.commands.usage import own_ledger

    output = session.output
    done = maintenance.maintain(own_ledger(os.environ), prune=prune, backup=backup)
    if output.as_json:
        from model_manager.rendering.documents.usage import ledger_document

        output.document(ledger_document(done))
        return
    if path:
        output.line(str(done.path))
    for sentence in maintenance.sentences(done):
        output.say(sentence)


def _reprice(session: Session) -> "Repriced":
    """Price the calls without a price; JSON has the result beside the report."""
    from model_manager.commands import usage_maintenance as maintenance
    from model_manager.commands.usage import own_ledger

    repriced = maintenance.reprice_calls(own_ledger(os.environ), session.workspace())
    if not session.output.as_json:
        session.output.say(maintenance.repriced_sentence(repriced))
    return repriced
