"""The signature of `assign`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from model_manager.cli.shared import Session, command
from model_manager.config.workspace import Workspace
from model_manager.errors import UsageError


@command("assign")
def assign(
    session: Session,
    items: Annotated[
        list[str] | None, typer.Argument(metavar="TASK ROUTE | TASK=ROUTE...", help="Tasks and their routes.")
    ] = None,
    *,
    default: Annotated[
        str | None, typer.Option(metavar="ROUTE", help="Route for tasks without one of their own.")
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Remove the tasks' own assignments.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Undo the last change of the file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the diff without writing.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Write only if a live test passes.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write even what would be refused.")] = False,
) -> None:
    """Assign models to tasks in .env.local or .env.

    Writes .env.local if it exists, else .env.

    \b
    Examples:
      model-manager assign chat claude-haiku-5-5
      model-manager assign chat=gpt-6-luna mood_search=groq/gpt-oss-20b --dry-run
      model-manager assign chat 90:claude-sonnet-5-5+10:gpt-6.1-sol,groq/gpt-oss-120b
      model-manager assign --undo
    """
    from model_manager.commands import assign as assigning
    from model_manager.commands import undo as undoing

    now = datetime.now(UTC)
    if undo:
        if items or default or unset or test:
            raise UsageError("--undo can only be combined with --dry-run")
        report = undoing.run(session.workspace(), now, dry_run=dry_run)
    else:
        order = assigning.parse_order(items or (), default=default, unset=unset)
        order = replace(order, dry_run=dry_run, force=force)
        workspace = session.workspace()
        report = assigning.run(workspace, order, now, _verifier(workspace) if test else None)
    for warning in report.warnings:
        session.output.say(f"Warning: {warning}")
    if session.output.as_json:
        from model_manager.rendering.documents.assign import assign_document

        session.output.document(assign_document(report))
        return
    from model_manager.rendering.tables import assign as tables

    session.output.table(tables.draw, report, diff=dry_run)


def _verifier(workspace: Workspace) -> Callable[[str], str | None]:
    """A live test of one model, as `test` makes it."""
    from model_manager.commands import test as testing
    from model_manager.live_test.report import TestRequest

    def verify(name: str) -> str | None:
        request = TestRequest(models=(name,))
        report = testing.run(workspace, request, datetime.now(UTC), lambda _: None)
        if report.interrupted:
            raise KeyboardInterrupt
        result = report.results[0]
        return None if result.error is None else result.error.message

    return verify
