"""`usage` for people: a line a row with bars and sparklines, the total, and what is not counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.cells import cell_len
from rich.table import Table

from model_manager.commands.usage import UsageAnswer
from model_manager.core.phrases import plural
from model_manager.ledger.records import dollars_of, moment_of
from model_manager.ledger.reports.figures import Figures
from model_manager.ledger.reports.usage import UsageQuery, UsageRow
from model_manager.rendering.tables.budgets import budgets_table
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.tables.cost import bar
from model_manager.rendering.text import UNKNOWN, duration, money, tokens

_NONE = "–"
#: How many counts a line lists one by one, and the columns that the name of a row needs at least.
_MOST_LISTED, _SHORTEST_NAME = 8, 9
#: Columns by their headers, in the order in which they are left out where there is not room enough for all.
_LEFT_OUT_FIRST = ("Over time", "Cached", "Retries", "First text", "", "Fell back", "Failing", "Tokens/s")
_LEFT_OUT_AT_LAST = ("Share", "p95", "p50", "Output", "Input")
_MODEL_WORDS = {"model", "provider", "arm"}
_BAR = 10
_SPARKS = "▁▂▃▄▅▆▇█"
_HOW_CALLS_GET_HERE = (
    "Calls are recorded when an application makes them with AIService (from model_manager import AIService), "
    "and by model-manager test."
)


@dataclass(frozen=True, slots=True)
class _UsageColumn:
    """A column: its header, its cells, their style, and from which width on it is shown.

    What tells models apart rather than costs (`of_models`) is shown where rows are models, providers or arms.
    """

    header: str
    cell: Callable[[UsageRow, "_Scale"], str]
    style: str = ""
    width: int = 0
    justify: str = "right"
    of_models: bool = False


@dataclass(frozen=True, slots=True)
class _Scale:
    """The measure of bars: the largest and the sum of the costs, or of the calls where nothing costs."""

    most: Decimal
    total: Decimal
    by_calls: bool

    def of(self, figures: Figures) -> Decimal:
        """The amount that a row's bar shows."""
        return Decimal(figures.calls if self.by_calls else figures.cost_pico)


_MEDIUM, _WIDE = 100, 130
_COLUMNS = (
    _UsageColumn("Calls", lambda row, _: f"{row.figures.calls:,}"),
    _UsageColumn("Failed", lambda row, _: _count(row.figures.failed), "error"),
    _UsageColumn("Failing", lambda row, _: _failing(row.figures), "error", _MEDIUM, of_models=True),
    _UsageColumn("Retries", lambda row, _: _count(row.figures.retries), "warning", _WIDE, of_models=True),
    _UsageColumn("Fell back", lambda row, _: _count(row.figures.fallbacks), "warning", _WIDE),
    _UsageColumn("Input", lambda row, _: tokens(row.figures.input)),
    _UsageColumn("Cached", lambda row, _: _cached(row.figures), "muted", _WIDE),
    _UsageColumn("Output", lambda row, _: tokens(row.figures.output)),
    _UsageColumn("Cost", lambda row, _: _cost(row.figures), "money"),
    _UsageColumn("", lambda row, scale: bar(scale.of(row.figures), scale.most, _BAR), "bar", _MEDIUM, "left"),
    _UsageColumn("Share", lambda row, scale: _share(row.figures, scale), "muted"),
    _UsageColumn("Over time", lambda row, _: sparkline(row.slices), "bar", _WIDE, "left"),
    _UsageColumn("p50", lambda row, _: _time(row.figures.latency_ms["p50"])),
    _UsageColumn("p95", lambda row, _: _time(row.figures.latency_ms["p95"])),
    _UsageColumn("First text", lambda row, _: _time(row.figures.ttft_ms["p50"]), "muted", _MEDIUM),
    _UsageColumn("Tokens/s", lambda row, _: _speed(row.figures), "", _MEDIUM, of_models=True),
)


