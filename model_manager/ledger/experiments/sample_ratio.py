"""The check that comes before every comparison: whether the users were shared out as the route says."""

from collections.abc import Sequence
from math import erfc, exp, gamma, pow, sqrt  # noqa: A004 - of floats
from typing import NamedTuple

#: A result less probable than this by chance is none. It is so small because it is looked at again and again.
RINGS_BELOW = 0.001
#: With fewer users expected in an arm, the chi-square distribution says nothing.
_FEWEST_EXPECTED = 5


class SampleRatio(NamedTuple):
    """How probable numbers of users like these are by chance; None: there are too few to tell."""

    p: float | None

    @property
    def is_ok(self) -> bool:
        """Whether nothing speaks against the numbers."""
        return self.p is None or self.p >= RINGS_BELOW


def check_sample_ratio(users: Sequence[int], weights: Sequence[float]) -> SampleRatio:
    """Compare the users of each arm with what the weights of the shares let expect (Pearson's chi-square test)."""
    total, whole = sum(users), sum(weights)
    expected = [total * weight / whole for weight in weights] if whole else []
    if len(expected) < 2 or min(expected) < _FEWEST_EXPECTED:  # noqa: PLR2004 - one arm is no ratio
        return SampleRatio(None)
    statistic = sum((seen - due) ** 2 / due for seen, due in zip(users, expected, strict=True))
    return SampleRatio(chi_square_tail(statistic, len(expected) - 1))


def chi_square_tail(statistic: float, freedom: int) -> float:
    """The probability that a chi-square variable with so many degrees of freedom is larger than this."""
    half = statistic / 2
    if freedom % 2:
        terms = (pow(half, step - 0.5) / gamma(step + 0.5) for step in range(1, freedom // 2 + 1))
        return erfc(sqrt(half)) + exp(-half) * sum(terms)
    return exp(-half) * sum(pow(half, step) / gamma(step + 1) for step in range(freedom // 2))
