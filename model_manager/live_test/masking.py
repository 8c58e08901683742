"""Hides a key in streamed text, where one key may be spread over several pieces."""

from model_manager.core.endpoints import Secret
from model_manager.core.redaction import SHORTEST_SECRET, Redactor


class MaskedStream:
    """Passes streamed text on without the key; text that may be the start of the key is held back at first.

    Args:
        key: what to hide, or None.
    """

    def __init__(self, key: Secret | None) -> None:
        text = "".join(key.to_hide).strip() if key else ""
        self._key = text if len(text) >= SHORTEST_SECRET else ""
        self._redact = Redactor([self._key])
        self._held = ""

    def __call__(self, piece: str) -> str:
        """The text that can be shown now."""
        text = self._redact(self._held + piece)
        shown = len(text) - self._overlap(text)
        self._held = text[shown:]
        return text[:shown]

    def rest(self) -> str:
        """The text that was held back and did not become a key."""
        held, self._held = self._held, ""
        return held

    def _overlap(self, text: str) -> int:
        """How many characters at the end of a text may be the start of the key."""
        longest = min(len(self._key) - 1, len(text))
        return next((size for size in range(longest, 0, -1) if text.endswith(self._key[:size])), 0)
