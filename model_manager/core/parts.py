"""The parts of a message: text and files. No wire format is known here."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """A part of a message that is text, where a message has several parts.

    Attributes:
        text: the text.
        extras: fields of the part that some wires take, such as `cache_control`.
    """

    text: str
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a message: the bytes of its file, and what they are.

    Attributes:
        content: the bytes.
        media_type: what they are.
        detail: how closely the model should look ("low", "high", "auto"), where a wire can say it.
        extras: fields of the part that some wires take, such as `cache_control`.
    """

    content: bytes = field(repr=False)
    media_type: str = "image/png"
    detail: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def base64(self) -> str:
        """The bytes as every wire carries them."""
        return b64encode(self.content).decode("ascii")
