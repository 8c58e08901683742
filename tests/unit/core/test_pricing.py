"""What a request costs, by hand-made tables: the arithmetic, and which rates hold at a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, getcontext, localcontext

import pytest

from model_manager.core.pricing import (
    MINUTES_PER_DAY,
    Change,
    Peak,
    Price,
    Rates,
    Tier,
    Usage,
    add,
    cost,
    multiply,
    plain,
)

D = Decimal
#: A Monday at noon, in no peak window below.
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WEEKDAYS = frozenset(range(5))
PLAIN = Price(rates=Rates(input=D(2), output=D(10)))
FULL_RATES = Rates(input=D(2), output=D(10), cache_read=D("0.1"), cache_write=D("2.5"), cache_write_1h=D(4))
FULL = Price(rates=FULL_RATES)
LONG = Price(rates=replace(FULL_RATES, cache_write_12h=D(6)))
OFF_PEAK = Rates(input=D(2), output=D(10), cache_read=D("0.1"))
WITH_FEE = Price(rates=Rates(input=D(2), output=D(10), request=D("0.005")))
ONLY_FEE = Price(rates=Rates(input=D(0), output=D(0), request=D("0.005")))
PEAK = Rates(input=D(4), output=D(20), cache_read=D("0.2"))


def dearer(rates: Rates, factor: int) -> Rates:
    return Rates(**{name: rate * factor for name, rate in rates.stated().items()})


def usage(total, output=0, read=0, write=0, *longer) -> Usage:
    """Counts; `longer` are those that are kept for an hour, and for twelve."""
    write_1h, write_12h = (*longer, 0, 0)[:2]
    return Usage(
        input_tokens=total,
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=write,
        cache_write_1h_tokens=write_1h,
        cache_write_12h_tokens=write_12h,
    )


@pytest.mark.parametrize(
    ("price", "counts", "dollars"),
    [
        (PLAIN, usage(0), "0"),
        (PLAIN, usage(1), "0.000002"),
        (PLAIN, usage(1_000_000, 1_000_000), "12"),
        (PLAIN, usage(75_000, 25_000), "0.4"),
        # A fee for each request comes on top of its tokens, also where these are free.
        (WITH_FEE, usage(75_000, 25_000), "0.405"),
        (WITH_FEE, usage(0), "0.005"),
        (ONLY_FEE, usage(75_000, 25_000), "0.005"),
        # Cache rates that the row does not state are its input rate.
        (PLAIN, usage(1_000_000, 0, 400_000, 300_000, 200_000), "2"),
        # (P - R - W)·input + R·read + (W - W1h - W12h)·write + W1h·write_1h + W12h·write_12h + O·output
        (FULL, usage(1_000_000), "2"),
        (FULL, usage(1_000_000, 0, 1_000_000), "0.1"),
        (FULL, usage(1_000_000, 0, 0, 1_000_000), "2.5"),
        (FULL, usage(1_000_000, 0, 0, 1_000_000, 1_000_000), "4"),
        (FULL, usage(1_000_000, 100_000, 400_000, 300_000, 200_000), "2.69"),
        # Without an hour's rate, a longer life costs what a write costs.
        (Price(rates=replace(FULL_RATES, cache_write_1h=None)), usage(10**6, 0, 0, 10**6, 10**6), "2.5"),
        # Twelve hours have a rate of their own; without one they cost what an hour does, or any write.
        (LONG, usage(10**6, 0, 0, 10**6, 0, 10**6), "6"),
        (LONG, usage(10**6, 0, 0, 10**6, 200_000, 300_000), "3.85"),
        (FULL, usage(10**6, 0, 0, 10**6, 0, 10**6), "4"),
        (Price(rates=replace(FULL_RATES, cache_write_1h=None)), usage(10**6, 0, 0, 10**6, 0, 10**6), "2.5"),
        (PLAIN, usage(10**6, 0, 0, 10**6, 0, 10**6), "2"),
        # A cache that is free to read is not a cache whose rate is unknown.
        (Price(rates=replace(FULL_RATES, cache_read=D(0))), usage(10**6, 0, 10**6), "0"),
    ],
)
def test_cost_by_hand(price, counts, dollars):
    """Cached and written tokens are parts of the prompt, each billed once and at its own rate."""
    assert cost(price, counts, NOON) == D(dollars)


@pytest.mark.parametrize(
    ("rate_per_1k", "dollars"),
    [("0.0005", "0.05"), ("0.001", "0.10"), ("0.0025", "0.25"), ("0.01", "1.00"), ("0.015", "1.50")],
)
def test_flat_rates_reproduce_the_first_comparison(rate_per_1k, dollars):
    """100,000 tokens at one flat rate cost the same however they are divided into input and output."""
    per_million = D(rate_per_1k) * 1000
    flat = Price(rates=Rates(input=per_million, output=per_million))
    assert cost(flat, usage(75_000, 25_000), NOON) == D(dollars)
    assert cost(flat, usage(100_000), NOON) == D(dollars)


@pytest.mark.parametrize(
    ("inclusive", "tokens", "factor"),
    [
        (False, 199_999, 1),
        (False, 200_000, 1),
        (False, 200_001, 2),
        (True, 199_999, 1),
        (True, 200_000, 2),
        (True, 200_001, 2),
    ],
)
def test_a_tier_begins_after_its_bound_or_at_it(inclusive, tokens, factor):
    """`above` excludes the bound itself unless the tier is inclusive; beyond it every token is billed by the tier."""
    tier = Tier(above=200_000, rates=dearer(FULL_RATES, 2), inclusive=inclusive)
    counts = usage(tokens, 1_000, 50_000, 20_000, 10_000)
    once = cost(FULL, counts, NOON)
    assert once is not None
    assert cost(Price(rates=FULL_RATES, tiers=(tier,)), counts, NOON) == once * factor


def test_cached_tokens_count_towards_the_tier():
    """The whole prompt decides the tier, however little of it is new."""
    price = Price(rates=FULL_RATES, tiers=(Tier(above=100, rates=dearer(FULL_RATES, 5)),))
    assert cost(price, usage(101, 0, 101), NOON) == 101 * D("0.5") / 10**6
    assert cost(price, usage(100, 10**9), NOON) == (100 * 2 + 10**9 * 10) / D(10**6)


def test_the_highest_tier_reached_counts_whatever_their_order():
    """Of several tiers the one with the highest bound applies, and alone."""
    tiers = (
        Tier(above=1_000, rates=Rates(input=D(30))),
        Tier(above=10, rates=Rates(input=D(3), output=D(99))),
    )
    price = Price(rates=Rates(input=D(1), output=D(1)), tiers=tiers)
    assert [price.at(NOON, tokens).input for tokens in (10, 11, 1_000, 1_001)] == [1, 3, 3, 30]
    assert price.at(NOON, 1_001).output == 1


def test_what_a_tier_leaves_out_comes_from_the_base_row():
    """A tier without an output rate leaves the output's price as it is."""
    price = Price(rates=FULL_RATES, tiers=(Tier(above=10, rates=Rates(input=D(7))),))
    assert price.at(NOON, 11) == replace(FULL_RATES, input=D(7))


