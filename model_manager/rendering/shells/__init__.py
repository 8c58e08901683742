"""Completion scripts, one shell a module: the fixed shell code is in a template beside it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from model_manager.commands.completion import Command, CommandLine, Option

_HERE = Path(__file__).parent


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template's text with each @NAME@ replaced."""
    text = (_HERE / template).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def everywhere(line: CommandLine) -> tuple[Command, ...]:
    """The commands, and before them, as one without a name, what stands before a command."""
    return (Command(name="", help="", options=line.options), *line.commands)


def case_of(command: Command) -> str:
    """A command's name as a pattern of a shell."""
    return command.name or "''"


def named_options(command: Command) -> Iterator[tuple[str, Option]]:
    """Each name of each option."""
    return ((name, option) for option in command.options for name in option.names)


def valued_options(line: CommandLine) -> Iterator[tuple[Command, Option]]:
    """Each option that takes something, with its command."""
    return (
        (command, option) for command in everywhere(line) for option in command.options if option.kind != "flag"
    )


def repeatable(line: CommandLine) -> list[str]:
    """The names of options that may be given more than once."""
    options = (pair for command in everywhere(line) for pair in named_options(command))
    return sorted({name for name, option in options if option.repeatable})
