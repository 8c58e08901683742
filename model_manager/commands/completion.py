"""The command line as values, for completion scripts and the man page."""

from dataclasses import dataclass
from typing import Literal

SHELLS = ("bash", "zsh", "fish", "powershell")

#: What stands in a place of the command line: a flag takes nothing, "text" is anything and completes to nothing.
Kind = Literal["flag", "text", "choice", "model", "task", "provider", "route", "file", "directory"]
#: What the words after a command are: nothing, models, one model or task, a model and a prompt, tasks and routes,
#: a shell, a format of exports, a command.
Words = Literal[
    "none",
    "models",
    "model-or-task",
    "model-and-prompt",
    "task-and-prompt",
    "assignments",
    "shell",
    "format",
    "command",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option: its names (`-m`, `--model`), what it takes, and whether it may be given more than once.

    `help` is its first sentence, `text` all that help says, `value` the word for what it takes.
    """

    names: tuple[str, ...]
    help: str
    text: str = ""
    value: str = ""
    kind: Kind = "flag"
    choices: tuple[str, ...] = ()
    repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A sub-command: its options (the shared ones included), and the words that follow it.

    Attributes:
        help: its summary in one line.
        words: what follows it, for shells.
        arguments: the same for people, each with its meaning.
        examples: command lines.
        details: further paragraphs of its help.
    """

    name: str
    help: str
    options: tuple[Option, ...]
    words: Words = "none"
    arguments: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """The whole: what may stand before a command, and the commands as help lists them.

    `help` is the summary, `details` are the paragraphs of its help, `groups` the names of commands by title.
    """

    program: str
    options: tuple[Option, ...]
    commands: tuple[Command, ...]
    help: str = ""
    examples: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
