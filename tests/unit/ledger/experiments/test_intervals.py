"""The statistics against scipy and statsmodels, which are independent of them."""

from importlib import import_module
from math import log, sqrt

import numpy as np
import pytest

from model_manager.ledger.experiments.intervals import (
    ALPHA,
    SMALLEST,
    TYPICAL,
    Estimate,
    UserSums,
    as_relative,
    difference,
    growth_needed,
    half_width,
    interval,
    log_ratio,
    spread,
)
from model_manager.ledger.experiments.sample_ratio import RINGS_BELOW, check_sample_ratio, chi_square_tail


@pytest.fixture(scope="module")
def stats():
    """SciPy's statistics; loaded by the process that runs these tests, not by each one that collects them."""
    return import_module("scipy.stats")


@pytest.fixture(scope="module")
def sm():
    """Statsmodels, which takes seconds to load."""
    return import_module("statsmodels.api")


def calls_of_users(seed: int, users: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """The cost of each call and its user: users differ in how much they call, and in what their calls cost."""
    dice = np.random.default_rng(seed)
    owners = np.repeat(np.arange(users), 1 + dice.poisson(dice.lognormal(1, 1, users)))
    return dice.gamma(0.7, dice.lognormal(0, 0.6, users)[owners]), owners


def sums_of(costs: np.ndarray, owners: np.ndarray) -> UserSums:
    """The sums over users of what each call cost."""
    x, y = np.bincount(owners), np.bincount(owners, costs)
    return UserSums(len(x), x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum(), (costs**2).sum())


@pytest.mark.parametrize("freedom", range(1, 12))
def test_the_tail_of_chi_square_is_that_of_scipy(stats, freedom):
    """Far into the tail, for every number of arms that a route may have."""
    for statistic in (0.0, 0.1, 1.0, 3.84, 10.8, 30.0, 120.0, 900.0):
        assert chi_square_tail(statistic, freedom) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-9)


@pytest.mark.parametrize(
    ("users", "weights"), [((480, 520), (50, 50)), ((880, 120), (90, 10)), ((300, 330, 20, 350), (30, 33, 2, 35))]
)
def test_the_sample_ratio_is_that_of_scipy(stats, users, weights):
    """The users of any number of arms against the weights of their shares."""
    expected = [sum(users) * weight / sum(weights) for weight in weights]
    assert check_sample_ratio(users, weights).p == pytest.approx(stats.chisquare(users, expected).pvalue)


def test_the_sample_ratio_rings_late_and_says_nothing_of_a_few():
    """Below one in a thousand it rings; with fewer than five users due in an arm it does not say."""
    assert check_sample_ratio((460, 540), (50, 50)).is_ok
    wrong = check_sample_ratio((430, 570), (50, 50))
    assert not wrong.is_ok
    assert wrong.p < RINGS_BELOW
    assert check_sample_ratio((0, 40), (10, 90)).p is None
    assert check_sample_ratio((0, 40), (10, 90)).is_ok
    assert not check_sample_ratio((0, 400), (10, 90)).is_ok
    assert check_sample_ratio((400,), (100,)).p is None
    assert check_sample_ratio((0, 0), (50, 50)).p is None


def test_the_variance_of_a_mean_is_that_of_statsmodels_by_user(sm):
    """The delta method over users is what statsmodels has for clusters, with n / (n - 1) for few of them."""
    costs, owners = calls_of_users(1)
    sums = sums_of(costs, owners)
    fitted = sm.OLS(costs, np.ones_like(costs)).fit(
        cov_type="cluster", cov_kwds={"groups": owners, "use_correction": False}
    )
    assert sums.ratio == pytest.approx(fitted.params[0])
    assert spread(sums) * (sums.users - 1) / sums.users**2 == pytest.approx(fitted.bse[0] ** 2, rel=1e-9)


def test_the_logarithm_of_a_ratio_is_that_of_statsmodels_by_user(sm):
    """A Poisson regression with an arm as its one variable has the same estimate, and the same error by user."""
    costs, owners = calls_of_users(2)
    both = np.concatenate([costs, 0.6 * costs])
    arm = np.concatenate([np.zeros_like(costs), np.ones_like(costs)])
    fitted = sm.GLM(both, sm.add_constant(arm), family=sm.families.Poisson()).fit(
        cov_type="cluster", cov_kwds={"groups": np.concatenate([owners, owners + 1000]), "use_correction": False}
    )
    one = sums_of(costs, owners)
    found = log_ratio(one, sums_of(0.6 * costs, owners))
    assert found.value == pytest.approx(log(0.6)) == pytest.approx(fitted.params[1])
    assert found.error * sqrt((one.users - 1) / one.users) == pytest.approx(fitted.bse[1], rel=1e-6)


