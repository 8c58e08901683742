"""Changing .env files on disk: nothing is lost, nobody's work is overwritten, and the last change can be undone."""

import errno
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dotenv import dotenv_values
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from model_manager.config.dotenv import lock as envlock
from model_manager.config.dotenv.history import VariableChange
from model_manager.config.dotenv.writer import EnvChange, change_env_file, undo_env_change
from model_manager.errors import AssignmentRefusedError, EnvFileError

NAME = "AI_CHAT_MODEL"
SECRET = "sk-very-secret"
FILE = b"# mine\nexport AI_CHAT_MODEL='old' # why\nOPENAI_API_KEY=sk-very-secret\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / "project" / ".env"
    path.parent.mkdir()
    path.write_bytes(FILE)
    return path


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


# Writing


def test_a_change_is_written_and_reported(env, state):
    """The report has what was asked for, before and after, and the file has it too."""
    change = change_env_file(env, {NAME: "new", "AI_DEFAULT_MODEL": "a b"}, state_dir=state, shown=".env")
    assert env.read_bytes() == FILE.replace(b"'old'", b"'new'") + b"AI_DEFAULT_MODEL='a b'\n"
    assert change == EnvChange(
        path=env,
        shown=".env",
        before=FILE,
        after=env.read_bytes(),
        changes=(VariableChange(NAME, "old", "new"), VariableChange("AI_DEFAULT_MODEL", None, "a b")),
        written=True,
    )
    assert names_in(env.parent) == {".env"}


def test_a_dry_run_shows_the_change_and_touches_nothing(env, state):
    """The plan is the same as the deed, and neither file nor state directory is written."""
    plan = change_env_file(env, {NAME: "new"}, state_dir=state, dry_run=True)
    assert (plan.written, plan.is_different) == (False, True)
    assert env.read_bytes() == FILE
    assert not state.exists()
    assert plan.after == change_env_file(env, {NAME: "new"}, state_dir=state).after


def test_the_diff_shows_only_what_changed(env, state):
    """Lines around are left out, for they may hold keys, and so is a mere line end that had to be added."""
    env.write_bytes(FILE.replace(b"\n", b"\r\n").removesuffix(b"\r\n"))
    change = change_env_file(env, {NAME: "new", "B": "1"}, state_dir=state, dry_run=True, shown=".env")
    assert change.diff == (
        "--- .env\n+++ .env\n"
        "@@ -2 +2 @@\n-export AI_CHAT_MODEL='old' # why\n+export AI_CHAT_MODEL='new' # why\n"
        "@@ -3,0 +4 @@\n+B=1\n"
    )
    assert SECRET not in repr(change)


def test_nothing_to_change_writes_nothing(env, state):
    """A value that is there already leaves the file, its time and the history alone."""
    before = env.stat().st_mtime_ns
    change = change_env_file(env, {NAME: "old", "ABSENT": None}, state_dir=state)
    assert (change.written, change.is_different, change.diff) == (False, False, "")
    assert env.stat().st_mtime_ns == before
    with pytest.raises(AssignmentRefusedError, match="nothing to undo"):
        undo_env_change(env, state_dir=state)


def test_all_or_none(env, state):
    """If one of several changes is refused, the file is as before."""
    with pytest.raises(EnvFileError, match=r"^\.env: B: the value"):
        change_env_file(env, {NAME: "new", "B": "a\nb"}, state_dir=state, shown=".env")
    assert env.read_bytes() == FILE


