"""Thoughts that a server leaves in the text, between <think> and </think>, told from the answer."""

from typing import NamedTuple

_OPEN, _CLOSE = "<think>", "</think>"
#: Where a text is: before its first visible letter, in a block of thoughts, or in the answer.
_BEFORE, _THOUGHTS, _ANSWER = "before", "thoughts", "answer"


class SplitText(NamedTuple):
    """The visible text and the thoughts in a piece of text."""

    text: str
    thoughts: str


class ThinkTags:
    """Splits a text that comes in pieces, cut anywhere, into thoughts and answer.

    Blocks of thoughts stand before the answer: what the answer itself says of such tags is text. White space
    before a block and after it is left out.

    Args:
        opened: whether the prompt has opened the first block, so that the text begins with thoughts.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self._place: str = _THOUGHTS if opened else _BEFORE
        self._held = ""
        #: White space that will be shown if no thoughts follow it.
        self._blank: list[str] = []
        self._has_thought = opened

    def split(self, piece: str) -> SplitText:
        """The text and the thoughts that are sure by now; what may be a part of a tag is held back."""
        if self._place == _ANSWER:
            return SplitText(piece, "")
        self._held += piece
        thoughts: list[str] = []
        while self._place != _ANSWER:
            if self._place == _BEFORE and not self._is_opened():
                return SplitText("", "".join(thoughts))
            if self._place == _THOUGHTS:
                shown, closed = self._until_closed()
                thoughts.append(shown)
                if not closed:
                    return SplitText("", "".join(thoughts))
        text, self._held = self._held, ""
        return SplitText(text, "".join(thoughts))

    def rest(self) -> SplitText:
        """What was held back and did not become a tag; it is sure at the end."""
        held, self._held = self._held, ""
        return SplitText("", held) if self._place == _THOUGHTS else SplitText(self._blank_before() + held, "")

    def _is_opened(self) -> bool:
        """Go on to thoughts or to the answer; False: it is not sure yet which comes."""
        start = self._held.lstrip()
        self._blank.append(self._held[: len(self._held) - len(start)])
        self._held = start
        if start.startswith(_OPEN):
            self._place, self._held, self._has_thought = _THOUGHTS, start[len(_OPEN) :], True
            self._blank.clear()
            return True
        if _OPEN.startswith(start):
            return False
        self._place, self._held = _ANSWER, self._blank_before() + start
        return True

    def _blank_before(self) -> str:
        """The white space before the answer: that behind thoughts is left out."""
        blank = "" if self._has_thought else "".join(self._blank)
        self._blank.clear()
        return blank

    def _until_closed(self) -> tuple[str, bool]:
        """The thoughts up to the closing tag, and whether that has come."""
        shown, tag, after = self._held.partition(_CLOSE)
        if tag:
            self._place, self._held = _BEFORE, after
            return shown, True
        kept = next((size for size in range(len(_CLOSE) - 1, 0, -1) if shown.endswith(_CLOSE[:size])), 0)
        end = len(shown) - kept
        self._held = shown[end:]
        return shown[:end], False


def think_tags_of(parameter: object) -> ThinkTags | None:
    """The splitter that a provider's or a model's parameter `think_tags` asks for, or None."""
    return ThinkTags(opened=parameter == "opened") if parameter else None
