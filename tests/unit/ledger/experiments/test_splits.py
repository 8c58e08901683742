"""Splits of routes: the same shares in any form, and the route that ends a comparison."""

import pytest

from model_manager.ledger.experiments.splits import split_of

ALIASES = {"haiku": "claude-haiku-5-5", "luna": "gpt-6-luna"}


def split(text):
    return split_of(text, lambda name: ALIASES.get(name, name))


@pytest.mark.parametrize(
    "other",
    ["90:claude-haiku-5-5+10:gpt-6-luna", "10:luna + 90:haiku", "90:haiku+10:luna,c", "90:haiku+0:c+10:luna"],
)
def test_what_moves_nobody_is_the_same_split(other):
    """Aliases, order, white space, fallbacks and shares of 0."""
    assert split(other) == split("90:haiku+10:luna")


@pytest.mark.parametrize("other", ["80:haiku+20:luna", "90:luna+10:haiku", "c,90:haiku+10:luna", "haiku+luna"])
def test_what_moves_users_is_another_split(other):
    """Other parts, other models, and another option that splits."""
    assert split(other) != split("90:haiku+10:luna")


def test_the_arms_stand_as_in_the_route():
    """The first one is compared with; equal shares have their percentage."""
    assert [(arm.arm, arm.name, arm.percent) for arm in split("luna+haiku+c").arms] == [
        ("gpt-6-luna", "luna", 33.3),
        ("claude-haiku-5-5", "haiku", 33.3),
        ("c", "c", 33.3),
    ]
    assert split("50:haiku+50:luna") == split("haiku+luna")


@pytest.mark.parametrize("text", ["haiku", "haiku,luna", "100:haiku+0:luna", "90:haiku+10:", "90:haiku+10"])
def test_what_does_not_split_has_no_arms(text):
    """One model, fallbacks, a share of all, and what is cut."""
    assert split(text) is None


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("90:haiku+10:luna", "luna"),
        ("90:haiku+10:luna,c,50:d+50:e", "luna,c,50:d+50:e"),
        ("c,90:haiku+10:luna", "c,luna"),
        ("90:haiku+10:luna,luna,c", "luna,c"),
    ],
)
def test_the_winner_takes_the_place_of_the_split(text, route):
    """Other options stay, and the winner is not its own fallback."""
    assert split(text).ended_by("gpt-6-luna") == route


def test_a_share_of_auto_is_known():
    """Its model changes with the prompt, so it is no arm of users."""
    assert split("50:auto+50:c").has_auto
    assert not split("50:haiku+50:c").has_auto