def draw(console: ReportConsole, answer: UsageAnswer) -> None:
    """The time, the rows, their total, and what is to be known about them."""
    window, report = answer.window, answer.report
    heading = f"{window.since:%Y-%m-%d %H:%M} to {window.until:%Y-%m-%d %H:%M} ({window.zone_name})"
    console.print(console.text(heading, "muted"), soft_wrap=not console.is_terminal)
    if not report.totals.calls:
        filters = _filters(report.query)
        _say(console, f"No calls{filters} are recorded in {_files(answer)} for this time.")
        if not filters:
            _say(console, _HOW_CALLS_GET_HERE)
    else:
        console.print_table(_table(console, report.rows[: console.most_rows], report.totals, report.query.by))
        _say(console, _total_line(answer), "heading")
        for line in _remarks(answer):
            _say(console, line)
    if answer.budgets:
        console.print()
        console.print_table(budgets_table(console, answer.budgets))
    if answer.calls:
        console.print()
        console.print_table(_calls(console, answer.calls))
    if answer.what_if and report.totals.calls:
        console.print()
        console.print_table(_what_if(console, answer))


def _filters(query: UsageQuery) -> str:
    words = (f" of {word} {value}" for word, value in (("task", query.task), ("project", query.project)) if value)
    return "".join(words)


def _files(answer: UsageAnswer) -> str:
    return ", ".join(map(str, answer.files))


def _say(console: ReportConsole, words: str, style: str = "muted") -> None:
    console.print(console.text(words, style), soft_wrap=not console.is_terminal)


def _table(console: ReportConsole, rows: Sequence[UsageRow], totals: Figures, by: Sequence[str]) -> Table:
    scale, gap = _scale(rows, totals), 2 if console.is_roomy else 1
    are_models = not _MODEL_WORDS.isdisjoint(by)
    found = {
        column: [column.cell(row, scale) for row in rows]
        for column in _COLUMNS
        if column.width <= console.width and (are_models or not column.of_models)
    }
    names = {word: [row.key[word] or _NONE for row in rows] for word in by}
    widths = {
        column: gap + _widest(column.header, cells)
        for column, cells in found.items()
        if any(cells) or not column.width
    }
    room, of_names = console.width + gap, [gap + _widest(word, cells) for word, cells in names.items()]
    most_room = room - sum(min(width, gap + _SHORTEST_NAME) for width in of_names)
    columns = list(widths) if console.is_narrow else _fitting(widths, room - sum(of_names), most_room)
    keys = [(word.capitalize(), "left") for word in by]
    table = grid(*keys, *((column.header, column.justify) for column in columns), gap=gap)
    for place, row in enumerate(rows):
        cells = [console.text(names[word][place], "id" if row.key[word] else "muted") for word in by]
        table.add_row(*cells, *(console.text(found[column][place], column.style) for column in columns))
    if sum(widths[column] for column in columns) <= room - (gap + 1) * len(by):
        for shown in table.columns[len(by) :]:
            shown.no_wrap = True  # else a number might go on in a second line where a name can
    return table


def _widest(header: str, cells: Sequence[str]) -> int:
    return max(map(cell_len, (header, *cells)))


def _fitting(widths: Mapping[_UsageColumn, int], room: int, most_room: int) -> list[_UsageColumn]:
    """The columns that fit beside the names, and the most important ones beside names that are broken."""
    columns = list(widths)
    for headers, width in ((_LEFT_OUT_FIRST, room), (_LEFT_OUT_AT_LAST, most_room)):
        for header in headers:
            if sum(widths[column] for column in columns) > width:
                columns = [column for column in columns if column.header != header]
    return columns


def _scale(rows: Sequence[UsageRow], totals: Figures) -> _Scale:
    by_calls = not totals.cost_pico
    values = [row.figures.calls if by_calls else row.figures.cost_pico for row in rows]
    return _Scale(Decimal(max(values, default=0)), Decimal(sum(values)), by_calls)


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _failing(figures: Figures) -> str:
    return f"{figures.failed / figures.calls:.1%}" if figures.failed else ""


def _speed(figures: Figures) -> str:
    return f"{figures.tokens_per_second:,.0f}" if figures.tokens_per_second else ""


def _cached(figures: Figures) -> str:
    return f"{figures.cache_read * 100 // figures.input}%" if figures.input and figures.cache_read else ""


def _cost(figures: Figures) -> str:
    cost = figures.cost_usd
    shown = money(cost) if cost is None or cost < 1 else money(round(cost, 2))
    return f"{shown}+{UNKNOWN}" if cost is not None and figures.unpriced else shown


def _share(figures: Figures, scale: _Scale) -> str:
    if not scale.total:
        return ""
    percent = scale.of(figures) * 100 / scale.total
    return "<1%" if 0 < percent < 1 else f"{percent:.0f}%"


