"""The split of a route: which arms share its users, in which parts, and the route that ends the comparison."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from model_manager.core.routing.grammar import AUTO, Route, parse_route
from model_manager.errors import RouteSyntaxError
from model_manager.ledger.records import LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class ArmShare:
    """An arm: the id of its model, the name that the route has for it, and its part of the users in percent."""

    arm: str
    name: str
    percent: float


@dataclass(frozen=True, slots=True)
class Split:
    """The first option of a route that shares out users; two are equal if the same users are in the same arms.

    Order, aliases, fallbacks and shares of 0 move nobody, so they make no other split.
    """

    shares: Mapping[str, float]
    option: int
    route: Route = field(compare=False)
    arms: tuple[ArmShare, ...] = field(compare=False)

    @property
    def has_auto(self) -> bool:
        """Whether one of its shares is no model, but chosen by each prompt."""
        return AUTO in self.shares

    def ended_by(self, winner: str) -> str:
        """The route that gives all users the arm that won, with the same options before and after it."""
        name = next(share.name for share in self.arms if share.arm == winner)
        options = [str(Route((option,))) for option in self.route.options]
        options[self.option] = name
        return ",".join(dict.fromkeys(options))


def split_of(text: str, identity: Callable[[str], str]) -> Split | None:
    """The split of a route's text; None if it splits nothing, or is not a whole route.

    Args:
        text: the route as it was recorded.
        identity: the id in the catalogue of the model that a name stands for.
    """
    if len(text) >= LONGEST_TEXT:  # only its beginning was recorded, which may look like a route of other models
        return None
    try:
        route = parse_route(text)
    except RouteSyntaxError:
        return None
    for position, option in enumerate(route.options):
        if len(option.live) > 1:
            whole = sum(share.weight for share in option.live)
            found: dict[str, ArmShare] = {}
            for share in option.live:
                arm, percent = identity(share.name), share.percent
                part = round(share.weight * 100 / whole, 1) if percent is None else percent
                # Of two shares of one model each user draws the larger, as both have the same hash.
                if arm not in found or part > found[arm].percent:
                    found[arm] = ArmShare(arm, share.name, part)
            return Split(
                {arm: share.percent for arm, share in found.items()}, position, route, tuple(found.values())
            )
    return None
