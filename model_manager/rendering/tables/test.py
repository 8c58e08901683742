"""`test` for people where several calls are made: how far they are, then a table."""

from collections import Counter
from typing import Self

from rich.status import Status
from rich.text import Text

from model_manager.core.messages import Reply
from model_manager.core.redaction import ModelText
from model_manager.live_test.testing import Event, Spread, TestReport, TestResult
from model_manager.rendering import Output
from model_manager.rendering.tables.console import ReportConsole, grid, make_console
from model_manager.rendering.text import UNKNOWN, duration, money, plural
from model_manager.rendering.views import notice

_EXCERPT = 200
_NAMES_SHOWN = 3


class ProgressView:
    """Shows how many calls are finished, on stderr while it is a terminal, and the table at the end."""

    def __init__(self, output: Output, total: int) -> None:
        self._output = output
        self._console = make_console(output.err, color=output.color, redact=output.redact)
        self._running: dict[int, str] = {}
        self._done, self._total = 0, total
        self._status = Status("", console=self._console) if output.err.isatty() else None

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def event(self, event: Event) -> None:
        """Take in what happens."""
        if event.kind == "text":
            return
        if event.kind == "notice":
            self._notice(event)
        elif event.kind == "started":
            self._running[event.index] = event.target.name
        else:
            self._running.pop(event.index, None)
            self._done += 1
        if self._status:
            names = ", ".join(list(self._running.values())[:_NAMES_SHOWN])
            words = f"{self._done} of {self._total} done" + (f"; calling {names}" if names else "")
            self._status.update(self._console.text(words))

    def _notice(self, event: Event) -> None:
        """Say something above the progress, which keeps the last line."""
        if self._status:
            words = self._console.text(f"{event.target.name}: {event.text}")
            self._console.print(words, soft_wrap=True)
        else:
            notice(self._output, event, named=True)

    def report(self, report: TestReport) -> None:
        """The table, the keys that were used, and the way out of what went wrong."""
        if self._status:
            self._status.stop()
        self._output.table(draw, report)
        keys = dict.fromkeys(result.key_variable for result in report.results if result.key_variable)
        if keys:
            self._output.say(f"Keys: {', '.join(keys)}")
        hints = {result.error.hint: result.name for result in report.results if result.error}
        for hint, name in hints.items():
            self._output.hint(hint, about=name)


def draw(console: ReportConsole, report: TestReport) -> None:
    """A table with a line a call, or a line a model where calls were repeated."""
    if report.repetitions:
        _draw_repetitions(console, report)
    else:
        _draw_results(console, report)
    words = f"{report.passed} of {plural(len(report.results), 'call')} answered, {money(report.cost_usd)} total"
    console.print(console.text(words, "muted"), soft_wrap=True)


def _draw_results(console: ReportConsole, report: TestReport) -> None:
    headers = [("  Model", "left"), ("First", "right"), ("Total", "right"), ("Cost", "right"), ("Answer", "left")]
    if console.is_roomy:
        headers[3:3] = [("Tokens/s", "right"), ("In", "right"), ("Out", "right")]
    table = grid(*headers)
    table.columns[0].no_wrap = True
    for result in report.results:
        table.add_row(*_cells(console, result))
    console.print_table(table)


def _cells(console: ReportConsole, result: TestResult) -> list[Text]:
    reply = result.reply or Reply(model="", provider="", model_id="")
    mark = console.text("✓ ", "good") if result.is_ok else console.text("✗ ", "error")
    cells = [
        mark.append_text(console.text(result.name, "id")),
        console.text(duration(reply.ttft_ms)),
        console.text(duration(reply.latency_ms)),
        console.text(money(reply.cost_usd), "money"),
        _outcome(console, result),
    ]
    if console.is_roomy:
        counts = (reply.usage.input_tokens, reply.usage.output_tokens)
        speed = f"{reply.tokens_per_second:.0f}" if reply.tokens_per_second else UNKNOWN
        cells[3:3] = [
            console.text(speed),
            *(console.text(UNKNOWN if count is None else f"{count:,}") for count in counts),
        ]
    return cells


def _outcome(console: ReportConsole, result: TestResult) -> Text:
    """The beginning of the answer, or what went wrong, and what is worth a warning."""
    if result.error:
        # Redacted before it is cut, here and below: half a key is one that no redactor knows.
        shown = console.text(f"{result.error.kind}: {_excerpt(console.redact(result.error.message))}", "error")
        if result.reply and result.reply.text.strip():
            arrived = _excerpt(console.redact(ModelText(result.reply.text)))
            shown.append_text(console.text(ModelText(f" (partial answer: {arrived})"), "muted"))
        return shown
    reply = result.reply
    text = console.redact(ModelText(reply.text if reply else ""))
    shown = console.text(ModelText(_excerpt(text, min(_EXCERPT, console.width // 2))))
    for warning in (*result.warnings, *(reply.warnings if reply else ())):
        shown.append_text(console.text(f" ({warning})", "warning"))
    return shown


def _excerpt(text: str, longest: int = _EXCERPT) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _draw_repetitions(console: ReportConsole, report: TestReport) -> None:
    table = grid(
        ("Model", "left"),
        ("OK", "right"),
        ("First: min", "right"),
        ("median", "right"),
        ("p95", "right"),
        ("Total: min", "right"),
        ("median", "right"),
        ("p95", "right"),
    )
    for item in report.repetitions:
        table.add_row(
            console.text(item.name, "id"),
            console.text(f"{item.passed}/{item.runs}", "good" if item.passed == item.runs else "error"),
            *_spread(console, item.ttft_ms),
            *_spread(console, item.latency_ms),
        )
    console.print_table(table)
    # Calls that fail alike are told once.
    failures = Counter((item.name, _outcome(console, item).plain) for item in report.results if item.error)
    for (name, words), count in failures.items():
        times = f" ({count} times)" if count > 1 else ""
        console.print(console.text(f"{name}: ").append_text(console.text(f"{words}{times}", "error")))


def _spread(console: ReportConsole, spread: Spread | None) -> list[Text]:
    values = (spread.minimum, spread.median, spread.p95) if spread else (None, None, None)
    return [console.text(duration(value)) for value in values]
