"""The table in which calls of several models are compared: times, speed and cost as numbers with bars."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from model_manager.core.messages import Reply
from model_manager.live_test.report import Repetition, Spread, TestResult
from model_manager.rendering.tables.console import ReportConsole, grid
from model_manager.rendering.tables.cost import bar
from model_manager.rendering.text import UNKNOWN, duration, money

_LONGEST_BAR, _SHORTEST_BAR = 12, 3
_GAP = 2
_Number = float | Decimal | None


def _speed(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - two digits tell enough


@dataclass(frozen=True, slots=True)
class _Measure:
    """A column of numbers with bars."""

    header: str
    shown: Callable[..., str]
    style: str = ""


_MEASURES = (
    _Measure("First", duration),
    _Measure("Total", duration),
    _Measure("Tokens/s", _speed),
    _Measure("Cost", money, "money"),
)
#: Which measures have bars: as many as there is room for.
_WITH_BARS = ((0, 1, 2, 3), (1, 3))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line: its cells before the measures and behind them, and a number a measure, or none without an answer."""

    before: tuple[Text, ...]
    numbers: tuple[_Number, ...] = ()
    after: tuple[Text, ...] = ()


def results_table(console: ReportConsole, results: Sequence[TestResult]) -> Table:
    """A line a call; with its tokens where there is room."""
    counted = [("In", "right"), ("Out", "right")] if console.is_roomy else []
    rows = [
        _Row(
            before=(_name(console, result.name, is_ok=result.is_ok),),
            numbers=_numbers(result.reply) if result.reply else (),
            after=_tokens(console, result.reply) if counted else (),
        )
        for result in results
    ]
    return _table(console, rows, [("  Model", "left")], counted)


def _numbers(reply: Reply) -> tuple[_Number, ...]:
    return reply.ttft_ms, reply.latency_ms, reply.tokens_per_second, reply.cost_usd


def _tokens(console: ReportConsole, reply: Reply | None) -> tuple[Text, ...]:
    if reply is None:
        return console.text(""), console.text("")
    counts = (reply.usage.input_tokens, reply.usage.output_tokens)
    return tuple(console.text(UNKNOWN if count is None else f"{count:,}", "muted") for count in counts)


def repetitions_table(console: ReportConsole, repetitions: Sequence[Repetition]) -> Table:
    """Three lines a model: the median of its calls, their minimum, and their 95th percentile."""
    rows = [row for item in repetitions for row in _repetition_rows(console, item)]
    return _table(console, rows, [("  Model", "left"), ("OK", "right")], [])


def _repetition_rows(console: ReportConsole, item: Repetition) -> Iterator[_Row]:
    is_ok = item.passed == item.runs
    share = console.text(f"{item.passed}/{item.runs}", "good" if is_ok else "error")
    spreads = (item.ttft_ms, item.latency_ms, item.tokens_per_second)
    medians = (*(spread.median if spread else None for spread in spreads), item.cost_usd) if item.passed else ()
    yield _Row((_name(console, item.name, is_ok=is_ok), share), medians)
    for label, of in _EXTREMES if item.passed else ():
        extremes = tuple(of(spread) if spread else None for spread in spreads)
        yield _Row((console.text(f"    {label}", "muted"), console.text("")), extremes)


_EXTREMES: tuple[tuple[str, Callable[[Spread], float]], ...] = (
    ("min", lambda spread: spread.minimum),
    ("p95", lambda spread: spread.p95),
)


def _name(console: ReportConsole, name: str, *, is_ok: bool) -> Text:
    mark = console.text("✓ ", "good") if is_ok else console.text("✗ ", "error")
    return mark.append_text(console.text(name, "id"))


def _table(
    console: ReportConsole,
    rows: Sequence[_Row],
    before: Sequence[tuple[str, str]],
    after: Sequence[tuple[str, str]],
) -> Table:
    """The rows as a table, with bars as long as the console's width leaves room for."""
    shown = [[_shown(measure, row, place) for row in rows] for place, measure in enumerate(_MEASURES)]
    widths = [max(map(len, texts), default=0) for texts in shown]
    with_bars, length = _bars(console.width - _width_without_bars(rows, before, after, widths))
    justified = ["left" if place in with_bars else "right" for place in range(len(widths))]
    measured = [(measure.header, justify) for measure, justify in zip(_MEASURES, justified, strict=True)]
    table = grid(*before, *measured, *after, gap=_GAP)
    for column in table.columns[1:]:  # long names are broken before any number is
        column.no_wrap = True
    columns = [
        _column(console, place, [row.numbers for row in rows], texts, length if place in with_bars else 0)
        for place, texts in enumerate(shown)
    ]
    for row, cells in zip(rows, zip(*columns, strict=True), strict=True):
        table.add_row(*row.before, *cells, *row.after)
    return table


def _shown(measure: _Measure, row: _Row, place: int) -> str:
    """A number as text: unknown in an answer, and nothing where there is no answer or no such number."""
    if place >= len(row.numbers):
        return ""
    number = row.numbers[place]
    return UNKNOWN if number is None else measure.shown(number)


def _width_without_bars(
    rows: Sequence[_Row],
    before: Sequence[tuple[str, str]],
    after: Sequence[tuple[str, str]],
    widths: Sequence[int],
) -> int:
    headers = [header for header, _ in (*before, *after)]
    others = [
        max(len(header), *map(cell_len, map(str, cells)))
        for header, cells in zip(headers, zip(*(row.before + row.after for row in rows), strict=True), strict=True)
    ]
    measured = [max(len(measure.header), width) for measure, width in zip(_MEASURES, widths, strict=True)]
    return sum(others) + sum(measured) + _GAP * (len(headers) + len(widths) - 1)


def _bars(room: int) -> tuple[Sequence[int], int]:
    """Which measures have bars, and how long those are with the space before them."""
    for places in _WITH_BARS:
        length = min(_LONGEST_BAR, room // len(places) - 1)
        if length >= _SHORTEST_BAR:
            return places, length
    return (), 0


def _column(
    console: ReportConsole, place: int, numbers: Sequence[tuple[_Number, ...]], texts: Sequence[str], length: int
) -> list[Text]:
    """The cells of a measure: the numbers end below each other, and the bars begin there."""
    known = [Decimal(row[place] or 0) if place < len(row) else Decimal(0) for row in numbers]
    most, width = max(known, default=Decimal(0)), max(map(len, texts), default=0)
    cells = []
    for number, text in zip(known, texts, strict=True):
        cell = console.text(text.rjust(width) if length and text else text, _MEASURES[place].style)
        if length and number:
            cell.append_text(console.text(f" {bar(number, most, length)}", "bar"))
        cells.append(cell)
    return cells
