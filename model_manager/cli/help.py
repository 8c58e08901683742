"""The signature of `help`."""

from typing import Annotated

import typer

from model_manager.cli.shared import COMMANDS, Session, app, command, load_command
from model_manager.cli.wording import PROGRAM
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UsageError


@command("help")
def show_help(
    session: Session,
    *,
    name: Annotated[str | None, typer.Argument(metavar="[COMMAND]", help="Command to explain; none: all.")] = None,
) -> None:
    """Show the help of a command, or of all.

    \b
    Examples:
      model-manager help
      model-manager help assign
    """
    if name is not None and name not in COMMANDS:
        raise UsageError(
            f"there is no command {name!r}", hint=did_you_mean(name, COMMANDS) or f"{PROGRAM} help lists them"
        )
    root = typer.main.get_command(app)
    with typer.Context(root, info_name=PROGRAM, **root.context_settings) as outer:
        if name is None:
            session.output.line(root.get_help(outer))
            return
        found = load_command(name)
        with typer.Context(found, info_name=name, parent=outer, **found.context_settings) as inner:
            session.output.line(found.get_help(inner))
