"""Verdicts: who wins, what stands in the way of one, and how it is said."""

import pytest

from model_manager.ledger.experiments.arm_sums import ArmSums
from model_manager.ledger.experiments.comparison import compare, experiment_of
from model_manager.ledger.experiments.intervals import UserSums
from model_manager.ledger.experiments.verdict import decide

UNSCORED: dict[str, UserSums] = {}


def sums(users: int, mean: float, spread: float = 0.5, *, square: float = 1.0) -> UserSums:
    """Users with two calls each, whose sums have this mean for a call and this spread between users."""
    y = 2 * users * mean
    yy = users * (2 * mean) ** 2 * (1 + spread**2)
    return UserSums(users, 2.0 * users, y, 4.0 * users, 2 * y, yy, square * 2 * users)


def rates(users: int, rate: float) -> UserSums:
    """Users with two calls each, of which this part failed."""
    y = 2 * users * rate
    return UserSums(users, 2.0 * users, y, 4.0 * users, 2 * y, y, y)


def arm(users=400, cost=0.001, latency=900.0, failures=0.02, *, unpriced=0, scores=UNSCORED) -> ArmSums:
    """An arm of so many users."""
    return ArmSums(
        users=users,
        calls=2 * users,
        unpriced=unpriced,
        cost=sums(users, cost) if cost is not None else UserSums(),
        latency=sums(users, latency),
        failures=rates(users, failures),
        scores=dict(scores),
    )


def verdict(*arms: ArmSums, metric="cost", weights=None, noun="user"):
    """The verdict on arms called a, b, c with equal shares."""
    names = "abcd"[: len(arms)]
    shares = dict(zip(names, weights or [1] * len(arms), strict=True))
    return decide(experiment_of(metric, dict(zip(names, arms, strict=True)), shares, noun))


def test_the_cheaper_arm_wins():
    """The winner is named with the difference, and nothing more is needed."""
    found = verdict(arm(), arm(cost=0.0006))
    assert (found.winner, found.users_needed) == ("b", 0)
    assert found.text.startswith("b wins: it costs 40% less per call than a (likely 3")


def test_the_first_arm_wins_if_all_others_are_dearer():
    """What the others are compared with can win too."""
    found = verdict(arm(), arm(cost=0.0025), arm(cost=0.0015))
    assert found.winner == "a"
    assert found.text.startswith(
        "a wins: b costs 2.5 times as much per call as a (likely 2.2 to 2.8 times); c costs"
    )


def test_of_several_better_arms_the_best_wins():
    """It is the cheapest of those that are clearly cheaper than the first."""
    assert verdict(arm(), arm(cost=0.0007), arm(cost=0.0005), arm(cost=0.00101)).winner == "c"


def test_a_difference_that_may_be_chance_is_no_verdict_but_a_number_of_users():
    """The sentence says what is seen so far and how many more users decide it."""
    found = verdict(arm(users=100), arm(users=100, cost=0.00085))
    assert found.winner is None
    assert found.users_needed > 200
    assert "so far b costs 15% less per call than a (likely between" in found.text
    assert found.text.endswith("more users would decide a difference like this.")
    tiny = verdict(arm(users=100), arm(users=100, cost=0.000999))
    assert tiny.text.endswith("more users would decide a difference of 10%.")


def test_arms_that_are_alike_are_said_to_be_so():
    """With many users and no difference that counts, waiting longer is no use."""
    found = verdict(arm(users=8000), arm(users=8000, cost=0.00101))
    assert (found.winner, found.users_needed) == (None, 0)
    assert found.text == "a and b cost the same within 10%: keep any of them."


def test_a_guardrail_that_is_clearly_worse_stands_in_the_way():
    """A cheaper arm that fails more often does not win, and the sentence has both."""
    found = verdict(arm(), arm(cost=0.0006, failures=0.2))
    assert (found.winner, found.users_needed) == (None, 0)
    assert "b costs 40% less" in found.text
    assert "but it fails in 20.00% of its calls, a in 2.00%" in found.text
    first = verdict(arm(failures=0.2), arm(cost=0.0016))
    assert first.winner is None
    assert "but a fails in 20.00% of its calls, b in 2.00%" in first.text


def test_another_arm_that_breaks_no_guardrail_wins_instead():
    """The cheapest fails, so the next one that is clearly cheaper than the first wins."""
    assert verdict(arm(), arm(cost=0.0005, failures=0.2), arm(cost=0.0007)).winner == "c"


def test_there_is_no_verdict_while_the_sample_ratio_rings():
    """However large the difference, users that are shared out wrongly come first."""
    found = verdict(arm(users=400), arm(users=250, cost=0.0001))
    assert (found.winner, found.users_needed) == (None, None)
    assert "a has 400 users where about 325 are expected" in found.text