def test_a_new_file_is_for_its_owner_alone(tmp_path, state):
    """A file that is made has mode 0600, whatever the umask; unsetting makes none."""
    path = tmp_path / ".env"
    assert not change_env_file(path, {NAME: None}, state_dir=state).written
    assert not path.exists()
    change = change_env_file(path, {NAME: "new"}, state_dir=state, shown=".env")
    assert (change.before, path.read_bytes()) == (None, b"AI_CHAT_MODEL=new\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert change.diff == "--- /dev/null\n+++ .env\n@@ -0,0 +1 @@\n+AI_CHAT_MODEL=new\n"


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664, 0o644])
def test_the_mode_stays(env, state, mode):
    """Who may read the file may read it afterwards, and nobody else."""
    env.chmod(mode)
    change_env_file(env, {NAME: "new"}, state_dir=state)
    assert stat.S_IMODE(env.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give files away")
def test_the_owner_stays(env, state):
    """A file of somebody else stays theirs."""
    os.chown(env, 1234, 2345)
    assert change_env_file(env, {NAME: "new"}, state_dir=state).warnings == ()
    assert (env.stat().st_uid, env.stat().st_gid) == (1234, 2345)


def test_an_owner_that_cannot_be_kept_is_warned_about(env, state, monkeypatch):
    """Where the system does not let the owner be set, the file is written and its user told."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    stranger = os.stat_result((*env.stat()[:4], os.getuid() + 1, *env.stat()[5:]))
    real = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **options: stranger if path == env else real(path, **options))
    monkeypatch.setattr(os, "chown", refuse)
    monkeypatch.setattr("shutil.copystat", lambda *_: None)
    change = change_env_file(env, {NAME: "new"}, state_dir=state, shown=".env")
    assert change.warnings == (".env now belongs to you: its owner could not be kept",)


def test_a_watcher_sees_the_change(env, state):
    """The file's time is that of the write, though its other attributes are copied."""
    os.utime(env, (1, 1))
    change_env_file(env, {NAME: "new"}, state_dir=state)
    assert env.stat().st_mtime > 1


@pytest.mark.parametrize("kind", ["absolute", "relative", "dangling", "chain"])
def test_symbolic_links_are_followed_and_stay(tmp_path, state, kind):
    """The file that a link points to is changed, or made, and the link is still a link."""
    target = tmp_path / "shared" / "real.env"
    target.parent.mkdir()
    link = tmp_path / "app" / ".env"
    link.parent.mkdir()
    if kind != "dangling":
        target.write_bytes(FILE)
    first = target.with_name("first")
    first.symlink_to("real.env")
    link.symlink_to({"relative": Path("../shared/real.env"), "chain": first}.get(kind, target))
    before = link.readlink()
    change_env_file(link, {NAME: "new"}, state_dir=state)
    assert link.readlink() == before
    assert dotenv_values(target)[NAME] == "new"
    assert undo_env_change(target, state_dir=state).written  # the same file by another name
    assert target.exists() == (kind != "dangling")


def test_other_hard_links_are_warned_about(env, state):
    """Whoever reads the file by another hard link keeps the old content, and is told so."""
    os.link(env, env.with_name("other"))
    change = change_env_file(env, {NAME: "new"}, state_dir=state, shown=".env")
    assert change.warnings == (".env has other hard links, which keep the old content",)


def test_warnings_name_the_file(env, state):
    """What the editor warns about says where."""
    env.write_bytes(b"A=1\nA=2\n")
    change = change_env_file(env, {"A": "3"}, state_dir=state, shown=".env")
    assert change.warnings == (".env: A is set on lines 1 and 2; the last one is used",)


# Refusing


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path must be short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def make_loop(path: Path) -> None:
    path.symlink_to(path)


def make_read_only(path: Path) -> None:
    path.write_bytes(FILE)
    path.chmod(0o444)


def make_utf16(path: Path) -> None:
    path.write_bytes("A=1".encode("utf-16"))


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "is not a regular file"),
        (make_fifo, "is not a regular file"),
        (make_socket, "is not a regular file"),
        (make_read_only, "is read-only"),
        (make_loop, "cannot be read: Too many levels"),
        (make_utf16, "is UTF-16"),
    ],
)
def test_what_must_not_be_replaced_is_refused(tmp_path, state, make, message, dry_run):
    """A file that is none, or is meant to stay as it is, is an error that names it."""
    path = tmp_path / ".env"
    make(path)
    kind = path.lstat().st_mode
    with pytest.raises(EnvFileError, match=rf"^\.env {message}"):
        change_env_file(path, {NAME: "new"}, state_dir=state, dry_run=dry_run, shown=".env")
    assert path.lstat().st_mode == kind


def test_a_missing_directory_is_named(tmp_path, state):
    """A file in no directory cannot be made."""
    with pytest.raises(EnvFileError, match=r"there is no directory .*/absent"):
        change_env_file(tmp_path / "absent" / ".env", {NAME: "new"}, state_dir=state)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.EROFS, "its directory .* cannot be written"),
        (errno.ENOSPC, "cannot be written: No space left"),
    ],
)
def test_a_replacement_that_fails_leaves_everything_as_it_was(env, state, monkeypatch, number, message):
    """The old file stays, no temporary file does, and the change before this one can still be undone."""
    change_env_file(env, {"B": "1"}, state_dir=state)
    real = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if target == env:
            raise OSError(number, os.strerror(number))
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(EnvFileError, match=message):
            change_env_file(env, {NAME: "new"}, state_dir=state)
    assert env.read_bytes() == FILE + b"B=1\n"
    assert names_in(env.parent) == {".env"}
    undo_env_change(env, state_dir=state)
    assert env.read_bytes() == FILE


