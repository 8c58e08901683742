"""The signature of `completion`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from model_manager.cli.shared import Session, command
from model_manager.commands import completion_install as installing
from model_manager.commands.completion import SHELLS
from model_manager.commands.completion_install import Installation, Installed
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UsageError


@command("completion")
def completion(
    session: Session,
    *,
    shell: Annotated[
        str | None,
        typer.Argument(metavar="[SHELL]", help="bash, zsh, fish or powershell; none shows what there is."),
    ] = None,
    install: Annotated[bool, typer.Option("--install", help="Put it where the shell finds it.")] = False,
    all_: Annotated[
        Path | None, typer.Option("--all", metavar="DIR", help="Write all shells' scripts into a directory.")
    ] = None,
) -> None:
    """Complete commands, options, models and tasks by TAB: print a shell's script, or install it.

    \b
    Examples:
      model-manager completion bash --install
      model-manager completion zsh > ~/.zfunc/_model-manager
      model-manager completion
    """
    from model_manager.cli.completion_line import command_line
    from model_manager.rendering.shells.scripts import script_of

    if shell is not None and shell not in SHELLS:
        hint = did_you_mean(shell, SHELLS) or f"one of {', '.join(SHELLS)}"
        raise UsageError(f"there is no completion for {shell!r}", hint=hint)
    line = command_line()
    if all_ is not None:
        for path in installing.write_all(
            (session.shared.directory or Path()) / all_, lambda one: script_of(one, line)
        ):
            session.output.say(f"wrote {path}")
    elif shell is None:
        if install:
            raise UsageError("--install wants a shell", hint=f"one of {', '.join(SHELLS)}")
        _show_status(session, installing.status(lambda one: script_of(one, line), os.environ))
    elif install:
        _show_installation(session, installing.install(shell, script_of(shell, line), os.environ))
    elif session.output.as_json:
        from model_manager.rendering.documents.completion import script_document

        session.output.document(script_document(shell, script_of(shell, line)))
    else:
        session.output.line(script_of(shell, line).rstrip("\n"))


def _show_status(session: Session, shells: tuple[Installed, ...]) -> None:
    if session.output.as_json:
        from model_manager.rendering.documents.completion import status_document

        session.output.document(status_document(shells))
        return
    from model_manager.rendering.tables import completion as tables

    session.output.table(tables.draw, shells)


def _show_installation(session: Session, done: Installation) -> None:
    from model_manager.rendering.documents.completion import installation_document

    change = ("replaced an older" if done.replaced else "wrote") if done.written else "is up to date:"
    session.output.say(f"{change} {done.path}")
    if done.startup_file:
        session.output.say(f"{done.startup_file} reads it from now on")
    session.output.say(done.advice)
    if session.output.as_json:
        session.output.document(installation_document(done))