def test_the_error_of_a_difference_is_that_of_statsmodels_by_user(sm):
    """A linear regression with an arm as its one variable has the same error by user, where the spreads are equal."""
    costs, owners = calls_of_users(3)
    both = np.concatenate([costs, costs + 1])
    arm = np.concatenate([np.zeros_like(costs), np.ones_like(costs)])
    fitted = sm.OLS(both, sm.add_constant(arm)).fit(
        cov_type="cluster", cov_kwds={"groups": np.concatenate([owners, owners + 1000]), "use_correction": False}
    )
    one = sums_of(costs, owners)
    found = difference(one, sums_of(costs + 1, owners))
    assert found.value == pytest.approx(1) == pytest.approx(fitted.params[1])
    assert found.error * sqrt((one.users - 1) / one.users) == pytest.approx(fitted.bse[1], rel=1e-6)
    assert found.typical == pytest.approx(TYPICAL * sqrt(np.mean(both**2)))


def test_an_arm_in_which_nothing_failed_yet_is_not_certain():
    """Its spread is at least that of all users together."""
    failed = UserSums(300, 300, 30, 300, 30, 30, 30)
    untouched = UserSums(30, 30, 0, 30, 0, 0, 0)
    found = difference(failed, untouched)
    assert not interval(found).is_clear
    assert found.error > 0.9 * sqrt(spread(failed) / 30)


def test_the_interval_is_that_of_the_paper(stats):
    """Half its width is sigma * sqrt(2 (t rho² + 1) / (t² rho²) * log(sqrt(t rho² + 1) / alpha))."""
    for users, sigma, rho in ((50, 2.0, 0.1), (3000, 1.3, 0.05)):
        t_rho = users * rho**2
        expected = sigma * sqrt(2 * (t_rho + 1) / (users * t_rho) * log(sqrt(t_rho + 1) / ALPHA))
        assert half_width(sigma / sqrt(users), rho * sigma) == pytest.approx(expected)
    relative = {size: half_width(size, 1.0) / size for size in (0.01, 0.1, 0.3, 1.0, 3.0)}
    assert min(relative, key=relative.get) == 0.3
    assert all(width > stats.norm.isf(ALPHA / 2) for width in relative.values())


def test_what_is_certain_or_unknown_has_an_interval_too():
    """Without an error the interval is the estimate; without a scale it is everything."""
    assert interval(Estimate(0.5, 0.0, 1.0)) == (0.5, 0.5, 0.5)
    assert not interval(Estimate(0.5, 0.1, 0.0)).is_clear
    assert log_ratio(UserSums(5, 5, 0.0), UserSums(5, 5, 1.0)) is None
    assert difference(UserSums(1, 5, 1.0), UserSums(5, 5, 1.0)) is None
    assert as_relative(log(0.6)) == pytest.approx(-0.4)
    assert as_relative(1e6) == float("inf")


def test_the_number_of_users_is_the_one_that_decides_nine_times_of_ten(stats):
    """With so many users the estimate, as it may have moved by then, leaves out 0 with the planned probability."""
    estimate = Estimate(log(0.7), 0.12, TYPICAL)
    growth = growth_needed(estimate, log(1 + SMALLEST))
    error = estimate.error / sqrt(growth)
    moves = sqrt(estimate.error**2 - error**2)
    decided = stats.norm.cdf((abs(estimate.value) - half_width(error, TYPICAL)) / moves)
    assert decided == pytest.approx(0.9, abs=0.002)


def test_a_difference_too_small_to_plan_for_is_taken_for_the_smallest_that_counts(stats):
    """No more users are asked for than it takes to find the smallest difference nine times of ten."""
    smallest = log(1 + SMALLEST)
    growth = growth_needed(Estimate(0.001, 0.1, TYPICAL), smallest)
    error = 0.1 / sqrt(growth)
    assert stats.norm.cdf((smallest - half_width(error, TYPICAL)) / error) == pytest.approx(0.9, abs=0.002)
    assert growth_needed(Estimate(0.0005, 0.1, TYPICAL), smallest) == pytest.approx(growth)
    assert growth_needed(Estimate(-1.0, 0.05, TYPICAL), smallest) == 1
