"""`list` as comma-separated values and as a Markdown table: every model, nothing folded. No rich here."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO

from model_manager.commands.list import ListReport
from model_manager.commands.rows import ModelRow
from model_manager.core.phrases import plural
from model_manager.rendering.columns import (
    MODEL_COLUMNS,
    RECOMMENDED,
    ROOM_FOR_ALL,
    ModelColumn,
    default_columns,
    legend,
)
from model_manager.rendering.text import clean

_MARKUP = re.compile(r"[\\|`*<\[\]]")


def csv_text(report: ListReport, columns: Sequence[ModelColumn] | None = None) -> str:
    """The models as CSV with the columns' names as its header; all columns if none are named."""
    chosen = columns or MODEL_COLUMNS
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in chosen)
    writer.writerows([clean(column.cell(row)) for column in chosen] for row in report.models)
    return text.getvalue()


def markdown_text(report: ListReport, columns: Sequence[ModelColumn] | None = None) -> str:
    """The models as a Markdown table with its legend; the columns of a wide terminal if none are named."""
    chosen = columns or default_columns(ROOM_FOR_ALL)
    lines = [_line(column.header for column in chosen)]
    lines.append(_line("---:" if column.justify == "right" else "---" for column in chosen))
    lines += [_line(_cell(column, row) for column in chosen) for row in report.models]
    first, *others = legend(chosen, report.models)
    remarks = [f"{plural(len(report.models), 'model')}. {first}".rstrip(), *others]
    return "\n".join([*lines, "", "  \n".join(remarks), ""])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(column: ModelColumn, row: ModelRow) -> str:
    text = _MARKUP.sub(lambda found: f"\\{found[0]}", clean(column.text(row)))
    return f"{RECOMMENDED} {text}" if column.name == "id" and row.model.recommended else text
