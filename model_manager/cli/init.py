"""The signature of `init`, and its questions."""

import sys
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from model_manager.cli.parsing import On, moment_of
from model_manager.cli.shared import Session, command
from model_manager.errors import UsageError

if TYPE_CHECKING:
    from model_manager.commands.init import InitReport
    from model_manager.config.workspace import Workspace


@command("init")
def init(
    session: Session,
    *,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Write the proposed tasks without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the diff without writing.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Undo what init has written.")] = False,
    on: On = None,
) -> None:
    """Propose tasks for an application that names models.

    Reads .env files, the source code and LiteLLM's config.yaml, shows the tasks it would add to models.toml,
    and asks. No code is changed: it says which lines to change.

    \b
    Examples:
      model-manager init
      model-manager init --dry-run
      model-manager init --yes --on 2027-01-22
      model-manager -C ../app init --json
      model-manager init --undo
    """
    from model_manager.commands import init as adopting

    if undo and (yes or on is not None):
        raise UsageError("--undo can only be combined with --dry-run")
    moment = moment_of(on)
    workspace, models_file = session.workspace(), session.shared.models_file
    if undo:
        _finish(session, adopting.undo(workspace, models_file=models_file, dry_run=dry_run), diff=dry_run)
        return
    report = adopting.run(workspace, moment, models_file=models_file)
    for warning in report.warnings:
        session.output.say(f"Warning: {warning}")
    if report.proposals and not yes and not dry_run and not session.output.as_json and sys.stdin.isatty():
        chosen = _ask(session, workspace, report)
        if chosen is None:
            session.output.say("Nothing was written.")
            return
        _finish(session, adopting.write(workspace, chosen, models_file=models_file), shown=True)
        return
    if yes and not dry_run:
        report = adopting.write(workspace, report, models_file=models_file)
    _finish(session, report, diff=dry_run)
    if report.proposals and not report.written and not dry_run:
        session.output.say("Nothing was written; use --yes to write it.")


def _finish(session: Session, report: "InitReport", *, diff: bool = False, shown: bool = False) -> None:
    """Print a report; `shown`: its tasks are on the screen already."""
    if session.output.as_json:
        from model_manager.rendering.documents.init import init_document

        session.output.document(init_document(report))
        return
    from model_manager.rendering.tables import init as tables

    if not shown:
        session.output.table(tables.draw, report, diff=diff)
    directory = session.shared.directory
    program = f"model-manager -C {quote(str(directory))}" if directory else "model-manager"
    session.output.table(tables.draw_outcome, report, program=program)


def _ask(session: Session, workspace: "Workspace", report: "InitReport") -> "InitReport | None":
    """The tasks that the user wants, under the names that the user wants; None: none."""
    from model_manager.commands import init as adopting
    from model_manager.rendering.tables import init as tables

    while True:
        session.output.table(tables.draw, report)
        count = len(report.proposals)
        answer = _answer(f"Write {count} task{'s' if count != 1 else ''} to {report.file}? [y/N/e(dit)] ").lower()
        if answer in {"y", "yes"}:
            return report
        if answer not in {"e", "edit"}:
            return None
        session.output.say("For each task: Enter keeps its name, another word renames it, - leaves it out.")
        names: dict[str, str | None] = {}
        for one in report.proposals:
            told = _answer(f"  {one.task} ({one.model}): ")
            names[one.task] = None if told == "-" else told or one.task
        try:
            edited = adopting.choose(workspace, report, names, models_file=session.shared.models_file)
        except UsageError as error:
            session.output.say(f"Error: {error.message}")
            continue
        if not edited.proposals:
            return None
        report = edited


def _answer(question: str) -> str:
    """What is typed; the end of input is an empty line."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()
