"""Tells lists of models, as a program offers them to choose from, from the models that it uses."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from model_manager.core.mentions.finder import Mention

#: So many different models make a list, if no two neighbours are further apart than so many lines.
_FEWEST = 5
_FURTHEST = 8


def with_lists(mentions: Iterable[Mention]) -> list[Mention]:
    """The mentions of a file, with "list" as the role of those values that are in a list of models.

    Entries of a list look alike before their names: settings that each have a name of their own are none.
    """
    result: list[Mention] = []
    for chain in _chains(mentions):
        values = [mention for mention in chain if mention.role == "value"]
        names = {mention.name for mention in values}
        beginnings = {mention.text[: mention.column - 1].strip() for mention in values}
        is_list = len(names) >= _FEWEST and len(beginnings) * 2 <= len(names)
        result += (
            replace(mention, role="list") if is_list and mention.role == "value" else mention for mention in chain
        )
    return result


def _chains(mentions: Iterable[Mention]) -> Iterator[list[Mention]]:
    """Mentions that are near to each other."""
    chain: list[Mention] = []
    for mention in mentions:
        if chain and mention.line - chain[-1].line > _FURTHEST:
            yield chain
            chain = []
        chain.append(mention)
    if chain:
        yield chain
