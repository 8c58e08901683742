"""`test` for people where several calls are made: how far they are, then a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Self

from rich.padding import Padding
from rich.status import Status
from rich.text import Text

from model_manager.core.phrases import plural
from model_manager.core.redaction import ModelText
from model_manager.live_test.report import Event, TestReport, TestResult
from model_manager.rendering import Output
from model_manager.rendering.next_steps import next_step
from model_manager.rendering.tables.comparison import repetitions_table, results_table
from model_manager.rendering.tables.console import ReportConsole, make_console
from model_manager.rendering.text import money, rename_parameters
from model_manager.rendering.views import notice

_EXCERPT = 200
_NAMES_SHOWN = 3
_INDENT = 2
#: Of an answer on a terminal: what several models said can then be seen at once.
_MOST_LINES = 12
_REPEATED = "For each model the median of the calls that answered (of the cost the mean); below it minimum and p95"


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
        """The table, the answers, the failures with their way out, and the keys that were used."""
        if self._status:
            self._status.stop()
        self._output.table(draw, report, names=self._output.names)
        keys = dict.fromkeys(result.key_variable for result in report.results if result.key_variable)
        if keys:
            self._output.say(f"Keys: {', '.join(keys)}")


def draw(console: ReportConsole, report: TestReport, names: Mapping[str, str] = MappingProxyType({})) -> None:
    """The comparison of the calls, or of the models where calls were repeated; then the answers and failures.

    Args:
        console: what to draw on.
        report: the calls.
        names: the interface's names of the parameters that hints name.
    """
    if any(result.reply for result in report.results):  # else the failures are all there is to show
        _draw_comparison(console, report)
    words = f"{report.passed} of {plural(len(report.results), 'call')} answered, {money(report.cost_usd)} total"
    console.print(console.text(words, "muted"), soft_wrap=True)
    if not report.repetitions:
        _draw_answers(console, [result for result in report.results if result.is_ok])
    _draw_failures(console, report, names)


def _draw_comparison(console: ReportConsole, report: TestReport) -> None:
    if report.repetitions:
        console.print(console.text(_REPEATED, "muted"), soft_wrap=True)
        console.print_table(repetitions_table(console, report.repetitions))
    else:
        console.print_table(results_table(console, report.results))


def _draw_answers(console: ReportConsole, results: Sequence[TestResult]) -> None:
    """The answers beside the models' names where each is one line, else below them, and what to be warned of."""
    answers = [(console.text(result.name, "id"), _answer_lines(console, result)) for result in results]
    longest = max((name.cell_len for name, _ in answers), default=0)
    room = console.width - longest - _INDENT
    if answers and all(len(lines) == 1 and lines[0].cell_len <= room for _, lines in answers):
        console.print()
        for name, (line,) in answers:
            name.pad_right(longest - name.cell_len + _INDENT)
            console.print(name.append_text(line))
        return
    for name, lines in answers:
        console.print()
        console.print(name, overflow="fold")
        for line in lines:
            _indented(console, line or Text(" "))  # of nothing Rich makes no line


def _answer_lines(console: ReportConsole, result: TestResult) -> list[Text]:
    """The lines of an answer, its calls of tools, and its warnings."""
    reply = result.reply
    if reply is None:
        return []
    lines = _lines_of(console, reply.text)
    for call in reply.tool_calls:
        lines += _lines_of(console, f"{call.name}({call.arguments})")
    warnings = [*result.all_warnings, *([reply.reason] if result.failures and reply.reason else ())]
    return [*lines, *(console.text(warning, "warning") for warning in warnings)] or [console.text("")]


def _lines_of(console: ReportConsole, words: str) -> list[Text]:
    """The lines of a model's words; on a terminal only so many that those of the others can be seen."""
    if not words.strip():
        return []
    # Redacted before it is cut: half a key is one that no redactor knows.
    text = console.text(ModelText(console.redact(ModelText(words.strip().replace("\r\n", "\n").expandtabs(4)))))
    lines = list(text.wrap(console, max(1, console.width - _INDENT)))
    for line in lines:
        line.rstrip()
    left = len(lines) - _MOST_LINES
    if not console.is_terminal or left <= 1:
        return lines
    note = f"… {left} more lines: pipe the output to see all"
    return [*lines[:_MOST_LINES], console.text(note, "muted")]


def _indented(console: ReportConsole, text: Text) -> None:
    console.print(Padding(text, (0, 0, 0, _INDENT), expand=False), overflow="fold")


def _draw_failures(console: ReportConsole, report: TestReport, names: Mapping[str, str]) -> None:
    """What went wrong and what to type next; calls that failed alike are told once."""
    alike: dict[tuple[str, str], list[TestResult]] = {}
    for result in report.results:
        if result.error:
            words = f"{result.error.kind}: {_excerpt(console.redact(result.error.message))}"
            if result.reply and result.reply.text.strip():
                arrived = _excerpt(console.redact(ModelText(result.reply.text)))
                words += f" (partial answer: {arrived})"
            hint = rename_parameters(next_step(result.error, result.model) or "", names)
            alike.setdefault((words, hint), []).append(result)
    for (words, hint), results in alike.items():
        console.print()
        console.print(_failed_names(console, results), overflow="fold")
        _indented(console, console.text(ModelText(words), "error"))
        if hint:
            _indented(console, console.text(f"Hint: {hint}"))


def _failed_names(console: ReportConsole, results: Sequence[TestResult]) -> Text:
    """The names of calls that failed alike, each with how often it did."""
    counts = Counter(result.name for result in results)
    named = [f"{name} ({count} times)" if count > 1 else name for name, count in counts.items()]
    return console.text("✗ ", "error").append_text(console.text(", ".join(named), "id"))


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"
