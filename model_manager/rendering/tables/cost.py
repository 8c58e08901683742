"""`cost` for people: a line a model with its cost, a bar, and how it compares; then limits and tiers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from model_manager.commands.cost_report import CostReport, CostRow
from model_manager.commands.profiles import DAYS_PER_MONTH
from model_manager.commands.rows import times
from model_manager.core.phrases import plural
from model_manager.core.pricing import multiply
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.tables.cost_remarks import EXCEEDED, TIER, limit_remarks, total_text
from model_manager.rendering.tables.measured import draw_profiles
from model_manager.rendering.text import cut_note, money

_BAR_WIDTH, _SHORTEST_BAR = 16, 4
_GAP = 2
_NAMES, _PROSE = ("Task", "Model", "Compared"), "Best for"
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def draw(console: ReportConsole, report: CostReport) -> None:
    """The workload, the costs, what they are compared with, and what is to be known about them."""
    shown = [row for row in report.rows if not (row.is_older and console.file.isatty())]
    rows = shown[: console.most_rows]
    _say(console, heading(report))
    if rows:
        console.print_table(_table(console, report, rows))
    else:
        _say(console, "There are no tasks" if report.by_task else "There are no models to compare")
    if note := cut_note(len(rows), len(shown)):
        _say(console, note)
    if older := len(report.rows) - len(shown):
        _say(console, f"{plural(older, 'older model')} (legacy or deprecated) hidden (--all)")
    if report.by_task:
        _say(console, total_text(report), "heading")
    for line in (*limit_remarks(report, rows), *report.notes):
        _say(console, line)
    draw_profiles(console, [row.measured for row in report.rows])


def _say(console: ReportConsole, words: str, style: str = "muted") -> None:
    console.print(console.text(words, style), soft_wrap=not console.is_terminal)


def heading(report: CostReport) -> str:
    """The workload in words."""
    workload, usage = report.workload, report.workload.usage
    on = f"{workload.on:%Y-%m-%d %H:%M} UTC"
    if report.reference:
        on += f", compared with {report.reference.id}"
        on += ", whose cost is unknown" if report.reference_usd is None and not report.by_task else ""
    if usage is None:
        return f"Cost of each task per {workload.per} by its profile, at the prices of {on}"
    parts = [f"{usage.input_tokens or 0:,} input"]
    cached = [f"{count:,} {name}" for count, name in _cached(report) if count]
    parts[0] += f" ({', '.join(cached)})" if cached else ""
    parts.append(f"{usage.output_tokens or 0:,} output tokens")
    times_text = ""
    if workload.requests != 1 or workload.per:
        noun = "request" if workload.requests == 1 else "requests"
        times_text = f" × {workload.requests:,f} {noun}" + (f" per {workload.per}" if workload.per else "")
    estimated = ", estimated at four bytes per token" if usage.estimated else ""
    return f"{' + '.join(parts)}{estimated}{times_text}, at the prices of {on}"


def _cached(report: CostReport) -> list[tuple[int | None, str]]:
    usage = report.workload.usage
    if usage is None:
        return []
    written_1h, written_12h = usage.cache_write_1h_tokens or 0, usage.cache_write_12h_tokens or 0
    return [
        (usage.cache_read_tokens, "from cache"),
        ((usage.cache_write_tokens or 0) - written_1h - written_12h, "written to cache"),
        (written_1h, "written to cache for 1 h"),
        (written_12h, "written to cache for 12 h"),
    ]


@dataclass(frozen=True, slots=True)
class _CostColumn:
    """A column: its header, its cells, their style and how they are justified."""

    header: str
    cells: Sequence[str]
    style: str = ""
    justify: str = "right"

    @property
    def width(self) -> int:
        """The cells that it takes, with the gap behind it."""
        return max(map(cell_len, (self.header, *self.cells))) + _GAP


def _table(console: ReportConsole, report: CostReport, rows: Sequence[CostRow]) -> Table:
    columns = _columns(console, report, rows)
    table = grid(*((column.header, column.justify) for column in columns), gap=_GAP)
    fits = sum(column.width for column in columns if column.header != _PROSE) - _GAP <= console.width
    for shown, column in zip(table.columns, columns, strict=True):
        # Names go on in a second line only where there is not room for all the rest, and numbers never do.
        shown.no_wrap = column.header != _PROSE and (fits or column.header not in _NAMES)
    for place, row in enumerate(rows):
        cells = (
            _model(console, row, column.cells[place])
            if column.header == "Model"
            else console.text(column.cells[place], column.style)
            for column in columns
        )
        table.add_row(*cells)
    return table


def _columns(console: ReportConsole, report: CostReport, rows: Sequence[CostRow]) -> list[_CostColumn]:
    """The columns from left to right: what has to be there, and of the others what there is room for."""
    left = [_CostColumn("Task", [row.task or "" for row in rows], "", "left")] if report.by_task else []
    left.append(_CostColumn("Model", [_shown_name(row, report) for row in rows], "id", "left"))
    left.append(_CostColumn("Cost", [money(row.cost_usd) for row in rows], "money"))
    if any(row.measured for row in rows):
        left.append(_CostColumn("Measured", [measured_text(row, report) for row in rows]))
    if any(marks := [_mark(row) for row in rows]):
        left.append(_CostColumn("", marks, "warning", "left"))
    right = []
    if report.workload.per == "day":
        months = [money(multiply(row.cost_usd, DAYS_PER_MONTH)) for row in rows]
        right.append(_CostColumn("Per month", months, "money"))
    if not report.by_task or report.reference:
        right.append(_CostColumn("Compared", [compared(row, report) for row in rows], "muted", "left"))
    room = console.width - sum(column.width for column in (*left, *right))
    parts = _parts(rows)
    if parts and (width := sum(column.width for column in parts)) + _SHORTEST_BAR + _GAP <= room:
        room -= width
    else:
        parts = []
    most = max((row.cost_usd for row in rows if row.cost_usd is not None), default=Decimal(0))
    width = min(_BAR_WIDTH, room - _GAP) if room - _GAP >= _SHORTEST_BAR else 0
    bars = _CostColumn("", [bar(row.cost_usd, most, width) for row in rows], "bar", "left")
    if console.is_wide and not report.by_task:
        right.append(_CostColumn(_PROSE, [_best_for(row) for row in rows], "muted", "left"))
    return [*left, *parts, bars, *right]


def _parts(rows: Iterable[CostRow]) -> list[_CostColumn]:
    """What the costs are made of; fees only where there are any."""
    parts = [row.parts for row in rows]
    columns = [
        _CostColumn("Input", [money(part.input_usd) if part else "" for part in parts], "muted"),
        _CostColumn("Output", [money(part.output_usd) if part else "" for part in parts], "muted"),
    ]
    if any(part and part.request_usd for part in parts):
        columns.append(_CostColumn("Fees", [money(part.request_usd) if part else "" for part in parts], "muted"))
    return columns if any(parts) else []


def _mark(row: CostRow) -> str:
    return EXCEEDED if row.exceeds else TIER if row.tier else ""


def _best_for(row: CostRow) -> str:
    return (row.model.best_for if row.model else None) or ""


def _model(console: ReportConsole, row: CostRow, name: str) -> Text:
    if row.model is None:
        return console.text(name, "error")
    shown = console.text(row.model.id, "id")
    return shown.append_text(console.text(name[len(row.model.id) :], "muted"))


def _shown_name(row: CostRow, report: CostReport) -> str:
    if row.model is None:
        return "none"
    retired = row.model.status(report.workload.on.date()) == "retired"
    return row.model.id + (" (retired)" if retired else "")


def compared(row: CostRow, report: CostReport) -> str:
    """A row's comparison with the reference: "6× cheaper", or "no price", "reference"."""
    if row.cost_usd is None:
        return "no price"
    if report.by_task and row.relative is not None:
        return times(row.relative, Decimal(1))
    if report.reference_usd is None:
        return ""
    if row.model and report.reference and row.model.id == report.reference.id:
        return "reference"
    return times(row.cost_usd, report.reference_usd)


def measured_text(row: CostRow, report: CostReport) -> str:
    """What a task really cost in the report's time; empty without recorded calls."""
    if row.measured is None:
        return ""
    month = row.measured.monthly_usd
    return money(month / DAYS_PER_MONTH if month is not None and report.workload.per == "day" else month)


def bar(amount: Decimal | None, most: Decimal, width: int = _BAR_WIDTH) -> str:
    """A bar of eighths of a character whose length is the amount's part of the largest."""
    if amount is None or not most or not width:
        return ""
    eighths = int((amount / most * width * 8).to_integral_value())
    if amount and not eighths:
        eighths = 1
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
