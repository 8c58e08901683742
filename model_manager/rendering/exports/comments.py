"""Comments in files that other programs read."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from model_manager.rendering.text import clean

_WIDTH = 110


def comment(text: str, indent: str = "") -> str:
    """A comment of as many lines as a text needs. What could end a line becomes a visible escape."""
    start = f"{indent}# "
    lines = wrap(clean(text), width=_WIDTH - len(start), break_long_words=False, break_on_hyphens=False) or [""]
    return "".join(f"{start}{line}".rstrip() + "\n" for line in lines)


def listed(title: str, items: Iterable[object]) -> Iterator[str]:
    """A comment with a title and an item a line; nothing without items."""
    found = [str(item) for item in items]
    if found:
        yield comment(title)
        for item in found:
            first, *others = comment(item).splitlines(keepends=True)
            yield first.replace("# ", "# - ", 1)
            yield from (line.replace("# ", "#   ", 1) for line in others)
