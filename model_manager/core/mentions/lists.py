"""Tells lists of models, as a program offers them to choose from, from the models that it uses."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from model_manager.core.mentions.finder import Mention

#: So many different models make a list, if no two neighbours are further apart than so many lines.
_FEWEST = 5
_FURTHEST = 8
#: So many do where each stands alone on its line, is an entry's id, or shares a line with the others.
_FEWEST_ENTRIES = 3
_ENTRY = re.compile(r"""^[{\[|,(-]*\s*["']?(?:\w*id|value|slug|key)?["']?\s*[:=]?\s*["'`]$""", re.IGNORECASE)

#: More different models side by side than the settings of one application have, whatever their keys are.
_MOST_SETTINGS = 10
#: Between two entries of one literal stand brackets, keys, tags and constructors, and no statement.
_BETWEEN = re.compile(
    r"""\s*[\])}/>,;]*\s*(?:["'`]?[\w./ -]+["'`]?\s*(?::|=>)\s*)?"""
    r"""(?:-(?:\s.*)?|<[\w.]+|&?(?:new\s+)?[\w.]*\s*[\[({]*)\s*,?"""
)

#: So many under one key without quotes, as in tables of results, are no settings of an application.
_FEWEST_OF_KEY = 5
_PLURAL = re.compile(r"""(?:models|aliases)["']?\s*(?::[^=]*)?[:=]\s*[\[({]""", re.IGNORECASE)
#: A constant that is called like its model: several of them are a vendor's list.
_CONSTANT = re.compile(r"""(\w+(?:\s+\w+)?)\s*:?=\s*(?:\w+\()?["'`]$""")
_FAMILY = re.compile(r"(?:[a-z]+\.)*([a-z]+)")


def with_lists(mentions: Iterable[Mention], data: bytes) -> list[Mention]:
    """The mentions of a file, with "list" as the role of those values that are in a list of models.

    Entries of a list look alike before their names: settings that each have a name of their own are none.

    Args:
        mentions: in the order of the file.
        data: its content, to see whether entries that are far apart are in one literal.
    """
    found = list(mentions)
    entries = _entries(found) | _far_entries(found, data)
    result: list[Mention] = []
    for chain in _chains(found):
        values = [mention for mention in chain if mention.role == "value"]
        names = {mention.name for mention in values}
        beginnings = {mention.text[: mention.column - 1].rpartition(",")[2].strip() for mention in values}
        is_list = len(names) > _MOST_SETTINGS or (len(names) >= _FEWEST and len(beginnings) * 2 <= len(names))
        result += (
            replace(one, role="list")
            if one.role == "value" and (is_list or (one.line, one.column) in entries)
            else one
            for one in chain
        )
    return result


def _entries(mentions: Sequence[Mention]) -> set[tuple[int, int]]:
    """The places of the entries of lists, told by what stands before them: ids of objects, elements of arrays."""
    alike: dict[object, list[Mention]] = {}
    keys: dict[str, list[Mention]] = {}
    for one in mentions:
        if one.role != "value":
            continue
        before = one.text[: one.column - 1].strip()
        if _ENTRY.match(before):
            alike.setdefault(before, []).append(one)
        if (constant := _CONSTANT.search(before)) and _is_named_after(constant[1], one.name):
            alike.setdefault("constants", []).append(one)
        alike.setdefault(one.line, []).append(one)
        if before and not before.endswith(("'", '"', "`")):
            keys.setdefault(before, []).append(one)
    tables = {one.line for one in mentions if one.role == "key"}  # of names for names
    in_tables = {(one.line, one.column) for one in mentions if one.role == "value" and one.line in tables}
    plural = {(one.line, one.column) for same in alike.values() for one in same if _PLURAL.search(one.text)}
    lists = [same for same in alike.values() if len({one.name for one in same}) >= _FEWEST_ENTRIES]
    lists += (same for same in keys.values() if len({one.name for one in same}) >= _FEWEST_OF_KEY)
    return plural | in_tables | {(one.line, one.column) for same in lists for one in same}


def _far_entries(mentions: Sequence[Mention], data: bytes) -> set[tuple[int, int]]:
    """The places of values that stand alike in objects of one literal, however long each of these is."""
    alike: dict[str, list[Mention]] = {}
    for one in mentions:
        if one.role == "value":
            alike.setdefault(one.text[: one.column - 1], []).append(one)
    many = [same for same in alike.values() if len({one.name for one in same}) >= _FEWEST]
    if not many:
        return set()
    lines = data.decode("utf-8", "replace").split("\n")
    literals = (literal for same in many for literal in _literals(same, lines))
    return {
        (one.line, one.column) for same in literals if len({one.name for one in same}) >= _FEWEST for one in same
    }


def _literals(alike: Sequence[Mention], lines: Sequence[str]) -> Iterator[list[Mention]]:
    """The mentions by the literals in which they stand."""
    literal = [*alike[:1]]
    for before, one in pairwise(alike):
        indent = _indent(one.text)
        between = (text for text in lines[before.line : one.line - 1] if text.strip() and _indent(text) < indent)
        if not all(map(_BETWEEN.fullmatch, map(str.rstrip, between))):
            yield literal
            literal = []
        literal.append(one)
    yield literal


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _is_named_after(constant: str, name: str) -> bool:
    """Whether a constant's name has the family of its model in it."""
    family = _FAMILY.match(name.rpartition("/")[2])
    return family is not None and family[1] in constant.lower()


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
