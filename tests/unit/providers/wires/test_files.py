"""Files on the wires: each in its form, and refused by name where there is none."""

import pytest
from exchange_player import endpoint_of

from model_manager.core.messages import ChatMessage
from model_manager.core.options import ChatOptions
from model_manager.core.parts import Audio, Document, Image, Text
from model_manager.errors import ProviderError
from model_manager.providers import wire_of

PICTURE = Image(url="https://example.org/a.png")
PDF, SOUND = Document(b"%PDF-1.7", name="b.pdf"), Audio(b"ID3", "audio/mpeg")


def body_of(wire, *parts):
    """The body of a request with these parts in a user's turn."""
    return wire_of(wire).build_call(endpoint_of(wire), [ChatMessage("user", "?", parts=parts)], ChatOptions()).body


def test_openai_has_files_and_sounds_beside_text():
    """In the order given; a sound by the short name of its format."""
    content = body_of("openai", PDF, SOUND, PICTURE, Text("?"))["messages"][0]["content"]
    assert content == [
        {"type": "file", "file": {"filename": "b.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjc="}},
        {"type": "input_audio", "input_audio": {"data": "SUQz", "format": "mp3"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "text", "text": "?"},
    ]


def test_anthropic_has_documents_by_bytes_and_by_url():
    """With the name as their title."""
    content = body_of("anthropic", PDF, Document(url="https://example.org/c.pdf"), PICTURE, Text("?"))
    assert content["messages"][0]["content"] == [
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjc="},
            "title": "b.pdf",
        },
        {"type": "document", "source": {"type": "url", "url": "https://example.org/c.pdf"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {"type": "text", "text": "?"},
    ]


def test_google_has_all_kinds_in_one_form():
    """Bytes as data, URLs as files, with the type that the URL's name tells."""
    parts = body_of("gemini", PDF, SOUND, PICTURE, Text("?"))["contents"][0]["parts"]
    assert parts == [
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0xLjc="}},
        {"inlineData": {"mimeType": "audio/mpeg", "data": "SUQz"}},
        {"fileData": {"mimeType": "image/png", "fileUri": "https://example.org/a.png"}},
        {"text": "?"},
    ]


@pytest.mark.parametrize(
    ("wire", "part", "words"),
    [
        ("anthropic", SOUND, "Anthropic's API does not accept audio files"),
        ("openai", Document(url="https://example.org/c.pdf"), "OpenAI's API does not accept URLs of PDFs"),
        ("ollama", PDF, "Ollama's API does not accept PDFs"),
        ("ollama", SOUND, "Ollama's API does not accept audio files"),
        ("ollama", PICTURE, "Ollama's API does not accept URLs of images"),
    ],
)
def test_a_file_that_a_wire_has_no_form_for_is_refused_by_name(wire, part, words):
    """Left out, the model would answer without having seen it; another option of the route may take it."""
    with pytest.raises(ProviderError, match=words) as raised:
        body_of(wire, part, Text("?"))
    assert (raised.value.kind, raised.value.attempts, bool(raised.value.hint)) == ("bad_request", 0, True)