def test_a_file_changed_by_an_editor_meanwhile_is_not_overwritten(env, state, monkeypatch):
    """Programs that know no lock do not lose their work either."""
    real = os.fsync

    def save_in_editor(descriptor: int) -> None:
        real(descriptor)
        env.write_bytes(FILE + b"MINE=1\n")

    monkeypatch.setattr(os, "fsync", save_in_editor)
    with pytest.raises(EnvFileError, match="changed by another program"):
        change_env_file(env, {NAME: "new"}, state_dir=state)
    assert env.read_bytes() == FILE + b"MINE=1\n"
    assert names_in(env.parent) == {".env"}


# Locking


def writer(env: Path, state: Path, name: str) -> list[str]:
    code = (
        "import sys; from pathlib import Path; from model_manager.config.dotenv.writer import change_env_file;"
        "change_env_file(Path(sys.argv[1]), {sys.argv[3]: 'v-' + sys.argv[3]}, state_dir=Path(sys.argv[2]))"
    )
    return [sys.executable, "-c", code, str(env), str(state), name]


@pytest.mark.slow
def test_twelve_writers_at_once_lose_nothing(env, state):
    """Processes that set different variables in one file all succeed, and all their values are there."""
    expected = {f"VARIABLE_{number}": f"v-VARIABLE_{number}" for number in range(12)}
    processes = [subprocess.Popen(writer(env, state, name)) for name in expected]
    assert [process.wait() for process in processes] == [0] * 12
    assert env.read_bytes().startswith(FILE)
    assert dict(dotenv_values(env)) == {NAME: "old", "OPENAI_API_KEY": SECRET, **expected}
    assert names_in(env.parent) == {".env"}


def test_threads_lose_nothing(env, state):
    """The same holds within one process."""
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(change_env_file, env, {f"T{n}": "x"}, state_dir=state) for n in range(24)]:
            done.result()
    assert {f"T{n}" for n in range(24)} <= set(dotenv_values(env))


def test_a_lock_that_is_kept_too_long_is_named(env, state, monkeypatch):
    """Waiting ends with an error that names the lock, and the file is as before."""
    change_env_file(env, {"B": "1"}, state_dir=state)
    (lock_path,) = (state / "env").glob("*.lock")
    monkeypatch.setattr(envlock, "LOCK_WAIT_S", 0.05)
    with FileLock(lock_path), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(change_env_file, env, {NAME: "new"}, state_dir=state, shown=".env")
        with pytest.raises(EnvFileError, match=r"\.env has been locked by another process") as caught:
            waiting.result()
    assert str(lock_path) in (caught.value.hint or "")
    assert env.read_bytes() == FILE + b"B=1\n"


@pytest.mark.parametrize("moment", ["os.fsync", "pathlib.Path.replace"])
def test_a_writer_that_is_killed_leaves_the_old_file(env, state, moment):
    """Death in the middle of writing leaves old content, a lock that holds nobody up, and no rest after the next."""
    # The first call writes the history, the second the file.
    code = (
        "import os, pathlib, signal, sys; from model_manager.config.dotenv.writer import change_env_file\n"
        f"real = {moment}; env = pathlib.Path(sys.argv[1])\n"
        "def die(what, *rest):\n"
        "    if [*env.parent.glob('.env.*')]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(what, *rest)\n"
        f"{moment} = die\n"
        "change_env_file(env, {sys.argv[3]: 'new'}, state_dir=pathlib.Path(sys.argv[2]))"
    )
    process = subprocess.run([sys.executable, "-c", code, str(env), str(state), NAME], check=False)
    assert process.returncode == -9
    assert env.read_bytes() == FILE
    assert len(names_in(env.parent)) == 2
    with pytest.raises(AssignmentRefusedError, match="no longer holds what was written"):
        undo_env_change(env, state_dir=state)
    change_env_file(env, {NAME: "newer"}, state_dir=state)
    assert dotenv_values(env)[NAME] == "newer"
    assert names_in(env.parent) == {".env"}


