"""Choosing among a route's models: stable for a user, fair by weight, and in the order that a route promises."""

import subprocess
import sys
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.core.routing.choosing import (
    Choice,
    drawn_share,
    in_order,
    largest_first,
    names_of,
    only_choice,
    pick,
    random_scores,
    user_scores,
)
from model_manager.core.routing.grammar import Route, RouteOption, Share, parse_route

NOBODY = (0.0, 0.0)


IDENTITY = str


def ranked(*names: str):
    """A score that ranks shares in this order."""
    return lambda share: names.index(share.name)


def names(route: str, order: str, cooling: tuple[str, ...] = ()) -> list[str]:
    choices = in_order(parse_route(route), ranked(*order), cooling.__contains__, "by weight")
    return [choice.name for choice in choices]


def arm(route: str, user: object, *, task: str = "t", salt: str = "", identity=IDENTITY, option: int = 0) -> str:
    return drawn_share(parse_route(route), option, user_scores(task, salt, str(user), identity)).name


@st.composite
def routes(draw: st.DrawFn) -> Route:
    letters = iter("abcdefghijklmnop")
    options = []
    for _ in range(draw(st.integers(1, 4))):
        count = draw(st.integers(1, 4))
        if draw(st.booleans()):
            cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=count - 1, max_size=count - 1)))
            percents = [end - start for start, end in zip([0, *cuts], [*cuts, 100], strict=True)]
            options.append(RouteOption(tuple(Share(next(letters), percent) for percent in percents)))
        else:
            options.append(RouteOption(tuple(Share(next(letters)) for _ in range(count))))
    return Route(tuple(options))


@given(routes(), st.randoms(use_true_random=False), st.sets(st.sampled_from("abcdefghijklmnop")))
def test_every_share_that_is_on_is_tried_once(route, random, cooling):
    """Whatever cools down, each name but those of 0% stands in the order exactly once."""
    order = [choice.name for choice in in_order(route, random_scores(random.random), cooling.__contains__, "")]
    on = {share.name for option in route.options for share in option.shares if share.percent != 0}
    assert sorted(order) == sorted(on)


@given(routes())
def test_the_largest_share_is_the_routes_model(route):
    """Without a user and at no random, a route's first choice is the model that stands for it."""
    assert in_order(route, largest_first, lambda _: False, "")[0].name == route.name


@given(routes(), st.text())
def test_a_users_scores_are_the_same_each_time(route, user):
    """The score of a share is a number that does not change."""
    score, again = (user_scores("t", "", user, IDENTITY) for _ in range(2))
    for option in route.options:
        assert [score(share) for share in option.live] == [again(share) for share in option.live]
        assert all(score(share) > 0 for share in option.live)


