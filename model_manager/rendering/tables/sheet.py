"""A sheet of labelled lines, as `info` and `route` have it."""

from collections.abc import Iterable

from rich.padding import Padding
from rich.table import Table

from model_manager.rendering.tables.console import ReportConsole

#: A label, the words, and their style.
Line = tuple[str, str, str]
#: The width of labels in groups, so that the words of all groups begin in one column; and the groups' indentation.
_LABEL_WIDTH, _INDENT = 10, 2


def print_sheet(console: ReportConsole, lines: Iterable[Line]) -> None:
    """Print lines with their labels in a column of their own."""
    console.print(_sheet(console, lines))


def print_group(console: ReportConsole, heading: str, lines: Iterable[Line]) -> None:
    """Print a heading and its lines below it."""
    console.print(console.text(heading, "heading"))
    print_indented(console, lines)


def print_indented(console: ReportConsole, lines: Iterable[Line]) -> None:
    """Print the lines of a group."""
    console.print(Padding(_sheet(console, lines, _LABEL_WIDTH), (0, 0, 0, _INDENT)))


def _sheet(console: ReportConsole, lines: Iterable[Line], label_width: int | None = None) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="muted", no_wrap=True, min_width=label_width)
    table.add_column(overflow="fold")
    for label, words, style in lines:
        table.add_row(label, console.text(words, style))
    return table
