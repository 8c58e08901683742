"""What was measured of a task, for people, beside its profile; with a profile to paste if they differ."""

from collections.abc import Iterable

from model_manager.commands.measured import Measured
from model_manager.core.phrases import plural
from model_manager.rendering.tables.console import ReportConsole
from model_manager.rendering.tables.sheet import Line
from model_manager.rendering.text import UNKNOWN, duration, money

_PASTE = "# The profile is missing or off by a factor of two. What was measured, for models.toml:"


def measured_lines(measured: Measured | None) -> Iterable[Line]:
    """The lines of a sheet; none without recorded calls."""
    if measured is None:
        return
    cached = f", {measured.cache_share:.0%} of the prompt cached" if measured.cache_share else ""
    counts = [UNKNOWN if one is None else f"{one:,}" for one in (measured.input_tokens, measured.output_tokens)]
    tokens = f"{counts[0]} input and {counts[1]} output tokens each{cached}"
    calls = "call" if measured.calls_per_day == 1 else "calls"
    yield "measured", f"{measured.calls_per_day:,f} {calls} per day, {tokens}", ""
    costs = f"{money(measured.monthly_usd)} per month"
    if measured.unpriced_calls:
        costs += f", without {plural(measured.unpriced_calls, 'call')} of unknown price"
    yield "", f"{costs}, by {plural(measured.calls, 'call')} in {_days(measured)}", "money"
    if measured.p50_ms is not None:
        yield "", f"p50 {duration(measured.p50_ms)}, p95 {duration(measured.p95_ms)} to the whole answer", ""


def draw_profiles(console: ReportConsole, measured: Iterable[Measured | None]) -> None:
    """The measured profiles of tasks whose own differ, as lines for models.toml."""
    profiles = [one.profile_toml for one in measured if one and one.profile_toml]
    if profiles:
        console.print()
        console.print(console.text(_PASTE, "muted"), soft_wrap=True)
        for text in profiles:
            console.print(console.text(text.rstrip("\n")), soft_wrap=True)


def _days(measured: Measured) -> str:
    return f"{measured.days:,f} day" + ("" if measured.days == 1 else "s")
