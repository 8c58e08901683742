"""The picker of `assign`: its rows, and what its screen shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from model_manager.commands.assign_choices import ModelChoice
from model_manager.core.assignments import Assignment
from model_manager.rendering.tables.console import ReportConsole
from model_manager.rendering.text import UNKNOWN, clean, money, rate, tokens

#: Lines around the rows: the question, the search, the header, the details, the keys.
FRAME_LINES = 5
#: On a terminal of a few lines: the question and the search.
SHORT_FRAME_LINES = 2
_LONGEST_NAME = 32
_KEYS = "Up/Down move, type to search, Enter chooses, Esc goes back, Ctrl-C cancels"
_STYLES = {"error": "error", "warning": "warning", "info": "muted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the picker.

    Attributes:
        key: what choosing it yields.
        cells: its texts, each with its style.
        detail: what is said about it below the rows while it is chosen.
        words: in which the search looks, in lower case.
    """

    key: str
    cells: Sequence[tuple[str, str]]
    detail: str
    words: str


def task_rows(tasks: Sequence[Assignment]) -> tuple[str, tuple[Row, ...]]:
    """The header and a row for each task: its model, and the first of its problems."""
    name_width = _width((one.task.name for one in tasks), "Task")
    model_width = _width((one.text or "none" for one in tasks), "Model")
    rows = []
    for one in tasks:
        worst = next(iter(sorted(one.problems, key=lambda problem: list(_STYLES).index(problem.severity))), None)
        cells = [(_cell(one.task.name, name_width), "id"), (_cell(one.text or "none", model_width), "")]
        cells += [(clean(worst.message), _STYLES[worst.severity])] if worst else [("ok", "good")]
        messages = "; ".join(problem.message for problem in one.problems)
        detail = clean(messages or one.task.purpose)
        words = f"{one.task.name} {one.text} {one.task.purpose}".casefold()
        rows.append(Row(key=one.task.name, cells=cells, detail=detail, words=words))
    return f"{_cell('Task', name_width)}  {_cell('Model', model_width)}  State", tuple(rows)


def model_rows(choices: Sequence[ModelChoice]) -> tuple[str, tuple[Row, ...]]:
    """The header and a row for each model: its prices, the difference a month, and whether it fits."""
    width = _width((choice.model.id for choice in choices), "Model")
    header = f"{_cell('Model', width)}  {'In/Out per 1M':>13}  {'Per month':>12}  Fit"
    return header, tuple(_model_row(choice, width) for choice in choices)


def _model_row(choice: ModelChoice, width: int) -> Row:
    model = choice.model
    rates = f"{rate(choice.rates.input)}/{rate(choice.rates.output)}" if choice.rates else UNKNOWN
    delta = "now" if choice.is_present else _signed(choice)
    verdict, style = {True: ("fits", "good"), None: ("may fit", "warning"), False: ("does not fit", "error")}[
        choice.fits
    ]
    if choice.fits and not choice.is_ready:
        verdict, style = "fits, no key", "warning"
    elif choice.fits and choice.status != "active":
        verdict, style = f"fits, {choice.status}", "warning"
    window = f"context {tokens(model.context_window)}"
    detail = "; ".join((f"{model.name} ({model.provider})", window, *choice.notes))
    return Row(
        key=model.id,
        cells=[(_cell(model.id, width), "id"), (f"{rates:>13}", "money"), (f"{delta:>12}", ""), (verdict, style)],
        detail=clean(detail),
        words=f"{model.id} {model.name} {model.provider} {' '.join(model.aliases)}".casefold(),
    )


def _signed(choice: ModelChoice) -> str:
    """The difference a month with its sign, to a dollar where it is large."""
    amount = choice.delta_usd
    if amount is None:
        return UNKNOWN
    if not amount:
        return "the same"
    shown = f"${abs(amount):,.0f}" if abs(amount) >= 100 else money(abs(amount).quantize(amount.__class__("0.01")))  # noqa: PLR2004 - dollars
    return f"{'+' if amount > 0 else '-'}{shown}"


def draw(
    console: ReportConsole, rows: Sequence[Row], *, chosen: int, is_short: bool = False, **around: str
) -> list[int]:
    """Draw the screen without a line end at its end; the cells that each line takes.

    Args:
        console: as wide as a line may be.
        rows: those that are seen.
        chosen: which of them is the chosen one.
        is_short: leave out the header, the details and the keys.
        around: `title`, `typed`, `header` and `count`.
    """
    keys = _KEYS if console.width > len(_KEYS) else "Enter, Esc, Ctrl-C"
    lines = [
        Text.assemble((around["title"], "heading"), "  ", (around["count"], "muted")),
        Text.assemble(("Search: ", "muted"), clean(around["typed"]), ("_", "muted")),
        *([] if is_short else [Text(f"  {around['header']}", "muted")]),
        *(_line(row, is_chosen=index == chosen) for index, row in enumerate(rows)),
        *([] if rows else [Text("  nothing matches", "warning")]),
    ]
    if not is_short:
        detail = rows[chosen].detail if rows else "Backspace or Ctrl-U widens the search"
        lines += [console.text(detail, "muted"), Text(keys, "muted")]
    for index, line in enumerate(lines):
        line.truncate(console.width, overflow="crop")
        console.print(line, no_wrap=True, end="" if index == len(lines) - 1 else "\n")
    return [line.cell_len for line in lines]


def _line(row: Row, *, is_chosen: bool) -> Text:
    line = Text("> " if is_chosen else "  ", "heading" if is_chosen else "")
    for index, (text, style) in enumerate(row.cells):
        line.append("  " if index else "")
        line.append(text, style)
    if is_chosen:
        line.stylize("bold")
    return line


def _width(words: Iterable[str], header: str) -> int:
    """The width of a column: of its longest text, within limits."""
    longest = max((len(word) if word.isascii() else cell_len(clean(word)) for word in words), default=0)
    return max(len(header), min(longest, _LONGEST_NAME))


def _cell(text: str, width: int) -> str:
    """A text as wide as its column, cut where it is longer."""
    shown = clean(text)
    if shown.isascii() and len(shown) <= width:
        return shown.ljust(width)
    cut = Text(shown)
    cut.truncate(width, overflow="ellipsis", pad=True)
    return cut.plain
