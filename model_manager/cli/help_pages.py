"""The layout of help: examples first, commands in groups, what all commands share in a few lines at the end."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: Widest line of any help, whatever the terminal.
WIDTH = 80
_EXAMPLES = "Examples:"
#: Typer's form of limits: `0<=x<=2`, `x>=1`.
_BETWEEN = re.compile(r"(-?[\d.]+)<=x<=(-?[\d.]+)")
_AT_LEAST = re.compile(r"x>=(-?[\d.]+)")


def show_help_by_example(command: Any, shared: Iterable[str]) -> None:
    """Let a command's help show its examples before the details, and the shared options by their names only."""
    names = frozenset(shared)
    command.format_help = lambda context, formatter: _write_command(command, context, formatter, names)


def _write_command(command: Any, context: Any, formatter: Any, shared: frozenset[str]) -> None:
    command.format_usage(context, formatter)
    summary, examples, details = parts_of(command.help)
    _write_text(formatter, [summary])
    if examples:
        formatter.write_paragraph()
        formatter.write(f"{_EXAMPLES}\n")
        formatter.write("".join(f"  {line.strip()}\n" for line in examples))
    _write_text(formatter, details)
    parameters = command.get_params(context)
    write_records(
        formatter, "Arguments", (one for one in parameters if one.param_type_name == "argument"), context
    )
    own = [one for one in parameters if one.param_type_name == "option" and one.name not in shared]
    write_records(formatter, "Options", (one for one in own if one.name != "help"), context)
    with formatter.section("Common options (explained by model-manager --help)"):
        formatter.write_text("  ".join(short_form(one) for one in parameters if one.name in {*shared, "help"}))


def write_root(group: Any, context: Any, formatter: Any, groups: Mapping[str, Mapping[str, str]]) -> None:
    """The main help: examples, the commands in groups with their summaries, and the options."""
    group.format_usage(context, formatter)
    summary, examples, details = parts_of(group.help)
    _write_text(formatter, [summary])
    formatter.write_paragraph()
    formatter.write(f"{_EXAMPLES}\n")
    formatter.write("".join(f"  {line.strip()}\n" for line in examples))
    longest = max(len(name) for commands in groups.values() for name in commands)
    for title, commands in groups.items():
        with formatter.section(title):
            for name, meaning in commands.items():
                formatter.write(f"  {name.ljust(longest)}  {meaning}\n")
    write_records(formatter, "Options", group.get_params(context), context)
    _write_text(formatter, details)


def write_records(formatter: Any, title: str, parameters: Iterable[Any], context: Any) -> None:
    """A section of parameters, each with its meaning; none: no section."""
    records = [record for one in parameters if (record := one.get_help_record(context))]
    if records:
        with formatter.section(title):
            formatter.write_dl([(name, in_words(meaning)) for name, meaning in records])


def parts_of(text: str | None) -> tuple[str, Sequence[str], Sequence[str]]:
    """A help text's summary, the lines of its examples, and its other paragraphs."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    examples: list[str] = []
    details = []
    for paragraph in paragraphs[1:]:
        lines = [line for line in paragraph.replace("\b", "").splitlines() if line.strip()]
        if lines and lines[0].strip() == _EXAMPLES:
            examples = lines[1:]
        elif lines:
            details.append(paragraph)
    return paragraphs[0], examples, details


def first_sentence(text: str | None) -> str:
    """The summary of a help text, in one line without a full stop."""
    return " ".join(parts_of(text)[0].split()).rstrip(".")


def in_words(meaning: str) -> str:
    """An option's meaning with its limits in words."""
    meaning = _BETWEEN.sub(lambda found: f"{_number(found[1])}-{_number(found[2])}", meaning)
    return _AT_LEAST.sub(lambda found: f"at least {_number(found[1])}", meaning)


def _number(text: str) -> str:
    return text.removesuffix(".0")


def short_form(option: Any) -> str:
    """An option by its shortest name, with what it takes."""
    name = min(option.opts, key=len)
    return name if option.is_flag or option.count else f"{name} {option.metavar}"


def _write_text(formatter: Any, paragraphs: Iterable[str]) -> None:
    for paragraph in paragraphs:
        formatter.write_paragraph()
        formatter.write_text(paragraph)
