"""Searches text for the beginnings of many names, nearly as fast as it is read."""

import re
from collections.abc import Iterable, Iterator
from typing import Any


class Beginnings:
    """Finds where a name may begin: behind one of some characters, in capitals or not.

    The characters come first because they are few in any text: the names are compared only there. A search for one
    byte is three times as fast as one for any of several, so all of them are first made the same one; where that
    makes a name of what is none, a comparison with the names as they are tells.

    Args:
        stems: what the names begin with.
        leads: the characters of which one stands before a name.
    """

    def __init__(self, stems: Iterable[str], leads: str) -> None:
        stems, lead = [stem.lower() for stem in stems], leads[0]
        before, after = leads.encode(), lead.encode() * len(leads)
        self._table = bytes(range(256)).lower().translate(bytes.maketrans(before, after))
        alike = _tree(stem.translate(dict.fromkeys(map(ord, leads), lead)) for stem in stems)
        first = re.escape("".join(alike))
        self._alike = re.compile(f"{re.escape(lead)}(?=[{first}]){_expression(alike)}".encode())
        self._exact = re.compile(_expression(_tree(stems)).encode())
        self._longest = max(len(stem.encode()) for stem in stems)

    def find(self, data: bytes) -> Iterator[int]:
        """The first byte of each beginning; none is inside another one."""
        text, at = data.translate(self._table), 0
        while found := self._alike.search(text, at):
            at = found.start() + 1
            if stem := self._exact.match(data[at : at + self._longest].lower()):
                yield at
                at += stem.end()


def _tree(stems: Iterable[str]) -> dict[str, Any]:
    """Beginnings as a tree of their characters."""
    tree: dict[str, Any] = {}
    for stem in stems:
        _insert(tree, stem)
    return tree


def _insert(tree: dict[str, Any], stem: str) -> None:
    """Add a beginning; one that begins like a shorter one adds nothing."""
    for character in stem:
        if "" in tree:
            return
        tree = tree.setdefault(character, {})
    tree.clear()
    tree[""] = {}


def _expression(tree: dict[str, Any]) -> str:
    if "" in tree:
        return ""
    parts = [re.escape(character) + _expression(below) for character, below in sorted(tree.items())]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
