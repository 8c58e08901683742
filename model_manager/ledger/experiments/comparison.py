"""Compares the arms of an experiment with the first one, metric by metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log

from model_manager.ledger.experiments.arm_sums import ArmSums
from model_manager.ledger.experiments.intervals import (
    ALPHA,
    SMALLEST,
    TYPICAL,
    Estimate,
    Interval,
    UserSums,
    as_relative,
    difference,
    growth_needed,
    interval,
    log_ratio,
)
from model_manager.ledger.experiments.metrics import COST, FAILURES, LATENCY, METRICS
from model_manager.ledger.experiments.sample_ratio import SampleRatio, check_sample_ratio

#: With fewer users an arm, intervals that suppose many users are too narrow.
FEWEST_USERS = 30
#: If more of an arm's calls have no known price, those that have one do not stand for all.
_MOST_UNPRICED = 0.05
#: Smaller differences between two rates of failures are not looked for: one call in a hundred.
_SMALLEST_RATE = 0.01


@dataclass(frozen=True, slots=True)
class Difference:
    """An arm compared with the first one by a metric.

    Attributes:
        relative: the change: -0.4 is 40% less; `low` and `high` bound what it is in truth. None where the first
            arm has 0, of which nothing is a part.
        is_clear: whether it is no chance, and `is_better` whether it speaks for the arm.
        is_small: whether it is no larger in truth than the smallest that is looked for.
        more_users: how many times as many users decide it; None if it is decided, or cannot be told yet.
    """

    relative: float | None
    low: float | None
    high: float | None
    is_clear: bool
    is_better: bool
    is_small: bool = False
    more_users: float | None = None
    #: Whether `more_users` is for the smallest difference that is looked for, as this one is smaller.
    is_for_smallest: bool = False


_EQUAL = Difference(0.0, 0.0, 0.0, is_clear=False, is_better=False, is_small=True)


def sums_of(arm: ArmSums, metric: str) -> UserSums:
    """The sums of a metric."""
    if metric in METRICS:
        found: UserSums = getattr(arm, metric)
        return found
    return arm.scores.get(metric, UserSums())


def is_priced(arm: ArmSums) -> bool:
    """Whether enough of an arm's calls have a known cost."""
    return arm.unpriced <= _MOST_UNPRICED * arm.calls


def compare(first: ArmSums, other: ArmSums, metric: str, comparisons: int = 1) -> Difference | None:
    """An arm beside the first one; None if nothing is known of one of them.

    Args:
        first: what is compared with.
        other: the arm.
        metric: "cost", "latency", "failures" or the name of a score.
        comparisons: how many arms are compared with the first: each has its part of the error (Bonferroni).
    """
    if metric == COST and not (is_priced(first) and is_priced(other)):
        return None
    one, two = sums_of(first, metric), sums_of(other, metric)
    enough = min(one.users, two.users) >= FEWEST_USERS
    alpha = ALPHA / comparisons
    if metric in {COST, LATENCY}:
        if min(one.y, two.y) <= 0:
            return _beside_nothing(one, two, enough=enough)
        estimate = log_ratio(one, two)
        return estimate and _by_logarithm(estimate, alpha, enough=enough)
    if metric == FAILURES and not (one.y or two.y):
        return _beside_no_failures(one, two, enough=enough)
    estimate = difference(one, two)
    return estimate and _by_difference(estimate, one.y / one.x, metric, alpha, enough=enough)


def _beside_nothing(one: UserSums, two: UserSums, *, enough: bool) -> Difference | None:
    """A difference where one of two costs is nothing: that is known, and no estimate."""
    if not (one.x and two.x):
        return None
    if one.y == two.y:
        return _EQUAL
    is_better = two.y < one.y
    relative = -1.0 if is_better else None
    return Difference(relative, relative, relative, is_clear=enough, is_better=is_better and enough)


def _beside_no_failures(one: UserSums, two: UserSums, *, enough: bool) -> Difference | None:
    """A difference where nobody has met a failure: one in a third of so many may yet (rule of three)."""
    users = min(one.users, two.users)
    if not users:
        return None
    needed = 3 / (_SMALLEST_RATE * users)
    more = needed if enough and needed > 1 else None
    return Difference(
        None,
        None,
        None,
        is_clear=False,
        is_better=False,
        is_small=enough and needed <= 1,
        more_users=more,
        is_for_smallest=more is not None,
    )


