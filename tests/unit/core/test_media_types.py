"""The kind of a picture or a sound is told by its first bytes."""

import pytest

from model_manager import Audio, Document, Image

PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff\xe0": "image/jpeg",
    b"GIF89a": "image/gif",
    b"RIFF\0\0\0\0WEBPVP8": "image/webp",
    b"\0\0\0\x18ftypheic": "image/heic",
    b"\0\0\0\x18ftypavif": "image/avif",
    b"ID3": "image/png",
    b"anything": "image/png",
    b"": "image/png",
}
SOUNDS = {
    b"RIFF\0\0\0\0WAVEfmt": "audio/wav",
    b"ID3\x03": "audio/mpeg",
    b"\xff\xf3\x40": "audio/mpeg",
    b"OggS\0": "audio/ogg",
    b"fLaC\0": "audio/flac",
    b"\0\0\0\x1cftypM4A ": "audio/mp4",
    b"GIF89a": "audio/wav",
    b"anything": "audio/wav",
}


@pytest.mark.parametrize(("content", "expected"), PICTURES.items(), ids=repr)
def test_a_picture_says_what_it_is(content, expected):
    """Nobody has to say that a JPEG file is one; what cannot be told is taken for the default."""
    assert Image(content).media_type == expected


@pytest.mark.parametrize(("content", "expected"), SOUNDS.items(), ids=repr)
def test_a_sound_says_what_it_is(content, expected):
    """The same of sounds."""
    assert Audio(content).media_type == expected


def test_what_is_said_counts():
    """A media type that the caller gives is sent, whatever the bytes look like."""
    assert Image(b"\xff\xd8\xff", "image/png").media_type == "image/png"
    assert Audio(b"ID3", media_type="audio/aac").media_type == "audio/aac"
    assert Document(b"\xff\xd8\xff").media_type == "application/pdf"
