"""Numbers and lists as a sentence has them."""

from collections.abc import Sequence


def plural(count: int, noun: str) -> str:
    """A number and a noun that agree: "1 call", "2,000 calls"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def first_of(words: Sequence[str], most: int) -> str:
    """The first of many words, and how many are left out: "a, b and 3 more"."""
    shown = ", ".join(words[:most])
    return f"{shown} and {len(words) - most:,} more" if len(words) > most else shown
