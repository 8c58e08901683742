"""The signature of `update`."""

import os
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_manager.cli.shared import Session, command
from model_manager.errors import ExitCode, UsageError
from model_manager.rendering.text import rename_parameters

if TYPE_CHECKING:
    from model_manager.commands.update import UpdateReport, UpdateRequest


@command("update")
def update(
    session: Session,
    *,
    source: Annotated[
        list[str] | None, typer.Option(metavar="NAME=URL", help="Mirror of a source; repeatable.")
    ] = None,
    offline: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Read a source from a file, fetch nothing; repeatable."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="Compare only this model; repeatable.")
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="Also write its held or uncertain changes; a model or a source."),
    ] = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Write without asking.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 on differences.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Undo the last update.")] = False,
) -> int | None:
    """Refresh prices and limits from public tables.

    Compares the catalogue with models.dev, LiteLLM, genai-prices, OpenRouter and the lists of providers whose key
    is set, shows what differs, and writes it to a layer of its own below your models.toml. Never changes where
    a model is called or which key it gets. Suspicious changes are held until --accept names the model.

    \b
    Examples:
      model-manager update
      model-manager update --yes
      model-manager update --check --only gpt-6-luna
      model-manager update --offline api.json --offline litellm.json
      model-manager update --accept claude-haiku-5-5
      model-manager update --undo
    """
    from model_manager.commands import update as updating
    from model_manager.config.catalogue.update import store

    request = updating.UpdateRequest(
        mirrors=source or (), files=offline or (), only=only or (), accept=accept or (), check=check
    )
    if undo:
        if request != updating.UpdateRequest() or yes:
            raise UsageError("--undo cannot be combined with other options of update")
        with store.only_one(os.environ):
            report = updating.undo(os.environ)
        _show(session, report)
        session.output.say("The facts are as they were before the last update.")
        return None
    if check and yes:
        raise UsageError("--check writes nothing: it cannot be combined with --yes")
    if source and offline:
        raise UsageError("--offline fetches nothing: it cannot be combined with --source")
    with nullcontext() if check else store.only_one(os.environ):
        return _compare(session, request, yes=yes)


def _compare(session: Session, request: "UpdateRequest", *, yes: bool) -> int:
    from model_manager.commands import update as updating
    from model_manager.providers.io.fetching import fetch

    output = session.output
    workspace = session.workspace()
    is_watched = sys.stderr.isatty() and not output.as_json
    report = updating.run(
        workspace,
        request,
        datetime.now(UTC),
        fetch,
        lambda name: output.say(f"Asking {name}") if is_watched else None,
    )
    for warning in report.warnings:
        output.say(f"Warning: {warning}")
    if request.check:
        _show(session, report)
        _say_what_is_left(session, report)
        return ExitCode.FAILED if report.changes else ExitCode.OK
    asks = bool(report.chosen) and not yes and sys.stdin.isatty() and not output.as_json
    if asks:
        _show(session, report)
    if not report.chosen or yes or (asks and _confirmed(report)):
        report = updating.write(workspace, report)
    if not asks:
        _show(session, report)
    _say_what_is_left(session, report)
    return ExitCode.OK


def _confirmed(report: "UpdateReport") -> bool:
    count = sum(map(len, report.chosen.values()))
    sys.stderr.write(f"Write {count} change{'s' if count > 1 else ''}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _show(session: Session, report: "UpdateReport") -> None:
    if session.output.as_json:
        from model_manager.rendering.documents.update import update_document

        session.output.document(update_document(report))
        return
    from model_manager.rendering.tables import update as tables

    session.output.table(tables.draw, report)


def _say_what_is_left(session: Session, report: "UpdateReport") -> None:
    """In a line each: sources that were not used, what was written, what was held."""
    output = session.output
    for result in report.sources:
        if result.problem:
            output.say(f"Warning: {result.name} was not used: {result.problem}")
            output.hint(rename_parameters(result.hint or "", output.names) or None)
    if report.written:
        output.say(f"Written to {report.file}; to undo this: model-manager update --undo")
    elif report.chosen:
        output.say("Nothing was written; use --yes to write these changes.")
    elif not report.changes:
        output.say("No differences.")
    if report.held:
        output.say(f"Held: {', '.join(report.held)}; --accept MODEL writes them.")
