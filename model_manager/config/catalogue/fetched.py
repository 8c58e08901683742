"""The layer of fetched facts among the others: which of its tables count."""

from collections.abc import Mapping, Sequence
from typing import Any

Tables = Mapping[str, Mapping[str, Any]]

#: They belong to a price; where none was fetched, they would be said of another one.
_OF_PRICE = ("source", "checked")


def facts_in_force(
    fetched: Mapping[str, Any], below: Tables, above: Sequence[Tables]
) -> dict[str, dict[str, Any]]:
    """The tables of fetched facts that count.

    Not those that are older than what this version comes with, nor those of models that nobody has any more.
    """
    return {
        name: _without_what_others_say(name, table, above)
        for name, table in fetched.get("models", {}).items()
        if not _is_older(table, below.get(name, {})) and any(name in models for models in (below, *above))
    }


def _is_older(table: Mapping[str, Any], below: Mapping[str, Any]) -> bool:
    checked, ours = table.get("checked"), below.get("checked")
    return ours is not None and (checked is None or checked < ours)


def _without_what_others_say(name: str, table: Mapping[str, Any], above: Sequence[Tables]) -> dict[str, Any]:
    """A table without what would clash: a capability that a file above says the model lacks."""
    kept = {key: value for key, value in table.items() if "price" in table or key not in _OF_PRICE}
    lacks = {word for models in above for word in models.get(name, {}).get("lacks", ())}
    if "capabilities" in kept:
        kept["capabilities"] = [word for word in kept["capabilities"] if word not in lacks]
    return kept
