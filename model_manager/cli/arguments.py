"""Positional arguments in help as their metavar has them: Typer adds brackets and the Python type."""

from typing import Any

import typer


def show_arguments_as_written(command: Any) -> None:
    """Let help show a command's arguments by their metavars alone: no `[[MODEL]...]...`, no `<list[str]>`."""
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            _show_as_written(parameter)


def _show_as_written(argument: Any) -> None:
    make_record = argument.get_help_record

    def record(context: typer.Context) -> tuple[str, str] | None:
        made = make_record(context)
        return made and (argument.metavar, made[1].replace("[required]", "").rstrip())

    argument.get_help_record = record
    argument.get_usage_pieces = lambda _context: [argument.metavar]