@pytest.mark.parametrize(
    ("price", "counts"),
    [
        (None, usage(1, 1)),
        (PLAIN, Usage(output_tokens=1)),
        (PLAIN, Usage(input_tokens=1)),
        (Price(rates=Rates(input=D(1))), usage(1, 1)),
        (Price(rates=Rates(output=D(1))), usage(1, 1)),
        (Price(rates=Rates(input=D(0))), usage(1, 1)),
        (Price(rates=Rates()), usage(1, 1)),
    ],
)
def test_what_cannot_be_known_is_not_zero(price, counts):
    """No price, a needed rate that is not stated, or no count: the cost is unknown."""
    assert cost(price, counts, NOON) is None


def test_a_rate_that_is_not_needed_may_be_unknown():
    """Without output, a missing output rate does no harm."""
    assert cost(Price(rates=Rates(input=D(1))), usage(10**6), NOON) == 1


@pytest.mark.parametrize("counts", [usage(1, 1), Usage(), Usage(output_tokens=7)])
def test_free_is_free_even_if_the_counts_are_unknown(counts):
    """Rates of zero give a cost of zero, not an unknown one."""
    free = Price(rates=Rates(input=D(0), output=D(0)))
    assert free.is_free
    assert cost(free, counts, NOON) == 0


@pytest.mark.parametrize(
    "price",
    [
        Price(rates=Rates(input=D(0), output=D(1))),
        Price(rates=Rates(input=D(0), output=D(0)), tiers=(Tier(above=10, rates=Rates(input=D(1))),)),
        Price(rates=Rates(input=D(0), output=D(0)), changes=(Change(start=NOON, rates=Rates(output=D(1))),)),
        Price(
            rates=Rates(input=D(0), output=D(0)),
            peak=Peak(days=WEEKDAYS, windows=((0, 1),), rates=Rates(input=D(1))),
        ),
    ],
)
def test_a_price_that_is_free_only_sometimes_is_not_free(price):
    """One rate above zero, at any length, date or hour, is enough."""
    assert not price.is_free
    assert cost(price, Usage(), NOON) is None