def _time(milliseconds: float | None) -> str:
    return "" if milliseconds is None else duration(milliseconds)


def sparkline(values: Sequence[int]) -> str:
    """A character for each value, as high as the value beside the largest; a dot where there is nothing."""
    most = max(values, default=0)
    if not most:
        return ""
    return "".join("·" if not value else _SPARKS[min(value * 8 // most, 7)] for value in values).rstrip("·") or ""


def _total_line(answer: UsageAnswer) -> str:
    totals = answer.report.totals
    parts = [f"Total {_cost(totals)}", plural(totals.calls, "call")]
    parts += [f"{tokens(totals.input)} tokens in", f"{tokens(totals.output)} out"]
    speed = totals.tokens_per_second
    parts += [f"{speed:,.0f} tokens/s"] if speed else []
    return ", ".join(parts) + f". This month: {money(round(answer.projected_usd, 2))} at the present pace."


def _remarks(answer: UsageAnswer) -> list[str]:
    report, totals = answer.report, answer.report.totals
    counted = (
        (totals.unpriced, "without a known price: usage --reprice prices them once the catalogue has one"),
        (totals.estimated, "with estimated tokens"),
        (totals.cancelled, "given up by the caller"),
        (report.unrecorded, "not recorded"),
    )
    lines = [f"{plural(count, 'call')} {words}" for count, words in counted if count]
    if report.errors:
        lines.append("Not answered: " + _listed(report.errors))
    if report.fallbacks:
        named = {
            f"{task or _NONE} option {option + 1}": calls for (task, option), calls in report.fallbacks.items()
        }
        lines.append("Fallbacks: " + _listed(named))
    if report.served:
        named = {f"{model} by {served or UNKNOWN}": calls for (model, served), calls in report.served.items()}
        lines.append("Answered by another model: " + _listed(named))
    return lines


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{name} {calls:,}" for name, calls in ordered[:_MOST_LISTED]]
    rest = ordered[_MOST_LISTED:]
    return ", ".join(
        [*shown, f"{plural(len(rest), 'other')} {sum(calls for _, calls in rest):,}"] if rest else shown
    )


def _calls(console: ReportConsole, calls: Sequence[Mapping[str, Any]]) -> Table:
    headers = [("When (UTC)", "left"), ("Task", "left"), ("Model", "left"), ("Outcome", "left")]
    headers += [("Input", "right"), ("Output", "right"), ("Cost", "right"), ("Took", "right")]
    table = grid(*headers, gap=2 if console.is_roomy else 1)
    for call in calls[: console.most_rows]:
        cost = None if call["cost_pico"] is None else dollars_of(call["cost_pico"])
        took = None if call["latency_us"] is None else call["latency_us"] / 1000
        is_ok = call["outcome"] == "ok"
        table.add_row(
            console.text(f"{moment_of(call['at_us']):%m-%d %H:%M:%S}", "muted"),
            console.text(call["task"] or _NONE),
            console.text(call["model"], "id"),
            console.text("ok" if is_ok else call["error_kind"] or call["outcome"], "good" if is_ok else "error"),
            console.text(tokens(call["input"])),
            console.text(tokens(call["output"])),
            console.text("" if cost is None and not is_ok else money(cost), "money"),
            console.text(_time(took)),
        )
    return table


def _what_if(console: ReportConsole, answer: UsageAnswer) -> Table:
    headers = [("The same calls on", "left"), ("Cost", "right"), ("From", "right"), ("To", "right")]
    results = answer.what_if[: console.most_rows]
    headers += [("Compared", "right")]
    has_left_out = any(result.cannot for result in results)
    headers += [("Left out", "left")] if has_left_out else []
    table = grid(*headers, gap=2)
    table.columns[0].no_wrap = True
    for result in results:
        shown = [result.cost_usd, result.low_usd, result.high_usd]
        cells = [
            console.text("no price" if amount is None else money(round(amount, 4)), "money") for amount in shown
        ]
        relative = "" if result.relative is None else f"{result.relative:.2f}×"
        cells.append(console.text(relative))
        if has_left_out:
            left_out = "; ".join(f"{calls:,} {reason}" for reason, calls in result.cannot.items())
            cells.append(console.text(left_out, "muted"))
        table.add_row(console.text(result.route, "id"), *cells)
    return table
