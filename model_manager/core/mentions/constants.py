"""Finds models by the constants that vendors' libraries have for them: `openai.GPT4oMini`, `ChatModel.GPT_4O`."""

import re
from collections.abc import Iterable, Iterator

#: In the libraries of Go the constant follows the package, in those of Java and Kotlin a class.
_CONSTANT = re.compile(
    rb"\b(?:(?:go_?)?openai\.(?:ChatModel)?(?=GPT|O[1-9])|anthropic\.Model(?=Claude)"
    rb"|(?:ChatModel|Model)\.(?=GPT_|O[1-9]|CLAUDE_))(\w+)"
)
#: Files without any of these have none: to look for them costs next to nothing.
_SIGNS = (b"openai.", b"anthropic.Model", b"Model.GPT_", b"Model.CLAUDE_", b"Model.O")
_DATE = re.compile(r"(?:latest|20\d{6})$")


class ConstantIndex:
    """The names of models by what constants make of them: letters and digits without signs between them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        for name in names:
            if "/" not in name:
                self._names.setdefault(_squeezed(name), name)

    def find(self, data: bytes) -> Iterator[tuple[int, int, str]]:
        """The first byte and the one after the last of each constant, with the name of its model."""
        if not any(sign in data for sign in _SIGNS):
            return
        for match in _CONSTANT.finditer(data):
            squeezed = _squeezed(match[1].decode("utf-8", "replace"))
            if name := self._names.get(squeezed) or self._names.get(_DATE.sub("", squeezed)):
                yield match.start(), match.end(), name


def _squeezed(name: str) -> str:
    return re.sub(r"[\W_]", "", name.replace("Dot", "")).lower()
