"""`list` for people: models by provider, then the tasks, then what is wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Literal

from rich.console import JustifyMethod
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
        console.print_table(_models(console, report, shown, grouped=grouped and console.is_terminal))
        console.print(console.text(_legend(report, len(shown)), "muted"), soft_wrap=not console.is_terminal)
    if report.tasks:
        console.print()
        console.print_table(_tasks(console, report.tasks))
        _problems(console, report.tasks)


def draw_scenarios(console: ReportConsole, report: ListReport) -> None:
    """The advice."""
    table = grid(("Scenario", "left"), ("Model", "left"), ("Why", "left"))
    for row in report.scenarios:
        table.add_row(
            console.text(row.scenario.title), console.text(row.scenario.model, "id"), console.text(row.why)
        )
    console.print_table(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """How the table of models is drawn: whatever its cells depend on besides their model."""

    console: ReportConsole
    on: date
    grouped: bool

    @property
    def has_room(self) -> bool:
        """Whether there is room for all columns and for the notes' full words."""
        return self.console.width >= _ROOM_FOR_ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of the table of models.

    Attributes:
        header: the text at its head; `narrow` is the text on a narrow terminal, where it is another.
        cell: what stands in the row of a model.
        shown: whether the column is shown.
    """

    header: str
    narrow: str | None = None
    justify: JustifyMethod = "left"
    cell: Callable[[_View, ModelRow], Text]
    shown: Callable[[_View], bool] = lambda _: True

    def head(self, view: _View) -> tuple[str, JustifyMethod]:
        """The header and how its cells are justified."""
        return (self.header if view.console.is_roomy else self.narrow or self.header), self.justify


def _models(console: ReportConsole, report: ListReport, models: Iterable[ModelRow], *, grouped: bool) -> Table:
    view = _View(console=console, on=report.on, grouped=grouped)
    columns = [column for column in _COLUMNS if column.shown(view)]
    table = grid(*(column.head(view) for column in columns), gap=2 if console.is_roomy else 1)
    table.columns[0].no_wrap = True
    providers = {row.provider.id: row for row in report.providers}
    for provider, rows in groupby(models, key=lambda row: row.model.provider):
        if grouped:
            table.add_row(_provider(console, providers[provider]))
        for row in rows:
            table.add_row(*(column.cell(view, row) for column in columns))
    return table


def _provider(console: ReportConsole, row: ProviderRow) -> Text:
    line = console.text(row.provider.name, "heading")
    if row.base_url is None:
        return line.append_text(console.text("  no base URL", "muted"))
    if row.key_env is None:
        return line.append_text(console.text("  no key needed", "muted"))
    if row.ready:
        return line.append_text(console.text("  ready", "good"))
    return line.append_text(console.text("  no key", "muted"))


def _model_cell(view: _View, row: ModelRow) -> Text:
    mark = RECOMMENDED if row.model.recommended else " "
    style = STATUS_STYLES[row.status] or "id"
    return view.console.text(f"{mark} ", "good").append_text(view.console.text(row.model.id, style))


def _rate_cell(name: Literal["input", "output", "cache_read"]) -> Callable[[_View, ModelRow], Text]:
    """The cell of a rate, by its name."""
    return lambda view, row: view.console.text(rate(getattr(row.rates or Rates(), name)), "money")


def _notes_cell(view: _View, row: ModelRow) -> Text:
    """The notes in as many words as there is room for."""
    is_long = view.console.is_roomy and (not view.console.is_wide or view.has_room)
    told = "; ".join(notes(row, view.on)) if is_long else ", ".join(notes(row, view.on, short=True))
    return view.console.text(told, STATUS_STYLES[row.status])


#: The columns of the table of models, from left to right. A value that `--json` should have as well is a field of
#: `ModelObject` in `rendering/documents/types`.
_COLUMNS = (
    _Column(header="  Model", cell=_model_cell),
    _Column(
        header="Provider",
        cell=lambda view, row: view.console.text(row.model.provider),
        shown=lambda view: not view.grouped,
    ),
    _Column(header="Input", justify="right", cell=_rate_cell("input")),
    _Column(header="Output", justify="right", cell=_rate_cell("output")),
    _Column(header="Cached", justify="right", cell=_rate_cell("cache_read"), shown=lambda view: view.has_room),
    _Column(
        header="Context",
        narrow="Size",
        justify="right",
        cell=lambda view, row: view.console.text(tokens(row.model.context_window)),
    ),
    _Column(header="Notes", cell=_notes_cell),
    _Column(
        header="Best for",
        cell=lambda view, row: view.console.text(row.model.best_for or "", "muted"),
        shown=lambda view: view.console.is_wide,
    ),
)


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
