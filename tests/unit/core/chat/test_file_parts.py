"""Files in conversations: what they are, and the forms in which providers' APIs carry them."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.core.chat.conversation import conversation
from model_manager.core.chat.estimates import TOKENS_PER_PAGE, estimated_prompt
from model_manager.core.chat.file_parts import file_part, media_type_of
from model_manager.core.messages import ChatMessage
from model_manager.core.parts import Audio, Document, Image, Text
from model_manager.errors import UsageError

PDF = b"%PDF-1.7\n1 0 obj << /Type /Pages /Count 2 >>\n2 0 obj << /Type /Page >>\n3 0 obj << /Type /Page >>\n"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
DATA = b64encode(PDF).decode()


NOTES = {"type": "document", "title": "T", "source": {"type": "text", "data": "Notes."}}


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "photo.jpg", "image/png"),
        (b"\xff\xd8\xff\xe0", "", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "image/webp"),
        (WAV, "", "audio/wav"),
        (b"ID3\x04", "", "audio/mpeg"),
        (PDF, "", "application/pdf"),
        (b"....", "voice.mp3", "audio/mpeg"),
        (b"....", "notes.qqq", None),
    ],
)
def test_a_file_is_told_by_its_first_bytes_before_its_name(content, name, media_type):
    """A wrong ending does not make a picture of another kind out of it."""
    assert media_type_of(content, name) == media_type


@pytest.mark.parametrize(("content", "kind"), [(PDF, Document), (WAV, Audio), (b"GIF89a", Image)])
def test_a_file_becomes_the_part_of_its_kind(content, kind):
    """Pictures, PDFs and sounds have parts of their own, with the bytes as they are."""
    assert (type(file_part(content)), file_part(content).content) == (kind, content)


@pytest.mark.parametrize(
    ("name", "words"), [("a.zip", "a.zip is application/zip"), ("a", "the type of a is unknown")]
)
def test_a_file_of_another_kind_is_refused_by_its_name(name, words):
    """The sentence says what it is, if that can be told."""
    with pytest.raises(UsageError, match=words):
        file_part(b"PK\x03\x04", name)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "image_url", "image_url": {"url": "https://e.org/a.png"}}, Image(url="https://e.org/a.png")),
        ({"type": "input_image", "image_url": "https://e.org/a.png"}, Image(url="https://e.org/a.png")),
        ({"type": "image", "source": {"type": "url", "url": "https://e.org/a"}}, Image(url="https://e.org/a")),
        (
            {"type": "file", "file": {"filename": "b.pdf", "file_data": f"data:application/pdf;base64,{DATA}"}},
            Document(PDF, name="b.pdf"),
        ),
        ({"type": "input_file", "file_url": "https://e.org/b.pdf"}, Document(url="https://e.org/b.pdf")),
        (
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": DATA}},
            Document(PDF),
        ),
        (NOTES, Text("Notes.", {"document_block": NOTES})),
        (
            {"type": "input_audio", "input_audio": {"data": b64encode(WAV).decode(), "format": "mp3"}},
            Audio(WAV, "audio/mpeg"),
        ),
    ],
)
def test_files_are_read_in_the_forms_of_the_providers_apis(part, expected):
    """Those of OpenAI's two APIs and of Anthropic's, by bytes and by URL."""
    (message,) = conversation({"role": "user", "content": [part, {"type": "text", "text": "Read it."}]})
    found = message.parts[0]
    if isinstance(expected, Text):
        assert found == expected
    else:
        assert (type(found), found.content, found.url if not isinstance(found, Audio) else None) == (
            type(expected),
            expected.content,
            expected.url if not isinstance(expected, Audio) else None,
        )
        assert getattr(found, "name", None) == getattr(expected, "name", None)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "/etc/passwd"}},
        {"type": "image", "source": {"type": "path", "path": "/etc/passwd"}},
        {"type": "txt", "text": "A slip."},
        {"type": ["file"], "file": {"file_id": "file-123"}},
        {"type": "input_audio", "input_audio": {"data": "!", "format": "wav"}},
    ],
)
def test_a_file_that_is_not_in_the_request_is_refused(part):
    """A path is none of a provider's, and a part of no known form is a slip."""
    with pytest.raises(UsageError, match="message 1: "):
        conversation({"role": "user", "content": [part]})


def test_parts_keep_their_order_and_a_text_beside_them_comes_last():
    """A question of its own follows the files that it is about."""
    (message,) = conversation(ChatMessage("user", "What is it?", parts=(Audio(WAV), Document(PDF))))
    assert [type(part) for part in message.parts] == [Audio, Document, Text]
    assert message.content == "What is it?"


def test_a_pair_takes_a_list_of_texts_and_files():
    """So nobody has to write a message for a picture."""
    (message,) = conversation([("user", ["What is it?", Image(b"GIF89a", "image/gif")])])
    assert (message.content, [type(part) for part in message.parts]) == ("What is it?", [Text, Image])


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (Document(), "needs either bytes or a URL"),
        (Image(b"x", url="https://e.org"), "needs either bytes or a URL"),
        (Document(url="file:///etc/passwd"), "a provider cannot fetch the URL"),
        (Audio("x"), "does not hold bytes"),
    ],
)
def test_a_file_without_content_or_of_no_address_is_refused(file, words):
    """Before anything is sent."""
    with pytest.raises(UsageError, match=words):
        conversation(ChatMessage("user", parts=(file, Text("x"))))


def test_the_pages_of_a_pdf_and_the_length_of_a_sound_count_in_estimates():
    """Two pages, and a second of MP3 of 16 kB with Google's 32 tokens."""
    assert estimated_prompt([ChatMessage("user", parts=(Document(PDF),))]) == 2 * TOKENS_PER_PAGE
    assert estimated_prompt([ChatMessage("user", parts=(Audio(b"x" * 16_000),))]) == 32


@given(st.binary(min_size=1, max_size=200))
def test_bytes_come_through_the_forms_of_apis_unchanged(content):
    """Whatever the bytes are."""
    part = {"type": "document", "source": {"type": "base64", "data": b64encode(content).decode()}}
    (message,) = conversation({"role": "user", "content": [part]})
    assert message.parts[0].content == content
