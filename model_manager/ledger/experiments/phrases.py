"""Arms and their differences in words, for people who know no statistics."""

from model_manager.ledger.experiments.comparison import Difference, Experiment
from model_manager.ledger.experiments.metrics import COST, FAILURES, LATENCY

_TWICE, _THOUSANDTH = 1.0, 0.001


def compared(experiment: Experiment, arm: str) -> str:
    """An arm beside the first one, by the metric that decides: "costs 40% less per call than a (…)"."""
    difference, first, metric = experiment.deciding(arm), experiment.first, experiment.metric
    if difference is None:
        return f"cannot be compared with {first}"
    if metric not in {COST, LATENCY}:
        return f"{level(experiment, arm, first, metric)}{bounds(difference)}"
    if difference.relative is None or difference.relative <= -1:
        free, other = (first, "costs something") if difference.relative is None else (arm, "does not")
        return f"{other}, and {free} is free" if free == first else f"is free, and {first} is not"
    verb, as_much, per = ("costs", "as much", " per call") if metric == COST else ("takes", "as long", "")
    than = "as" if difference.relative >= _TWICE else "than"
    return f"{verb} {change(difference.relative, as_much)}{per} {than} {first}{bounds(difference)}"


def level(experiment: Experiment, arm: str, other: str, metric: str) -> str:
    """What a metric is for an arm and for another one: "fails in 4.1% of its calls, b in 1.2%"."""
    amounts = [amount(experiment.amount(name, metric), metric) for name in (arm, other)]
    if metric == FAILURES:
        return f"fails in {amounts[0]} of its calls, {other} in {amounts[1]}"
    if metric in {COST, LATENCY}:
        verb = "costs" if metric == COST else "takes"
        return f"{verb} {amounts[0]} a call, {other} {amounts[1]}"
    return f"has {amounts[0]} for {metric!r}, {other} {amounts[1]}"


def amount(value: float, metric: str) -> str:
    """What a metric is for one call."""
    if metric == COST:
        return f"${value:.4g}"
    if metric == LATENCY:
        return f"{value:,.0f} ms" if value < 1000 else f"{value / 1000:.2f} s"  # noqa: PLR2004 - a second
    return f"{value:.2%}" if metric == FAILURES else f"{value:.3g}"


def change(relative: float, as_much: str = "as much") -> str:
    """A relative difference: "40% less", "12% more", "3.5 times as much"."""
    if relative >= _TWICE:
        return f"{relative + 1:.1f} times {as_much}"
    long = as_much.endswith("long")
    return f"{abs(relative):.0%} {'less' if relative < 0 else 'more'}{' time' if long else ''}"


def bounds(difference: Difference) -> str:
    """The bounds of a difference, in parentheses; nothing where it is known or has no parts."""
    low, high = difference.low, difference.high
    if low is None or high is None or is_known(difference):
        return ""
    if low < -1:  # less than nothing: only of scores, whose mean may be near 0, of which no part means anything
        return "" if high <= 0 else " (likely less or more)"
    if low < 0 < high:
        return f" (likely between {change(low)} and {change(high)})"
    nearer, farther = sorted((low, high), key=abs)
    if high <= 0 or high < _TWICE:
        return f" (likely {abs(nearer):.0%} to {abs(farther):.0%} {'less' if high <= 0 else 'more'})"
    return f" (likely {nearer + 1:.1f} to {farther + 1:.1f} times)"


def is_known(difference: Difference) -> bool:
    """Whether a difference has no bounds, or such as do not differ from it by a thousandth."""
    low, high = difference.low, difference.high
    return low is None or high is None or high - low <= _THOUSANDTH


def rounded_up(number: int) -> int:
    """A number with two digits that count, and not below it."""
    step = int(f"1{'0' * max(0, len(str(number)) - 2)}")
    return -(-number // step) * step
