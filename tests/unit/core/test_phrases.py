"""Numbers and lists as a sentence has them."""

from model_manager.core.phrases import first_of, listed, plural


def test_a_noun_agrees_with_its_number():
    """Only one is singular, and thousands are grouped."""
    assert [plural(count, "call") for count in (0, 1, 2, 2000)] == ["0 calls", "1 call", "2 calls", "2,000 calls"]


def test_words_are_listed():
    """Commas, and "and" before the last one."""
    assert [listed("abc"[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_of_many_words_the_first_are_shown():
    """The others are counted."""
    assert [first_of("abcd"[:count], 2) for count in (1, 2, 4)] == ["a", "a, b", "a, b and 2 more"]