def test_users_do_not_change_between_releases():
    """The hash is a part of the contract: these users stay where they are for good."""
    users = ("", "ann", "42", "日本", "a\ud800")
    found = "".join(arm("50:a+30:b+20:c", user, task="chat") for user in users)
    scores = [round(user_scores("chat", "", user, IDENTITY)(Share("a", 50)), 6) for user in users[:2]]
    assert (found, scores) == ("acabb", [0.003124, 0.030757])


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_scores_are_the_same_in_every_process(seed):
    """Python's own hash differs by process; ours does not."""
    code = (
        "from model_manager.core.routing.choosing import user_scores\nfrom model_manager.core.routing.grammar import Share\n"
        "print(user_scores('chat', '', '42', str)(Share('a', 50)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == user_scores("chat", "", "42", IDENTITY)(Share("a", 50))


@pytest.mark.parametrize("percents", [(50, 50), (90, 10), (1, 99), (33, 33, 34), (10, 20, 30, 40), (None, None)])
@pytest.mark.parametrize("kind", ["users", "random"])
def test_calls_are_shared_out_by_weight(percents, kind):
    """Of five thousand users, or calls without one, each share has its part, within four standard deviations."""
    text = "+".join(f"{percent}:m{n}" if percent else f"m{n}" for n, percent in enumerate(percents))
    total, dice = 5_000, Random(7).random
    counts = Counter(
        arm(text, user) if kind == "users" else drawn_share(parse_route(text), 0, random_scores(dice)).name
        for user in range(total)
    )
    for n, percent in enumerate(percents):
        part = (percent or 50) / 100
        assert abs(counts[f"m{n}"] - total * part) < 4 * (total * part * (1 - part)) ** 0.5


def test_when_an_arm_grows_nobody_leaves_it_and_few_join():
    """From 10 to 20 percent, one user in nine of the others moves to the arm, and nobody out of it."""
    before = {user: arm("90:a+10:b", user) for user in range(9000)}
    after = {user: arm("80:a+20:b", user) for user in before}
    assert all(after[user] == "b" for user in before if before[user] == "b")
    others = [user for user in before if before[user] == "a"]
    moved = sum(after[user] == "b" for user in others)
    assert abs(moved - len(others) / 9) < 4 * (len(others) * 8 / 81) ** 0.5


def test_a_new_arm_takes_its_users_evenly_from_all():
    """Where the others keep their proportions, a new arm takes the same part of each, and moves nobody else."""
    before = {user: arm("60:a+40:b", user) for user in range(9000)}
    after = {user: arm("48:a+32:b+20:c", user) for user in before}
    assert all(after[user] in {before[user], "c"} for user in before)
    for name in "ab":
        own = [user for user in before if before[user] == name]
        taken = sum(after[user] == "c" for user in own)
        assert abs(taken - len(own) / 5) < 4 * (len(own) * 4 / 25) ** 0.5


@pytest.mark.parametrize(
    "route", ["10:b+90:a", " 90 : a + 10 : b ", "90:a+10:b,c", "90:a+10:b,c+d,e", "0:c+90:a+10:b", "90:alias+10:b"]
)
def test_what_is_no_share_of_an_arm_moves_nobody(route):
    """The order of shares, white space, fallbacks, shares of 0 and aliases leave every user where they are."""
    identity = {"alias": "a"}
    for user in range(500):
        found = arm(route, user, identity=lambda name: identity.get(name, name))
        assert identity.get(found, found) == arm("90:a+10:b", user)


@pytest.mark.parametrize("other", [{"task": "two"}, {"salt": "2027"}], ids=["another task", "another salt"])
def test_tasks_and_salts_deal_independently(other):
    """Who has the new model in one task is no likelier to have it in another, nor after a new salt."""
    users = 10_000
    same = sum(arm("50:a+50:b", user) == arm("50:a+50:b", user, **other) for user in range(users))
    assert abs(same - users / 2) < 4 * (users / 4) ** 0.5


@pytest.mark.parametrize(
    ("route", "ranks", "cooling", "expected"),
    [
        ("a", "a", (), "a"),
        ("a,b,c", "abc", (), "abc"),
        ("50:a+50:b,c", "abc", (), "acb"),
        ("50:a+50:b,c", "bac", (), "bca"),
        ("50:a+50:b,c", "abc", ("a",), "bca"),
        ("a+b,c", "abc", (), "abc"),
        ("a+b,c", "bac", (), "bac"),
        ("a+b,c", "abc", ("a",), "bac"),
        ("a+b,c", "abc", ("a", "b"), "abc"),
        ("0:a+100:b", "ab", (), "b"),
        ("a,b,a", "ab", (), "ab"),
        ("10:a+80:b+10:c,d+e", "cabed", (), "cedab"),
        ("10:a+80:b+10:c,d+e", "cabed", ("c", "e"), "adebc"),
    ],
)
def test_the_order_of_a_route(route, ranks, cooling, expected):
    """Options from left to right; the other shares at once where they are equal, else at the end; cooling ones last."""
    assert "".join(names(route, ranks, cooling)) == expected


@pytest.mark.parametrize(
    ("route", "cooling", "expected"),
    [
        ("a", (), "the route's only model"),
        ("a,b", (), "option 1 of 2"),
        ("70:a+30:b", (), "the user's share (70%)"),
        ("a+b", (), "the user's share (equal shares)"),
        ("b+a,c", ("b",), "option 1 of 2, the user's share (equal shares), b skipped while cooling down"),
        ("b+a", ("a", "b"), "the user's share (equal shares)"),
    ],
)
def test_the_reason_says_how_a_share_was_drawn(route, cooling, expected):
    """Position, way and percent, and who was passed over for it; where all cool down nobody was."""
    order = in_order(parse_route(route), ranked(*"abc"), cooling.__contains__, "the user's share")
    assert order[0].reason == expected


def test_who_cools_down_is_passed_over_while_somebody_does_not():
    """The first that is free is next; if nobody is, the one that is free first, by its model and its provider."""
    order = in_order(parse_route("a,b,c"), largest_first, lambda _: False, "")
    left = {"a": (3.0, 3.0), "b": NOBODY, "c": NOBODY}
    picked = pick(order, left.__getitem__)
    assert (picked.choice.name, [other.name for other in picked.passed], picked.wait_s) == ("b", ["a"], 0)
    assert picked.reason() == "option 2 of 3, a skipped while cooling down"
    assert picked.reason(["z: server"]) == "fallback after z: server, a skipped while cooling down"
    left = {"a": (3.0, 3.0), "b": (0.0, 3.0), "c": (1.0, 1.0)}
    picked = pick(order, left.__getitem__)
    assert (picked.choice.name, [other.name for other in picked.passed], picked.wait_s) == ("c", [], 1)
    assert picked.reason() == "all options are cooling down; c is free first, in 1 s"
    expected = "fallback after z: server, all other options are cooling down; c is free first, in 1 s"
    assert picked.reason(["z: server"]) == expected


@pytest.mark.parametrize("route", ["40:a+30:b+30:c", "a+b+c"])
def test_only_the_users_of_a_cooling_share_move(route):
    """While a share cools down its users are shared out among the others, whose own users stay where they are."""
    parsed, moved = parse_route(route), Counter()
    for user in range(2000):
        score = user_scores("t", "", str(user), IDENTITY)
        before = in_order(parsed, score, lambda _: False, "")[0].name
        after = in_order(parsed, score, {"a"}.__contains__, "")[0].name
        assert before in {after, "a"}
        moved[after] += before == "a"
    assert moved["a"] == 0
    assert min(moved["b"], moved["c"]) > 250


def test_a_share_of_0_leads_nowhere():
    """Nothing is said of a model that is off: not that it is retired, nor that its key is missing."""
    assert list(names_of(parse_route("0:a+100:b,c"), None)) == ["b", "c"]


def test_a_route_of_one_model_has_one_choice():
    """The model, in the first option, without a percentage; the same as the long way finds."""
    route = parse_route("a")
    assert only_choice(route) == Choice("a", 0, None, "the route's only model", "a")
    assert [only_choice(route)] == in_order(route, largest_first, lambda _: False, "")
