"""What a file is by its first bytes, for pictures, PDFs and sounds of the web's common kinds."""

_BEGINNINGS = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
)
#: By what stands behind the length of the file in a RIFF container.
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}
#: By the brand of an MP4 container: of others it cannot be told whether they hold pictures.
_MP4 = {b"M4A ": "audio/mp4", b"heic": "image/heic", b"avif": "image/avif"}


def media_type_of_bytes(content: bytes) -> str | None:
    """The media type of a file, or None if its bytes do not tell."""
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12])
    return _MP4.get(content[8:12]) if content[4:8] == b"ftyp" else None


def media_type_or(content: object, kind: str, default: str) -> str:
    """The media type of a file's bytes if they tell one of this kind ("image/"), else the default."""
    found = media_type_of_bytes(content) if isinstance(content, bytes) else None
    return found if found and found.startswith(kind) else default
