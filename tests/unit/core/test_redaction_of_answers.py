"""Keys are hidden in all that is shown; those that are words stay in what a model says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.core.redaction import ModelText, RedactedStream, Redactor

KEY = "kq7-kq7-x-kq7-kq7"
WORDS = ("not-needed", "anything", "sk-1234", "fifteen-letters")


@given(st.lists(st.text(alphabet="kq7-x", max_size=9)), st.lists(st.integers(1, 30), max_size=8))
def test_no_cut_shows_a_key(noise: list[str], cuts: list[int]) -> None:
    """However a text with a key is cut into pieces, what is shown is the text with the key hidden."""
    text = KEY.join(noise)
    stream, shown, at = RedactedStream(Redactor([f" {KEY}\n"])), "", 0
    for size in [*cuts, len(text) + 1]:
        shown += stream(text[at : at + size])
        at += size
    assert shown + stream.rest() == text.replace(KEY, "***")


@given(st.text(), st.integers(1, 5))
def test_text_without_a_key_is_untouched(text: str, size: int) -> None:
    """What holds no key comes out as it went in."""
    stream = RedactedStream(Redactor(["not-in-any-text-of-these", 'nor-is/this"one']))
    pieces = [stream(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join(pieces) + stream.rest() == text


def test_the_start_of_a_key_is_held_back_only_as_long_as_it_may_be_one():
    """What looks like a key's start is shown with the next piece, and without keys nothing is held back."""
    stream = RedactedStream(Redactor(["sk-abcdef"]))
    assert [stream("tests"), stream("k-ab"), stream.held, stream(" go"), stream.rest()] == [
        "test",
        "",
        "sk-ab",
        "sk-ab go",
        "",
    ]
    assert RedactedStream(Redactor())("sk-abcdef") == "sk-abcdef"


@pytest.mark.parametrize("word", WORDS)
def test_a_key_that_is_a_word_stays_in_what_a_model_says(word):
    """A key of fewer than sixteen characters is hidden in errors and reports, and said by models."""
    redact = Redactor([word], shapes=True)
    assert redact(f"bad key: {word}!") == "bad key: ***!"
    assert redact(ModelText(f"{word} is fine")) == f"{word} is fine"
    assert redact.answers.deep({word: [word]}) == {word: [word]}


def test_a_key_of_sixteen_characters_is_hidden_everywhere():
    """From that length on nothing but a key is meant, in answers too."""
    key = "sixteen-letters!"
    redact = Redactor([key])
    assert redact(key) == redact(ModelText(key)) == redact.answers(key) == "***"
    assert redact.answers.deep({"a": f"<{key}>"}) == {"a": "<***>"}


def test_a_short_key_is_not_made_long_by_its_escapes():
    """How long a key is, is counted before it is written for JSON or a URL."""
    key = "p\u00e4ss/w\u00f6rd"
    assert Redactor([key])(ModelText("p%C3%A4ss%2Fw%C3%B6rd")) == "p%C3%A4ss%2Fw%C3%B6rd"


def test_an_example_of_a_key_may_be_said():
    """What only looks like a key is hidden in our own words, and left in a model's."""
    text = "gsk_0123456789abcdefgh"
    redact = Redactor(shapes=True)
    assert (redact(text), redact(ModelText(text))) == ("***", text)


@pytest.mark.parametrize(
    "value",
    [
        f"{KEY},first-key-of-all",
        f"{KEY}\nfirst-key-of-all",
        f"export MY_KEY={KEY}",
        f'MY_KEY="{KEY}"',
        f"Bearer {KEY}",
    ],
)
def test_each_part_of_a_spoilt_key_is_hidden(value):
    """A server that repeats one of several keys, or the value of a pasted line, shows none."""
    assert Redactor([value])(f"no such key: {KEY}") == "no such key: ***"
