"""The schema: migrations that were released stay as they are, and every row can be read without this package."""

import hashlib
import sqlite3

import pytest
from ledger_calls import a_context, a_reply, read_all, write_records

from model_manager.errors import LedgerError
from model_manager.ledger.records import record_of_reply
from model_manager.ledger.storage.schema import APPLICATION_ID, CALL_COLUMNS, MIGRATIONS
from model_manager.ledger.storage.store import open_reader, open_writer

#: A line for each migration that was released; one is added for a new one, and none is ever changed.
RELEASED = ["6a7a535050398614", "c9d3b3ff5ce8d2c3"]


def test_released_migrations_are_never_changed():
    """Files out there were made by them."""
    digests = [hashlib.sha256("\n".join(statements).encode()).hexdigest()[:16] for statements in MIGRATIONS]
    assert digests == RELEASED


@pytest.fixture
def ledger(tmp_path):
    context = a_context()
    write_records(tmp_path / "l.db", [record_of_reply(context, a_reply(context))])
    return tmp_path / "l.db"


def test_the_columns_are_those_of_the_contract(ledger):
    """Other programs read them by name."""
    names = [row[1] for row in read_all(ledger, "PRAGMA table_xinfo(calls)")]
    assert names == ["id", *CALL_COLUMNS, "at", "cost_usd"]


def test_moments_and_dollars_can_be_read_by_people(ledger):
    """Generated columns have the moment in ISO 8601 and the cost in US dollars."""
    assert read_all(ledger, "SELECT at, cost_usd FROM calls") == [("2026-11-28T12:00:00.000Z", 0.0015)]


def test_another_programs_database_is_never_written(tmp_path):
    """A path that leads to some other database is refused, and the file stays as it was."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers(name)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="another program's database"):
        open_writer(path)
    assert path.read_bytes() == before


def test_a_newer_ledger_is_read_and_not_written(ledger):
    """A file of a newer version keeps what it has: it is not written, and what is known of it can be read."""
    with sqlite3.connect(ledger) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="newer version"):
        open_writer(ledger)
    reader = open_reader(ledger)
    assert reader.execute("SELECT count(*) FROM calls").fetchone() == (1,)
    reader.close()


def test_a_reader_cannot_write(ledger):
    """Reports open the file read-only."""
    reader = open_reader(ledger)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM calls")
    reader.close()


def test_the_file_is_marked(ledger):
    """The application id tells a ledger from other databases."""
    assert read_all(ledger, "PRAGMA application_id") == [(APPLICATION_ID,)]
