"""Thoughts between tags in the text, told from the answer however the text is cut."""

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_manager.providers.response.think_tags import ThinkTags, think_tags_of

WORDS = st.lists(
    st.sampled_from(["<think>", "</think>", "<thi", "nk>", "</", "a", " ", "\n", "<", ">", "☔"]), max_size=12
).map("".join)


def split(*pieces: str, opened: bool = False) -> tuple[str, str]:
    """The text and the thoughts in some pieces."""
    tags = ThinkTags(opened=opened)
    found = [*(tags.split(piece) for piece in pieces), tags.rest()]
    return "".join(text for text, _ in found), "".join(thoughts for _, thoughts in found)


@pytest.mark.parametrize(
    ("text", "answer", "thoughts"),
    [
        ("Hello", "Hello", ""),
        (" \n Hello ", " \n Hello ", ""),
        ("<think>Hm</think>Hello", "Hello", "Hm"),
        ("\n <think>\nHm\n</think>\n\nHello\n", "Hello\n", "\nHm\n"),
        ("<think></think>Hello", "Hello", ""),
        ("<think>a</think> <think>b</think>c", "c", "ab"),
        ("Say <think>a</think>", "Say <think>a</think>", ""),
        ("<think>a</think>b<think>c</think>", "b<think>c</think>", "a"),
        ("<thin", "<thin", ""),
        ("<thinking>a</thinking>", "<thinking>a</thinking>", ""),
        ("<think>a</thi", "", "a</thi"),
        ("<think>a<think>b</think>c", "c", "a<think>b"),
        ("", "", ""),
    ],
)
def test_blocks_before_the_answer_are_thoughts(text: str, answer: str, thoughts: str) -> None:
    """Whole blocks before the first visible letter are thoughts; what follows is the answer, tags included."""
    assert split(text) == (answer, thoughts)


def test_a_block_that_the_prompt_has_opened() -> None:
    """Where the prompt ends with the opening tag, the text begins with thoughts."""
    assert split("Hm</th", "ink>\nHello", opened=True) == ("Hello", "Hm")


@example(text="<think><thi</think><think>nk>", cuts=[], opened=False)  # two blocks that make a tag together
@given(WORDS, st.lists(st.integers(0, 40), max_size=6), st.booleans())
def test_any_cut_splits_alike(text: str, cuts: list[int], opened: bool) -> None:  # noqa: FBT001 - drawn
    """However a text is cut, its answer and its thoughts are the same, and nothing but tags and blanks is lost."""
    places = sorted(min(cut, len(text)) for cut in cuts)
    pieces = [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
    whole = split(text, opened=opened)
    assert split(*pieces, opened=opened) == whole
    lost = Counter("".join(text.split()))
    lost.subtract("".join("".join(whole).split()))
    closed = lost["/"]
    opened_tags = lost["<"] - closed
    assert min(closed, opened_tags) >= 0
    assert +lost == Counter("<think>" * opened_tags + "</think>" * closed)
    assert -lost == Counter()


@pytest.mark.parametrize(
    ("parameter", "text", "answer"),
    [
        (None, "a</think>b", None),
        (False, "", None),
        (True, "a</think>b", "a</think>b"),
        ("opened", "a</think>b", "b"),
    ],
)
def test_the_parameter_of_the_catalogue(parameter: object, text: str, answer: str | None) -> None:
    """`think_tags` is true, or "opened"; without it nothing is split."""
    tags = think_tags_of(parameter)
    assert (tags and tags.split(text).text) == answer


def test_white_space_before_the_answer_is_kept_however_much_comes() -> None:
    """Blank pieces are put together once, and left out only behind thoughts."""
    assert split(*[" "] * 1000, "Hello") == (" " * 1000 + "Hello", "")
    assert split(*[" "] * 1000) == (" " * 1000, "")
    assert split("<think>a</think>", *[" "] * 1000, "b") == ("b", "a")
