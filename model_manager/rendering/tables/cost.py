"""`cost` for people: a line a model with its cost, a bar, and how it compares."""

from decimal import Decimal

from rich.table import Table
from rich.text import Text

from model_manager.commands.cost import CostReport, CostRow
from model_manager.commands.profiles import DAYS_PER_MONTH
from model_manager.commands.rows import times
from model_manager.core.pricing import multiply
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.tables.measured import draw_profiles
from model_manager.rendering.text import cut_note, money

_BAR_WIDTH = 16
_GAP = 2
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def draw(console: ReportConsole, report: CostReport) -> None:
    """The workload, the costs, and what they are compared with."""
    console.print(console.text(heading(report), "muted"), soft_wrap=not console.is_terminal)
    console.print_table(_table(console, report))
    if note := cut_note(len(report.rows[: console.most_rows]), len(report.rows)):
        console.print(console.text(note, "muted"))
    if report.by_task:
        total = money(report.total_usd)
        console.print(console.text(f"Total {total} per {report.workload.per}", "heading"))
    for note in report.notes:
        console.print(console.text(note, "muted"), soft_wrap=not console.is_terminal)
    draw_profiles(console, [row.measured for row in report.rows])


def heading(report: CostReport) -> str:
    """The workload in words."""
    workload, usage = report.workload, report.workload.usage
    on = f"{workload.on:%Y-%m-%d %H:%M} UTC"
    on += f", compared with {report.reference.id}" if report.reference else ""
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


def _table(console: ReportConsole, report: CostReport) -> Table:
    show_month = report.workload.per == "day"
    show_measured = any(row.measured for row in report.rows)
    table = grid(*_headers(console, report, measured=show_measured), gap=_GAP)
    for column in table.columns[: 2 if report.by_task else 1]:
        column.no_wrap = True
    most = max((row.cost_usd for row in report.rows if row.cost_usd is not None), default=Decimal(0))
    width = _bar_width(console, report)
    for row in report.rows[: console.most_rows]:
        cells = [_model(console, row, report), console.text(money(row.cost_usd), "money")]
        cells.append(console.text(bar(row.cost_usd, most, width), "bar"))
        if report.by_task:
            cells.insert(0, console.text(row.task or ""))
        if show_measured:
            cells.insert(3, console.text(measured_text(row, report)))
        if show_month:
            cells.append(console.text(money(multiply(row.cost_usd, DAYS_PER_MONTH)), "money"))
        if not report.by_task or report.reference:
            cells.append(console.text(compared(row, report), "muted"))
        if console.is_wide and not report.by_task:
            cells.append(console.text(row.model.best_for or "" if row.model else "", "muted"))
        table.add_row(*cells)
    return table


def _headers(console: ReportConsole, report: CostReport, *, measured: bool) -> list[tuple[str, str]]:
    """The columns and how they are justified."""
    headers: list[tuple[str, str]] = [("Task", "left")] if report.by_task else []
    headers += [("Model", "left"), ("Cost", "right")]
    headers += [("Measured", "right")] if measured else []
    headers.append(("", "left"))
    headers += [("Per month", "right")] if report.workload.per == "day" else []
    headers += [("Compared", "left")] if not report.by_task or report.reference else []
    headers += [("Best for", "left")] if console.is_wide and not report.by_task else []
    return headers


def _model(console: ReportConsole, row: CostRow, report: CostReport) -> Text:
    if row.model is None:
        return console.text("none", "error")
    name = console.text(row.model.id, "id")
    return name.append_text(console.text(_shown_name(row, report)[len(row.model.id) :], "muted"))


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


def _bar_width(console: ReportConsole, report: CostReport) -> int:
    """The width that the other columns leave, up to the usual one; 0 if it is too small for a bar."""
    texts = [[row.task or "" for row in report.rows]] if report.by_task else []
    texts.append([_shown_name(row, report) for row in report.rows])
    texts.append([money(row.cost_usd) for row in report.rows])
    if any(row.measured for row in report.rows):
        texts.append(["Measured", *(measured_text(row, report) for row in report.rows)])
    if report.workload.per == "day":
        texts.append([money(multiply(row.cost_usd, DAYS_PER_MONTH)) for row in report.rows])
    if not report.by_task or report.reference:
        texts.append([compared(row, report) for row in report.rows])
    used = sum(max(map(len, column), default=0) + _GAP for column in texts)
    return min(_BAR_WIDTH, left) if (left := console.width - used) >= _BAR_WIDTH // 4 else 0


def bar(amount: Decimal | None, most: Decimal, width: int = _BAR_WIDTH) -> str:
    """A bar of eighths of a character whose length is the amount's part of the largest."""
    if amount is None or not most or not width:
        return ""
    eighths = int((amount / most * width * 8).to_integral_value())
    if amount and not eighths:
        eighths = 1
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
