"""`list` for people: models by provider, then the tasks, so that these are what is left on the screen."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from model_manager.commands.list import ListReport
from model_manager.commands.rows import OLDER, ModelRow, ProviderRow
from model_manager.core.assignments import DEFAULT_KEY, Assignment
from model_manager.core.phrases import plural
from model_manager.rendering.columns import RECOMMENDED, ROOM_FOR_ALL, ModelColumn, default_columns, legend
from model_manager.rendering.model_notes import notes
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.text import cut_note

STATUS_STYLES = {"retired": "error", "deprecated": "warning", "preview": "muted", "legacy": "muted", "active": ""}
SEVERITY_STYLES = {"error": "error", "warning": "warning", "info": "muted"}
EXAMPLES = "Examples until models.toml has tasks: model-manager init"
_ROOM_FOR_NUMBERS = 40


def draw(
    console: ReportConsole,
    report: ListReport,
    *,
    grouped: bool = True,
    columns: Sequence[ModelColumn] | None = None,
) -> None:
    """The models and, where no filter is set, the tasks.

    Args:
        console: where to; on a terminal, older models are folded if no filter is set.
        report: what to draw.
        grouped: whether models of a provider stand together, below a line with its name.
        columns: those that were asked for; None: as many as there is room for.
    """
    on_screen = console.file.isatty()
    view = _View(
        console=console,
        columns=tuple(columns or _usual_columns(console, grouped=grouped)),
        grouped=grouped and console.is_terminal,
        short=not (console.is_roomy and (not console.is_wide or console.width >= ROOM_FOR_ALL)),
    )
    folds = on_screen and not report.is_filtered and not report.is_whole
    shown = [row for row in report.models if not folds or _is_shown(row)]
    drawn = shown[: console.most_rows]
    if report.models:
        console.print_table(_models(view, report, {row.model.id for row in drawn}, folds=folds))
        for line in _remarks(view, report, drawn, len(shown)):
            console.print(console.text(line, "muted"), soft_wrap=not console.is_terminal)
    if report.tasks and not report.is_filtered:
        console.print()
        console.print_table(_tasks(console, report.tasks))
        if report.has_examples:
            console.print(console.text(EXAMPLES, "muted"), soft_wrap=not console.is_terminal)
        if on_screen and report.task_problems:
            console.print()  # the command prints them below this on the standard error


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
    columns: tuple[ModelColumn, ...]
    grouped: bool
    short: bool

    def cell(self, column: ModelColumn, row: ModelRow) -> Text:
        """The cell of a model."""
        status = STATUS_STYLES[row.status]
        if column.name == "id":
            mark = self.console.text(f"{RECOMMENDED if row.model.recommended else ' '} ", "good")
            return mark.append_text(self.console.text(row.model.id, status or "id"))
        if column.name == "notes":
            told = (", " if self.short else "; ").join(notes(row, short=self.short))
            return self.console.text(told, status)
        return self.console.text(column.text(row), column.style)

    def head(self, column: ModelColumn) -> str:
        """The header, below the names in a column that begins with a mark."""
        header = column.header if self.console.is_roomy else column.narrow or column.header
        return f"  {header}" if column.name == "id" else header


def _usual_columns(console: ReportConsole, *, grouped: bool) -> Iterable[ModelColumn]:
    in_heading = grouped and console.is_terminal
    return [column for column in default_columns(console.width) if not (in_heading and column.name == "provider")]


def _is_shown(row: ModelRow) -> bool:
    """Whether a model is there for those who choose one: older ones are not, unless a task uses them."""
    return bool(row.tasks) or row.status not in OLDER


def _models(view: _View, report: ListReport, drawn: Container[str], *, folds: bool) -> Table:
    heads = [(view.head(column), column.justify) for column in view.columns]
    table = grid(*heads, gap=2 if view.console.is_roomy else 1)
    # Names go on in a second line only where numbers would have to otherwise.
    widest = max((cell_len(row.model.id) for row in report.models if row.model.id in drawn), default=0)
    table.columns[0].no_wrap = widest <= view.console.width - _ROOM_FOR_NUMBERS
    for drawn_column, column in zip(table.columns, view.columns, strict=True):
        drawn_column.no_wrap = drawn_column.no_wrap or column.justify == "right"
    providers = {row.provider.id: row for row in report.providers}
    for provider, group in groupby(report.models, key=lambda row: row.model.provider):
        rows = list(group)
        shown = [row for row in rows if row.model.id in drawn]
        older = sum(not _is_shown(row) for row in rows) if folds and view.grouped else 0
        if view.grouped and (shown or older):
            table.add_row(_provider(view.console, providers[provider]))
        for row in shown:
            table.add_row(*(view.cell(column, row) for column in view.columns))
        if older:
            table.add_row(view.console.text(f"  + {older:,} older", "muted"))
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


def _remarks(view: _View, report: ListReport, drawn: Sequence[ModelRow], shown: int) -> Iterable[str]:
    """How many models there are and are not shown; then the legend."""
    older = len(report.models) - shown
    retired = f"{report.retired_hidden:,} retired" if report.retired_hidden else ""
    hidden = f"{older:,} older (legacy or deprecated)" if older else ""
    more = f"{' and '.join(filter(None, (hidden, retired)))} hidden (--all)" if hidden or retired else ""
    cut = cut_note(len(drawn), shown)
    counted = f"{cut}. {more}".rstrip() if cut else ", ".join(filter(None, (plural(shown, "model"), more)))
    counted += "."
    first, *others = legend(view.columns, drawn, short=view.short)
    yield from filter(None, (counted, first)) if older else [f"{counted} {first}".rstrip()]
    yield from others


def _tasks(console: ReportConsole, tasks: Iterable[Assignment]) -> Table:
    table = grid(("Task", "left"), ("Model", "left"), ("Source", "left"))
    for assignment in tasks:
        worst = {finding.severity for finding in assignment.problems}
        style = "error" if "error" in worst else "warning" if "warning" in worst else "id"
        table.add_row(
            console.text(assignment.task.name),
            _route(console, assignment, style),
            console.text(_source(assignment), "muted"),
        )
    return table


def _source(assignment: Assignment) -> str:
    """Where the model comes from; a task's own line in a file needs no more than its place."""
    source = assignment.source
    if source is None:
        return f"set {assignment.task.env}"
    is_own = source.kind == "catalogue" and source.file and source.variable != DEFAULT_KEY
    return f"{source.file}:{source.line}" if is_own and source.line else source.text


def _route(console: ReportConsole, assignment: Assignment, style: str) -> Text:
    """The model's id, behind it its alias; of several models the route."""
    if assignment.text is None:
        return console.text("none", "error")
    if assignment.model is None or (assignment.route and not assignment.route.is_single):
        return console.text(assignment.text, style)
    shown = console.text(assignment.model.id, style)
    if assignment.text != assignment.model.id:
        shown.append_text(console.text(f" ({assignment.text})", "muted"))
    return shown
