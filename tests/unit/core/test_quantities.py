"""Numbers, amounts and moments as people write them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.core.quantities import estimate_tokens, parse_amount, parse_count, parse_moment
from model_manager.errors import UsageError


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("1000", 1000),
        ("100k", 100_000),
        ("100K", 100_000),
        ("1.5M", 1_500_000),
        ("1.5m", 1_500_000),
        (".5k", 500),
        ("2B", 2_000_000_000),
        ("100_000", 100_000),
        (" 100 k ", 100_000),
        ("1.001k", 1001),
        ("1000000000000000000", 10**18),
    ],
)
def test_counts_may_be_written_short(text, count):
    """A count takes k, M, B and underscores."""
    assert parse_count(text, "tokens") == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "k",
        "-1",
        "+1",
        "1e6",
        "1,000",
        "1.5",
        "0.0001k",
        "ten",
        "1kk",
        "1 0",
        "NaN",
        "inf",
        "0x10",
        "1" * 30,
    ],
)
def test_what_is_no_count_is_refused(text):
    """What is not a whole number is refused with the option that it was for."""
    with pytest.raises(UsageError, match=r"^`tokens`: "):
        parse_count(text, "tokens")


@pytest.mark.parametrize(("text", "amount"), [("2.50", "2.50"), ("$3", "3"), ("0", "0"), (" .1 ", "0.1")])
def test_amounts_may_have_a_dollar_sign(text, amount):
    """An amount is an exact decimal, with or without the sign."""
    assert parse_amount(text, "max_price") == Decimal(amount)


@pytest.mark.parametrize("text", ["", "-1", "NaN", "sNaN", "inf", "2,50", "two", "$", "€3"])
def test_what_is_no_amount_is_refused(text):
    """What is not an amount of dollars is refused with the option that it was for."""
    with pytest.raises(UsageError, match=r"^`max_price`: "):
        parse_amount(text, "max_price")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-31", datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("2026-12-31T08:00:00Z", datetime(2026, 12, 31, 8, tzinfo=UTC)),
        ("2026-12-31t08:00:00z", datetime(2026, 12, 31, 8, tzinfo=UTC)),
        ("2026-12-31 08:00", datetime(2026, 12, 31, 8, tzinfo=UTC)),
        ("2026-12-31T08:00:00+02:00", datetime(2026, 12, 31, 6, tzinfo=UTC)),
        ("2027-01-01T00:30:00+01:00", datetime(2026, 12, 31, 23, 30, tzinfo=UTC)),
        ("2026-12-31T08:00:00.5Z", datetime(2026, 12, 31, 8, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_moments_are_dates_at_noon_or_rfc_3339(text, moment):
    """A bare date means noon UTC of it; a moment without an offset is UTC."""
    assert parse_moment(text, "on") == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-13-01",
        "2026-02-30",
        "20261231",
        "31.12.2026",
        "2026-12-31T25:00Z",
        "2026-W01-1",
        "1763856000",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-12-31T08:00 CET",
    ],
)
def test_what_is_no_moment_is_refused(text):
    """What is not a date is refused with the option that it was for, also at the ends of the calendar."""
    with pytest.raises(UsageError, match=r"^`on`: "):
        parse_moment(text, "on")


@given(st.text(max_size=30))
def test_no_text_is_more_than_a_usage_error(text):
    """Whatever is typed, parsing it gives a value or a usage error."""
    for parse in (parse_count, parse_amount, parse_moment):
        message = "`x`: "
        try:
            parse(text, "x")
        except UsageError as error:
            message = error.message
        assert message.startswith("`x`: ")


@pytest.mark.parametrize(
    ("text", "tokens"), [(b"", 0), (b"a", 1), (b"abcd", 1), (b"abcde", 2), ("ä".encode() * 4, 2)]
)
def test_a_text_is_a_token_for_four_bytes(text, tokens):
    """Tokens are estimated from the bytes, rounded up."""
    assert estimate_tokens(text) == tokens
