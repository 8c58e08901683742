"""The parts of a message: text and files. No wire format is known here."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model_manager.core.media_types import media_type_or


class FileContent:
    """What the parts that are files have in common."""

    __slots__ = ()
    content: bytes

    @property
    def base64(self) -> str:
        """The bytes as every wire carries them."""
        return b64encode(self.content).decode("ascii")


@dataclass(frozen=True, slots=True)
class Text:
    """A part of a message that is text, where a message has several parts.

    Attributes:
        text: the text.
        extras: fields of the part that some wires take, such as `cache_control`.

    >>> from model_manager import Text
    >>> Text("What is in this image?").text
    'What is in this image?'
    """

    text: str
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Image(FileContent):
    r"""An image in a message: the bytes of its file and what they are, or its URL.

    Attributes:
        content: the bytes.
        media_type: what they are ("image/jpeg", …); else their beginning tells.
        detail: how closely the model should look ("low", "high", "auto"), where a wire can say it.
        extras: fields of the part that some wires take, such as `cache_control`.
        url: where the provider finds it, in place of the bytes; nothing is fetched here.

    >>> from model_manager import Image
    >>> Image(url="https://example.com/cat.jpg").url
    'https://example.com/cat.jpg'
    >>> Image(b"\xff\xd8\xff\xe0 ...").media_type
    'image/jpeg'
    """

    content: bytes = field(default=b"", repr=False)
    media_type: str = ""
    detail: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)
    url: str | None = None

    def __post_init__(self) -> None:
        if not self.media_type:
            object.__setattr__(self, "media_type", media_type_or(self.content, "image/", "image/png"))


@dataclass(frozen=True, slots=True)
class Document(FileContent):
    """A PDF in a message: the bytes of its file, or its URL.

    Attributes:
        content: the bytes.
        media_type: what they are.
        name: what the file is called, for the model; None: "document.pdf", where a wire wants one.
        extras: fields of the part that some wires take, such as `cache_control`.
        url: where the provider finds it, in place of the bytes; nothing is fetched here.

    >>> from model_manager import ChatMessage, Document, Text
    >>> bill = Document(b"%PDF-1.7 ...", name="bill.pdf")
    >>> ChatMessage("user", parts=(bill, Text("What has to be paid?"))).parts[0].name
    'bill.pdf'
    """

    content: bytes = field(default=b"", repr=False)
    media_type: str = "application/pdf"
    name: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Audio(FileContent):
    """An audio file in a message: the bytes of its file.

    Attributes:
        content: the bytes.
        media_type: what they are ("audio/wav", "audio/mpeg" for MP3, …); else their beginning tells.
        extras: fields of the part that some wires take.

    >>> from model_manager import Audio
    >>> Audio(b"RIFF....WAVE").media_type
    'audio/wav'
    """

    content: bytes = field(default=b"", repr=False)
    media_type: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not self.media_type:
            object.__setattr__(self, "media_type", media_type_or(self.content, "audio/", "audio/wav"))


@dataclass(frozen=True, slots=True)
class ProviderPart:
    """A part in the form of one API alone, such as a file that was uploaded there: it is sent as it came, or not.

    Attributes:
        api: whose form it is: "openai", "openai-responses" or "anthropic".
        block: the part.
        extras: what is added to it, such as `cache_control`.
    """

    api: str
    block: Mapping[str, Any] = field(hash=False)
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)


File = Image | Document | Audio
Part = Text | File | ProviderPart
#: The same as types, for `isinstance`.
FILES = (Image, Document, Audio)
PARTS = (Text, *FILES, ProviderPart)
