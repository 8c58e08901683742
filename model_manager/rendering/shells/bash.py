"""The completion script for bash."""

from model_manager.commands.completion import Command, CommandLine
from model_manager.rendering.shells import case_of, everywhere, fill, named_options, repeatable
from model_manager.rendering.shells.posix import kind_cases, word_cases


def script(line: CommandLine, stamp: str) -> str:
    """The script for this command line; `stamp` tells it from others."""
    return fill(
        "bash.template",
        {
            "STAMP": stamp,
            "COMMANDS": " ".join(command.name for command in line.commands),
            "OPTIONS": "\n".join(map(_options, everywhere(line))),
            "KINDS": kind_cases(line),
            "REPEATABLE": " | ".join(repeatable(line)),
            "WORDS": word_cases(line, "words"),
        },
    )


def _options(command: Command) -> str:
    names = " ".join(name for name, _ in named_options(command))
    return f"        {case_of(command)}) options=({names}) ;;"
