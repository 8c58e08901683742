"""From the Typer app to the values of completion scripts."""

import inspect
from typing import Any

import typer

from model_manager.cli.shared import COMMANDS, app, load_command
from model_manager.commands.completion import Command, CommandLine, Kind, Option, Words
from model_manager.commands.list import SORTS
from model_manager.core.models import CAPABILITIES

#: The kind of an option's value, by its metavar.
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
}
_CHOICES = {"WORD": CAPABILITIES, "KEY": SORTS, "day|month": ("day", "month")}
#: The kind of a command's arguments.
_WORDS: dict[str, Words] = {
    "list": "none",
    "cost": "models",
    "info": "model-or-task",
    "test": "model-and-prompt",
    "assign": "assignments",
    "route": "task-and-prompt",
    "serve": "none",
    "completion": "shell",
}


def command_line() -> CommandLine:
    """The command line as it is, hidden commands left out."""
    root = typer.main.get_command(app)
    commands = {name: load_command(name) for name in COMMANDS}
    return CommandLine(
        program="model-manager",
        options=_options(root),
        commands=tuple(
            Command(name=name, help=_first_sentence(command.help), options=_options(command), words=_WORDS[name])
            for name, command in commands.items()
        ),
    )


def _options(command: Any) -> tuple[Option, ...]:
    with typer.Context(command, **command.context_settings) as context:
        found = command.get_params(context)
    return tuple(_option(parameter) for parameter in found if parameter.param_type_name == "option")


def _option(parameter: Any) -> Option:
    kind: Kind = "flag" if parameter.is_flag or parameter.count else _KINDS.get(parameter.metavar, "text")
    return Option(
        names=tuple(sorted(parameter.opts, key=len)),  # those of --help come in any order
        help=_first_sentence(parameter.help),
        kind=kind,
        choices=tuple(_CHOICES[parameter.metavar]) if kind == "choice" else (),
        repeatable=bool(parameter.multiple or parameter.count),
    )


def _first_sentence(text: str | None) -> str:
    """The beginning of a help text, in one line."""
    paragraph = inspect.cleandoc(text or "").partition("\n\n")[0]
    return " ".join(paragraph.split()).rstrip(".")
