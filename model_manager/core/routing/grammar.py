"""The route grammar: what an assignment's value may say. Choosing among a route's models is done in `choosing`.

route  = option ("," option)*         tried from left to right: a fallback chain
option = share ("+" share)*           splits traffic
share  = [percent ":"] name           all or none of an option's shares have one; they add up to 100
name   = model | "auto"
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from model_manager.errors import RouteSyntaxError

#: What ids and aliases look like.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")
#: Stands for "choose by the query's complexity".
AUTO = "auto"
_SHARE = re.compile(r"(?P<percent>[0-9]+)\s*:\s*")
_WHOLE = 100
_MOST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Share:
    """A model's name and its part of an option's traffic in percent (None: an equal part)."""

    name: str
    percent: int | None = None

    @property
    def weight(self) -> int:
        """Its part beside the others' of the option."""
        return 1 if self.percent is None else self.percent


@dataclass(frozen=True, slots=True)
class RouteOption:
    """Models that share the traffic."""

    shares: tuple[Share, ...]

    @property
    def live(self) -> tuple[Share, ...]:
        """Its shares save those of 0, which are off."""
        return tuple(share for share in self.shares if share.percent != 0)

    @property
    def is_balanced(self) -> bool:
        """Whether its shares are equal because none has a percentage."""
        return all(share.percent is None for share in self.shares)


@dataclass(frozen=True, slots=True)
class Route:
    """The options of an assignment, tried from left to right; its text is `str(route)`.

    >>> from model_manager import Route, get_route_for_task
    >>> route: Route = get_route_for_task("chat")
    >>> route.name, [len(option.shares) for option in route.options]
    ('claude-sonnet-5-5', [1])
    """

    options: tuple[RouteOption, ...]
    #: Its text without spaces, once it is known: making it takes longer than most calls should spend on a route.
    text: str = field(default="", compare=False, repr=False)

    @property
    def name(self) -> str:
        """The name where one is wanted: the largest share of the first option, the earliest of equals."""
        return max(self.options[0].shares, key=lambda share: share.weight).name

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in it, once, in order."""
        return tuple(dict.fromkeys(share.name for option in self.options for share in option.shares))

    @property
    def is_single(self) -> bool:
        """Whether it names one model and nothing else."""
        return len(self.options) == 1 and len(self.options[0].shares) == 1

    def __str__(self) -> str:
        return self.text or ",".join("+".join(map(_share_text, option.shares)) for option in self.options)


def _share_text(share: Share) -> str:
    return share.name if share.percent is None else f"{share.percent}:{share.name}"


def parse_route(text: str) -> Route:
    """Read a route.

    Raises:
        RouteSyntaxError: with the position and what was expected there.
    """
    route = Route(tuple(_option(text, start, end) for start, end in _pieces(text, 0, len(text), ",")))
    return replace(route, text=str(route))


def _pieces(text: str, start: int, end: int, separator: str) -> Iterator[tuple[int, int]]:
    """Spans between separators."""
    while (cut := text.find(separator, start, end)) != -1:
        yield start, cut
        start = cut + 1
    yield start, end


def _option(text: str, start: int, end: int) -> RouteOption:
    spans = list(_pieces(text, start, end, "+"))
    shares = tuple(_share(text, *span) for span in spans)
    percents = [share.percent for share in shares if share.percent is not None]
    if not percents:
        return RouteOption(shares)
    if len(percents) < len(shares):
        bare = next(span for span, share in zip(spans, shares, strict=True) if share.percent is None)
        raise RouteSyntaxError(
            text, _after_space(text, *bare), "a percentage such as 50: on every share or on none"
        )
    if sum(percents) != _WHOLE:
        at = _after_space(text, start, end)
        raise RouteSyntaxError(text, at, f"shares that add up to 100 (these make {sum(percents)})")
    return RouteOption(shares)


def _share(text: str, start: int, end: int) -> Share:
    start = _after_space(text, start, end)
    percent: int | None = None
    if weight := _SHARE.match(text, start, end):
        if len(weight["percent"]) > _MOST_DIGITS:
            raise RouteSyntaxError(text, start, "a percentage from 0 to 100")
        percent, start = int(weight["percent"]), weight.end()
    name = NAME.match(text, start, end)
    if name is None:
        raise RouteSyntaxError(text, start, "a model's name")
    rest = _after_space(text, name.end(), end)
    if rest < end:
        raise RouteSyntaxError(text, rest, "',' or '+' or the end")
    return Share(name[0], percent)


def _after_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start
