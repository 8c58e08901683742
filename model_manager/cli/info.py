"""The signature of `info`."""

from typing import Annotated

import typer

from model_manager.cli.parsing import On, moment_of
from model_manager.cli.shared import Session, command


@command("info")
def info(
    session: Session,
    *,
    name: Annotated[
        str, typer.Argument(metavar="MODEL|TASK", help="Model id, alias, provider/model_id, or a task.")
    ],
    on: On = None,
) -> None:
    """Show everything about a model, or how a task gets its model.

    \b
    Examples:
      model-manager info haiku
      model-manager info chat
    """
    from model_manager.commands import info as details

    report = details.run(session.workspace(), name, moment_of(on))
    if session.output.as_json:
        from model_manager.rendering.documents.info import info_document

        session.output.document(info_document(report))
        return
    from model_manager.rendering.tables import info as tables

    session.output.table(tables.draw, report)
