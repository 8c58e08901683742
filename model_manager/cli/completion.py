"""The signature of `completion`, and the command line as a shell must know it."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from model_manager._version import __version__
from model_manager.cli.check import FORMATS
from model_manager.cli.help_pages import first_sentence, parts_of
from model_manager.cli.shared import COMMANDS, GROUPS, Session, app, command, load_command
from model_manager.cli.wording import PROGRAM
from model_manager.commands import completion_install as installing
from model_manager.commands.completion import SHELLS, Command, CommandLine, Kind, Option, Words
from model_manager.commands.completion_install import Installation, Installed
from model_manager.commands.exports.shell import DIALECTS
from model_manager.commands.list import SORTS
from model_manager.core.checking import RULES
from model_manager.core.models import CAPABILITIES
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UsageError
from model_manager.ledger.experiments.metrics import METRICS
from model_manager.ledger.reports.usage import DIMENSIONS

#: What an option takes, by the word that help has for it.
_KINDS: dict[str, Kind] = {
    "DIR": "directory",
    "FILE": "file",
    "MODEL": "model",
    "TASK": "task",
    "ID": "provider",
    "ROUTE": "route",
    "WORD": "choice",
    "KEY": "choice",
    "day|month": "choice",
    "DIMENSION": "choice",
    "METRIC": "choice",
    "DIALECT": "choice",
    "FORMAT": "choice",
    "CODE": "choice",
}
_CHOICES = {
    "WORD": CAPABILITIES,
    "KEY": SORTS,
    "day|month": ("day", "month"),
    "DIMENSION": DIMENSIONS,
    "METRIC": METRICS,
    "DIALECT": DIALECTS,
    "FORMAT": FORMATS,
    "CODE": tuple(RULES),
}
#: What the words behind a command are.
_WORDS: dict[str, Words] = {
    "list": "none",
    "cost": "models",
    "info": "model-or-task",
    "test": "model-and-prompt",
    "assign": "assignments",
    "check": "none",
    "init": "none",
    "route": "task-and-prompt",
    "usage": "none",
    "update": "none",
    "export": "format",
    "trust": "none",
    "serve": "none",
    "completion": "shell",
    "help": "command",
}


@command("completion")
def completion(
    session: Session,
    *,
    shell: Annotated[
        str | None,
        typer.Argument(metavar="[SHELL]", help="bash, zsh, fish, powershell; none: show status."),
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Install the script where the shell finds it.")
    ] = False,
    all_: Annotated[
        Path | None, typer.Option("--all", metavar="DIR", help="Write all scripts, and the man page, into DIR.")
    ] = None,
) -> None:
    """Print or install shell completion.

    It completes commands, options, models and tasks.

    \b
    Examples:
      model-manager completion bash --install
      model-manager completion zsh > ~/.zfunc/_model-manager
      model-manager completion
    """
    from model_manager.rendering.shells.man import man_page
    from model_manager.rendering.shells.scripts import script_of

    if shell is not None and shell not in SHELLS:
        hint = did_you_mean(shell, SHELLS) or f"one of {', '.join(SHELLS)}"
        raise UsageError(f"there is no completion for {shell!r}", hint=hint)
    line = command_line()
    if all_ is not None:
        files = {installing.FILE_NAMES[one]: script_of(one, line) for one in SHELLS}
        files[installing.MAN_PAGE] = man_page(line, __version__)
        for path in installing.write_all((session.shared.directory or Path()) / all_, files):
            session.output.say(f"wrote {path}")
    elif shell is None:
        if install:
            raise UsageError("--install needs a shell", hint=f"one of {', '.join(SHELLS)}")
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

    change = ("replaced" if done.replaced else "wrote") if done.written else "is up to date:"
    session.output.say(f"{change} {done.path}")
    if done.startup_file:
        session.output.say(f"{done.startup_file} now reads it")
    session.output.say(done.advice)
    if session.output.as_json:
        session.output.document(installation_document(done))


def command_line() -> CommandLine:
    """The command line as it is, hidden commands left out."""
    root = typer.main.get_command(app)
    summary, examples, details = parts_of(root.help)
    return CommandLine(
        program=PROGRAM,
        options=_options(root),
        commands=tuple(_command(name, load_command(name)) for name in COMMANDS),
        help=summary,
        examples=tuple(line.strip() for line in examples),
        details=tuple(details),
        groups=tuple(GROUPS.items()),
    )


def _command(name: str, loaded: Any) -> Command:
    _, examples, details = parts_of(loaded.help)
    arguments = (one for one in loaded.params if one.param_type_name == "argument")
    return Command(
        name=name,
        help=first_sentence(loaded.help),
        options=_options(loaded),
        words=_WORDS[name],
        arguments=tuple((one.metavar, one.help or "") for one in arguments),
        examples=tuple(line.strip() for line in examples),
        details=tuple(" ".join(one.split()) for one in details),
    )


def _options(command: Any) -> tuple[Option, ...]:
    with typer.Context(command, **command.context_settings) as context:
        found = command.get_params(context)
    return tuple(_option(parameter) for parameter in found if parameter.param_type_name == "option")


def _option(parameter: Any) -> Option:
    kind: Kind = "flag" if parameter.is_flag or parameter.count else _KINDS.get(parameter.metavar, "text")
    return Option(
        names=tuple(sorted(parameter.opts, key=len)),  # those of --help come in any order
        help=first_sentence(parameter.help),
        text=" ".join((parameter.help or "").split()),
        value="" if kind == "flag" else parameter.metavar or "",
        kind=kind,
        choices=tuple(_CHOICES[parameter.metavar]) if kind == "choice" else (),
        repeatable=bool(parameter.multiple or parameter.count),
    )
