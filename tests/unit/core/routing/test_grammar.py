"""The route grammar: what parses, what it means, and where it fails."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.core.routing.grammar import Route, RouteOption, Share, parse_route
from model_manager.errors import RouteSyntaxError


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a", [[("a", None)]]),
        ("auto", [[("auto", None)]]),
        ("groq/gpt-oss-120b", [[("groq/gpt-oss-120b", None)]]),
        ("ollama/gpt-oss:20b", [[("ollama/gpt-oss:20b", None)]]),
        ("a,b", [[("a", None)], [("b", None)]]),
        ("a+b", [[("a", None), ("b", None)]]),
        ("90:a+10:b", [[("a", 90), ("b", 10)]]),
        ("100:a+0:b", [[("a", 100), ("b", 0)]]),
        ("100:a", [[("a", 100)]]),
        ("100:ollama/gpt-oss:20b", [[("ollama/gpt-oss:20b", 100)]]),
        (
            "90:claude-sonnet-5-5+10:gpt-6.1-sol,groq/gpt-oss-120b",
            [[("claude-sonnet-5-5", 90), ("gpt-6.1-sol", 10)], [("groq/gpt-oss-120b", None)]],
        ),
        ("  50 : a\t+ 50: b ,\n c ", [[("a", 50), ("b", 50)], [("c", None)]]),
    ],
)
def test_a_route_is_options_of_shares(text, options):
    """Commas separate options, plus signs shares, and white space around operators does not count."""
    expected = Route(tuple(RouteOption(tuple(Share(*share) for share in shares)) for shares in options))
    assert parse_route(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("", 0, "a model's name"),
        ("   ", 3, "a model's name"),
        (",a", 0, "a model's name"),
        ("a,", 2, "a model's name"),
        ("a,,b", 2, "a model's name"),
        ("a+", 2, "a model's name"),
        ("a b", 2, "',' or '+' or the end"),
        ("a;b", 1, "',' or '+' or the end"),
        ("50:", 3, "a model's name"),
        ("50:a+b", 5, "a percentage"),
        ("x,50:a+b", 7, "a percentage"),
        ("50:a+40:b", 0, "add up to 100 (these make 90)"),
        ("x, 60:a+50:b", 3, "add up to 100 (these make 110)"),
        ("-5:a", 0, "a model's name"),
        ("'a'", 0, "a model's name"),
        ("$(id)", 0, "a model's name"),
        ("1000:a", 0, "a percentage from 0 to 100"),
        ("9" * 5000 + ":a", 0, "a percentage from 0 to 100"),
        ("\u0665\u0660:a", 0, "a model's name"),
    ],
)
def test_a_bad_route_says_where_and_what_was_expected(text, position, expected):
    """A route that does not parse names the place and what could have stood there."""
    with pytest.raises(RouteSyntaxError) as caught:
        parse_route(text)
    assert caught.value.position == position
    assert expected in caught.value.expected
    assert f"at position {position + 1}" in caught.value.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a", "a"),
        ("a,b", "a"),
        ("10:a+90:b,c", "b"),
        ("50:a+50:b", "a"),
        ("a+b", "a"),
        ("0:a+100:b", "b"),
    ],
)
def test_the_model_of_a_route_is_the_largest_share_of_its_first_option(text, name):
    """Where one name is wanted, the largest share of the first option counts, the earliest of equals."""
    assert parse_route(text).name == name


def test_names_are_listed_once_in_order():
    """Every name of a route is told once, in the order of the text."""
    assert parse_route("60:a+40:b,a,c+b").names == ("a", "b", "c")


@pytest.mark.parametrize(("text", "single"), [("a", True), ("100:a", True), ("a+b", False), ("a,b", False)])
def test_a_route_of_one_model_is_single(text, single):
    """Only a route that can go to no second model is single."""
    assert parse_route(text).is_single is single


# Put together by hand: strings from a regular expression take ten times as long.
_names = st.builds(
    str.__add__, st.sampled_from(ascii_letters), st.text(f"{ascii_letters}{digits}._/@-", max_size=12)
)


@st.composite
def _option(draw):
    names = draw(st.lists(_names, min_size=1, max_size=4))
    if draw(st.booleans()):
        return RouteOption(tuple(Share(name) for name in names))
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1)))
    parts = [end - start for start, end in zip([0, *cuts], [*cuts, 100], strict=True)]
    return RouteOption(tuple(Share(name, part) for name, part in zip(names, parts, strict=True)))


@given(st.lists(_option(), min_size=1, max_size=4).map(lambda options: Route(tuple(options))))
def test_a_route_written_out_reads_back_as_itself(route):
    """The text of a route parses to the same route."""
    assert parse_route(str(route)) == route


@given(st.text() | st.text(alphabet="ab0159:+, \t-", max_size=20))
def test_any_text_is_a_route_or_a_clear_error(text):
    """Nothing that a variable may hold does anything but parse or fail as a route."""
    position = 0
    try:
        assert parse_route(str(parse_route(text))) == parse_route(text)
    except RouteSyntaxError as error:
        position = error.position
    assert 0 <= position <= len(text)


def test_the_weight_of_a_share_is_its_percentage_or_one():
    """Shares without percentages weigh the same; a share of 0 weighs nothing."""
    assert [Share("a").weight, Share("a", 1).weight, Share("a", 70).weight, Share("a", 0).weight] == [1, 1, 70, 0]


def test_what_is_on_and_what_is_balanced():
    """A share of 0 is off; an option is balanced if no share has a percentage."""
    split, equal = parse_route("0:a+40:b+60:c,d+e").options
    assert [share.name for share in split.live] == ["b", "c"]
    assert [share.name for share in equal.live] == ["d", "e"]
    assert (split.is_balanced, equal.is_balanced) == (False, True)


def test_the_text_of_a_route_has_no_spaces():
    """A route that was read and one that was made are written alike."""
    made = Route((RouteOption((Share("a", 90), Share("b", 10))), RouteOption((Share("c"),))))
    assert str(parse_route(" 90 : a + 10:b , c ")) == str(made) == "90:a+10:b,c"
