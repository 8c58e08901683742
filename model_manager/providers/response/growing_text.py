"""Text that comes in pieces: without keys, and with characters whole that a server has cut in two."""

from model_manager.core.redaction import RedactedStream, Redactor

_LOW, _HIGH = "\ud800", "\udbff"


class GrowingText:
    """A text that is shown and kept in the same words.

    Args:
        hide: hides keys in it.
    """

    __slots__ = ("_half", "_hide", "_shown")

    def __init__(self, hide: Redactor) -> None:
        self._hide = RedactedStream(hide)
        self._shown: list[str] = []
        self._half = ""

    @property
    def whole(self) -> str:
        """The text so far."""
        return "".join(self._shown) + self._hide.held

    def add(self, piece: str) -> str:
        """Take in a piece; returns the text that can be shown now."""
        is_whole = piece.isascii() and not self._half
        shown = self._hide(piece if is_whole else self._whole_characters(piece))
        self._shown.append(shown)
        return shown

    def rest(self) -> str:
        """The text that was held back because it may have been the start of a key; it can be shown at the end."""
        shown = self._hide.rest()
        self._shown.append(shown)
        return shown

    def _whole_characters(self, text: str) -> str:
        r"""The text with halves of characters joined.

        JSON may write a character as two escapes, \ud83d and \ude00, and a server may cut between them.
        """
        text, self._half = self._half + text, ""
        if text and _LOW <= text[-1] <= _HIGH:
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
