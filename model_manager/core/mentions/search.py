"""One expression for the beginnings of many names: it searches text as fast as that is read."""

import re
from collections.abc import Iterable
from typing import Any


def beginnings(stems: Iterable[str], leads: str) -> re.Pattern[bytes]:
    """Finds, in lower-case bytes, where a name may begin: behind one of some characters.

    The characters come first because they are few in any text: the names are compared only there.
    """
    tree: dict[str, Any] = {}
    for stem in stems:
        _insert(tree, stem.lower())
    first = re.escape("".join(tree))
    return re.compile(f"[{re.escape(leads)}](?=[{first}]){_expression(tree)}".encode())


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
