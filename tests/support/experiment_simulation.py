"""Experiments whose truth is known: users who stay in their arm, with calls of very unequal number and cost."""

from dataclasses import dataclass
from math import log

import numpy as np

from model_manager.ledger.experiments.comparison import FEWEST_USERS
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
            if estimate and min(one.users, two.users) >= FEWEST_USERS:
                decided[run] |= interval(estimate).is_clear
                naive[run] |= ordinary(estimate)
    return float(decided.mean()), float(naive.mean())


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


def told_and_found(dice: np.random.Generator, effect: float, after: int, most: int = 10_000) -> tuple[int, bool]:
    """How many users are told to decide one experiment after so many, and whether they do, at one of 25 looks."""
    arms = history(dice, most, effect)
    told = min(int(after * growth_needed(estimate_after(arms, after), log(1 + SMALLEST))), most)
    looks = np.unique(np.linspace(after, told, 25).astype(int))
    return told, any(interval(estimate_after(arms, int(users))).high < 0 for users in looks)
