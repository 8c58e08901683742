"""Checks of single values: what passes, what does not, and at which number that changes."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from model_manager.config.catalogue import validators as checks

D = Decimal
DAY, MOMENT = date(2026, 12, 31), datetime(2026, 12, 31, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.text, ["x", " x "], ["", "  ", 5, None, ["x"], True]),
        (checks.flag, [True, False], [0, 1, "true", None]),
        (checks.count, [1, 10**18 - 1], [0, -1, 10**18, True, D(1), "1"]),
        (checks.whole, [0, 1, 10**30], [-1, False, D(1), "1"]),
        (checks.amount, [0, 5, D("0.5"), D(0), D("1e-18"), D("9" * 18)], [-1, D("-0.1"), True, "1", D("NaN")]),
        (checks.amount, [D("0.000000000000000001")], [D("Infinity"), D("1e-19"), D("1e18"), D("1" * 19)]),
        (checks.fraction, [0, 1, D("0.5")], [D("1.01"), 2, -1, "x"]),
        (checks.cache_rate, [0, D("0.0001"), 2000], [D("2000.01"), -1, "x"]),
        (checks.rate, [0, D("0.01"), 1, 2000], [D("0.0099"), D("2000.01"), -1, "x"]),
        (checks.rate_per_thousand, [0, D("0.00001"), 2], [D("0.0000099"), D("2.001"), -1, "x"]),
        (checks.day, [DAY], [MOMENT, time(8), "2026-12-31", 2026]),
        (checks.moment, [DAY, MOMENT, date(2, 1, 1), date(9998, 1, 1)], [date(1, 1, 1), date(9999, 1, 1), "x", time(8)]),
        (checks.day_or_text, [DAY, "2026-12"], [MOMENT, "", 5]),
        (checks.path_suffix, ["/", "/v1", "/a/b:c"], ["", "v1", "/a?b", "/a@b", "/a b", 5]),
        (checks.variable, ["A", "_a1", "AI_CHAT_MODEL"], ["", "1A", "A-B", "A B", 5]),
        (checks.harmless_variable, ["AI_CHAT_MODEL"], ["OPENAI_API_KEY", "DB_PASSWORD", "A B"]),
        (checks.window, ["00:00-24:00", "23:59-00:01", "01:00-04:00"], ["24:00-01:00", "1:00-2:00", "01:60-02:00", 5]),
        (checks.weekdays, ["daily", "mon-fri", "sat, sun", "sun-mon"], ["", "Mon", "x", "mon-xyz", 5, None]),
        (checks.exactly(None), [None], [False, 0, ""]),
    ],
)  # fmt: skip
def test_a_check_passes_or_says_what_it_expects(check, good, bad):
    """A check has nothing to say of a good value, and a sentence about a bad one."""
    assert [check(value) for value in good] == [None] * len(good)
    assert all(isinstance(check(value), str) for value in bad)


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [
        (checks.rate, D("0.000003"), ["would be 0.003 here", "per token 3"]),
        (checks.rate, D("0.005"), ["would be 5 here", "per token 5000"]),
        (checks.rate_per_thousand, D(5), ["too high", "mean 0.005?"]),
        (checks.rate, D("0.0025"), ["2.5", "per token 2500"]),
        (checks.rate, D(5000), ["5000 is too high", "million"]),
        (checks.rate_per_thousand, D(3), ["too high", "0.003?"]),
        (checks.rate_per_thousand, D("0.000003"), ["too low", "0.003?"]),
        (checks.amount, D("1e19"), ["18 digits"]),
        (checks.amount, "x", ["number", "'x'"]),
        (checks.amount, -1, ["0", "-1"]),
    ],
)
def test_a_wrong_unit_is_told_with_the_right_number(check, value, words):
    """A price in another unit is said with the number that was probably meant."""
    problem = check(value)
    assert problem is not None
    assert all(word in problem for word in words)


@pytest.mark.parametrize(
    "url",
    [
        "https://host", "https://host/v1", "http://host:8080/v1/x", "http://127.0.0.1", "http://[::1]:11434",
        "https://host:65535", "https://host:1/a~b%20+@:c",
    ],
)  # fmt: skip
def test_a_url_is_scheme_host_and_path(url):
    """Scheme, host, perhaps a port and a path."""
    assert checks.url(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "host", "ftp://host", "https://", "https://u:p@host", "https://host?q", "https://host#f", "https://host:0",
        "https://host:65536", "https://[::::]", "https://host\\x", "https://h\u00f6st", "https://host/a b", "", 5, None,
    ],
)  # fmt: skip
def test_what_is_more_or_less_is_no_url(url):
    """No user, query or fragment, and nothing that two parsers could read differently."""
    assert checks.url(url) is not None


@pytest.mark.parametrize(
    "url", ["https://user:hunter22@host", "https://host/?key=hunter22", "https://host#hunter22"]
)
def test_a_secret_in_a_url_is_not_repeated(url):
    """Neither a password nor what stands behind the path."""
    problem = checks.url(url)
    assert problem is not None
    assert "hunter22" not in problem
    assert "host" in problem


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        ("daily", {0, 1, 2, 3, 4, 5, 6}),
        ("mon", {0}),
        ("sun", {6}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat-mon", {5, 6, 0}),
        ("sun-mon", {6, 0}),
        ("wed-wed", {2}),
        ("tue, thu-fri", {1, 3, 4}),
    ],
)
def test_days_by_number(days, numbers):
    """Single days, ranges, also over the end of the week, and lists."""
    assert checks.parse_weekdays(days) == numbers


def test_one_of_a_few_words():
    """The words are named, with the one that was probably meant."""
    check = checks.one_of(("alpha", "beta"))
    assert check("alpha") is check("beta") is None
    assert "did you mean alpha" in check("alhpa")
    assert "did you mean" not in check("zzz")
    assert "alpha beta" in check(5)
    assert check(["alpha"]) is not None


def test_a_list_tells_every_bad_item():
    """Each item is checked by itself."""
    check = checks.list_of(checks.flag)
    assert check([]) is check([True, False]) is None
    assert check("true") is not None
    assert check([True, 5, "x"]).count("expected") == 2


def test_one_of_several_checks_is_enough():
    """If none passes, the first one's sentence counts."""
    check = checks.either(checks.flag, checks.count)
    assert check(5) is check(7) is None
    assert check("x") == checks.flag("x")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        ({"a": 1}, "a table"),
        ([1], "a list"),
        ("x", "'x'"),
        (5, "5"),
        (D("2.50"), "2.5"),
        (D("1E+3"), "1000"),
        (D("1e400"), "1E+400"),
        (10**59, str(10**59)),
        ("a" * 58, repr("a" * 58)),
        ("a" * 59, "'" + "a" * 58 + "\u2026"),
    ],
)
def test_values_are_shown_short(value, shown):
    """As TOML has them, in at most sixty characters."""
    assert checks.show(value) == shown
    assert len(checks.show(10**60)) < 60
    assert len(checks.show(-(10**60))) < 60
