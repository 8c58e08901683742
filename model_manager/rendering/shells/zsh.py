"""The completion script for zsh."""

from model_manager.commands.completion import Command, CommandLine
from model_manager.rendering.shells import case_of, everywhere, fill, named_options, repeatable
from model_manager.rendering.shells.posix import kind_cases, word_cases


def script(line: CommandLine, stamp: str) -> str:
    """The script for this command line; `stamp` tells it from others."""
    return fill(
        "zsh.template",
        {
            "STAMP": stamp,
            "COMMANDS": "\n".join(
                f"            {_entry(command.name, command.help)}" for command in line.commands
            ),
            "OPTIONS": "\n".join(map(_options, everywhere(line))),
            "KINDS": kind_cases(line),
            "REPEATABLE": " | ".join(repeatable(line)),
            "WORDS": word_cases(line, "kind"),
        },
    )


def _quoted(text: str) -> str:
    """A text as one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _entry(word: str, meaning: str) -> str:
    """A word and its meaning as _describe wants them."""
    return _quoted(word.replace(":", "\\:") + ":" + meaning)


def _options(command: Command) -> str:
    entries = [f"            {_entry(name, option.help)}" for name, option in named_options(command)]
    return "\n".join([f"        {case_of(command)}) options=(", *entries, "        ) ;;"])
