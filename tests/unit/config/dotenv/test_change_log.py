"""The log of changes: what it holds, what it hides, how it stays small, and what it survives."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest
from dotenv import dotenv_values

from model_manager.config.dotenv import change_log
from model_manager.config.dotenv.change_log import Author, ChangeLog, read_changes
from model_manager.config.dotenv.writer import change_env_file, change_log_of, undo_env_change
from model_manager.core.redaction import Redactor

NAME = "AI_CHAT_MODEL"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADA = Author(by="ada@laptop", via="cli")
KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz012345"


def log_at(moment=NOON, author=ADA) -> ChangeLog:
    return ChangeLog(author=author, redact=Redactor(shapes=True), at=moment)


@pytest.fixture
def env(tmp_path):
    path = tmp_path / "project" / ".env"
    path.parent.mkdir()
    path.write_text(f"{NAME}=old\n")
    return path


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def assign(env, state, value, moment=NOON, **options):
    return change_env_file(env, {NAME: value}, state_dir=state, time=moment, log=log_at(moment), **options)


def changes_of(env, state):
    """The readable changes, and whether anything could not be read."""
    changes, warnings = read_changes(change_log_of(env, state))
    return [(one.old, one.new, one.undone) for one in changes], bool(warnings)


def test_a_change_has_its_author_and_moment(env, state):
    """Who, how, when in UTC, and from what to what."""
    moment = datetime.fromisoformat("2026-11-23T13:00:00+01:00")
    assert assign(env, state, "new", moment).warnings == ()
    ((change,), warnings) = read_changes(change_log_of(env, state))
    assert (change.at, change.by, change.via, change.variable) == (NOON, "ada@laptop", "cli", NAME)
    assert (change.old, change.new, change.undoes, change.undone, warnings) == ("old", "new", None, False, ())
    stored = json.loads(change_log_of(env, state).read_text())
    assert (stored["at"], stored["file"]) == ("2026-11-23T12:00:00+00:00", str(env))


def test_an_undo_is_a_change_and_marks_the_other(env, state):
    """What was taken back is marked, and only that: an earlier change of the same variable is not."""
    later = NOON + timedelta(minutes=1)
    assign(env, state, "new")
    assign(env, state, "newer", later)
    undo_env_change(env, state_dir=state, log=log_at(later + timedelta(minutes=1)))
    assert changes_of(env, state)[0] == [("old", "new", False), ("new", "newer", True), ("newer", "new", False)]
    assert read_changes(change_log_of(env, state))[0][-1].undoes == later


def test_what_does_not_change_is_not_logged(env, state):
    """A dry run, a value that is there already and a change that fails leave no trace."""
    assign(env, state, "new", dry_run=True)
    assign(env, state, "old")

    def refuse():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assign(env, state, "new", when_locked=refuse)
    assert changes_of(env, state) == ([], False)


def test_a_key_never_lands_in_it(env, state):
    """A key in place of a model's name is hidden, whole and before it is cut; the file is its owner's alone."""
    assign(env, state, KEY)
    assign(env, state, f"{'a' * 1990},{KEY}")
    path = change_log_of(env, state)
    assert KEY[:12] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert changes_of(env, state)[0][0] == ("old", "***", False)


def test_a_very_long_value_is_cut(env, state):
    """The log stays small whatever a line of .env held."""
    env.write_text(f"{NAME}={'a' * 100_000}\n")
    assign(env, state, "new")
    assert change_log_of(env, state).stat().st_size < 3000


def test_the_latest_changes_are_kept(env, state, monkeypatch):
    """Beyond the limit the oldest go, and the file never grows much beyond it."""
    monkeypatch.setattr(change_log, "MOST_CHANGES", 10)
    monkeypatch.setattr(change_log, "_SLACK", 3)
    lengths = []
    for number in range(30):
        assign(env, state, f"m{number}")
        lengths.append(len(changes_of(env, state)[0]))
    assert (max(lengths), min(lengths[10:])) == (13, 10)
    assert changes_of(env, state)[0][-1] == ("m28", "m29", False)
    assert stat.S_IMODE(change_log_of(env, state).stat().st_mode) == 0o600


def test_a_huge_log_is_made_small(env, state, monkeypatch):
    """Of a file that something has blown up only the end is read, and the next change makes it small again."""
    monkeypatch.setattr(change_log, "_LARGEST", 2000)
    assign(env, state, "new")
    path = change_log_of(env, state)
    line = path.read_bytes()
    path.write_bytes(b"x" * 100_000 + b"\n" + line * 3)
    assert changes_of(env, state)[0][-3:] == [("old", "new", False)] * 3
    assign(env, state, "newer")
    assert path.stat().st_size < 2500
    assert changes_of(env, state)[0][-1] == ("new", "newer", False)


@pytest.mark.parametrize(
    "broken",
    [
        b'{"at": "2026-11-23T12:00:00+00:00", "by": "a',
        b"\xff\xfe\n",
        b"[]\n",
        b"null\n",
        b'{"at": 5}\n',
        b"[" * 50_000 + b"\n",
        b'{"at":"2026-11-23T12:00:00","by":"a","via":"cli","variable":"A","old":null,"new":"x","undoes":null}\n',
        b'{"at":"2026-11-23T12:00:00Z","by":"a","via":"fax","variable":"A","old":null,"new":"x","undoes":null}\n',
        b'{"at":"2026-11-23T12:00:00Z","by":"a","via":"cli","variable":"A","old":null,"new":[1],"undoes":null}\n',
    ],
    ids=["cut off", "no text", "a list", "null", "of numbers", "deep", "no zone", "unknown interface", "no value"],
)
def test_a_broken_line_costs_only_itself(env, state, broken):
    """What cannot be read is told; the changes before and after it are there, and assigning goes on."""
    assign(env, state, "new")
    with change_log_of(env, state).open("ab") as file:
        file.write(broken)
    assert assign(env, state, "newer").warnings == ()
    assert changes_of(env, state) == ([("old", "new", False), ("new", "newer", False)], True)


@pytest.mark.parametrize("make", ["directory", "fifo", "link", "full"])
def test_a_log_that_cannot_be_written_keeps_nothing_from_being_assigned(env, state, make, tmp_path):
    """A directory, a FIFO, a link or a full device in its place: the change is made, with one warning."""
    assign(env, state, "new")
    path = change_log_of(env, state)
    path.unlink()
    target = tmp_path / "elsewhere"
    target.touch()
    {
        "directory": path.mkdir,
        "fifo": lambda: os.mkfifo(path),
        "link": lambda: path.symlink_to(target),
        "full": lambda: path.symlink_to("/dev/full"),
    }[make]()
    change = assign(env, state, "newer")
    assert (change.written, dotenv_values(env)[NAME], target.read_text()) == (True, "newer", "")
    assert ["is not in the history" in warning for warning in change.warnings] == [True]
    changes, warnings = read_changes(path)
    assert (changes, ["cannot be read" in warning for warning in warnings]) == ((), [True])
    assert undo_env_change(env, state_dir=state, log=log_at()).written


def test_without_a_state_directory_there_is_one_warning(env, tmp_path):
    """Where nothing can be kept, one sentence says that the change can neither be undone nor listed."""
    (tmp_path / "file").touch()
    change = assign(env, tmp_path / "file", "new")
    assert change.written
    assert ["undone, and is not in the history" in warning for warning in change.warnings] == [True]


def test_a_change_without_an_author_is_not_logged(env, state):
    """The log is for those who give it one."""
    change_env_file(env, {NAME: "new"}, state_dir=state)
    assert not change_log_of(env, state).exists()


def test_a_user_without_a_name_has_a_number(monkeypatch):
    """In a container whose user is in no list the author is the user's number."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda number: {}[number])
    author = change_log.local_author()
    assert (author.by.partition("@")[0], author.via) == (str(os.getuid()), "cli")
