"""Experiments whose truth is known: how often one without a difference is decided, and one with a difference not."""

from dataclasses import dataclass
from math import log

import numpy as np

from model_manager.ledger.experiments.intervals import (
    SMALLEST,
    Estimate,
    UserSums,
    difference,
    growth_needed,
    interval,
    log_ratio,
)

LOOKS = 100


@dataclass
class Crowd:
    """Users of many experiments at once: an axis of experiments and one of users, who each stay in their arm."""

    dice: np.random.Generator
    in_second: np.ndarray
    calls_a_look: np.ndarray
    level: np.ndarray
    begins: np.ndarray

    @classmethod
    def drawn(cls, seed: int, runs: int, users: int, share: float, *, at_once: bool) -> "Crowd":
        """Users of very unequal weight and cost; they come one after the other, or are all there from the start."""
        dice = np.random.default_rng(seed)
        shape = (runs, users)
        begins = np.zeros(shape) if at_once else np.sort(dice.integers(0, LOOKS, shape), axis=1)
        weights = dice.lognormal(-1.5, 1.2, shape)
        return cls(dice, dice.random(shape) < share, weights, dice.lognormal(0, 0.6, shape), begins)

    def calls(self, look: int) -> np.ndarray:
        """How many calls each user makes up to the next look; a first one when the user comes."""
        found = self.dice.poisson(self.calls_a_look) * (self.begins <= look)
        return found + (self.begins == look)


def moments(mask: np.ndarray, calls: np.ndarray, amounts: np.ndarray, *, are_rates: bool) -> list[UserSums]:
    """The sums over the users of an arm, for each experiment."""
    x, y = calls * mask, amounts * mask
    columns = [(x > 0).sum(1), x.sum(1), y.sum(1), (x * x).sum(1), (x * y).sum(1), (y * y).sum(1)]
    columns.append(y.sum(1) if are_rates else 0 * y.sum(1))
    return [UserSums(*map(float, row)) for row in np.column_stack(columns)]


def ordinary(estimate: Estimate) -> bool:
    """Whether an ordinary test at 5% decides."""
    return abs(estimate.value) > 1.96 * estimate.error


def false_alarms(crowd: Crowd, *, are_rates: bool) -> tuple[float, float]:
    """The part of experiments without a difference that a look decides: by our interval, by an ordinary one."""
    calls, amounts = np.zeros(crowd.level.shape), np.zeros(crowd.level.shape)
    decided, naive = np.zeros(len(calls), bool), np.zeros(len(calls), bool)
    for look in range(LOOKS):
        now = crowd.calls(look)
        calls += now
        if are_rates:
            amounts += crowd.dice.binomial(now, np.minimum(0.03 * crowd.level, 1))
        else:
            amounts += crowd.dice.gamma(np.maximum(0.7 * now, 1e-12)) * crowd.level * (now > 0)
        first = moments(~crowd.in_second, calls, amounts, are_rates=are_rates)
        second = moments(crowd.in_second, calls, amounts, are_rates=are_rates)
        for run, (one, two) in enumerate(zip(first, second, strict=True)):
            estimate = (difference if are_rates else log_ratio)(one, two)
            if estimate and min(one.users, two.users) >= 30:
                decided[run] |= interval(estimate).is_clear
                naive[run] |= ordinary(estimate)
    return float(decided.mean()), float(naive.mean())


def test_costs_that_are_alike_are_seldom_told_apart_though_looked_at_a_hundred_times():
    """Sticky users of unequal weight who come one after the other: at most 5%, where an ordinary test has far more."""
    crowd = Crowd.drawn(1, runs=400, users=160, share=0.5, at_once=False)
    ours, ordinary_ones = false_alarms(crowd, are_rates=False)
    assert ours <= 0.05
    assert ordinary_ones > 0.15


def test_failures_that_are_alike_are_seldom_told_apart_in_a_small_arm():
    """A share of a fifth, whose users are all there from the start and make more and more calls: at most 5%."""
    crowd = Crowd.drawn(2, runs=400, users=220, share=0.2, at_once=True)
    ours, ordinary_ones = false_alarms(crowd, are_rates=True)
    assert ours <= 0.05
    assert ordinary_ones > 0.1


def history(dice: np.random.Generator, users: int, effect: float) -> list[list[np.ndarray]]:
    """The running sums of both arms of one experiment over users in the order in which they come."""
    in_second = dice.random(users) < 0.5
    calls = 1.0 + dice.poisson(dice.lognormal(1, 0.8, users))
    costs = dice.gamma(0.7 * calls) * dice.lognormal(0, 0.6, users) * np.where(in_second, 1 + effect, 1)
    values = (np.ones(users), calls, costs, calls * calls, calls * costs, costs * costs)
    return [[np.cumsum(value * mask) for value in values] for mask in (~in_second, in_second)]


def estimate_after(arms: list[list[np.ndarray]], users: int) -> Estimate:
    """The estimate when so many users have come."""
    estimate = log_ratio(*(UserSums(*(float(sums[users - 1]) for sums in arm)) for arm in arms))
    assert estimate
    return estimate


def test_a_difference_is_found_by_the_number_of_users_that_was_told():
    """A model that is 30% cheaper is found within the number told after 150 users, in at least 80% of experiments."""
    dice = np.random.default_rng(3)
    found = []
    for _ in range(200):
        arms = history(dice, 10_000, -0.3)
        first = estimate_after(arms, 150)
        told = min(int(150 * growth_needed(first, log(1 + SMALLEST))), 10_000)
        looks = np.unique(np.linspace(150, told, 25).astype(int))
        found.append(any(interval(estimate_after(arms, int(users))).high < 0 for users in looks))
    assert np.mean(found) >= 0.8


def test_the_number_of_users_told_is_of_the_right_size():
    """It is neither so small that it is missed, nor ten times what most experiments take."""
    dice = np.random.default_rng(4)
    told, taken = [], []
    for _ in range(60):
        arms = history(dice, 6000, -0.3)
        told.append(150 * growth_needed(estimate_after(arms, 150), log(1 + SMALLEST)))
        looks = range(150, 6000, 50)
        taken.append(next((users for users in looks if interval(estimate_after(arms, users)).is_clear), 6000))
    assert 1 <= np.median(told) / np.median(taken) <= 10
