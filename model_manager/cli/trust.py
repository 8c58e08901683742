"""The signature of `trust`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from model_manager.cli.shared import Session, command
from model_manager.commands.trust import TrustReport
from model_manager.errors import UsageError


@command("trust")
def trust(
    session: Session,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROVIDER]...", help="Providers; with --revoke also hosts, URLs or files."),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Trust without asking.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List everything that is trusted.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Stop trusting this project, or PROVIDER.")] = False,
) -> None:
    """Allow this project to send API keys to its own URLs.

    Shows which key would go where, asks, and remembers the answer. For one run, use --trust instead.

    \b
    Examples:
      model-manager trust
      model-manager trust openai --yes
      model-manager trust --list
      model-manager trust --revoke
    """
    from model_manager.commands import trust as trusting

    if yes + list_ + revoke > 1:
        raise UsageError("--yes, --list and --revoke exclude each other")
    if list_:
        if names:
            raise UsageError("--list takes no PROVIDER")
        _show(session, trusting.remembered(os.environ), "Nothing is trusted.")
        return
    if revoke:
        report = trusting.revoke(os.environ, session.shared.directory or Path(), names or ())
        _show(session, report, "Nothing in this project was trusted.")
        if report.written:
            session.output.say("No longer trusted.")
        return
    workspace = session.workspace()
    report = trusting.run(workspace, names or ())
    nothing = "Nothing to trust: the project's files send no key to a URL of their own."
    if report.untrusted and not yes and not session.output.as_json and sys.stdin.isatty():
        _show(session, report, nothing)
        if _confirmed():
            trusting.remember(workspace, report)
            session.output.say("Trusted from now on. To undo this: model-manager trust --revoke")
        return
    if yes:
        report = trusting.remember(workspace, report)
    _show(session, report, nothing)
    if report.untrusted:
        session.output.say("Nothing was changed; use --yes to trust them.")


def _confirmed() -> bool:
    sys.stderr.write("Trust them? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _show(session: Session, report: TrustReport, if_empty: str) -> None:
    if session.output.as_json:
        from model_manager.rendering.documents.trust import trust_document

        session.output.document(trust_document(report))
    elif not report.destinations:
        session.output.say(if_empty)
    else:
        from model_manager.rendering.tables import trust as tables

        session.output.table(tables.draw, report)
