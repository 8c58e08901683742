"""Choosing among a route's models: stable for a user, fair by weight, and in the order that a route promises."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.core.routing.choosing import in_order, largest_points, names_of, pick, user_points
from model_manager.core.routing.grammar import Option, Route, Share, parse_route

NOBODY = (0.0, 0.0)


def names(route: str, point: float = 0.0, cooling: tuple[str, ...] = ()) -> list[str]:
    return [
        choice.name for choice in in_order(parse_route(route), lambda _: point, cooling.__contains__, "by weight")
    ]


@st.composite
def routes(draw: st.DrawFn) -> Route:
    letters = iter("abcdefghijklmnop")
    options = []
    for _ in range(draw(st.integers(1, 4))):
        count = draw(st.integers(1, 4))
        if draw(st.booleans()):
            cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=count - 1, max_size=count - 1)))
            percents = [end - start for start, end in zip([0, *cuts], [*cuts, 100], strict=True)]
            options.append(Option(tuple(Share(next(letters), percent) for percent in percents)))
        else:
            options.append(Option(tuple(Share(next(letters)) for _ in range(count))))
    return Route(tuple(options))


@given(routes(), st.floats(0, 1, exclude_max=True), st.sets(st.sampled_from("abcdefghijklmnop")))
def test_every_share_that_is_on_is_tried_once(route, point, cooling):
    """Whatever cools down, each name but those of 0% stands in the order exactly once."""
    order = [choice.name for choice in in_order(route, lambda _: point, cooling.__contains__, "")]
    on = {share.name for option in route.options for share in option.shares if share.percent != 0}
    assert sorted(order) == sorted(on)


@given(routes())
def test_the_largest_share_is_the_routes_model(route):
    """Without a user and without dice, a route's first choice is the model that stands for it."""
    assert in_order(route, largest_points(route), lambda _: False, "")[0].name == route.name


@given(routes(), st.text())
def test_a_users_points_are_within_bounds_and_the_same_each_time(route, user):
    """A point is from 0 up to 1 for every option, and does not change."""
    points, again = user_points("t", route, user), user_points("t", route, user)
    for option in range(8):
        assert 0 <= points(option) < 1
        assert points(option) == again(option)


def test_points_do_not_change_between_releases():
    """The hash is a part of the contract: these users stay where they are for good."""
    route = parse_route("50:a+50:b")
    found = [round(user_points("chat", route, user)(0), 6) for user in ("", "ann", "42", "日本")]
    assert found == [0.369676, 0.989068, 0.691324, 0.680508]


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_points_are_the_same_in_every_process(seed):
    """Python's own hash differs by process; ours does not."""
    code = (
        "from model_manager.core.routing.choosing import user_points\nfrom model_manager.core.routing.grammar import parse_route\n"
        "print(user_points('chat', parse_route('50:a+50:b'), '42')(0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == user_points("chat", parse_route("50:a+50:b"), "42")(0)


@pytest.mark.parametrize("percents", [(50, 50), (90, 10), (1, 99), (33, 33, 34), (10, 20, 30, 40)])
def test_users_are_shared_out_by_weight(percents):
    """Of twenty thousand users each share has its part, within four standard deviations."""
    text = "+".join(f"{percent}:m{n}" for n, percent in enumerate(percents))
    route, users = parse_route(text), 20_000
    counts = Counter(
        in_order(route, user_points("chat", route, str(user)), lambda _: False, "")[0].name
        for user in range(users)
    )
    for n, percent in enumerate(percents):
        part = percent / 100
        assert abs(counts[f"m{n}"] - users * part) < 4 * (users * part * (1 - part)) ** 0.5


def test_two_tasks_share_out_the_same_users_independently():
    """Who has the new model in one task is no likelier to have it in another."""
    route, users = parse_route("50:a+50:b"), 10_000
    same = sum(
        (user_points("one", route, str(user))(0) < 0.5) == (user_points("two", route, str(user))(0) < 0.5)
        for user in range(users)
    )
    assert abs(same - users / 2) < 4 * (users / 4) ** 0.5


@pytest.mark.parametrize(
    ("route", "point", "cooling", "expected"),
    [
        ("a", 0, (), "a"),
        ("a,b,c", 0, (), "abc"),
        ("50:a+50:b,c", 0, (), "acb"),
        ("50:a+50:b,c", 0.6, (), "bca"),
        ("50:a+50:b,c", 0, ("a",), "bca"),
        ("a+b,c", 0, (), "abc"),
        ("a+b,c", 0.6, (), "bac"),
        ("a+b,c", 0, ("a",), "bac"),
        ("0:a+100:b", 0, (), "b"),
        ("a,b,a", 0, (), "ab"),
        ("10:a+80:b+10:c,d+e", 0.95, (), "cedab"),
        ("10:a+80:b+10:c,d+e", 0.95, ("c", "e"), "bdeac"),
    ],
)
def test_the_order_of_a_route(route, point, cooling, expected):
    """Options from left to right; the other shares at once where they are equal, else at the end; cooling ones last."""
    assert "".join(names(route, point, cooling)) == expected


def test_who_cools_down_is_passed_over_while_somebody_does_not():
    """The first that is free is next; if nobody is, the one whose own model is free first."""
    order = in_order(parse_route("a,b,c"), lambda _: 0, lambda _: False, "")
    left = {"a": (3.0, 3.0), "b": NOBODY, "c": NOBODY}
    choice, passed = pick(order, left.__getitem__)
    assert (choice.name, [other.name for other in passed]) == ("b", ["a"])
    left = {"a": (3.0, 3.0), "b": (0.0, 3.0), "c": (1.0, 1.0)}
    choice, passed = pick(order, left.__getitem__)
    assert (choice.name, [other.name for other in passed]) == ("b", ["a"])


@pytest.mark.parametrize("route", ["40:a+30:b+30:c", "a+b+c"])
def test_only_the_users_of_a_cooling_share_move(route):
    """While a share cools down its users are shared out among the others, whose own users stay where they are."""
    parsed, moved = parse_route(route), Counter()
    for user in range(2000):
        points = user_points("t", parsed, str(user))
        before = in_order(parsed, points, lambda _: False, "")[0].name
        after = in_order(parsed, points, {"a"}.__contains__, "")[0].name
        assert before in {after, "a"}
        moved[after] += before == "a"
    assert moved["a"] == 0
    assert min(moved["b"], moved["c"]) > 250


def test_a_share_of_0_leads_nowhere():
    """Nothing is said of a model that is off: not that it is retired, nor that its key is missing."""
    assert list(names_of(parse_route("0:a+100:b,c"), None)) == ["b", "c"]