@pytest.mark.parametrize(("first", "second"), [(29, 31), (31, 29), (40, 0), (0, 0)])
def test_few_users_get_no_verdict(first, second):
    """Below thirty users an arm nothing is decided, whatever is seen."""
    arms = [arm(users=users, cost=cost) if users else ArmSums() for users, cost in ((first, 1), (second, 0.01))]
    found = verdict(*arms, weights=(max(first, 1), max(second, 1)))
    assert found.winner is None
    assert found.text.startswith("Too few users for a verdict")


def test_an_arm_that_has_hardly_begun_keeps_the_first_one_from_winning():
    """It may yet turn out better; another arm that is clearly better wins without it."""
    for late in (arm(users=3), ArmSums()):
        found = verdict(arm(), arm(cost=0.002), late, weights=(400, 400, 3))
        assert (found.winner, found.users_needed) == (None, None)
        assert found.text == f"No verdict yet: c has {late.users} users and needs 30."
        assert verdict(arm(), arm(cost=0.0005), late, weights=(400, 400, 3)).winner == "b"


def test_a_cost_that_is_unknown_is_not_compared():
    """More than one call in twenty without a price, and the arm's cost is unknown; a few are left out."""
    unknown = verdict(arm(), arm(cost=0.0006, unpriced=100))
    assert unknown.winner is None
    assert unknown.text == "No verdict on cost, because the cost of some calls of b is unknown."
    assert verdict(arm(), arm(cost=0.0006, unpriced=10)).winner == "b"
    assert verdict(arm(), arm(cost=0.0006, unpriced=100, latency=500.0), metric="latency").winner == "b"


def test_free_arms_cost_the_same_and_less_than_any_other():
    """Nothing is no estimate: it needs no interval."""
    both = verdict(arm(cost=0.0), arm(cost=0.0))
    assert (both.winner, both.users_needed, both.text) == (None, 0, "a and b are free, so neither costs less.")
    assert verdict(arm(), arm(cost=0.0)).text == "b wins: it is free, and a is not."
    assert verdict(arm(cost=0.0), arm()).text == "a wins: b costs something, and a is free."


def test_nothing_failed_is_no_proof_with_few_users():
    """Without failures it takes 300 users an arm to say that fewer than one call in a hundred fails."""
    few = verdict(arm(users=100, failures=0.0), arm(users=100, failures=0.0), metric="failures")
    assert few.users_needed == 400
    assert verdict(arm(failures=0.0), arm(failures=0.0), metric="failures").users_needed == 0


def test_failures_and_scores_have_their_own_direction():
    """Fewer failures are better, and higher scores."""
    assert verdict(arm(failures=0.2), arm(failures=0.02), metric="failures").winner == "b"
    rated = [arm(scores={"helpful": sums(400, mean, 0.3)}) for mean in (0.5, 0.8)]
    found = verdict(*rated, metric="helpful")
    assert found.winner == "b"
    assert found.text.startswith("b wins: it has 0.8 for 'helpful', a 0.5 (likely")
    assert (
        verdict(arm(), rated[1], metric="helpful").text == "No verdict: there are no scores named 'helpful' of a."
    )


def test_calls_without_users_are_called_calls():
    """Where no call has a user, the sentence does not speak of users."""
    assert "more calls would decide" in verdict(arm(users=100), arm(users=100, cost=0.00085), noun="call").text


def test_more_arms_make_each_comparison_stricter():
    """Each of several comparisons has its part of the error, so intervals get wider."""
    alone, among = (compare(arm(), arm(cost=0.0009), "cost", count) for count in (1, 4))
    assert among.low < alone.low < alone.high < among.high


def scored(users: int, mean: float, deviation: float) -> ArmSums:
    """Users with one score each."""
    squares = users * (mean**2 + deviation**2)
    return arm(users, scores={"q": UserSums(users, users, users * mean, users, users * mean, squares, squares)})


def test_a_score_around_nothing_has_no_part_of_it():
    """Of a mean near 0 no percentage tells anything: the sentence has the means alone."""
    found = verdict(scored(400, 0.01, 1.0), scored(400, 0.08, 1.0), metric="q")
    assert "b has 0.08 for 'q', a 0.01 (likely less or more), which may be chance" in found.text
    worse = verdict(scored(4000, 0.1, 0.5), scored(4000, -0.1, 0.5), metric="q")
    assert worse.text == "a wins: b has -0.1 for 'q', a 0.1."


def test_what_rounding_leaves_of_a_spread_decides_nothing():
    """Scores that differ by one in 10^12 have squares whose differences are beyond a float's digits."""
    found = verdict(scored(400, 1e12, 1.0), scored(400, 1e12 + 1, 1.0), metric="q")
    assert found.winner is None
    assert found.text == "a and b have the same 'q' within 10%: keep any of them."
