"""Opens the ledger's file: for the one thread of a process that writes, or for reading."""

import os
import sqlite3
import time
import uuid
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from urllib.parse import quote

from model_manager.errors import LedgerError
from model_manager.ledger.storage.file_system import holds_wal
from model_manager.ledger.storage.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION

#: How long SQLite waits for programs that do not know our lock, such as the sqlite3 shell.
_BUSY_S = 5.0
_NEWER = "was written by a newer version of model-manager"


def companion(path: Path, suffix: str) -> Path:
    """The file beside the ledger that has its lock or its salt."""
    return path.with_name(f"{path.name}.{suffix}")


def prepare_directory(path: Path) -> None:
    """Make the ledger's directory, for its owner alone, if it is not there.

    Raises:
        OSError: it cannot be made.
    """
    if not path.parent.is_dir():
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)


def open_writer(path: Path, busy_s: float | None = None) -> tuple[sqlite3.Connection, str | None]:
    """A connection that writes, its tables up to date, and a warning or None. The caller holds the lock.

    Args:
        path: the ledger.
        busy_s: how long to wait for other programs that have the file locked in SQLite; None: as is usual.

    Raises:
        LedgerError: it is no ledger, or one of a newer version.
        OSError, sqlite3.Error: it cannot be opened.
    """
    with suppress(FileExistsError):
        # Before SQLite makes it, with the mode of every other file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if not S_ISREG(path.stat().st_mode):
        raise LedgerError(f"{path} is not a file")
    timeout = _BUSY_S if busy_s is None else busy_s
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
    try:
        return connection, _set_up(connection, path)
    except BaseException:
        connection.close()
        raise


def open_in_memory() -> sqlite3.Connection:
    """A connection to an empty ledger that no file has, for any thread; it ends with the connection."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _migrate(connection, 0)
    return connection


def _set_up(connection: sqlite3.Connection, path: Path) -> str | None:
    version = _version(connection, path)
    if version > SCHEMA_VERSION:
        raise LedgerError(f"{path} {_NEWER}", hint="upgrade model-manager; nothing is recorded until then")
    warning = _set_journal(connection, path)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    if version < SCHEMA_VERSION:
        _migrate(connection, version)
    return warning


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the schema, 0 for a new file.

    Raises:
        LedgerError: it is another program's database.
    """
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if mark == APPLICATION_ID:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    if mark or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise LedgerError(f"{path} is not a ledger but another program's database")
    return 0


def _set_journal(connection: sqlite3.Connection, path: Path) -> str | None:
    is_good, kind = holds_wal(path.parent)
    mode = connection.execute(f"PRAGMA journal_mode = {'WAL' if is_good else 'TRUNCATE'}").fetchone()[0]
    if is_good and mode == "wal":
        return None
    return (
        f"{path} is on a file system ({kind}) that is not known to hold a write-ahead log: it is written with a "
        "rollback journal, which is slower. MODEL_MANAGER_LEDGER names another place."
    )


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        if version == 0:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            set_meta(connection, "id", uuid.uuid4().hex)
            set_meta(connection, "created_us", str(time.time_ns() // 1000))
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set a value of the ledger's own table `meta`."""
    sql = "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
    connection.execute(sql, (key, value))


def get_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """A value of the ledger's own table `meta`, or None."""
    found = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if found is None else str(found[0])


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that reads and cannot write, not even a checkpoint.

    Raises:
        LedgerError: there is no such file, it cannot be read, or it is no ledger.
    """
    if not path.exists():
        raise LedgerError(f"{path}: there is no such file")
    if not path.is_file():
        raise LedgerError(f"{path} is not a file")
    try:
        return _checked_reader(path, "mode=ro")
    except sqlite3.OperationalError:
        # In a directory that cannot be written, where nobody else can be writing either.
        try:
            return _checked_reader(path, "mode=ro&immutable=1")
        except sqlite3.Error as error:
            raise unreadable(path, error) from None
    except sqlite3.Error as error:
        raise unreadable(path, error) from None


def _checked_reader(path: Path, options: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?{options}"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _check_readable(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_readable(connection: sqlite3.Connection, path: Path) -> None:
    """A file of a newer version is read too: columns are added, never renamed."""
    if not _version(connection, path):
        raise LedgerError(f"{path} is not a ledger")
    connection.execute("SELECT 1 FROM meta").fetchone()


def unreadable(path: Path, error: Exception, what: str = "read") -> LedgerError:
    """The error for a ledger that cannot be read, or written."""
    hint = "move it away to start a new one; sqlite3's .recover may save its content"
    is_broken = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return LedgerError(f"{path} cannot be {what}: {reason}", hint=hint if is_broken else None)
