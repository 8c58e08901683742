"""Choosing among a route's models: which one is called, which ones follow, and why. No clock and no dice here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from model_manager.core.routing.auto import AutoRules
from model_manager.core.routing.grammar import AUTO, Route, Share

#: A point of a user is made of this many bytes of the hash; the hash has enough for four options.
_POINT_BYTES = 8
ONLY_MODEL = "the route's only model"
_POINTS = 2.0 ** (8 * _POINT_BYTES)
#: Where in an option's traffic a call lies: from 0 up to 1, by the option's position.
Points = Callable[[int], float]
#: Seconds until a name's model, and its provider, may be called again; zeros if they are free.
Cooling = Callable[[str], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Choice:
    """A name of a route that may be called.

    Attributes:
        name: the model's name.
        option: the position of its option in the route, from 0.
        percent: its part of the option's traffic as the route has it, or None.
        reason: why it stands where it stands, for people.
        written: the name as the route has it: "auto", where that chose the model.
    """

    name: str
    option: int
    percent: int | None
    reason: str
    written: str = ""


@lru_cache(maxsize=256)
def only_choice(route: Route) -> Choice:
    """The choice of a route of one model."""
    return Choice(route.name, 0, None, ONLY_MODEL, route.name)


def user_points(task: str, route: Route, user_id: str) -> Points:
    """The points of a user: they depend on the task, the route and the user alone, in every process.

    The first bytes of the SHA-256 of the three, eight for each option.
    """
    digest = sha256("\0".join((task, str(route), user_id)).encode(errors="surrogatepass")).digest()

    def point(option: int) -> float:
        start = option * _POINT_BYTES % len(digest)
        return int.from_bytes(digest[start : start + _POINT_BYTES]) / _POINTS

    return point


def largest_points(route: Route) -> Points:
    """Points that lie in the largest share of each option, the earliest of equals: a route's model."""

    def point(option: int) -> float:
        shares = route.options[option].live
        largest = max(shares, key=lambda share: share.percent or 0)
        before = sum(share.weight for share in shares[: shares.index(largest)])
        return (before + largest.weight / 2) / sum(share.weight for share in shares)

    return point


def in_order(route: Route, points: Points, cooling: Callable[[str], bool], how: str) -> list[Choice]:
    """Every name that may be called, in the order in which they are to be tried.

    Each option gives the share that its point falls on; one that is cooling down is passed over for another
    share while there is one. Where shares are equal (load balancing), the others of the option follow at once;
    where they have percentages (an A/B test), they are the last resort after all other options. A share of 0 is
    off.

    Args:
        route: the route.
        points: where the call lies in each option's traffic.
        cooling: whether a name is to be passed over.
        how: how the points came about, for the reasons: "the user's share", "by weight".
    """
    order, last = list[Choice](), list[Choice]()
    for position, option in enumerate(route.options):
        shares = option.live
        warm = [share for share in shares if not cooling(share.name)] or shares
        chosen, within = _at(shares, points(position))
        if chosen not in warm:  # only those who lose their share move: the others stay where they are
            chosen, _ = _at(warm, within)
        others = [share for share in (*warm, *shares) if share is not chosen]
        passed = [share.name for share in shares if share not in warm]
        reason = _reason(route, position, chosen, passed, how)
        order.append(Choice(chosen.name, position, chosen.percent, reason, chosen.name))
        later = order if option.is_balanced else last
        for share in dict.fromkeys(others):
            later.append(Choice(share.name, position, share.percent, "another share", share.name))
    return once(order + last, lambda choice: choice.name)


def _at(shares: Sequence[Share], point: float) -> tuple[Share, float]:
    """The share that a point falls on, and where in it, from 0 up to 1."""
    rest = point * sum(share.weight for share in shares)
    for share in shares:
        if rest < share.weight:
            return share, rest / share.weight
        rest -= share.weight
    return shares[-1], 0.0


def _reason(route: Route, position: int, share: Share, passed: Sequence[str], how: str) -> str:
    parts = []
    if len(route.options) > 1:
        parts.append(f"option {position + 1} of {len(route.options)}")
    if len(route.options[position].live) > 1:
        parts.append(f"{how} ({'equal shares' if share.percent is None else f'{share.percent}%'})")
    if passed:
        parts.append(f"{', '.join(passed)} skipped while cooling down")
    return ", ".join(parts) or ONLY_MODEL


def once(choices: Iterable[Choice], identity: Callable[[Choice], str]) -> list[Choice]:
    """The choices in their order, of those that are the same only the first."""
    first: dict[str, Choice] = {}
    for choice in choices:
        first.setdefault(identity(choice), choice)
    return list(first.values())


def pick(remaining: Sequence[Choice], cooling: Cooling) -> tuple[Choice, list[Choice]]:
    """The next to be tried, and those that were passed over for it because they are cooling down.

    If all are, the one is tried whose own model is free first, then whose provider is: an answer may yet come.
    """
    left = {choice: cooling(choice.name) for choice in remaining}
    passed = list[Choice]()
    for choice in remaining:
        if left[choice] == (0.0, 0.0):
            return choice, passed
        passed.append(choice)
    best = min(remaining, key=lambda choice: left[choice])
    return best, list(remaining[: remaining.index(best)])


def names_of(route: Route, auto: AutoRules | None) -> Iterator[str]:
    """Every model that a route can lead to, once: its names, save shares of 0, and what "auto" chooses from."""
    chosen = tuple(auto.models.values()) if auto else ()
    shares = (share.name for option in route.options for share in option.live)
    named = (chosen if name == AUTO else (name,) for name in shares)
    yield from dict.fromkeys(name for names in named for name in names)
