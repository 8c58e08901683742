"""Words that come near an unknown one."""

import pytest

from model_manager.core.suggestions import did_you_mean, is_one_slip, nearest

KNOWN = ("Haiku", "sonnet", "opus", "opus-mini", "gpt-6")


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("haiku", KNOWN, ("Haiku",)),
        ("HAIKKU", KNOWN, ("Haiku",)),
        ("sonet", KNOWN, ("sonnet",)),
        ("zzz", KNOWN, ()),
        ("gp", ("gpt-6-luna",), ()),
        ("gpt", ("gpt-6-luna",), ("gpt-6-luna",)),
        ("opus", KNOWN, ("opus", "opus-mini")),
        ("opu", ("opus-in-a-longer-name", "an-opus-name"), ("an-opus-name", "opus-in-a-longer-name")),
        ("abcdef", ("abcdeg", "abcdeh", "abcdei", "abcdej"), 3),
        ("Aa", ("aa", "AA"), ("aa",)),
        ("abcdefghij", ("abcdeuvwxy",), ()),
        ("abcdefghij", ("abcdefvwxy",), ("abcdefvwxy",)),
    ],
)
def test_the_nearest_words(word: str, known: tuple[str, ...], expected: tuple[str, ...] | int) -> None:
    """Three at most that look alike or contain it, the most alike first and then the shortest, in any case."""
    found = nearest(word, known)
    assert len(found) == expected if isinstance(expected, int) else found == expected


def test_the_number_of_words() -> None:
    """As many as are asked for, of those that look alike as of those that contain it."""
    assert len(nearest("abcdef", ("abcdeg", "abcdeh"), 1)) == 1
    assert len(nearest("name", [f"a-very-long-name-of-number-{number}" for number in range(9)], 2)) == 2


@pytest.mark.parametrize(
    ("word", "hint"),
    [("haikuu", "did you mean Haiku?"), ("opus", "did you mean opus or opus-mini?"), ("zzz", None)],
)
def test_the_hint(word: str, hint: str | None) -> None:
    """A hint names the words, or there is none."""
    assert did_you_mean(word, KNOWN) == hint


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ABCDE", False),
        ("ABCD", True),
        ("BCDE", True),
        ("ABCDEF", True),
        ("XABCDE", True),
        ("ABXDE", True),
        ("BACDE", True),
        ("ABCED", True),
        ("abcde", True),
        ("BADCE", False),
        ("ABC", False),
        ("ABCDEFG", False),
        ("XBCDX", False),
        ("CBADE", False),
    ],
)
def test_one_slip_is_a_letter_or_two_swapped_ones(word, expected):
    """A letter too many, too few or wrong, a swap, or only the case: one of them, and no two."""
    assert is_one_slip(word, "ABCDE") is expected
    assert is_one_slip("ABCDE", word) is expected