def test_leftovers_of_other_files_stay(env, state):
    """What may belong to a writer of .env.local at work is not taken for a leftover of .env."""
    others = {".env.local.abc.model-manager-tmp", ".env.bak", ".env.model-manager-tmp"}
    for name in others:
        (env.parent / name).touch()
    change_env_file(env, {NAME: "new"}, state_dir=state)
    assert names_in(env.parent) == {".env", *others}


def test_without_a_state_directory_the_change_is_made_and_said_to_be_final(env, tmp_path, monkeypatch):
    """Where no state can be kept there is a lock all the same, a warning, and nothing to undo."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    state = tmp_path / "file" / "state"
    state.parent.touch()
    change = change_env_file(env, {NAME: "new"}, state_dir=state)
    assert dotenv_values(env)[NAME] == "new"
    assert [str(state) in warning and "cannot be undone" in warning for warning in change.warnings] == [True]
    (directory,) = tmp_path.glob("model-manager-*")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    with pytest.raises(AssignmentRefusedError, match="nothing to undo"):
        undo_env_change(env, state_dir=state)


def test_a_lock_directory_of_somebody_else_is_not_used(env, tmp_path, monkeypatch):
    """A link that waits in the shared temporary directory is not followed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"model-manager-{os.getuid()}").symlink_to(env.parent)
    (tmp_path / "file").touch()
    with pytest.raises(EnvFileError, match="cannot be locked"):
        change_env_file(env, {NAME: "new"}, state_dir=tmp_path / "file")
    assert names_in(env.parent) == {".env"}


def test_a_history_that_cannot_be_written_is_warned_about(env, state):
    """The change is made, and the one before it can no longer be taken for the last."""
    change_env_file(env, {"B": "1"}, state_dir=state)
    (history,) = (state / "env").glob("*.json")
    history.unlink()
    history.mkdir()
    change = change_env_file(env, {NAME: "new"}, state_dir=state)
    assert change.written
    assert ["cannot be undone" in warning for warning in change.warnings] == [True]


# Undoing


FILES = [
    b"",
    b"AI_CHAT_MODEL=old",
    FILE,
    b"\xef\xbb\xbfA=1\r\nAI_CHAT_MODEL=\"o\r\nld\"\r\nB='2'",
    b"AI_CHAT_MODEL=1\nA=\xff\nAI_CHAT_MODEL=2 # c\n",
    b"AI_CHAT_MODEL\nA=1",
    b"A='un\n\nx y\nAI_CHAT_MODEL= # none",
    b"AI_CHAT_MODEL=\xff\xfe",
    b"# AI_CHAT_MODEL=x\rA=1",
    b"AI_CHAT_MODEL=  old",
]


@pytest.mark.parametrize(
    "changes", [{NAME: "new"}, {NAME: None}, {NAME: "a b", "A": None, "C": "3"}, {"C": "=="}, {NAME: ""}]
)
@pytest.mark.parametrize("data", FILES)
def test_undoing_gives_the_very_same_bytes(env, state, data, changes):
    """A change that nothing followed is taken back to the last byte, once."""
    env.write_bytes(data)
    if not change_env_file(env, changes, state_dir=state).written:
        assert env.read_bytes() == data
        return
    assert env.read_bytes() != data
    assert undo_env_change(env, state_dir=state, dry_run=True).after == data
    assert env.read_bytes() != data
    undone = undo_env_change(env, state_dir=state)
    assert undone.written
    assert env.read_bytes() == data
    with pytest.raises(AssignmentRefusedError, match="nothing to undo"):
        undo_env_change(env, state_dir=state)


def test_undoing_reports_what_came_back(env, state):
    """The report has the values the other way round, and when the change was made."""
    time = datetime(2026, 11, 23, 12, tzinfo=UTC)
    change_env_file(env, {NAME: "new", "B": "1", "C": None}, state_dir=state, time=time)
    change = undo_env_change(env, state_dir=state, shown=".env")
    assert change.changes == (VariableChange(NAME, "new", "old"), VariableChange("B", "1", None))
    assert change.time == "2026-11-23T12:00:00+00:00"
    assert "-export AI_CHAT_MODEL='new' # why\n+export AI_CHAT_MODEL='old' # why\n" in change.diff


