"""`usage --arms`: runs the comparison and shows it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from model_manager.cli.shared import Session
from model_manager.errors import UsageError

if TYPE_CHECKING:
    from model_manager.commands.usage_arms import ArmsRequest


def refuse_with_arms(others: Sequence[str]) -> None:
    """Refuse options that say nothing about a comparison of arms.

    Raises:
        UsageError: one of them was given.
    """
    if others:
        raise UsageError(f"--arms and {others[0]} exclude each other")


def show_arms(session: Session, request: "ArmsRequest", *, csv: bool) -> None:
    """Compare the arms of a task and show it as a table, JSON or CSV."""
    from model_manager.commands import usage_arms
    from model_manager.rendering.documents.arms import arms_document, csv_text

    output = session.output
    answer = usage_arms.run(request, datetime.now(UTC), session.workspace())
    if output.as_json:
        output.document(arms_document(answer))
        return
    for note in answer.notes:
        output.say(f"Note: {note}")
    if csv:
        output.out.write(output.redact(csv_text(answer)))
        output.out.flush()
        return
    from model_manager.rendering.tables import arms as tables

    output.table(tables.draw, answer)
