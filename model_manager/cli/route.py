"""The signature of `route`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from model_manager.cli.parsing import prompt_of
from model_manager.cli.shared import Session, command


@command("route")
def route(
    session: Session,
    *,
    task: Annotated[str, typer.Argument(metavar="TASK", help="Task in the catalogue.")],
    prompt: Annotated[
        str | None, typer.Argument(metavar="[PROMPT]", help="Prompt, for routes with auto; - is stdin.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="USER", help="User who makes the call.")] = None,
    preference: Annotated[
        str | None, typer.Option("--preference", metavar="NAME", help="Named route of the task.")
    ] = None,
) -> None:
    """Show which model a call would go to, and why.

    No call is made.

    \b
    Examples:
      model-manager route chat
      model-manager route chat "Prove that there are infinitely many primes"
      model-manager route chat --user 42
    """
    from model_manager.commands import route as routes

    text = prompt_of(prompt) if prompt is not None else None
    workspace = session.workspace()
    report = routes.run(workspace, task, text, datetime.now(UTC), user=user, preference=preference)
    if session.output.as_json:
        from model_manager.rendering.documents.route import route_document

        session.output.document(route_document(report))
        return
    from model_manager.rendering.tables import route as tables

    session.output.table(tables.draw, report)
