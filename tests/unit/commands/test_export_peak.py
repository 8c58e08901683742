"""Peak hours as LiteLLM's off-peak windows: a minute is in one or the other, never in both or none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from model_manager.commands.exports.litellm_peak import off_peak_pricing
from model_manager.core.pricing import Peak, Rates

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
MINUTES = some.integers(0, 1439)


def is_off_peak(rules, moment):
    """Whether a moment is in one of the windows, as LiteLLM reads them."""
    clock = f"{moment:%H:%M}"
    for rule in rules["windows"]:
        for window in rule["hours_utc"] if moment.isoweekday() in rule["weekdays"] else ():
            start, end = window.split("-")
            if start <= clock < end or (start >= end and (clock >= start or clock < end)):
                return True
    return False


@given(
    days=some.frozensets(some.integers(0, 6)),
    windows=some.lists(some.tuples(MINUTES, some.integers(0, 1440)), max_size=3).map(tuple),
    minutes=some.lists(some.integers(0, 7 * 1440 - 1), min_size=1, max_size=40),
)
def test_every_minute_is_peak_or_off_peak(days, windows, minutes):
    """Whatever the days and windows, past midnight and overlapping ones included, the two agree at every minute."""
    peak = Peak(days=days, windows=windows, rates=Rates())
    rules = off_peak_pricing(peak, ())
    bounds = [
        day * 1440 + minute + more
        for day in range(7)
        for window in windows
        for minute in window
        for more in (-1, 0)
    ]
    for minute in (*minutes, *bounds):
        moment = MONDAY + timedelta(minutes=minute)
        assert is_off_peak(rules, moment) is not peak.covers(moment)


@pytest.mark.parametrize("windows", [((0, 1440),), ((0, 720), (720, 1440))])
def test_a_day_without_other_hours_has_no_window(windows):
    """A peak of the whole week leaves no off-peak window."""
    peak = Peak(days=frozenset(range(7)), windows=windows, rates=Rates())
    assert off_peak_pricing(peak, ())["windows"] == []
