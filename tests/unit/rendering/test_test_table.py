"""The table of `test`: numbers with bars where there is room, answers, and failures with their way out."""

import re
from decimal import Decimal
from io import StringIO

import pytest
from rich.cells import cell_len

from model_manager.core.messages import Reply
from model_manager.core.models import Model
from model_manager.core.pricing import Usage
from model_manager.core.redaction import Redactor
from model_manager.errors import ProviderError
from model_manager.live_test.report import Target, TestReport, TestResult, repetitions_of
from model_manager.rendering.tables.console import make_console
from model_manager.rendering.tables.test import draw

HAIKU, LUNA = "claude-haiku-5-5", "gpt-6-luna"


class Screen(StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def answered(
    name: str,
    text: str = "Hello.",
    *,
    first: float | None = 200,
    total: float = 400,
    cost: str | None = "0.0001",
    speed: float | None = 50,
) -> TestResult:
    reply = Reply(
        model=name,
        provider="p",
        model_id=name,
        text=text,
        usage=Usage(input_tokens=10, output_tokens=100),
        cost_usd=None if cost is None else Decimal(cost),
        ttft_ms=first,
        latency_ms=total,
        tokens_per_second=speed,
    )
    return TestResult(target=Target(name, None), model=_model(name), reply=reply)


def failed(name: str, kind: str, message: str, hint: str | None = None) -> TestResult:
    error = ProviderError(kind, message, hint=hint)
    return TestResult(target=Target(name, None), model=_model(name), error=error)


def _model(name: str) -> Model:
    return Model(id=name, name=name, provider="p", model_id=name)


def drawn(
    *results: TestResult, repeated: bool = False, screen: bool = False, secrets: tuple[str, ...] = ()
) -> str:
    """What is drawn on a terminal, or in a pipe."""
    stream = Screen() if screen else StringIO()
    console = make_console(stream, color=None, redact=Redactor(secrets, shapes=True))
    draw(console, TestReport(results=results, repetitions=tuple(repetitions_of(results)) if repeated else ()))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def bars(line: str) -> list[float]:
    """The lengths of the bars in a line, in cells."""
    eighths = {char: number / 8 for number, char in enumerate("▏▎▍▌▋▊▉█", 1)}
    return [sum(eighths[char] for char in bar) for bar in re.findall("[▏▎▍▌▋▊▉█]+", line)]


PAIR = (
    answered(HAIKU, first=200, total=400, cost="0.0002"),
    answered(LUNA, first=400, total=1600, cost="0.0001", speed=25),
)


def test_bars_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns each number has a bar: the longest for the largest of its column, the others in proportion."""
    monkeypatch.setenv("COLUMNS", "80")
    header, haiku, luna, *_ = drawn(*PAIR).splitlines()
    assert header.split() == ["Model", "First", "Total", "Tokens/s", "Cost"]
    (*haiku_times, haiku_speed, haiku_cost), (*luna_times, luna_speed, luna_cost) = bars(haiku), bars(luna)
    longest = haiku_cost
    assert (haiku_speed, luna_speed) == (longest, longest / 2)
    assert haiku_times == [longest / 2, longest / 4]
    assert (luna_times, luna_cost) == ([longest, longest], longest / 2)
    for number, text in (("First", "200 ms"), ("Total", "400 ms")):
        assert haiku.index(text, header.index(number)) == header.index(number)


def test_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the screen: bars shrink, then only time and cost have them, then none."""
    counts = {}
    for width in (140, 100, 80, 65, 58, 45):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = drawn(*PAIR).splitlines()
        assert max(map(cell_len, lines)) <= width
        counts[width] = len(bars(lines[1]))
        assert ("In" in lines[0].split()) is (width >= 100)
    assert counts == {140: 4, 100: 4, 80: 4, 65: 2, 58: 0, 45: 0}


def test_names_longer_than_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leaves no room for the numbers is broken between its words; the numbers stay whole."""
    monkeypatch.setenv("COLUMNS", "80")
    name = "preference_extraction: openrouter/anthropic/claude-sonnet-5-5"
    _, first, second, *_ = drawn(answered(name)).splitlines()
    assert first.split()[1:] == ["preference_extraction:", "200", "ms", "400", "ms", "50", "$0.0001"]
    assert second == "openrouter/anthropic/claude-sonnet-5-5"


def test_unknown_numbers() -> None:
    """What an answer lacks is a question mark without a bar; a call that failed has no numbers."""
    table = drawn(
        answered(HAIKU),
        answered(LUNA, first=None, cost=None, speed=None),
        failed("broken", "server", "HTTP 500"),
    )
    _, haiku, luna, broken, *_ = table.splitlines()
    assert len(bars(haiku)) == 4
    assert (luna.count("?"), len(bars(luna))) == (3, 1)
    assert broken == "✗ broken"


def test_repeated_calls() -> None:
    """Repeated calls have their median, minimum and p95 below each other, with bars of one scale, and the mean cost."""
    times = (100, 200, 300)
    results = [answered(HAIKU, first=time, total=time * 2, cost=f"0.000{time}") for time in times]
    caption, header, *lines = drawn(*results, answered(LUNA, first=600), repeated=True).splitlines()
    assert "median" in caption
    assert header.split()[:2] == ["Model", "OK"]
    assert re.match(rf"✓ {HAIKU} +3/3 +200 ms .* 400 ms .*\$0\.0002 ", lines[0])
    assert re.match(r" +min +100 ms .* 200 ms ", lines[1])
    assert re.match(r" +p95 +300 ms .* 600 ms ", lines[2])
    assert bars(lines[0])[0] == 2 * bars(lines[1])[0] == bars(lines[3])[0] / 3
    assert "Hello." not in "\n".join(lines)


def test_short_answers_stand_beside_the_names() -> None:
    """Answers of one line are aligned in a column; as soon as one is longer, each is a block below its name."""
    assert f"\n\n{HAIKU}  Hello.\n{LUNA}        Hello." in drawn(*PAIR)
    text = drawn(answered(HAIKU, "One\n\n\tTwo"), answered(LUNA))
    assert f"\n\n{HAIKU}\n  One\n\n      Two\n\n{LUNA}\n  Hello." in text


def test_long_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal an answer has twelve lines and a note about the others; in a pipe it is whole."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    results = (answered(HAIKU, "\n".join(f"line {number}" for number in range(40))), answered(LUNA))
    screen = drawn(*results, screen=True)
    assert "\n  line 11\n  … 28 more lines: pipe the output to see all\n" in screen
    assert "line 12" not in screen
    assert "\x1b" not in screen
    assert "\n  line 39\n" in drawn(*results)


def test_failures_alike_are_told_once() -> None:
    """Calls that failed alike are told once, with what to type next; without any answer there is no table."""
    message, hint = "no P key: set P_API_KEY", "add P_API_KEY to .env"
    text = drawn(*(failed(name, "missing_key", message, hint) for name in (HAIKU, LUNA, LUNA)))
    assert text == (
        "0 of 3 calls answered, $0.00 total\n\n"
        f"✗ {HAIKU}, {LUNA} (2 times)\n  missing_key: {message}\n  Hint: {hint}"
    )


def test_a_key_at_the_cut_of_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in an answer is hidden before the answer is broken into lines."""
    monkeypatch.setenv("COLUMNS", "80")
    key = "Ab3dEf6hIj" * 12
    text = drawn(answered(HAIKU, f"The key is {key}."), answered(LUNA), secrets=(key,))
    assert "The key is" in text
    assert key[:40] not in text
