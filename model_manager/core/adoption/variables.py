"""What the code that reads an environment variable needs of the model that the variable names."""

import re
from collections.abc import Iterator, Sequence

from model_manager.core.adoption.surroundings import surroundings

#: A statement that begins a line and gives a name to what follows: `MODEL = `, `const model = `, `model := `.
_GIVES_NAME = re.compile(r"^\s*(?:\w+\s+)*?(?:self\.|this\.)?(\w+)\s*(?::\s*[\w\[\]. |<>?]+)?\s*:?=(?!=)")


def needs_of_variable(lines: Sequence[str], variable: str) -> tuple[str, ...]:
    """The capabilities that the code of a file uses where it reads a variable.

    Where the variable is read outside functions into a name, the places that use this name are looked at.
    """
    needs: dict[str, None] = {}
    for line, column in _places(lines, variable):
        text = lines[line - 1]
        named = _GIVES_NAME.match(text[: column - 1])
        is_global = named and not text[0].isspace()
        places = [(line, column)]
        if named and is_global:
            places = [place for place in _places(lines, named[1]) if place[0] != line]
        for place in places:
            needs.update(dict.fromkeys(surroundings(lines, *place).needs))
    return tuple(needs)


def _places(lines: Sequence[str], name: str) -> Iterator[tuple[int, int]]:
    """The lines and columns, from 1, at which a name stands as a whole word."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for number, text in enumerate(lines, 1):
        for match in word.finditer(text) if name in text else ():
            yield number, match.start() + 1
