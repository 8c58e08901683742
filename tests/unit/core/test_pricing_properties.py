"""What holds for every price and every request, whatever the numbers."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from model_manager.core.pricing import Price, Rates, Tier, Usage, add, cost, multiply, plain

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
rates_of_money = st.decimals(min_value=0, max_value=1000, places=6)
counts = st.integers(min_value=0, max_value=10**9)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    """Prices of one row, any cache rate of which may be missing."""
    cache = st.none() | rates_of_money
    return Price(
        rates=Rates(
            input=draw(rates_of_money),
            output=draw(rates_of_money),
            cache_read=draw(cache),
            cache_write=draw(cache),
            cache_write_1h=draw(cache),
            cache_write_12h=draw(cache),
        )
    )


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Counts that fit into one another."""
    read, write, fresh = draw(counts), draw(counts), draw(counts)
    hour = draw(st.integers(0, write))
    return Usage(
        input_tokens=read + write + fresh,
        output_tokens=draw(counts),
        cache_read_tokens=read,
        cache_write_tokens=write,
        cache_write_1h_tokens=hour,
        cache_write_12h_tokens=draw(st.integers(0, write - hour)),
    )


def plus(one: Usage, other: Usage) -> Usage:
    names = (
        *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"),
        *("cache_write_1h_tokens", "cache_write_12h_tokens"),
    )
    return Usage(**{name: getattr(one, name) + getattr(other, name) for name in names})


@given(prices(), usages(), usages())
def test_without_tiers_a_request_costs_what_its_parts_cost(price, one, other):
    """Splitting a request in two changes no digit of the sum."""
    parts = [cost(price, one, MOMENT), cost(price, other, MOMENT)]
    assert cost(price, plus(one, other), MOMENT) == add(parts)


@given(prices(), usages(), counts)
def test_each_output_token_costs_the_same(price, some, more):
    """The cost is linear in the output."""
    longer = replace(some, output_tokens=(some.output_tokens or 0) + more)
    extra = multiply(price.rates.output, more)
    assert extra is not None
    assert cost(price, longer, MOMENT) == add([cost(price, some, MOMENT), extra.scaleb(-6)])


@given(prices(), usages())
def test_a_cost_is_a_decimal_and_never_negative(price, some):
    """No float comes out, and no refund."""
    dollars = cost(price, some, MOMENT)
    assert type(dollars) is Decimal
    assert dollars >= 0


@given(prices(), usages(), st.integers(0, 10**9), st.booleans())
def test_a_dearer_tier_never_makes_a_request_cheaper(price, some, above, inclusive):
    """With a tier of triple rates a request costs either the same or three times as much."""
    tripled = Rates(**{name: rate * 3 for name, rate in price.rates.stated().items()})
    tiered = replace(price, tiers=(Tier(above=above, rates=tripled, inclusive=inclusive),))
    base, dollars = cost(price, some, MOMENT), cost(tiered, some, MOMENT)
    reached = some.input_tokens >= above if inclusive else some.input_tokens > above
    assert dollars == multiply(base, 3 if reached else 1)


@given(rates_of_money)
def test_plain_changes_the_writing_and_not_the_number(amount):
    """The number is the same, and down to a millionth its text has no exponent."""
    assert plain(amount) == amount
    assert "E" not in str(plain(amount))
