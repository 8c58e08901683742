"""Which rates hold at a moment: announced changes, peak hours, and how the layers of a price lie over one another."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from model_manager.core.pricing import Change, Peak, Price, Rates, Tier

D = Decimal
#: A Monday at noon.
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WEEKDAYS = frozenset(range(5))
OFF_PEAK = Rates(input=D(2), output=D(10), cache_read=D("0.1"))
PEAK = Rates(input=D(4), output=D(20), cache_read=D("0.2"))


@pytest.mark.parametrize(
    ("moment", "rate"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), 2),
        (datetime(2026, 12, 1, tzinfo=UTC), 4),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), 4),
        (datetime(2027, 1, 1, tzinfo=UTC), 8),
        # The same instants, seen from elsewhere.
        (datetime(2026, 12, 1, 8, 59, tzinfo=timezone(timedelta(hours=9))), 2),
        (datetime(2026, 11, 30, 16, 0, tzinfo=timezone(timedelta(hours=-8))), 4),
    ],
)
def test_changes_hold_from_their_moment_on(moment, rate):
    """Announced changes take effect at their instant, in the order of their dates, and keep what they leave out."""
    changes = (
        Change(start=datetime(2027, 1, 1, tzinfo=UTC), rates=Rates(input=D(8))),
        Change(start=datetime(2026, 12, 1, tzinfo=UTC), rates=Rates(input=D(4), output=D(20))),
    )
    price = Price(rates=Rates(input=D(2), output=D(10), cache_read=D("0.1")), changes=changes)
    rates = price.at(moment)
    assert rates.input == rate
    assert rates.output == (10 if rate == 2 else 20)
    assert rates.cache_read == D("0.1")


@pytest.mark.parametrize(
    ("moment", "peak"),
    [
        ("2026-11-23T00:59:59", False),  # a Monday
        ("2026-11-23T01:00:00", True),
        ("2026-11-23T03:59:59", True),
        ("2026-11-23T04:00:00", False),
        ("2026-11-23T06:00:00", True),
        ("2026-11-23T10:00:00", False),
        ("2026-11-27T09:30:00", True),  # Friday
        ("2026-11-28T02:00:00", False),  # Saturday
        ("2026-11-29T07:00:00", False),  # Sunday
        ("2026-11-23T10:30:00+08:00", True),  # 02:30 UTC
        ("2026-11-30T02:00:00+09:00", False),  # still Sunday in UTC
    ],
)
def test_peak_hours_are_utc_and_on_their_days(moment, peak):
    """A window includes its first minute and excludes its last; days and hours are those of UTC."""
    price = Price(rates=OFF_PEAK, peak=Peak(days=WEEKDAYS, windows=((60, 240), (360, 600)), rates=PEAK))
    when = datetime.fromisoformat(moment)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    assert price.at(when) == (PEAK if peak else OFF_PEAK)


@pytest.mark.parametrize(
    ("moment", "covered"),
    [
        ("2026-11-23T00:30", False),  # Monday, early: the window that began on Sunday is not one
        ("2026-11-23T21:59", False),
        ("2026-11-23T22:00", True),
        ("2026-11-24T01:59", True),
        ("2026-11-24T02:00", False),
        ("2026-11-27T23:00", True),  # Friday night
        ("2026-11-28T01:00", True),  # and its end on Saturday
        ("2026-11-28T23:00", False),
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_it_begins_on(moment, covered):
    """22:00 to 02:00 on weekdays covers the small hours of Saturday and not those of Monday."""
    peak = Peak(days=WEEKDAYS, windows=((22 * 60, 2 * 60),), rates=PEAK)
    assert peak.covers(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is covered


def test_a_day_long_window_covers_its_days_whole():
    """A window of 24 hours covers every minute of its days and no other."""
    peak = Peak(days=frozenset({0}), windows=((0, 24 * 60),), rates=PEAK)
    hours = [datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=hour) for hour in range(72)]
    assert [peak.covers(hour) for hour in hours] == [False] * 24 + [True] * 24 + [False] * 24


def test_changes_then_peak_then_tier_lie_over_the_base_row():
    """Each layer overrides the one before it, key by key."""
    price = Price(
        rates=Rates(input=D(1), output=D(1), cache_read=D(1), cache_write=D(1)),
        changes=(Change(start=NOON, rates=Rates(output=D(2), cache_read=D(2), cache_write=D(2))),),
        peak=Peak(days=WEEKDAYS, windows=((720, 780),), rates=Rates(cache_read=D(3), cache_write=D(3))),
        tiers=(Tier(above=100, rates=Rates(cache_write=D(4))),),
    )
    assert price.at(NOON, 101) == Rates(input=D(1), output=D(2), cache_read=D(3), cache_write=D(4))
    assert price.on(NOON) == Rates(input=D(1), output=D(2), cache_read=D(2), cache_write=D(2))
