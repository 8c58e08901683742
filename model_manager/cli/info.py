"""The signature of `info`."""

from typing import Annotated

import typer

from model_manager.cli.parsing import On, moment_of
from model_manager.cli.shared import Session, command
from model_manager.errors import UsageError


@command("info")
def info(
    session: Session,
    *,
    name: Annotated[
        str, typer.Argument(metavar="MODEL|TASK", help="Model id, alias, provider/model_id, or a task.")
    ],
    on: On = None,
    history: Annotated[bool, typer.Option("--history", help="Show who changed a task's assignment when.")] = False,
) -> None:
    """Show everything about a model, or how a task gets its model.

    The history has the changes that assign, the API and the page have made: not those made in an editor.

    \b
    Examples:
      model-manager info haiku
      model-manager info chat
      model-manager info chat --history
    """
    from model_manager.commands import info as details

    workspace = session.workspace()
    is_task = name in workspace.catalogue.tasks
    report = details.run(workspace, name, moment_of(on), session.measured(workspace) if is_task else None)
    if isinstance(report, details.ModelInfo):
        report = session.with_lately(workspace, report)
    found = None
    if history:
        from model_manager.commands import history as changes

        if not isinstance(report, details.TaskInfo):
            raise UsageError(f"{name} is a model: only tasks have a history", parameter="history")
        found = changes.run(workspace, name)
        for warning in found.warnings:
            session.output.say(f"Warning: {warning}")
    if session.output.as_json:
        from model_manager.rendering.documents.info import info_document

        session.output.document(info_document(report, found))
        return
    from model_manager.rendering.tables import info as tables

    session.output.table(tables.draw, report, history=found)
