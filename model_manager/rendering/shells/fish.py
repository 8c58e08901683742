"""The completion script for fish."""

from model_manager.commands.completion import Command, CommandLine
from model_manager.rendering.shells import case_of, everywhere, fill, named_options, repeatable, valued_options


def script(line: CommandLine, stamp: str) -> str:
    """The script for this command line; `stamp` tells it from others."""
    return fill(
        "fish.template",
        {
            "STAMP": stamp,
            "COMMANDS": "\n".join(_line(command.name, command.help) for command in line.commands),
            "OPTIONS": "\n".join(map(_options, everywhere(line))),
            "KINDS": _kinds(line),
            "REPEATABLE": " ".join(repeatable(line)),
            "WORDS": "\n".join(
                f"        case {command.name}\n            set words {command.words}" for command in line.commands
            ),
        },
    )


def _quoted(text: str) -> str:
    """A text as one word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _line(word: str, meaning: str) -> str:
    """The command that prints a word and its meaning."""
    return f"            printf '%s\\t%s\\n' {word} {_quoted(meaning)}"


def _options(command: Command) -> str:
    lines = [_line(name, option.help) for name, option in named_options(command)]
    return "\n".join([f"        case {case_of(command)}", *lines])


def _kinds(line: CommandLine) -> str:
    cases = []
    for command, option in valued_options(line):
        patterns = " ".join(f"{command.name}:{name}" for name in option.names)
        cases += [
            f"        case {patterns}",
            f"            printf '%s\\n' {' '.join((option.kind, *option.choices))}",
        ]
    return "\n".join(cases)
