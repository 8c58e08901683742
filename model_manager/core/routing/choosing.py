"""Choosing among a route's models: which one is called, which follow, and why. No clock, no random numbers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import ceil, log

from model_manager.core.routing.auto import AutoRules
from model_manager.core.routing.grammar import AUTO, Route, Share

ONLY_MODEL = "the route's only model"
#: A hash's first eight bytes, as a fraction of this.
_HASHES = 2.0**64
#: How a call ranks the shares of an option: the lowest score is called.
Score = Callable[[Share], float]
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


def user_scores(task: str, salt: str, user_id: str, identity: Callable[[str], str]) -> Score:
    """The scores of a user, by weighted rendezvous hashing: each share's depends on itself and the user alone.

    So a user moves only to a share that is new or has grown, or away from one that has shrunk or gone; other
    shares, their order and the rest of the route move nobody. With h the hash of a share as a fraction,
    -ln(h) / weight is exponentially distributed, and the lowest of several falls on each with the probability of
    its weight (Thaler and Ravishankar 1998; Schindelhauer and Schomaker 2005 for the weights).

    Args:
        task: the task's name: two tasks share out their users independently.
        salt: the task's `split_salt`: another one deals all users anew.
        user_id: the user.
        identity: the id in the catalogue of the model that a name stands for.
    """

    def score(share: Share) -> float:
        text = "\0".join((task, salt, identity(share.name), user_id))
        digest = sha256(text.encode(errors="surrogatepass")).digest()
        return -log((int.from_bytes(digest[:8]) + 0.5) / _HASHES) / share.weight

    return score


def random_scores(random: Callable[[], float]) -> Score:
    """Scores by which each share is called as often as its weight says; `random` gives numbers from 0 up to 1."""
    return lambda share: -log(1 - random()) / share.weight


def largest_first(share: Share) -> float:
    """The score that ranks the largest share first, the earliest of equals: a route's model."""
    return -share.weight


def in_order(route: Route, score: Score, cooling: Callable[[str], bool], how: str) -> list[Choice]:
    """Every name that may be called, in the order in which they are to be tried.

    Each option gives the share with the lowest score; one that is cooling down is passed over for the next while
    there is one. Where shares are equal (load balancing), the others of the option follow at once; where they have
    percentages (an A/B test), they are the last resort after all other options. A share of 0 is off.

    Args:
        route: the route.
        score: how the call ranks the shares of an option.
        cooling: whether a name is to be passed over.
        how: how the scores came about, for the reasons: "the user's share", "by weight".
    """
    order, last = list[Choice](), list[Choice]()
    for position, option in enumerate(route.options):
        ranked = sorted(option.live, key=score)
        warm = [share for share in ranked if not cooling(share.name)]
        chosen, *others = dict.fromkeys((*warm, *ranked))
        passed = [share.name for share in ranked if warm and share not in warm]
        reason = _reason(route, position, chosen, passed, how)
        order.append(Choice(chosen.name, position, chosen.percent, reason, chosen.name))
        later = order if option.is_balanced else last
        for share in others:
            later.append(Choice(share.name, position, share.percent, "another share", share.name))
    return once(order + last, lambda choice: choice.name)


def drawn_share(route: Route, option: int, score: Score) -> Share:
    """The share of an option that a call draws, whether or not it is cooling down: the arm of an A/B test."""
    return min(route.options[option].live, key=score)


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


@dataclass(frozen=True, slots=True)
class Pick:
    """The next choice to be tried.

    Attributes:
        choice: the choice.
        passed: those that were passed over for it because they are cooling down.
        wait_s: seconds until it is free itself: above 0 only where all that is left is cooling down.
    """

    choice: Choice
    passed: tuple[Choice, ...] = ()
    wait_s: float = 0.0

    def reason(self, failed: Sequence[str] = ()) -> str:
        """Why it is called, for people; `failed` are the names and kinds of failures before it."""
        if not (failed or self.wait_s or self.passed):
            return self.choice.reason
        parts = [f"fallback after {', '.join(failed)}"] if failed else []
        if self.wait_s:
            which = "all other options" if failed else "all options"
            free = f"{self.choice.name} is free first, in {ceil(self.wait_s)} s"
            parts.append(f"{which} are cooling down; {free}")
        elif not failed:
            parts.append(self.choice.reason)
        if self.passed:
            parts.append(f"{', '.join(other.name for other in self.passed)} skipped while cooling down")
        return ", ".join(parts)


def pick(remaining: Sequence[Choice], cooling: Cooling) -> Pick:
    """The next to be tried; if all are cooling down, the one that is free first: an answer may yet come."""
    left = [max(cooling(choice.name)) for choice in remaining]
    free = next((index for index, seconds in enumerate(left) if not seconds), None)
    if free is not None:
        return Pick(remaining[free], tuple(remaining[:free]))
    first = left.index(min(left))
    return Pick(remaining[first], wait_s=left[first])


def names_of(route: Route, auto: AutoRules | None) -> Iterator[str]:
    """Every model that a route can lead to, once: its names, save shares of 0, and what "auto" chooses from."""
    chosen = tuple(auto.models.values()) if auto else ()
    shares = (share.name for option in route.options for share in option.live)
    named = (chosen if name == AUTO else (name,) for name in shares)
    yield from dict.fromkeys(name for names in named for name in names)
