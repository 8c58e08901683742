"""The one place that makes a Rich console, and the words in which reports are styled."""

import os
import shutil
from typing import Any, Literal, TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from model_manager.core.redaction import Redactor
from model_manager.rendering.text import clean

THEME = Theme(
    {
        "id": "bold",
        "muted": "dim",
        "good": "green",
        "warning": "yellow",
        "error": "red",
        "money": "cyan",
        "heading": "bold",
        "bar": "blue",
    }
)
#: A pipe has no width: lines are as long as they need to be.
_PIPE_WIDTH = 10_000
#: Below this width, columns of words would be a few characters wide.
_NARROW = 60
_INDENT = 2
#: More take a second to draw, and scroll the beginning away.
_MOST_ROWS_ON_SCREEN = 500


class ReportConsole(Console):
    """A console whose words come from files and models: nothing in them is markup, and no key gets through."""

    def __init__(self, *, redact: Redactor, **options: Any) -> None:
        super().__init__(theme=THEME, markup=False, highlight=False, emoji=False, **options)
        self.redact = redact

    def text(self, words: object, style: str = "") -> Text:
        """Untrusted words as they may be shown."""
        return Text(clean(self.redact(words if isinstance(words, str) else str(words)), keep="\n"), style=style)

    def print_table(self, table: Table) -> None:
        """Print a table; where a narrow screen has no room for it, each row as its name and lines below that."""
        if not self.is_narrow or self._width_of(table) <= self.width:
            self.print(table)
            return
        for name, *cells in zip(*(column.cells for column in table.columns), strict=True):
            self.print(name, overflow="fold")
            labelled = [
                Text(f"{column.header} " if column.header else "", style="muted").append_text(Text() + cell)
                for column, cell in zip(table.columns[1:], cells, strict=True)
                if str(cell)
            ]
            if labelled:
                self.print(Padding(Text(", ").join(labelled), (0, 0, 0, _INDENT)), overflow="fold")

    def _width_of(self, table: Table) -> int:
        """The width that a table has where nothing of it is broken into lines."""
        return Measurement.get(self, self.options.update(max_width=_PIPE_WIDTH), table).maximum

    @property
    def most_rows(self) -> int | None:
        """The most rows of a table: limited on a terminal, unlimited in a pipe."""
        return _MOST_ROWS_ON_SCREEN if self.file.isatty() else None

    @property
    def is_narrow(self) -> bool:
        """Whether a table that does not fit becomes lines: it need not leave columns out."""
        return self.width < _NARROW

    @property
    def is_wide(self) -> bool:
        """Whether there is room for a column of prose."""
        return self.width >= 130  # noqa: PLR2004 - columns

    @property
    def is_roomy(self) -> bool:
        """Whether there is room for one more column."""
        return self.width >= 100  # noqa: PLR2004 - columns


def make_console(stream: TextIO, *, color: bool | None, redact: Redactor) -> ReportConsole:
    """A console for a stream; in a pipe it is as wide as the lines, unless COLUMNS says otherwise."""
    plain = color is False or bool(os.environ.get("NO_COLOR"))
    # Without colours there are no other escapes either: whoever asks for that has a file or a dumb screen.
    colors: Literal["auto"] | None = None if plain else "auto"
    # Both sizes are given, as Rich would read COLUMNS and LINES itself and fail on what is no number.
    size = {"width": _width(stream), "height": shutil.get_terminal_size().lines}
    return ReportConsole(redact=redact, file=stream, no_color=plain, color_system=colors, **size)


def _width(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdecimal() and len(columns) <= len(str(_PIPE_WIDTH)) and int(columns):
        return int(columns)
    return shutil.get_terminal_size().columns if stream.isatty() else _PIPE_WIDTH


def grid(*headers: tuple[str, str], gap: int = 2, **options: Any) -> Table:
    """A table without lines: header and justification of each column, and the spaces between columns."""
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="heading", **options)
    for header, justify in headers:
        table.add_column(clean(header), justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table
