"""The signature of `assign`, its live test, and its picker on a terminal."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from model_manager.cli.shared import Session, command
from model_manager.cli.wording import PROGRAM
from model_manager.config.workspace import Workspace
from model_manager.core.routing.aliases import is_moved_by_provider
from model_manager.core.routing.grammar import parse_route
from model_manager.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from model_manager.commands.assign import AssignReport, Order, Verify


@command("assign")
def assign(
    session: Session,
    items: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TASK ROUTE | TASK=ROUTE ...]",
            help="Tasks and their routes. On a terminal, what is left out is asked for.",
        ),
    ] = None,
    *,
    new: Annotated[bool, typer.Option("--new", help="Add the task to models.toml, too.")] = False,
    default: Annotated[
        str | None, typer.Option(metavar="ROUTE", help="Route for tasks without one of their own.")
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Remove the tasks' own assignments.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Undo the last change, with the tasks of --new.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the diff without writing.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Call the models first; write only if all answer.")] = False,
    keep_alias: Annotated[
        bool, typer.Option("--keep-alias", help="Write aliases such as haiku, not the ids they stand for.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write even what would be refused.")] = False,
) -> None:
    """Assign models to tasks in .env.local or .env.

    \b
    Examples:
      model-manager assign
      model-manager assign chat haiku --test
      model-manager assign chat=gpt-6-luna mood_search=groq/gpt-oss-20b --dry-run
      model-manager assign chat 90:sonnet+10:gpt-6.1-sol,groq/gpt-oss-120b
      model-manager assign summarise haiku --new
      model-manager assign --undo

    Writes .env.local if it exists, else .env. A route splits traffic with + and falls back with commas.
    """
    from model_manager.commands import assign as assigning
    from model_manager.commands import undo as undoing

    now, words = datetime.now(UTC), items or []
    if undo:
        if words or default or unset or test or new:
            hint = f"{PROGRAM} assign --undo"
            raise UsageError("--undo can only be combined with --dry-run", hint=hint)
        models_file = session.shared.models_file
        _show(session, undoing.run(session.workspace(), now, dry_run=dry_run, models_file=models_file), dry_run)
        return
    is_complete = default is not None or unset or new or len(words) > 1 or any("=" in word for word in words)
    workspace = None
    if not is_complete and _may_ask(session):
        workspace = session.workspace()
        words = _pick(session, workspace, words, now)
    try:
        order = assigning.parse_order(words, default=default, unset=unset)
    except UsageError as error:
        if not is_complete:
            task = words[0] if words else "chat"
            error.hint = (
                f"for example: {PROGRAM} assign {task} claude-haiku-5-5; on a terminal, {PROGRAM} assign asks"
            )
        raise
    order = replace(order, dry_run=dry_run, force=force, keep_alias=keep_alias)
    if new and (default is not None or unset):
        raise UsageError("--new adds a task: it cannot be combined with --default or --unset", hint=_NEW_HINT)
    is_picked = workspace is not None
    workspace = workspace or session.workspace()
    if is_picked and not dry_run and not _is_confirmed(session, workspace, order, now):
        session.output.say("Nothing was written.")
        return
    report = _run(session, workspace, order, now, _verifier(session, workspace) if test else None, new=new)
    if is_picked and not dry_run:
        from model_manager.rendering.tables.assign import draw_outcome

        session.output.table(draw_outcome, report)  # the rest was on the screen with the question
    else:
        _show(session, report, dry_run)


_NEW_HINT = f"for example: {PROGRAM} assign summarise haiku --new"


def _may_ask(session: Session) -> bool:
    """Whether somebody is there to choose."""
    streams = (sys.stdin, session.output.err)
    return not session.output.as_json and all(stream is not None and stream.isatty() for stream in streams)


def _pick(session: Session, workspace: Workspace, words: list[str], now: datetime) -> list[str]:
    """The task and the model that the user picks; the task may have been named."""
    from model_manager.cli.picker import pick_assignment

    try:
        return list(pick_assignment(session.output, workspace, now, task=words[0] if words else None))
    except KeyboardInterrupt:
        session.output.say("Nothing was written.")
        raise


def _is_confirmed(session: Session, workspace: Workspace, order: "Order", now: datetime) -> bool:
    """Show what would change, and ask."""
    from model_manager.commands import assign as assigning
    from model_manager.rendering.tables import assign as tables

    report = assigning.run(workspace, replace(order, dry_run=True), now)
    _tell(session, report)
    session.output.table(tables.draw, report, diff=True, asks=True)
    if not report.change.is_different:
        return False
    session.output.err.write(f"Write this to {report.file}? [Y/n] ")
    session.output.err.flush()
    answer = sys.stdin.readline()
    return answer.strip().lower() in {"", "y", "yes"} and bool(answer)


def _run(
    session: Session, workspace: Workspace, order: "Order", now: datetime, verify: "Verify | None", *, new: bool
) -> "AssignReport":
    """Write the order, or find out what would be written."""
    from model_manager.commands import assign as assigning
    from model_manager.commands import assign_new

    if new:
        return assign_new.run(workspace, order, now, verify, models_file=session.shared.models_file)
    try:
        return assigning.run(workspace, order, now, verify)
    except UnknownNameError as error:
        unknown = next((name for name in order.routes if name not in workspace.catalogue.tasks), None)
        if unknown is not None:
            command = f"{PROGRAM} assign {unknown} {order.routes[unknown]} --new"
            error.hint = f"{error.hint}{'' if str(error.hint).endswith('?') else ';'} or add it: {command}"
        raise


def _show(session: Session, report: "AssignReport", dry_run: bool) -> None:  # noqa: FBT001 - as the option is called
    """Print what was done, or would be."""
    _tell(session, report)
    if session.output.as_json:
        from model_manager.rendering.documents.assign import assign_document

        session.output.document(assign_document(report))
        return
    from model_manager.rendering.tables import assign as tables

    session.output.table(tables.draw, report, diff=dry_run)


def _tell(session: Session, report: "AssignReport") -> None:
    """Say on stderr what is odd about a change, and which names may come to mean another model."""
    for warning in report.warnings:
        session.output.say(f"Warning: {warning}")
    for alias, model in report.aliases:
        note = "an alias, which may mean another model later; --keep-alias keeps it"
        session.output.say(f"Note: {alias} is {note}. Assigned: {model}")
    routes = [one.new for one in report.change.changes if one.new is not None and not report.undone]
    moving = (name for route in routes for name in parse_route(route).names if is_moved_by_provider(name))
    for name in dict.fromkeys(moving):
        session.output.say(f"Note: the provider moves {name} on to newer models: answers and prices may change")


def _verifier(session: Session, workspace: Workspace) -> "Verify":
    """A live test of one model, made and shown as `test` does it; under --json on stderr."""
    from model_manager.commands import test as testing
    from model_manager.live_test.report import TestRequest
    from model_manager.rendering import Output, show_test

    output = session.output
    if output.as_json:
        color = False if session.shared.no_color else None
        output = Output(color=color, names=output.names, out=output.err, err=output.err)
        output.redact = session.output.redact

    def verify(name: str) -> str | None:
        output.say(f"Testing {name}")
        with show_test(output, 1) as show:
            report = testing.run(workspace, TestRequest(models=(name,)), datetime.now(UTC), show.event)
            if report.interrupted:
                raise KeyboardInterrupt
            show.report(report)
        result = report.results[0]
        return None if result.error is None else result.error.message

    return verify