def test_only_the_last_change_is_undone(env, state):
    """Of two changes the second is taken back, and the first is there to stay."""
    change_env_file(env, {NAME: "new"}, state_dir=state)
    change_env_file(env, {NAME: "newer"}, state_dir=state)
    undo_env_change(env, state_dir=state)
    assert dotenv_values(env)[NAME] == "new"
    with pytest.raises(AssignmentRefusedError, match="nothing to undo"):
        undo_env_change(env, state_dir=state)


@pytest.mark.parametrize(
    ("before", "changes", "edit", "after"),
    [
        pytest.param(b"N=1\n", {"N": "2"}, (b"N=2", b"A=x\nN=2"), b"A=x\nN=1\n", id="line added before"),
        pytest.param(b"N=1\n", {"N": "2"}, (b"N=2\n", b"N=2 # c\nA=x\n"), b"N=1 # c\nA=x\n", id="comment added"),
        pytest.param(b"N= # c\n", {"N": "2"}, (b"N=2", b"# d\nN=2"), b"# d\nN= # c\n", id="blank before"),
        pytest.param(b"N='1'\n", {"N": ""}, (b"N=", b"# d\nexport N="), b"# d\nexport N='1'\n", id="blank after"),
        pytest.param(b"N\n", {"N": "2"}, (b"N=2", b"A=x\nN=2"), b"A=x\nN\n", id="completed"),
        pytest.param(b"A=1\n", {"N": "2"}, (b"A=1\n", b"A=2\r\n"), b"A=2\r\n", id="appended"),
        pytest.param(b"A=1\n", {"N": "2"}, (b"N=2\n", b"N=2\nB=3"), b"A=1\nB=3", id="appended, line added after"),
        pytest.param(b"A=1", {"N": "2"}, (b"A=1\n", b"A=2\n"), b"A=2", id="appended after no newline"),
        pytest.param(b"A=1", {"N": "2"}, (b"N=2\n", b"N=2\nB=3\n"), b"A=1\nB=3\n", id="newline still needed"),
        pytest.param(
            b"A=1\nN=1\nB=2\n", {"N": None}, (b"B=2", b"B=3"), b"A=1\nN=1\nB=3\n", id="removed, edit after"
        ),
        pytest.param(
            b"A=1\nN=1\nB=2\n", {"N": None}, (b"A=1", b"A=33"), b"A=33\nN=1\nB=2\n", id="removed, before"
        ),
        pytest.param(
            b"A=1\nN=1\nB=2\n", {"N": None}, (b"A=1\nB=2\n", b"A=3\nB=4"), b"A=3\nB=4\nN=1\n", id="place lost"
        ),
        pytest.param(
            b"A=1\nN=1", {"N": None}, (b"A=1\n", b"A=1\nB=2\n"), b"A=1\nN=1\nB=2\n", id="was the last line"
        ),
        pytest.param(
            b"N=1\nA=1\nN=2\n",
            {"N": None},
            (b"A=1\n", b"A=1\n\nB=2\n"),
            b"N=1\nA=1\nN=2\n\nB=2\n",
            id="duplicates",
        ),
        pytest.param(
            b"N=1\nA=1\n",
            {"N": "2", "A": None, "C": "3"},
            (b"C=3\n", b"C=3\nD=4\n"),
            b"N=1\nA=1\nD=4\n",
            id="several variables",
        ),
    ],
)
def test_undoing_keeps_edits_made_since(env, state, before, changes, edit, after):  # noqa: PLR0917 - the table's
    """Lines that others have written in the meantime stay; only the recorded change is taken back."""
    env.write_bytes(before)
    change_env_file(env, changes, state_dir=state)
    assert env.read_bytes().count(edit[0]) == 1
    env.write_bytes(env.read_bytes().replace(*edit))
    undo_env_change(env, state_dir=state)
    assert env.read_bytes() == after


