"""The completion script for PowerShell."""

from model_manager.commands.completion import Command, CommandLine, Option
from model_manager.rendering.shells import everywhere, fill, named_options


def script(line: CommandLine, stamp: str) -> str:
    """The script for this command line; `stamp` tells it from others."""
    return fill(
        "powershell.template",
        {
            "STAMP": stamp,
            "COMMANDS": "\n".join(
                f"    {_quoted(command.name)} = {_quoted(command.help)}" for command in line.commands
            ),
            "OPTIONS": "\n".join(_options(command) for command in everywhere(line)),
            "WORDS": "\n".join(
                f"    {_quoted(command.name)} = {_quoted(command.words)}" for command in line.commands
            ),
        },
    )


def _quoted(text: str) -> str:
    """A text as one word of PowerShell."""
    return "'" + text.replace("'", "''") + "'"


def _options(command: Command) -> str:
    lines = [_option(name, option) for name, option in named_options(command)]
    return "\n".join([f"    {_quoted(command.name)} = @(", *lines, "    )"])


def _option(name: str, option: Option) -> str:
    choices = ", ".join(map(_quoted, option.choices))
    return f"        @({_quoted(name)}, {_quoted(option.kind)}, @({choices}), {_quoted(option.help)})"
