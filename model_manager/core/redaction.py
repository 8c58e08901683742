"""Keeps keys out of everything that is shown or stored."""

from collections.abc import Iterable

#: Shorter values are words, not keys; hiding them would garble every text.
SHORTEST_SECRET = 6
HIDDEN = "***"


class Redactor:
    """Replaces the keys it knows in any text, the longest first."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values = {secret.strip() for secret in secrets}
        self._secrets = sorted((value for value in values if len(value) >= SHORTEST_SECRET), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text with every known key hidden."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        return text