@pytest.mark.parametrize(
    ("before", "changes", "now", "reason"),
    [
        (b"N=1\n", {"N": "2"}, b"N=3\n", "N no longer holds what was written"),
        (b"N=1\n", {"N": "2"}, b"N=32\n", "N no longer holds"),
        (b"N=1\n", {"N": "2"}, b"N='2'\n", "N no longer holds"),
        (b"N=1\n", {"N": "2"}, b"N=2\nN=3\n", "N no longer holds"),
        (b"N=1\n", {"N": "2"}, b"A=1\n", "N no longer holds"),
        (b"N=1\n", {"N": "2"}, b"A=2\nN\n", "N no longer holds"),
        (b"N\n", {"N": "2"}, b"N = 2\n", "N no longer holds"),
        (b"A=1\n", {"N": "2"}, b"A=1\nexport N=2\n", "N no longer holds"),
        (b"A=1\nN=1\n", {"N": None}, b"A=1\n\nN=1\n", "N has been set again on line 3"),
        (b"N=1\nA=1\n", {"N": "2", "A": "2"}, b"N=2\nA=3\n", "A no longer holds"),
        (b"A=1\nN='1'\n", {"N": None}, b"B='un\n", "other bindings would change"),
        (b"A=1\nN=x # '\nN=1\n", {"N": None}, b"B='un\n", "other bindings would change"),
    ],
)
def test_undoing_is_refused_if_the_line_is_another(env, state, before, changes, now, reason):  # noqa: PLR0917 - the table's
    """A value that somebody has changed since is theirs; the file stays and the history too."""
    env.write_bytes(before)
    change_env_file(env, changes, state_dir=state)
    env.write_bytes(now)
    for _ in range(2):
        with pytest.raises(AssignmentRefusedError, match=rf"^\.env: cannot undo: {reason}"):
            undo_env_change(env, state_dir=state, shown=".env")
    assert env.read_bytes() == now


def test_a_file_that_was_made_is_removed(tmp_path, state):
    """Undoing the change that made the file removes it, and a dry run shows so."""
    path = tmp_path / ".env"
    change_env_file(path, {NAME: "new", "B": "1"}, state_dir=state)
    plan = undo_env_change(path, state_dir=state, dry_run=True, shown=".env")
    assert (plan.after, plan.diff) == (
        None,
        "--- .env\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-AI_CHAT_MODEL=new\n-B=1\n",
    )
    assert path.exists()
    undo_env_change(path, state_dir=state)
    assert not path.exists()


def test_a_file_that_was_made_and_added_to_keeps_what_was_added(tmp_path, state):
    """Undoing the change that made the file removes only its own line if there are others."""
    path = tmp_path / ".env"
    change_env_file(path, {NAME: "new"}, state_dir=state)
    with path.open("ab") as file:
        file.write(b"A=1\n")
    undo_env_change(path, state_dir=state)
    assert path.read_bytes() == b"A=1\n"


def test_a_file_that_is_gone_cannot_be_undone(env, state):
    """Undoing does not bring back a file that was deleted."""
    change_env_file(env, {NAME: "new"}, state_dir=state)
    env.unlink()
    with pytest.raises(AssignmentRefusedError, match="the file is gone"):
        undo_env_change(env, state_dir=state)
    assert not env.exists()


def test_the_history_holds_no_other_line(env, state):
    """What is kept for undoing has the change alone, readable by its owner only."""
    change_env_file(env, {NAME: "new"}, state_dir=state)
    (history,) = (state / "env").glob("*.json")
    stored = json.loads(history.read_text())
    assert [(one["variable"], one["old"], one["new"]) for one in stored["splices"]] == [
        (NAME, "J29sZCc=", "J25ldyc=")
    ]
    assert SECRET not in history.read_text()
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b'{"schema": 2}', b'{"schema": 1}', b"\xff"])
def test_a_history_that_makes_no_sense_counts_as_none(env, state, stored):
    """A record of another version, or a broken one, is nothing to undo."""
    change_env_file(env, {NAME: "new"}, state_dir=state)
    (history,) = (state / "env").glob("*.json")
    history.write_bytes(stored)
    with pytest.raises(AssignmentRefusedError, match="nothing to undo"):
        undo_env_change(env, state_dir=state)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([b"A=1\n", b"N='x'\n", b"N=1\r\n", b"B='un\n", b'"\n', b"N", b"\xff=\n", b"# c\r"])),
    st.dictionaries(st.sampled_from(["N", "A", "C"]), st.sampled_from(["x", "a b", "it's", "", None]), min_size=1),
)
def test_any_change_of_any_file_can_be_undone(tmp_path_factory, lines, changes):
    """Whatever was written, undoing gives back the very same bytes."""
    directory = tmp_path_factory.mktemp("any")
    path, data = directory / ".env", b"".join(lines)
    path.write_bytes(data)
    try:
        written = change_env_file(path, changes, state_dir=directory).written
    except EnvFileError:
        written = False
    if written:
        assert path.read_bytes() != data
        undo_env_change(path, state_dir=directory)
    assert path.read_bytes() == data
