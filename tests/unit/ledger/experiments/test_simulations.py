"""How often an experiment without a difference is decided, and how often one with a difference is not."""

from math import log

import numpy as np
from experiment_simulation import Crowd, estimate_after, false_alarms, history, told_and_found

from model_manager.ledger.experiments.intervals import SMALLEST, growth_needed, interval


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


def test_a_difference_is_found_by_the_number_of_users_that_was_told():
    """A model that is 30% cheaper is found within the number told after 150 users, in at least 80% of experiments."""
    dice = np.random.default_rng(3)
    found = [told_and_found(dice, -0.3, 150)[1] for _ in range(200)]
    assert np.mean(found) >= 0.8


def test_a_small_difference_is_found_by_the_number_of_users_that_was_told_early():
    """The same of 12%, told after only 80 users, whose first estimate may be far off."""
    dice = np.random.default_rng(5)
    found = [told_and_found(dice, -0.12, 80, most=25_000)[1] for _ in range(100)]
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
