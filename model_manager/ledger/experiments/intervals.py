"""The statistics of a comparison of two arms: formulas of plain numbers, without a file and without a clock.

The unit is the user: a user stays in one arm, and calls of one user resemble each other, so a test that took calls
for independent would find differences where there are none. What is compared is a ratio of two sums over users,
such as cost over calls, and its variance is that of the delta method: a user's residual is what the user adds to
the numerator beyond the ratio's part of the denominator.
"""

from math import exp, inf, log, log1p, sqrt
from statistics import NormalDist
from sys import float_info
from typing import NamedTuple

#: How often at most a verdict may be wrong where there is no difference, over all looks together.
ALPHA = 0.05
#: With how much certainty the number of users is planned by which a difference is found. What is promised is 80%;
#: the rest is for spreads that are underestimated early on.
_PLANNED = 0.9
#: The size of differences for which the interval is narrowest, relative to the arm or to the spread of calls.
TYPICAL = 0.2
#: No smaller difference is looked for: 10%.
SMALLEST = 0.1
_Z_PLANNED = NormalDist().inv_cdf(_PLANNED)
_MOST_GROWTH = 1e9


class UserSums(NamedTuple):
    """Sums over the users of an arm, of what is counted (`x`: calls) and what is measured of it (`y`: cost).

    `users` are those with anything counted; `squares` is the sum of the squares of what was measured of each call,
    which only metrics compared by their difference need.
    """

    users: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0
    squares: float = 0.0

    @property
    def ratio(self) -> float | None:
        """What is measured of one that is counted; None without any."""
        return self.y / self.x if self.x else None

    def plus(self, other: "UserSums") -> "UserSums":
        """The sums over the users of both."""
        return UserSums(*(one + two for one, two in zip(self, other, strict=True)))  # type: ignore[arg-type]


class Estimate(NamedTuple):
    """A difference between two arms, its standard error, and the size of differences that are typical."""

    value: float
    error: float
    typical: float


class Interval(NamedTuple):
    """A difference, and the bounds of what it may be in truth."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether it leaves out that there is no difference."""
        return self.low > 0 or self.high < 0


def spread(sums: UserSums) -> float:
    """The variance of a ratio of sums times the number of users, by the delta method; needs two users."""
    ratio = sums.y / sums.x
    residuals = sums.yy - 2 * ratio * sums.xy + ratio * ratio * sums.xx
    # Where users differ little from each other beside what they add up to, rounding is all that is left.
    residuals = max(residuals, sums.users * float_info.epsilon * sums.yy)
    return sums.users**2 / (sums.users - 1) * residuals / sums.x**2


def log_ratio(first: UserSums, other: UserSums) -> Estimate | None:
    """The logarithm of the other arm's ratio over the first one's; None if either is not above 0."""
    if min(first.users, other.users) < 2 or min(first.x, other.x, first.y, other.y) <= 0:  # noqa: PLR2004 - a variance needs two
        return None
    ratios = first.y / first.x, other.y / other.x
    relative = [spread(sums) / ratio**2 for sums, ratio in zip((first, other), ratios, strict=True)]
    return Estimate(log(ratios[1] / ratios[0]), _error(first.users, other.users, *relative), TYPICAL)


def difference(first: UserSums, other: UserSums) -> Estimate | None:
    """The other arm's ratio less the first one's, which may be 0 or negative; None if either is unknown."""
    if min(first.users, other.users) < 2 or min(first.x, other.x) <= 0:  # noqa: PLR2004 - a variance needs two
        return None
    value = other.y / other.x - first.y / first.x
    typical = TYPICAL * sqrt((first.squares + other.squares) / (first.x + other.x))
    return Estimate(value, _error(first.users, other.users, spread(first), spread(other)), typical)


def _error(users: int, others: int, own: float, other: float) -> float:
    """The standard error of a difference from the spreads of two arms.

    No arm's spread is taken to be less than that of all users together: a small arm has not met its rarest users
    yet, and one in which nothing has failed so far would seem to be certain.
    """
    together = (users * own + others * other) / (users + others)
    return sqrt(max(own, together) / users + max(other, together) / others)


def half_width(error: float, typical: float, alpha: float = ALPHA) -> float:
    """Half the width of an interval that holds the truth at all looks together with probability 1 - alpha.

    This is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Time-uniform
    central limit theory and asymptotic confidence sequences, arXiv 2103.06476), written with the standard error:
    with their t, sigma and rho, `error` is sigma / sqrt(t), and `typical` is rho * sigma. Beside an ordinary
    interval it is narrowest once the error is about a third of `typical`. As time is measured by the information
    in the data and not by the number of users, it also holds while the same users make more and more calls.
    """
    if error <= 0 or typical <= 0:
        return 0.0 if error <= 0 else inf
    variance = (error / typical) ** 2
    return error * sqrt((1 + variance) * (log1p(1 / variance) - 2 * log(alpha)))


def interval(estimate: Estimate, alpha: float = ALPHA) -> Interval:
    """The interval of an estimate."""
    half = half_width(estimate.error, estimate.typical, alpha)
    return Interval(estimate.value, estimate.value - half, estimate.value + half)


def as_relative(logarithm: float) -> float:
    """A logarithm of a ratio as a change: -0.4 is 40% less."""
    return inf if logarithm > 700 else exp(logarithm) - 1  # noqa: PLR2004 - beyond, exp overflows


def growth_needed(estimate: Estimate, smallest: float, alpha: float = ALPHA) -> float:
    """How many times as many users decide a difference like this one, or the smallest that is looked for.

    The present estimate may be too large. With more users it moves to another one, whose distribution is known
    (its variance is what the squared error still loses), so the number is the one by which the interval leaves out
    0 with the planned probability. A difference too small for that is taken for the smallest that is looked for.
    """

    def decides(growth: float) -> bool:
        error = estimate.error / sqrt(growth)
        half = half_width(error, estimate.typical, alpha)
        moves = _Z_PLANNED * sqrt(max(0.0, estimate.error**2 - error**2))
        return abs(estimate.value) - moves >= half or smallest - _Z_PLANNED * error >= half

    if decides(1.0):
        return 1.0
    low, high = 1.0, 2.0
    while not decides(high) and high < _MOST_GROWTH:
        low, high = high, high * 2
    while high / low > 1.001:  # noqa: PLR2004 - a tenth of a percent of the users
        middle = sqrt(low * high)
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high
