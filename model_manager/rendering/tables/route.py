"""`route` for people: where a call would go, and how the other options stand."""

from rich.table import Table

from model_manager.commands.route import OptionRow, RouteReport
from model_manager.rendering.tables.console import ReportConsole
from model_manager.rendering.tables.list import SEVERITY_STYLES
from model_manager.rendering.tables.sheet import print_sheet

_STATE_STYLES = {
    "chosen": "good",
    "ready": "",
    "off": "muted",
    "cooling": "warning",
    "missing_key": "warning",
    "unknown": "error",
    "refused": "error",
}


def draw(console: ReportConsole, report: RouteReport) -> None:
    """The decision, then the options if there are several."""
    lines = [("model", _model(report), "id" if report.model else "error"), ("because", report.reason, "")]
    if report.preference:
        lines.append(("route", f"{report.route}, preference {report.preference}", ""))
    else:
        source = report.assignment.source
        lines.append(("route", f"{report.route}{f', {source.text}' if source else ''}", ""))
    if report.complexity and str(report.complexity) not in report.reason:
        lines.append(("query", str(report.complexity), ""))
    console.print(console.text(report.assignment.task.name, "heading"))
    print_sheet(console, lines)
    if len(report.options) > 1:
        console.print()
        console.print_table(_options(console, report))
    for finding in report.problems:
        words = f"{finding.severity}: {finding.message}"
        console.print(console.text(words, SEVERITY_STYLES[finding.severity]), soft_wrap=not console.is_terminal)


def _model(report: RouteReport) -> str:
    return f"{report.model.name} ({report.model.id})" if report.model else "none"


def _options(console: ReportConsole, report: RouteReport) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="heading")
    table.add_column("Tried", justify="right")
    table.add_column("Option", justify="right")
    table.add_column("Share", justify="right")
    table.add_column("Model", overflow="fold")
    table.add_column("State", overflow="fold")
    for row in report.options:
        share = "" if row.percent is None else f"{row.percent}%"
        order = "" if row.order is None else str(row.order)
        cells = (order, str(row.option), share, _name(row), _state(row))
        table.add_row(*(console.text(cell, _STATE_STYLES[row.state]) for cell in cells))
    return table


def _name(row: OptionRow) -> str:
    return f"{row.name}: {row.model.id}" if row.model and row.model.id != row.name else row.name


def _state(row: OptionRow) -> str:
    if row.state == "cooling":
        return f"cooling down for {row.cooling_s:g} s"
    if row.state == "missing_key":
        return row.message or "no key"
    return {"unknown": "not in the catalogue", "refused": row.message or "refused"}.get(row.state, row.state)
