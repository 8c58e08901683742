"""Aliases in a route: names that a later catalogue may give to another model."""

import re
from collections.abc import Mapping
from dataclasses import replace

from model_manager.core.models import Catalogue
from model_manager.core.routing.grammar import Route, RouteOption, Share

_DIGIT = re.compile(r"[0-9]")
_MOVING = ("-latest", ":latest")


def id_of_alias(name: str, catalogue: Catalogue) -> str | None:
    """The id that a name stands for, if the name is the less exact of both; None: the name stays.

    An alias with more digits than the id is a dated snapshot of it, which never moves.
    """
    model = None if name in catalogue.models else catalogue.find(name)
    if model is None or name not in model.aliases:
        return None
    return model.id if len(_DIGIT.findall(name)) <= len(_DIGIT.findall(model.id)) else None


def is_moved_by_provider(name: str) -> bool:
    """Whether a name says that its provider moves it on to newer models."""
    return name.endswith(_MOVING)


def without_aliases(route: Route, catalogue: Catalogue) -> tuple[Route, Mapping[str, str]]:
    """A route with ids for aliases, and the aliases with their ids."""
    found = {name: id_ for name in route.names if (id_ := id_of_alias(name, catalogue))}
    options = tuple(
        RouteOption(tuple(Share(found.get(share.name, share.name), share.percent) for share in option.shares))
        for option in route.options
    )
    return (replace(route, options=options, text=""), found) if found else (route, found)
