"""Pseudonyms: the same user is the same word, and nobody without the salt can tell who."""

import resource
import stat

import pytest

from model_manager.errors import LedgerError
from model_manager.ledger.pseudonyms import pseudonym, read_or_make_salt


def test_a_pseudonym_is_sixteen_digits_and_depends_on_the_salt():
    """It is stable for a salt, and another salt gives another one."""
    assert pseudonym(b"salt", "ana") == pseudonym(b"salt", "ana")
    assert len(pseudonym(b"salt", "ana")) == 16
    assert len({pseudonym(b"salt", "ana"), pseudonym(b"salt", "bob"), pseudonym(b"other", "ana")}) == 3


def test_a_salt_is_made_once_and_for_its_owner_alone(tmp_path):
    """The first to ask makes the file with mode 0600; later ones read it."""
    path = tmp_path / "salt"
    salt = read_or_make_salt(path)
    assert read_or_make_salt(path) == salt
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_salt_is_not_used(tmp_path):
    """A file that a crash left empty must not make every installation's pseudonyms alike."""
    (tmp_path / "salt").touch()
    with pytest.raises(LedgerError, match="is empty"):
        read_or_make_salt(tmp_path / "salt")


def test_a_salt_that_cannot_be_written_leaves_nothing(tmp_path):
    """On a full disk, here beyond the size that files may have, there is no half a salt; with room it is made."""
    path = tmp_path / "salt"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            read_or_make_salt(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not path.exists()
    assert read_or_make_salt(path) == read_or_make_salt(path)
