"""The schema: migrations that were released stay as they are, and every row can be read without this package."""

import hashlib
import sqlite3

import pytest
from ledger_calls import NOON, a_context, a_reply, read_all, write_records

from model_manager.errors import LedgerError
from model_manager.ledger.records import record_of_reply
from model_manager.ledger.reports.calendar import quarter_from
from model_manager.ledger.reports.reader import LedgerReader, Span
from model_manager.ledger.reports.usage import UsageQuery, read_usage
from model_manager.ledger.storage.schema import APPLICATION_ID, CALL_COLUMNS, MIGRATIONS, TOTALS
from model_manager.ledger.storage.store import open_reader, open_writer

#: A line for each migration that was released; one is added for a new one, and none is ever changed.
RELEASED = ["6a7a535050398614", "c9d3b3ff5ce8d2c3", "8d43a85ee25a6ab7", "077c0545faa7fbd2", "c27ef08f75846df1"]


def test_released_migrations_are_never_changed():
    """Files out there were made by them."""
    digests = [hashlib.sha256("\n".join(statements).encode()).hexdigest()[:16] for statements in MIGRATIONS]
    assert digests == RELEASED


#: Series with and without what a key has no NULL for.
TASKS = [("chat", None), (None, None), ("chat", "gpt-6-luna")]


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
    assert read_all(ledger, "SELECT at, cost_usd FROM calls") == [(f"{NOON:%Y-%m-%d}T12:00:00.000Z", 0.0015)]


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


def test_retries_are_counted_in_ledgers_that_are_older_than_the_column(tmp_path):
    """The migration fills totals from the calls that are still there; read before, they are 0."""
    path, contexts = tmp_path / "l.db", [a_context(task=task, arm=arm) for task, arm in TASKS]
    write_records(path, [record_of_reply(one, a_reply(one, attempts=3)) for one in contexts])
    with sqlite3.connect(path) as connection:
        for table in TOTALS:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN retries")
    span = Span(quarter_from(NOON), quarter_from(NOON) + 1)
    with LedgerReader(path) as reader:
        assert read_usage([reader], UsageQuery(span=span)).totals.retries == 0
    with sqlite3.connect(path) as connection:
        for statement in next(found for found in MIGRATIONS if "retries" in found[0]):
            connection.execute(statement)
    for table in TOTALS:
        assert read_all(path, f"SELECT sum(retries) FROM {table}") == [(6,)]
    with LedgerReader(path) as reader:
        assert read_usage([reader], UsageQuery(span=span)).totals.retries == 6
