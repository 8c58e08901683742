"""Tests of the search for the beginnings of names."""

from model_manager.core.mentions.search import Beginnings

SEARCH = Beginnings(["gpt-", "Claude-"], "\"':-")


def test_a_beginning_follows_one_of_the_leads_in_any_case():
    """The first byte of each name is found, whichever of the characters stands before it."""
    assert list(SEARCH.find(b"'gpt-4':CLAUDE-3 gpt-4")) == [1, 8]


def test_a_character_of_a_name_is_not_any_of_the_leads():
    """A name that has another lead in place of its hyphen is none, and hides none that follows at once."""
    assert list(SEARCH.find(b'"gpt:4 "claude:gpt-4')) == [15]
