"""`list` for people: models by provider, then the tasks, then what is wrong."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import groupby

from rich.table import Table
from rich.text import Text

from model_manager.commands.list import ListReport
from model_manager.commands.rows import ModelRow, ProviderRow
from model_manager.core.assignments import Assignment
from model_manager.core.pricing import Price, Rates
from model_manager.core.quantities import noon
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.text import cut_note, plural, rate, tokens

STATUS_STYLES = {"retired": "error", "deprecated": "warning", "preview": "muted", "legacy": "muted", "active": ""}
SEVERITY_STYLES = {"error": "error", "warning": "warning", "info": "muted"}
RECOMMENDED = "★"
#: From this width on, there is room for all columns and for the notes' full words.
_ROOM_FOR_ALL = 160


def draw(console: ReportConsole, report: ListReport, *, grouped: bool = True) -> None:
    """The models, the tasks and the problems; `grouped` puts a line with the provider above its models."""
    if report.models:
        shown = report.models[: console.most_rows]
        console.print(_models(console, report, shown, grouped=grouped and console.is_terminal))
        console.print(console.text(_legend(report, len(shown)), "muted"), soft_wrap=not console.is_terminal)
    if report.tasks:
        console.print()
        console.print(_tasks(console, report.tasks))
        _problems(console, report.tasks)


def draw_scenarios(console: ReportConsole, report: ListReport) -> None:
    """The advice."""
    table = grid(("Scenario", "left"), ("Model", "left"), ("Why", "left"))
    for row in report.scenarios:
        table.add_row(
            console.text(row.scenario.title), console.text(row.scenario.model, "id"), console.text(row.why)
        )
    console.print(table)


def _models(console: ReportConsole, report: ListReport, models: Iterable[ModelRow], *, grouped: bool) -> Table:
    headers = [
        ("  Model", "left"),
        ("Input", "right"),
        ("Output", "right"),
        ("Context" if console.is_roomy else "Size", "right"),
        ("Notes", "left"),
    ]
    if not grouped:
        headers.insert(1, ("Provider", "left"))
    if console.is_wide:
        headers.append(("Best for", "left"))
    if console.width >= _ROOM_FOR_ALL:
        headers.insert(3 if grouped else 4, ("Cached", "right"))
    table = grid(*headers, gap=2 if console.is_roomy else 1)
    table.columns[0].no_wrap = True
    providers = {row.provider.id: row for row in report.providers}
    for provider, rows in groupby(models, key=lambda row: row.model.provider):
        if grouped:
            table.add_row(_provider(console, providers[provider]))
        for row in rows:
            table.add_row(*_model(console, row, report.on, grouped=grouped))
    return table


def _provider(console: ReportConsole, row: ProviderRow) -> Text:
    line = console.text(row.provider.name, "heading")
    if row.key_env is None:
        return line.append_text(console.text("  no key needed", "muted"))
    if row.ready:
        return line.append_text(console.text("  ready", "good"))
    return line.append_text(console.text("  no key", "muted"))


def _model(console: ReportConsole, row: ModelRow, on: date, *, grouped: bool) -> list[Text]:
    model, rates = row.model, row.rates or Rates()
    mark = RECOMMENDED if model.recommended else " "
    style = STATUS_STYLES[row.status] or "id"
    cells = [
        console.text(f"{mark} ", "good").append_text(console.text(model.id, style)),
        console.text(rate(rates.input), "money"),
        console.text(rate(rates.output), "money"),
        console.text(tokens(model.context_window)),
        console.text(_notes_cell(console, row, on), STATUS_STYLES[row.status]),
    ]
    if not grouped:
        cells.insert(1, console.text(model.provider))
    if console.is_wide:
        cells.append(console.text(model.best_for or "", "muted"))
    if console.width >= _ROOM_FOR_ALL:
        cells.insert(3 if grouped else 4, console.text(rate(rates.cache_read), "money"))
    return cells


def _notes_cell(console: ReportConsole, row: ModelRow, on: date) -> str:
    """The notes in as many words as there is room for."""
    if console.is_roomy and (not console.is_wide or console.width >= _ROOM_FOR_ALL):
        return "; ".join(notes(row, on))
    return ", ".join(notes(row, on, short=True))


def notes(row: ModelRow, on: date, *, short: bool = False) -> Iterable[str]:
    """How long the model will last, who uses it, and what a reader of the base price must know besides.

    Short notes leave out who uses it, which stands under the models as well.
    """
    if row.tasks and not short:
        yield f"used by {', '.join(row.tasks)}"
    if row.model.retires:
        yield f"{'retired' if row.status == 'retired' else 'retires'} {row.model.retires}"
    elif row.status != "active":
        yield row.status
    if row.model.price and row.rates:
        yield from _price_notes(row.model.price, row.rates, on, short=short)
    if "price" in row.model.certainty:
        yield "price?" if short else "price uncertain"


def _price_notes(price: Price, base: Rates, on: date, *, short: bool) -> Iterable[str]:
    above, at_least = (">", "≥") if short else (" above ", " from ")
    for tier in price.tiers:
        yield f"{_factor(tier.rates, base)}{at_least if tier.inclusive else above}{tokens(tier.above)}"
    for change in price.changes:
        if change.start > noon(on):
            yield f"{_factor(change.rates, base)} from {change.start.date()}"
    if price.peak:
        yield f"{_factor(price.peak.rates, base)} at peak{'' if short else ' hours'}"


def _factor(rates: Rates, base: Rates) -> str:
    """How rates compare with the base row: "5×" where both directions agree, else each."""
    ratios = [_ratio(rates.input, base.input), _ratio(rates.output, base.output)]
    known = [ratio for ratio in ratios if ratio]
    if not known:
        return "other prices"
    return known[0] if len(set(known)) == 1 else "/".join(known)


def _ratio(rate: Decimal | None, base: Decimal | None) -> str | None:
    if rate is None or not base:
        return None
    return f"{rate / base:.2f}".rstrip("0").rstrip(".") + "×"


def _legend(report: ListReport, drawn: int) -> str:
    shown = cut_note(drawn, len(report.models)) or plural(len(report.models), "model")
    hidden = f", {report.retired_hidden} retired hidden (--all)" if report.retired_hidden else ""
    return f"{shown}{hidden}. US dollars per million tokens. {RECOMMENDED} recommended"


def _tasks(console: ReportConsole, tasks: Iterable[Assignment]) -> Table:
    table = grid(("Task", "left"), ("Model", "left"), ("Source", "left"))
    for assignment in tasks:
        worst = {finding.severity for finding in assignment.problems}
        style = "error" if "error" in worst else "warning" if "warning" in worst else "id"
        table.add_row(
            console.text(assignment.task.name),
            _route(console, assignment, style),
            console.text(assignment.source.text if assignment.source else f"set {assignment.task.env}", "muted"),
        )
    return table


def _route(console: ReportConsole, assignment: Assignment, style: str) -> Text:
    """The model's name; behind it the route, where that says more than the name."""
    if assignment.text is None:
        return console.text("none", "error")
    if assignment.model is None:
        return console.text(assignment.text, style)
    shown = console.text(assignment.model.name, style)
    if assignment.text != assignment.model.name:
        shown.append_text(console.text(f" ({assignment.text})", "muted"))
    return shown


def _problems(console: ReportConsole, tasks: Iterable[Assignment]) -> None:
    """Every problem on a line of its own: a table would cut what has to be read."""
    lines = [
        console.text(
            f"{finding.severity}: {assignment.task.name}: {finding.message}", SEVERITY_STYLES[finding.severity]
        )
        for assignment in tasks
        for finding in assignment.problems
    ]
    if lines:
        console.print()
    for line in lines:
        console.print(line, soft_wrap=not console.is_terminal)