def _by_logarithm(estimate: Estimate, alpha: float, *, enough: bool) -> Difference:
    found = interval(estimate, alpha)
    smallest = log(1 + SMALLEST)
    return _difference(
        estimate,
        found,
        smallest,
        alpha,
        [as_relative(bound) for bound in found],
        enough=enough,
        lower_is_better=True,
    )


def _by_difference(estimate: Estimate, base: float, metric: str, alpha: float, *, enough: bool) -> Difference:
    found = interval(estimate, alpha)
    lower_is_better = metric == FAILURES
    smallest = _SMALLEST_RATE if lower_is_better else estimate.typical * SMALLEST / TYPICAL
    # Fewer than none of its calls cannot fail; a score may well be below 0.
    least = -1.0 if lower_is_better else -inf
    relative = [max(least, bound / abs(base)) for bound in found] if base else None
    return _difference(estimate, found, smallest, alpha, relative, enough=enough, lower_is_better=lower_is_better)


def _difference(
    estimate: Estimate,
    found: Interval,
    smallest: float,
    alpha: float,
    relative: Sequence[float] | None,
    *,
    enough: bool,
    lower_is_better: bool,
) -> Difference:
    value, low, high = relative or (None, None, None)
    is_clear = enough and found.is_clear
    is_small = enough and -smallest <= found.low and found.high <= smallest
    more = None if is_clear or is_small or not enough else growth_needed(estimate, smallest, alpha)
    return Difference(
        value,
        low,
        high,
        is_clear=is_clear,
        is_better=is_clear and (found.high < 0 if lower_is_better else found.low > 0),
        is_small=is_small,
        more_users=more,
        is_for_smallest=more is not None and abs(found.value) < smallest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """The arms in the order of the route, and how they compare with the first of them.

    Attributes:
        metric: the metric that decides; all others are guardrails.
        arms: the sums of each arm.
        weights: each arm's part of the users, by the route.
        ratio: whether the users were shared out so.
        differences: of each arm but the first, by metric; None where nothing is known.
        noun: what is counted: "user", or "call" where no call had a user.
    """

    metric: str
    arms: Mapping[str, ArmSums]
    weights: Mapping[str, float]
    ratio: SampleRatio
    differences: Mapping[str, Mapping[str, Difference | None]]
    noun: str = "user"

    @property
    def first(self) -> str:
        """The arm that the others are compared with."""
        return next(iter(self.arms))

    @property
    def others(self) -> Sequence[str]:
        """The other arms."""
        return list(self.arms)[1:]

    def deciding(self, arm: str) -> Difference | None:
        """The difference of an arm by the metric that decides."""
        return self.differences[arm].get(self.metric)

    def guardrails(self, arm: str) -> Mapping[str, Difference]:
        """The clear differences of an arm by the other metrics."""
        found = self.differences[arm].items()
        return {metric: one for metric, one in found if metric != self.metric and one and one.is_clear}

    def amount(self, arm: str, metric: str) -> float:
        """What a metric is for one call of an arm."""
        return sums_of(self.arms[arm], metric).ratio or 0.0

    def users(self, arm: str) -> int:
        """The users of an arm that count for the metric that decides."""
        return sums_of(self.arms[arm], self.metric).users


def experiment_of(metric: str, arms: Mapping[str, ArmSums], weights: Mapping[str, float], noun: str) -> Experiment:
    """The comparison of some arms with the first of them, by every metric that is known."""
    first, *others = arms
    scores = sorted({name for arm in arms.values() for name in arm.scores} - set(METRICS))
    return Experiment(
        metric=metric,
        arms=arms,
        weights=weights,
        ratio=check_sample_ratio([arm.users for arm in arms.values()], list(weights.values())),
        differences={
            arm: {name: compare(arms[first], arms[arm], name, len(others)) for name in (*METRICS, *scores)}
            for arm in others
        },
        noun=noun,
    )
