"""The columns of `list`, one row each, for a terminal's table, CSV and Markdown alike. No rich here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from model_manager.commands.rows import ModelRow
from model_manager.core.pricing import Rates, plain_text
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UsageError
from model_manager.rendering.model_notes import note_legend, notes
from model_manager.rendering.text import UNKNOWN, rate, tokens

RECOMMENDED = "★"
#: From this width on there is room for all columns of the table, and for notes in full words.
ROOM_FOR_ALL = 160
_ROOM_FOR_PROSE = 130
#: Values of a cell as a script reads them.
Plain = str | int | bool | Decimal | date | Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelColumn:
    """A column of the table of models.

    Attributes:
        name: what `--columns` and the header of CSV call it: the name that `--json` has for it, where it is there.
        header: what stands above it for people; `narrow` instead where there is little room.
        plain: the value for scripts.
        shown: the text for people; None: the plain value.
        style: the name of its style.
        width: from this width on the terminal's table has it; None: only where it is asked for.
    """

    name: str
    header: str
    plain: Callable[[ModelRow], Plain]
    narrow: str | None = None
    shown: Callable[[ModelRow], str] | None = None
    style: str = ""
    justify: Literal["left", "right"] = "left"
    width: int | None = None

    def text(self, row: ModelRow) -> str:
        """The cell of a model for people."""
        return self.shown(row) if self.shown else plain_cell(self.plain(row))

    def cell(self, row: ModelRow) -> str:
        """The cell of a model for scripts."""
        return plain_cell(self.plain(row))


def plain_cell(value: Plain) -> str:
    """A value as text: numbers with all their digits, nothing where it is unknown."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_text(value)
    return str(value) if isinstance(value, str | int | date) else " ".join(value)


def _rate(
    name: Literal["input", "output", "cache_read", "cache_write"], header: str, width: int | None
) -> ModelColumn:
    """A column of a rate in US dollars per million tokens."""

    def value(row: ModelRow) -> Decimal | None:
        rates: Rates = row.rates or Rates()
        return getattr(rates, name)  # type: ignore[no-any-return]

    return ModelColumn(
        name=name,
        header=header,
        plain=value,
        shown=lambda row: rate(value(row)),
        style="money",
        justify="right",
        width=width,
    )


def _count(
    name: Literal["context_window", "max_output"], header: str, narrow: str | None = None, width: int | None = None
) -> ModelColumn:
    """A column of a number of tokens."""

    def value(row: ModelRow) -> int | None:
        return getattr(row.model, name)  # type: ignore[no-any-return]

    return ModelColumn(
        name=name,
        header=header,
        narrow=narrow,
        plain=value,
        shown=lambda row: tokens(value(row)),
        justify="right",
        width=width,
    )


#: From left to right. A value that `--json` should have as well is a field of `ModelObject` too.
MODEL_COLUMNS = (
    ModelColumn(name="id", header="Model", plain=lambda row: row.model.id, style="id", width=0),
    ModelColumn(name="name", header="Name", plain=lambda row: row.model.name),
    ModelColumn(name="provider", header="Provider", plain=lambda row: row.model.provider, width=0),
    ModelColumn(name="model_id", header="Requested as", plain=lambda row: row.model.model_id),
    ModelColumn(name="aliases", header="Aliases", plain=lambda row: row.model.aliases),
    _rate("input", "Input", 0),
    _rate("output", "Output", 0),
    _rate("cache_read", "Cached", ROOM_FOR_ALL),
    _rate("cache_write", "Cache write", None),
    _count("context_window", "Context", narrow="Size", width=0),
    _count("max_output", "Max output"),
    ModelColumn(name="notes", header="Notes", plain=lambda row: "; ".join(notes(row)), width=0),
    ModelColumn(
        name="best_for",
        header="Best for",
        plain=lambda row: row.model.best_for,
        style="muted",
        width=_ROOM_FOR_PROSE,
    ),
    ModelColumn(name="status", header="Status", plain=lambda row: row.status),
    ModelColumn(name="recommended", header="Recommended", plain=lambda row: row.model.recommended),
    ModelColumn(name="capabilities", header="Can", plain=lambda row: row.model.capabilities),
    ModelColumn(name="lacks", header="Cannot", plain=lambda row: row.model.lacks),
    ModelColumn(name="released", header="Released", plain=lambda row: row.model.released),
    ModelColumn(name="deprecated", header="Deprecated", plain=lambda row: row.model.deprecated),
    ModelColumn(name="retires", header="Retires", plain=lambda row: row.model.retires),
    ModelColumn(name="replacement", header="Replacement", plain=lambda row: row.model.replacement),
    ModelColumn(name="ready", header="Ready", plain=lambda row: row.ready),
    ModelColumn(name="tasks", header="Tasks", plain=lambda row: row.tasks),
    ModelColumn(name="checked", header="Checked", plain=lambda row: row.model.checked),
    ModelColumn(name="source", header="Source", plain=lambda row: row.model.source),
)
COLUMN_NAMES = tuple(column.name for column in MODEL_COLUMNS)
#: What people call them, too: their headers and the words of `--sort`.
_OTHER_NAMES = {"model": "id", "context": "context_window", "price": "input", "cached": "cache_read"}


def default_columns(width: int) -> tuple[ModelColumn, ...]:
    """The columns of a table that is so wide."""
    return tuple(column for column in MODEL_COLUMNS if column.width is not None and column.width <= width)


def columns_of(text: str) -> tuple[ModelColumn, ...]:
    """The columns of `--columns`: names with commas between them.

    Raises:
        UsageError: there is no such column, or none is named.
    """
    by_name = {column.name: column for column in MODEL_COLUMNS}
    chosen = [_column(name, by_name) for name in (part.strip() for part in text.split(",")) if name]
    if not chosen:
        raise UsageError("no column is named", hint=f"some of {', '.join(by_name)}", parameter="columns")
    return tuple(dict.fromkeys(chosen))


def _column(name: str, by_name: dict[str, ModelColumn]) -> ModelColumn:
    key = name.casefold().replace("-", "_").replace(" ", "_")
    column = by_name.get(key) or by_name.get(_OTHER_NAMES.get(key, ""))
    if column is None:
        hint = did_you_mean(key, [*by_name, *_OTHER_NAMES]) or f"some of {', '.join(by_name)}"
        raise UsageError(f"there is no column {name!r}", hint=hint, parameter="columns")
    return column


def legend(columns: Sequence[ModelColumn], rows: Sequence[ModelRow], *, short: bool = False) -> list[str]:
    """A line with the unit of rates and marks, if there are any; then lines about the marks in notes."""
    names = {column.name for column in columns}
    unit = "US dollars per million tokens." if any(column.style == "money" for column in columns) else ""
    stars = "id" in names and any(row.model.recommended for row in rows)
    measured = [column for column in columns if column.shown]
    unknown = any(column.text(row) == UNKNOWN for column in measured for row in rows)
    marks = [f"{RECOMMENDED} recommended"] * stars + [f"{UNKNOWN} unknown"] * unknown
    first = " ".join(filter(None, (unit, ", ".join(marks))))
    return [first, *(note_legend(rows, short=short) if "notes" in names else ())]
