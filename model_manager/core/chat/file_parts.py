"""From the forms in which providers' APIs carry files, and from files, to the parts of a message."""

import mimetypes
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from model_manager.core.media_types import media_type_of_bytes
from model_manager.core.parts import Audio, Document, File, Image, Part, ProviderPart, Text
from model_manager.errors import UsageError

#: Media types as they are called besides.
_SAME_TYPE = {"audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/mp3": "audio/mpeg"}
#: Formats of sounds by OpenAI's words.
_AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


def media_type_of(content: bytes, name: str = "") -> str | None:
    """The type of a file by its first bytes, else by its name; None if neither tells."""
    if found := media_type_of_bytes(content):
        return found
    guessed = mimetypes.guess_type(name, strict=False)[0]
    return _SAME_TYPE.get(guessed, guessed) if guessed else None


def file_part(content: bytes, name: str = "", media_type: str | None = None) -> File:
    """A file as a part of a message.

    Raises:
        UsageError: it is neither a picture nor a PDF nor a sound.
    """
    kind = media_type or media_type_of(content, name)
    if kind and kind.startswith("image/"):
        return Image(content, kind)
    if kind and kind.startswith("audio/"):
        return Audio(content, _SAME_TYPE.get(kind, kind))
    if kind == "application/pdf":
        return Document(content, kind, name or None)
    told = f"{name or 'the file'} is {kind}" if kind else f"the type of {name or 'the file'} is unknown"
    raise UsageError(f"{told}: only images, PDFs and audio files are accepted", parameter="file")


def part_of_mapping(part: Mapping[str, Any], extras: Mapping[str, Any]) -> Part | None:
    """The part that a mapping in the form of some provider's API is; None: of no form that is known.

    Raises:
        ValueError: it has the form of a file but is none; the text says why.
    """
    kind = part.get("type")
    if not isinstance(kind, str):
        return None
    if api := _api_of(kind, part):
        return ProviderPart(api, dict(part))
    read = _READERS.get(kind)
    return read(part, extras) if read else None


#: Types of parts that are forms of one API alone, or of servers that speak it.
_OPENAI_ALONE = frozenset({"document_url", "file_url", "video_url", "audio_url", "reference", "thinking"})
_ANTHROPIC_ALONE = frozenset(
    {"container_upload", "search_result", "tool_reference", "tool_addition", "tool_removal", "compaction"}
)


def _api_of(kind: str, part: Mapping[str, Any]) -> str | None:
    """The API that alone has a part's form: of the common types, those that name a file uploaded there."""
    table = part.get("source" if kind in {"image", "document"} else "file")
    table = table if isinstance(table, Mapping) else part
    if kind in {"input_file", "input_image"} and part.get("file_id"):
        return "openai-responses"
    if kind in _OPENAI_ALONE or (kind == "file" and table.get("file_id")):
        return "openai"
    is_uploaded = kind in {"image", "document"} and table.get("type") in {"file", "content"}
    return "anthropic" if kind in _ANTHROPIC_ALONE or is_uploaded else None


def _image_url(part: Mapping[str, Any], extras: Mapping[str, Any]) -> Image:
    """A picture as OpenAI's APIs have it."""
    said = part.get("image_url")
    table = said if isinstance(said, Mapping) else {"url": said}
    detail = table.get("detail") or part.get("detail")
    kept = {name: value for name, value in extras.items() if name != "detail"}
    content, media_type, url = _located(table.get("url"), "image/", "an image")
    return Image(content, media_type, str(detail) if detail else None, kept, url)


def _file(part: Mapping[str, Any], extras: Mapping[str, Any]) -> File:
    """A file as OpenAI's APIs have it."""
    said = part.get("file")
    table = said if isinstance(said, Mapping) else part
    named = {"file_data", "file_url", "filename", "file"}
    kept = {name: value for name, value in extras.items() if name not in named}
    content, media_type, url = _located(table.get("file_data") or table.get("file_url"), "", "a file")
    name = table.get("filename")
    if url is not None:
        return Document(b"", "application/pdf", name, kept, url)
    found = file_part(content, str(name or ""), media_type or None)
    return Document(found.content, found.media_type, name, kept) if isinstance(found, Document) else found


def _audio(part: Mapping[str, Any], extras: Mapping[str, Any]) -> Audio:
    """A sound as OpenAI's API has it."""
    said = part.get("input_audio")
    table = said if isinstance(said, Mapping) else {}
    kept = {name: value for name, value in extras.items() if name != "input_audio"}
    form = str(table.get("format") or "wav")
    return Audio(_decoded(table.get("data"), "an audio file"), _AUDIO_TYPES.get(form, f"audio/{form}"), kept)


def _source(part: Mapping[str, Any], extras: Mapping[str, Any]) -> Part:
    """A picture or a document as Anthropic's API has it."""
    said = part.get("source")
    source = said if isinstance(said, Mapping) else {}
    is_image, where = part.get("type") == "image", source.get("type")
    what = "an image" if is_image else "a document"
    url = source.get("url") if where == "url" else None
    if where == "text" and not is_image:
        return Text(str(source.get("data") or ""), {"document_block": dict(part)})
    if where not in {"base64", "url"}:
        raise ValueError(f"{what} must be base64 or a URL")
    content = b"" if isinstance(url, str) else _decoded(source.get("data"), what)
    if is_image:
        return Image(content, str(source.get("media_type") or "image/png"), None, extras, url)
    kept = {name: value for name, value in extras.items() if name != "title"}
    return Document(content, "application/pdf", part.get("title"), kept, url)


def picture(data: Any) -> Image:
    """A picture of which only the base64 is given, or one of ours.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(data, Image):
        return data
    content = _decoded(data, "an image")
    return Image(content)


def _located(address: Any, wanted: str, what: str) -> tuple[bytes, str, str | None]:
    """Bytes and media type of a data URL, or another URL as it is."""
    url = address if isinstance(address, str) else ""
    if urlsplit(url[:200]).scheme in {"http", "https", "gs"}:
        return b"", wanted and f"{wanted}*", url
    head, comma, data = url.partition(",")
    media_type = head.removeprefix("data:").removesuffix(";base64")
    if not (comma and head.startswith(f"data:{wanted}") and head.endswith(";base64")):
        raise ValueError(f"{what} must be a URL, or a data URL with base64")
    return _decoded(data, what), media_type, None


def _decoded(data: Any, what: str) -> bytes:
    try:
        return b64decode(data, validate=True)
    except (ValueError, TypeError):
        raise ValueError(f"{what} is not valid base64") from None


_READERS = {
    "image_url": _image_url,
    "input_image": _image_url,
    "image": _source,
    "document": _source,
    "file": _file,
    "input_file": _file,
    "input_audio": _audio,
}
