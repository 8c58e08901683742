"""The ledger's writer in real processes: nothing is lost but what kill -9 takes, and nothing is ever raised."""

import logging
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import environment
from ledger_calls import a_context, a_reply, read_all, read_calls
from ledger_processes import LONG_S, PROGRAM, check_whole, finish, start

from model_manager.core.messages import ChatMessage, ToolCall
from model_manager.errors import ProviderError, UsageError
from model_manager.ledger.recorder import Recorder
from model_manager.ledger.storage import file as ledger_file
from model_manager.ledger.storage import file_system, maintenance, store, writer, writers
from model_manager.ledger.storage.file import Batch, LedgerFile
from model_manager.ledger.storage.lock import LedgerLock


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "state" / "ledger" / "ledger.db"


def record(recorder, count=1, **over):
    for _ in range(count):
        context = a_context(**over)
        recorder.succeeded(context, a_reply(context))


def test_a_call_is_recorded_and_the_files_are_private(ledger):
    """Ledger, log, lock and salt have mode 0600 in a directory of mode 0700."""
    recorder = Recorder(ledger, project="demo")
    record(recorder, user_id="ana")
    assert recorder.flush(LONG_S)
    check_whole(ledger, 1)
    (row,) = read_calls(ledger)
    assert (row["project"], row["task"], row["kind"], row["outcome"]) == ("demo", "chat", "chat", "ok")
    assert len(row["user"]) == 16
    assert stat.S_IMODE(ledger.parent.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in ledger.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_nothing_that_was_said_is_in_the_file(ledger):
    """Prompts, answers, errors' texts, users and keys leave no trace in any file of the ledger."""
    recorder = Recorder(ledger)
    canary = "CANARY-7f3a9"
    context = a_context(user_id=f"{canary}-user", base_url=f"https://{canary}.example")
    reply = a_reply(
        context,
        text=f"{canary}-answer",
        refusal=f"{canary}-refusal",
        tool_calls=(ToolCall(name=f"{canary}-tool", arguments=canary),),
        warnings=(f"{canary}-warning",),
        reason=f"{canary}-reason",
    )
    recorder.succeeded(context, reply)
    error = ProviderError("bad_request", f"{canary}-message", hint=f"{canary}-hint")
    error.partial = reply
    recorder.failed(context, error)
    recorder.cancelled(context, reply)
    assert recorder.flush(LONG_S)
    assert len(read_calls(ledger)) == 3
    assert ChatMessage("user", canary).content == canary
    for path in ledger.parent.iterdir():
        assert b"CANARY" not in path.read_bytes(), path.name


def test_processes_record_at_once_without_losing_a_row(ledger):
    """Sixteen processes that record at the same time leave every row, and totals that agree with them."""
    code = """
    recorder = Recorder(path, project=sys.argv[2])
    for _ in range(20):
        record(recorder, 10, "chat")
        time.sleep(0.01)
    """
    for process in [start(code, ledger, number) for number in range(16)]:
        assert finish(process) == ("", "")
    check_whole(ledger, 16 * 200)
    assert read_all(ledger, "SELECT DISTINCT count(*) FROM calls GROUP BY project") == [(200,)]


def test_kill_takes_no_more_than_what_was_not_written(ledger):
    """After kill -9 in the midst of writing, all that had been flushed is there, and the file is sound."""
    code = """
    recorder = Recorder(path)
    record(recorder, 500, "before")
    assert recorder.flush(60)
    print("flushed", flush=True)
    while True:
        record(recorder, 50, "after")
        time.sleep(0.001)
    """
    processes = [start(code, ledger) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "flushed\n"
    for process in processes:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=LONG_S)
    recorder = Recorder(ledger)
    record(recorder, task="next")
    assert recorder.flush(LONG_S)
    assert read_all(ledger, "SELECT count(*) FROM calls WHERE task = 'before'") == [(1500,)]
    check_whole(ledger, read_all(ledger, "SELECT count(*) FROM calls")[0][0])


def test_what_was_recorded_just_before_the_end_is_written(ledger):
    """A process that ends right after its last call loses nothing, and takes the log into the file."""
    assert finish(start("record(Recorder(path), 300, 'chat')", ledger)) == ("", "")
    check_whole(ledger, 300)


def test_calls_under_way_at_the_end_do_no_harm(ledger):
    """Threads that still record while the process ends neither hang it nor spoil the file."""
    code = """
    recorder = Recorder(path)
    threading.Thread(target=lambda: [record(recorder, 1, "chat") for _ in iter(int, 1)], daemon=True).start()
    record(recorder, 10, "main")
    """
    finish(start(code, ledger))
    assert read_all(ledger, "SELECT count(*) FROM calls WHERE task = 'main'") == [(10,)]
    check_whole(ledger, read_all(ledger, "SELECT count(*) FROM calls")[0][0])


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_record_their_own_calls(tmp_path, ledger, method):
    """Children made by any method record, each row once, while the parent goes on."""
    program = tmp_path / "program.py"
    body = """
    def child(path):
        record(Recorder(path), 50, "child")

    if __name__ == "__main__":
        recorder = Recorder(path)
        record(recorder, 20, "parent")
        method = multiprocessing.get_context(sys.argv[2])
        children = [method.Process(target=child, args=(path,)) for _ in range(3)]
        for one in children:
            record(recorder, 20, "parent")
            one.start()
        for one in children:
            one.join()
            assert one.exitcode == 0
    """
    program.write_text(PROGRAM + textwrap.dedent(body))
    done = subprocess.run(
        [sys.executable, str(program), str(ledger), method],
        env=environment(), capture_output=True, text=True, timeout=LONG_S, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert read_all(ledger, "SELECT task, count(*) FROM calls GROUP BY task") == [("child", 150), ("parent", 80)]
    check_whole(ledger, 230)


def test_a_fork_in_the_midst_of_writing_is_safe(ledger):
    """Parent and child go on with a file of their own each, whenever the fork happens."""
    code = """
    recorder = Recorder(path)
    for number in range(20):
        record(recorder, 50, "parent")
        if os.fork() == 0:
            record(recorder, 5, "child")
            assert recorder.flush(60)
            os._exit(0)
    assert all(os.waitstatus_to_exitcode(os.wait()[1]) == 0 for _ in range(20))
    """
    assert finish(start(code, ledger)) == ("", "")
    assert read_all(ledger, "SELECT task, count(*) FROM calls GROUP BY task") == [("child", 100), ("parent", 1000)]
    check_whole(ledger, 1100)


def test_every_commit_and_checkpoint_holds_the_lock(monkeypatch, ledger):
    """Whatever changes the file, retention and the log's checkpoint included, happens under the lock."""
    held, done = threading.local(), []
    acquire, release, open_writer = LedgerLock.acquire, LedgerLock.release, store.open_writer

    def acquired(self, timeout_s=None):
        held.now = acquire(self, timeout_s)
        return held.now

    def released(self):
        held.now = False
        release(self)

    def traced(*given):
        connection, warning = open_writer(*given)
        connection.set_trace_callback(lambda sql: done.append((sql, getattr(held, "now", False))))
        return connection, warning

    monkeypatch.setattr(LedgerLock, "acquire", acquired)
    monkeypatch.setattr(LedgerLock, "release", released)
    monkeypatch.setattr(ledger_file, "open_writer", traced)
    monkeypatch.setattr(maintenance, "_CHECKPOINT_BYTES", 1)
    monkeypatch.setattr(maintenance.checkpoint, "__kwdefaults__", {"at_bytes": 1})
    recorder = Recorder(ledger)
    for _ in range(5):
        record(recorder, 20)
        assert recorder.flush(LONG_S)
    changing = [(sql, now) for sql, now in done if sql.startswith(("COMMIT", "PRAGMA wal_checkpoint", "BEGIN"))]
    assert {sql.partition("(")[0] for sql, _ in changing} >= {"COMMIT", "PRAGMA wal_checkpoint", "BEGIN IMMEDIATE"}
    assert [sql for sql, now in changing if not now] == []
    assert read_all(ledger, "PRAGMA journal_mode") == [("wal",)]


@pytest.mark.parametrize(("wait_s", "busy_ms"), [(2.0, 2000), (None, 5000)])
def test_how_long_another_program_s_lock_is_waited_for(ledger, wait_s, busy_ms):
    """A ledger that a program has locked in SQLite keeps nobody waiting longer than our own lock would."""
    file = LedgerFile(ledger, wait_s=wait_s)
    with file.exclusive() as connection:
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (busy_ms,)
    file.close()


def test_the_log_does_not_grow_for_ever(monkeypatch, ledger):
    """What has been written is taken into the file, and the log begins anew."""
    monkeypatch.setattr(maintenance.checkpoint, "__kwdefaults__", {"at_bytes": 100_000})
    file = LedgerFile(ledger, "0" * 16)
    context = a_context()
    row = writer.row_of(writer.CallRecord(context, "ok"), None, "p", str)
    for _ in range(60):
        file.write(Batch([row] * 50))
    assert Path(f"{ledger}-wal").stat().st_size < 300_000
    file.close()
    assert not Path(f"{ledger}-wal").exists()


def messages(caplog):
    return [entry.message for entry in caplog.records if entry.name == "model_manager"]


def make_directory(ledger):
    ledger.mkdir(parents=True)


def make_file_of_the_directory(ledger):
    ledger.parent.parent.mkdir(parents=True)
    ledger.parent.write_text("")


def make_garbage(ledger):
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"no database at all" * 1000)


def make_other_database(ledger):
    ledger.parent.mkdir(parents=True)
    with sqlite3.connect(ledger) as connection:
        connection.execute("CREATE TABLE customers(name)")


@pytest.mark.parametrize(
    "spoil",
    [make_directory, make_file_of_the_directory, make_garbage, make_other_database],
    ids=lambda f: f.__name__,
)
def test_a_place_that_cannot_be_written_is_said_once(caplog, ledger, spoil):
    """Calls go on, one warning says where and why, and once the place is free all that waited is written."""
    spoil(ledger)
    recorder = Recorder(ledger)
    for _ in range(3):
        record(recorder, 10)
        assert not recorder.flush(LONG_S)
    (message,) = messages(caplog)
    assert str(ledger) in message
    spoilt = ledger if ledger.exists() else ledger.parent
    spoilt.rename(spoilt.with_name("away"))
    record(recorder)
    while not recorder.flush(LONG_S):
        pass
    check_whole(ledger, 31)
    assert len(messages(caplog)) == 1


def test_calls_beyond_what_may_wait_are_counted(monkeypatch, ledger):
    """What does not fit while the file cannot be written is lost, and counted in the file afterwards."""
    monkeypatch.setattr(writer, "MOST_WAITING", 50)
    make_directory(ledger)
    recorder = Recorder(ledger)
    for _ in range(10):
        record(recorder, 20)
        recorder.flush(LONG_S)
    assert recorder.unrecorded == 150
    ledger.rmdir()
    record(recorder, 0)
    while not recorder.flush(LONG_S):
        context = a_context(task="last")
        recorder.succeeded(context, a_reply(context))
    (lost,) = read_all(ledger, "SELECT sum(calls) FROM gaps")[0]
    (rows,) = read_all(ledger, "SELECT count(*) FROM calls WHERE task = 'chat'")[0]
    assert (lost >= 150, lost + read_all(ledger, "SELECT count(*) FROM calls")[0][0] >= 200) == (True, True)
    assert rows == 50
    assert recorder.unrecorded == 0


def test_a_newer_ledger_is_left_alone(caplog, ledger):
    """A file of a newer version is not written: one warning, and calls go on."""
    recorder = Recorder(ledger)
    record(recorder)
    assert recorder.flush(LONG_S)
    with sqlite3.connect(ledger) as connection:
        connection.execute("PRAGMA user_version = 99")
    other = Recorder(ledger, salt="another writer of this file")
    record(other, 5)
    assert not other.flush(LONG_S)
    assert [message for message in messages(caplog) if "newer version" in message]
    assert read_all(ledger, "SELECT count(*) FROM calls") == [(1,)]


def test_what_is_not_recorded_is_told_once_at_the_end(ledger):
    """A process that also ends its writers as children of multiprocessing do says it once, and not of ended writers."""
    with start("""
        import multiprocessing.util
        from model_manager.ledger.storage import writers
        path.parent.mkdir(parents=True)
        path.write_bytes(b"no database " * 1000)
        for rounds in range(2):
            record(Recorder(path), 3, "chat")
            if rounds == 0:
                writers.forget_all()
                print("forgotten", file=sys.stderr)
    """, ledger) as process:  # fmt: skip
        _, err = finish(process)
    before, after = err.split("forgotten")
    assert before.count("3 calls were not recorded in") == 1
    assert after.count("3 calls were not recorded in") == 1


def test_a_network_file_system_gets_a_rollback_journal(caplog, monkeypatch, ledger):
    """Where shared memory between processes is not certain there is no write-ahead log, and a warning says so."""
    monkeypatch.setattr(file_system, "type_of_mount", lambda *_: "nfs4")
    recorder = Recorder(ledger)
    record(recorder, 10)
    assert recorder.flush(LONG_S)
    (message,) = messages(caplog)
    assert "nfs4" in message
    assert read_all(ledger, "PRAGMA journal_mode") == [("delete",)]  # the reader's; the file has no log
    assert not Path(f"{ledger}-wal").exists()
    check_whole(ledger, 10)


def test_a_ledger_that_moves_to_a_network_file_system_is_converted(monkeypatch, ledger):
    """A file with a write-ahead log that is moved there loses it, and keeps its rows."""
    first = Recorder(ledger)
    record(first, 5)
    assert first.flush(LONG_S)
    writers.end_all(LONG_S)
    monkeypatch.setattr(file_system, "type_of_mount", lambda *_: "virtiofs")
    record(first, 5)
    assert first.flush(LONG_S)
    assert not Path(f"{ledger}-wal").exists()
    check_whole(ledger, 10)


def test_a_ledger_that_is_removed_is_begun_anew(ledger):
    """After somebody has removed the file, later calls are in a new one rather than nowhere."""
    recorder = Recorder(ledger)
    record(recorder, 5)
    assert recorder.flush(LONG_S)
    for path in ledger.parent.iterdir():
        path.unlink()
    record(recorder, 3)
    assert recorder.flush(LONG_S)
    check_whole(ledger, 3)


def test_what_an_application_puts_into_a_context_ends_nothing(ledger):
    """A context with values of wrong types is counted as not recorded, and later calls are recorded."""
    recorder = Recorder(ledger)
    context = a_context(moment="noon")
    recorder.succeeded(context, a_reply(context))
    record(recorder, 2)
    recorder.flush(LONG_S)
    check_whole(ledger, 2)
    assert read_all(ledger, "SELECT calls, why FROM gaps") == [(1, "not recordable: TypeError")]


def test_old_calls_are_removed_and_totals_kept(ledger):
    """After 90 days a call is gone and its totals are still there; after three years they go too."""
    recorder, now = Recorder(ledger), datetime.now(UTC)
    for days in (1, 91, 3 * 365 + 2):
        record(recorder, 600, moment=now - timedelta(days=days))
    assert recorder.flush(LONG_S)
    file = LedgerFile(ledger)
    file.prune(LONG_S)
    file.close()
    assert read_all(ledger, "SELECT count(*) FROM calls") == [(600,)]
    for table in ("totals", "totals_daily"):
        assert read_all(ledger, f"SELECT sum(calls) FROM {table}") == [(1200,)]
    assert read_all(ledger, "SELECT sum(calls) FROM lifetime") == [(1800,)]


def test_scores_are_kept_and_replaced(ledger):
    """A score belongs to a call and has a name; a second one of that name replaces it."""
    recorder = Recorder(ledger)
    for value in (0.2, 0.9):
        recorder.score("0190-call", value)
    recorder.score("0190-call", 1, "helpful")
    record(recorder)
    assert recorder.flush(LONG_S)
    assert read_all(ledger, "SELECT call, name, value FROM scores") == [
        ("0190-call", "helpful", 1.0),
        ("0190-call", "quality", 0.9),
    ]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *((value, "quality") for value in (float("nan"), float("inf"), 1.1e15, -(10**400), "good", None)),
        *((1, name) for name in ("", "x" * 101, 5, "cost", " latency ", "failures")),
    ],
)
def test_scores_that_are_none_are_refused(ledger, value, name):
    """A score is a number that can be compared, with a short name that is no metric's."""
    with pytest.raises(UsageError, match=r"value|name") as caught:
        Recorder(ledger).score("call", value, name)
    assert len(caught.value.message) < 100


def test_a_score_alone_is_written(ledger):
    """A score does not wait for a call."""
    recorder = Recorder(ledger)
    recorder.score("call", 1)
    assert recorder.flush(LONG_S)
    assert read_all(ledger, "SELECT count(*) FROM scores") == [(1,)]


def test_logging_is_quiet_when_all_is_well(caplog, ledger):
    """A ledger that works says nothing."""
    with caplog.at_level(logging.DEBUG, "model_manager"):
        recorder = Recorder(ledger)
        record(recorder, 5)
        assert recorder.flush(LONG_S)
    assert messages(caplog) == []
