"""A sheet of labelled lines, as `info` and `route` have it."""

from collections.abc import Iterable

from rich.table import Table

from model_manager.rendering.tables.console import ReportConsole

#: A label, the words, and their style.
Line = tuple[str, str, str]


def print_sheet(console: ReportConsole, lines: Iterable[Line]) -> None:
    """Print lines with their labels in a column of their own."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="muted", no_wrap=True)
    table.add_column(overflow="fold")
    for label, words, style in lines:
        table.add_row(label, console.text(words, style))
    console.print(table)
