"""What a request costs: the arithmetic of core/pricing.py, by hand-made tables."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, getcontext, localcontext

import pytest

from model_manager.core.pricing import (
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


def dearer(rates: Rates, factor: int) -> Rates:
    return Rates(**{name: rate * factor for name, rate in rates.stated().items()})


def usage(total, output=0, read=0, write=0, write_1h=0) -> Usage:
    return Usage(
        input_tokens=total,
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=write,
        cache_write_1h_tokens=write_1h,
    )


@pytest.mark.parametrize(
    ("price", "counts", "dollars"),
    [
        (PLAIN, usage(0), "0"),
        (PLAIN, usage(1), "0.000002"),
        (PLAIN, usage(1_000_000, 1_000_000), "12"),
        (PLAIN, usage(75_000, 25_000), "0.4"),
        # Cache rates that the row does not state are its input rate.
        (PLAIN, usage(1_000_000, 0, 400_000, 300_000, 200_000), "2"),
        # (P - R - W)·input + R·read + (W - W1h)·write + W1h·write_1h + O·output
        (FULL, usage(1_000_000), "2"),
        (FULL, usage(1_000_000, 0, 1_000_000), "0.1"),
        (FULL, usage(1_000_000, 0, 0, 1_000_000), "2.5"),
        (FULL, usage(1_000_000, 0, 0, 1_000_000, 1_000_000), "4"),
        (FULL, usage(1_000_000, 100_000, 400_000, 300_000, 200_000), "2.69"),
        # Without an hour's rate, a longer life costs what a write costs.
        (Price(rates=replace(FULL_RATES, cache_write_1h=None)), usage(10**6, 0, 0, 10**6, 10**6), "2.5"),
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
