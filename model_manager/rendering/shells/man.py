"""The man page of the command line, in the macros that every man understands."""

import textwrap
from collections.abc import Iterable, Iterator

from model_manager.commands.completion import Command, CommandLine, Option

#: Short enough for what escaping adds.
_LINE = 70
_EXIT_CODES = (
    ("0", "fine"),
    ("1", "a tested model failed, check found a problem, or an assignment was refused"),
    ("2", "wrong usage, or an unknown model or task"),
    ("3", "a file or a setting is invalid"),
    ("4", "refused by the provider: key, permission or quota"),
    ("5", "the provider is unavailable"),
    ("130", "interrupted"),
)
_FILES = (
    ("models.toml", "the tasks of the project, and models over those of the embedded catalogue"),
    (".env.local, .env", "the models of the tasks, and the keys of the providers"),
)


def man_page(line: CommandLine, version: str) -> str:
    """The page: the program, its options, and each command with its own."""
    return "".join(f"{one}\n" for one in _lines(line, version))


def _lines(line: CommandLine, version: str) -> Iterator[str]:
    title = line.program.upper().replace("-", "\\-")
    yield f'.\\" Made by: {line.program} completion \\-\\-all DIR'
    yield f'.TH {title} 1 "" "{line.program} {version}" "User Commands"'
    yield ".SH NAME"
    yield f"{_text(line.program)} \\-"
    yield from _lines_of(line.help[0].lower() + line.help[1:].rstrip("."))
    yield ".SH SYNOPSIS"
    yield f".B {_text(line.program)}"
    yield "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR ..."
    yield ".SH DESCRIPTION"
    yield from _paragraphs(line.details)
    yield ".SH EXAMPLES"
    yield from _examples(line.examples)
    yield ".SH OPTIONS"
    yield _text("All but --version may stand before or after the command.")
    yield from _options(line.options)
    commands = {command.name: command for command in line.commands}
    shared = {option.names for option in line.options}
    for group, names in line.groups:
        yield f".SH {_text(f'Commands: {group}').upper()}"
        for name in names:
            yield from _command(line.program, commands[name], shared)
    yield ".SH EXIT STATUS"
    yield from _definitions(_EXIT_CODES)
    yield ".SH FILES"
    yield from _definitions(_FILES)


def _command(program: str, command: Command, shared: set[tuple[str, ...]]) -> Iterator[str]:
    words = " ".join(word for word, _ in command.arguments)
    yield f".SS {_text(f'{program} {command.name} {words}'.strip())}"
    yield from _paragraphs((f"{command.help}.", *command.details))
    yield from _definitions(command.arguments)
    yield from _options(option for option in command.options if option.names not in shared)
    yield ".PP"
    yield "Examples:"
    yield ".PP"
    yield from _examples(command.examples)


def _options(options: Iterable[Option]) -> Iterator[str]:
    for option in options:
        value = f" \\fI{_text(option.value)}\\fR" if option.value else ""
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in option.names)
        yield ".TP"
        yield f"{names}{value}"
        yield from _lines_of(option.text or option.help)


def _definitions(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in entries:
        yield ".TP"
        yield f"\\fB{_text(term)}\\fR"
        yield from _lines_of(meaning)


def _paragraphs(paragraphs: Iterable[str]) -> Iterator[str]:
    for index, paragraph in enumerate(paragraphs):
        if index:
            yield ".PP"
        yield from _lines_of(paragraph)


def _examples(examples: Iterable[str]) -> Iterator[str]:
    """Command lines as they are typed."""
    yield ".nf"
    yield ".RS 4"
    yield from map(_text, examples)
    yield ".RE"
    yield ".fi"


def _lines_of(paragraph: str) -> Iterator[str]:
    """A paragraph in lines of usual length: man fills them anew."""
    return map(_text, textwrap.wrap(paragraph, _LINE, break_long_words=False, break_on_hyphens=False))


def _text(text: str) -> str:
    """A text in which nothing is a command of roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