@pytest.mark.parametrize("counts", [usage(10, 0, 11), usage(10, 0, 6, 5), usage(10, 0, 0, 3, 4)])
def test_parts_larger_than_the_whole_are_refused(counts):
    """Counts in which the parts of a prompt exceed it come from another dialect; nothing is clamped in silence."""
    with pytest.raises(ValueError, match="do not fit into a prompt"):
        cost(PLAIN, counts, NOON)


def test_no_digit_is_lost_at_any_size():
    """10^18 tokens and a few cost the few as well, whatever precision the caller's context has."""
    price = Price(rates=Rates(input=D("0.123456789012345678"), output=D("1e-12")))
    with localcontext() as context:
        context.prec = 5
        dollars = cost(price, usage(10**18 + 1, 10**18 + 3), NOON)
    # 123456789012.345678123456789012345678 for the prompt and 1.000000000000000003 for the output.
    assert dollars == D("123456789013.345678123456789015345678")


def test_the_callers_decimal_context_is_left_alone():
    """Computing a cost changes no precision outside."""
    before = getcontext().prec
    cost(FULL, usage(10**18), NOON)
    assert getcontext().prec == before


def test_sums_and_products_are_exact_and_unknown_stays_unknown():
    """One unknown part makes the whole unknown; everything else keeps every digit."""
    tiny, huge = D("1e-30"), D("1e30")
    assert add([huge, tiny]) == D("1" + "0" * 30 + "." + "0" * 29 + "1")
    assert add([]) == 0
    assert add([huge, None, tiny]) is None
    assert multiply(D("1." + "3" * 40), 3) == D("3." + "9" * 40)
    assert multiply(None, 3) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1.50", "1.5"),
        ("2.000", "2"),
        ("1E+3", "1000"),
        ("100", "100"),
        ("0.00", "0"),
        ("1e-7", "0.0000001"),
        ("0E+5", "0"),
    ],
)
def test_plain_numbers_have_no_trailing_zeros(amount, text):
    """Money is written as people write it: no zeros at the end of a fraction, none missing at the end of a whole."""
    assert f"{plain(D(amount)):f}" == text


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
    peak = Peak(days=frozenset({0}), windows=((0, MINUTES_PER_DAY),), rates=PEAK)
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


def test_a_day_has_1440_minutes():
    """The end of a window may be the end of its day."""
    assert MINUTES_PER_DAY == 1440


@pytest.mark.parametrize(
    ("window", "minute", "covered"),
    [
        ((600, 660), 599, False),
        ((600, 660), 600, True),
        ((600, 660), 659, True),
        ((600, 660), 660, False),
        ((600, 600), 599, True),  # no window is empty: it runs to the same minute of the next day
        ((600, 600), 600, True),
        ((1380, 60), 1379, False),
        ((1380, 60), 1380, True),
        ((1380, 60), 59, True),
        ((1380, 60), 60, False),
    ],
)
def test_the_bounds_of_a_window_are_exact_to_the_minute(window, minute, covered):
    """Its first minute belongs to a window and its last does not, on every day of the week."""
    peak = Peak(days=frozenset(range(7)), windows=(window,), rates=PEAK)
    for day in range(7):
        moment = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=day, minutes=minute)
        assert peak.covers(moment) is covered


def test_of_two_tiers_with_one_bound_the_later_counts_beyond_it():
    """At the bound the inclusive one applies, above it the one that begins after it."""
    tiers = (
        Tier(above=10, rates=Rates(input=D(3))),
        Tier(above=10, rates=Rates(input=D(2)), inclusive=True),
    )
    for order in (tiers, tiers[::-1]):
        price = Price(rates=Rates(input=D(1)), tiers=order)
        assert [price.at(NOON, tokens).input for tokens in (9, 10, 11)] == [1, 2, 3]
