"""The one place that makes a Rich console, and the words in which reports are styled."""

import os
import shutil
from typing import Any, TextIO

from rich.console import Console
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


class ReportConsole(Console):
    """A console whose words come from files and models: nothing in them is markup, and no key gets through."""

    def __init__(self, *, redact: Redactor, **options: Any) -> None:
        super().__init__(theme=THEME, markup=False, highlight=False, emoji=False, **options)
        self.redact = redact

    def text(self, words: object, style: str = "") -> Text:
        """Untrusted words as they may be shown."""
        return Text(clean(self.redact(str(words)), keep="\n"), style=style)

    @property
    def is_wide(self) -> bool:
        """Whether there is room for columns that are nice to have."""
        return self.width >= 120  # noqa: PLR2004 - columns

    @property
    def is_roomy(self) -> bool:
        """Whether there is room for one more column."""
        return self.width >= 100  # noqa: PLR2004 - columns


def make_console(stream: TextIO, *, color: bool | None, redact: Redactor) -> ReportConsole:
    """A console for a stream; in a pipe it is as wide as the lines, unless COLUMNS says otherwise."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() and int(columns) > 0 else None
    if width is None:
        width = shutil.get_terminal_size().columns if stream.isatty() else _PIPE_WIDTH
    return ReportConsole(redact=redact, file=stream, width=width, no_color=True if color is False else None)


def grid(*headers: tuple[str, str], **options: Any) -> Table:
    """A table without lines: header and justification of each column."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="heading", **options)
    for header, justify in headers:
        table.add_column(header, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table
