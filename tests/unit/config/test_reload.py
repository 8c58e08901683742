"""One reloader: when it reads, what it does with an invalid change, and that no thread waits for another in vain."""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_manager.config import reload
from model_manager.config.reload import Reloader, WorkspaceSource
from model_manager.config.workspace import Workspace
from model_manager.errors import CatalogueError, ConfigurationError, SettingsError, UsageError

LONG_AGO = time.time() - 3_600
MODELS = '[models.mine]\nprovider = "openai"\nname = "{}"\n'


def write(path: Path, text: str, at: float = LONG_AGO) -> None:
    """A file that was changed at a time: its size and time tell that it was."""
    path.write_text(text)
    os.utime(path, (at, at))


def name_of(workspace: Workspace) -> str:
    return workspace.catalogue.models["mine"].name


@pytest.fixture
def source(work: Path) -> WorkspaceSource:
    """A project whose catalogue was written long ago."""
    write(work / "models.toml", MODELS.format("One"))
    return WorkspaceSource(directory=work)


class Counted:
    """The names of the model, each time that the files were read."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, workspace: Workspace) -> str:
        self.names.append(name_of(workspace))
        return self.names[-1]


@pytest.mark.parametrize("on_error", ["keep", "raise"])
def test_nothing_is_read_while_nothing_changes(source, on_error):
    """A call looks at the times of the files and reads none of them."""
    made = Counted()
    reloader = Reloader(source, made, on_error=on_error)
    assert [reloader.current() for _ in range(100)] == ["One"] * 100
    assert (made.names, reloader.version, reloader.is_stale()) == (["One"], 0, False)


@pytest.mark.parametrize("on_error", ["keep", "raise"])
@pytest.mark.parametrize(
    "change",
    [
        lambda path: write(path, MODELS.format("Two"), LONG_AGO + 1),
        lambda path: write(path, MODELS.format("Two"), LONG_AGO - 1),
        lambda path: (write(path.with_name("new"), MODELS.format("Two")), path.with_name("new").replace(path)),
    ],
    ids=["newer", "older", "another file"],
)
def test_a_change_counts_at_the_next_call(work, source, on_error, change):
    """A file of another time, earlier ones included, or another file of the same name is read at once."""
    reloader = Reloader(source, name_of, on_error=on_error)
    change(work / "models.toml")
    assert (reloader.is_stale(), reloader.latest, reloader.current(), reloader.latest) == (
        True,
        "One",
        "Two",
        "Two",
    )
    assert (reloader.version, reloader.is_stale()) == (1, False)


def test_a_file_of_another_size_is_read_though_its_time_is_the_same(work, source):
    """Times can be set; the size tells as well."""
    reloader = Reloader(source, name_of, on_error="keep")
    write(work / "models.toml", MODELS.format("Another"))
    assert reloader.current() == "Another"


@pytest.mark.parametrize("name", [".env", ".env.local"])
def test_a_file_that_appears_or_goes_is_a_change(work, source, name):
    """What is looked for counts whether or not it was there at the start."""
    reloader = Reloader(source, lambda workspace: workspace.lookup("AI_CHAT_MODEL"), on_error="keep")
    assert reloader.current() is None
    write(work / name, "AI_CHAT_MODEL=mine\n")
    assert reloader.current().value == "mine"
    (work / name).unlink()
    assert reloader.current() is None


def test_the_user_s_catalogue_and_named_files_are_followed(work, user_models, source):
    """Besides the project's own files: the user's catalogue, and in its place a named one and named .env files."""
    reloader = Reloader(source, lambda workspace: set(workspace.catalogue.models), on_error="keep")
    write(user_models, MODELS.replace("mine", "user"))
    assert "user" in reloader.current()
    write(work / "named.toml", MODELS.format("Named"))
    write(work / "named.env", "A=1\n")
    named = WorkspaceSource(directory=work, models_file=Path("named.toml"), env_files=[Path("named.env")])
    reloader = Reloader(
        named, lambda workspace: (name_of(workspace), workspace.lookup("A").value), on_error="keep"
    )
    write(work / "named.toml", MODELS.format("Renamed"))
    assert reloader.current() == ("Renamed", "1")
    write(work / "named.env", "A=22\n")
    assert reloader.current() == ("Renamed", "22")


def test_a_catalogue_that_a_setting_names_is_followed(work, source):
    """The file that MODEL_MANAGER_MODELS_FILE names is looked at from the first reading on."""
    write(work / "other.toml", MODELS.format("Other"))
    write(work / ".env", "MODEL_MANAGER_MODELS_FILE=other.toml\n")
    reloader = Reloader(source, name_of, on_error="keep")
    assert (reloader.current(), reloader.is_stale()) == ("Other", False)
    write(work / "other.toml", MODELS.format("Changed"))
    assert reloader.current() == "Changed"


def test_a_variable_of_the_environment_is_a_change(source, monkeypatch):
    """The process environment is compared as a whole."""
    reloader = Reloader(source, lambda workspace: workspace.lookup("AI_CHAT_MODEL"), on_error="keep")
    monkeypatch.setenv("AI_CHAT_MODEL", "mine")
    assert reloader.current().value == "mine"
    monkeypatch.delenv("AI_CHAT_MODEL")
    assert reloader.current() is None


def test_a_file_that_has_just_changed_is_read_once_more(work, source):
    """Within one tick of the file system's clock a second change of the same length does not show in its time."""
    write(work / "models.toml", MODELS.format("One"), time.time() + 0.01)
    reloader = Reloader(source, name_of, on_error="keep")
    assert reloader.is_stale()
    write(work / "models.toml", MODELS.format("One"), LONG_AGO)
    reloader.current()
    assert not reloader.is_stale()


def test_keep_ignores_an_invalid_change_and_says_so_once(work, source, caplog):
    """The last valid value stays; one warning names the mistake, and another that it is mended."""
    reloader = Reloader(source, name_of, on_error="keep")
    with caplog.at_level(logging.WARNING, "model_manager"):
        write(work / "models.toml", "[models.mine\n")
        assert [reloader.current() for _ in range(3)] == ["One"] * 3
        assert [record.getMessage() for record in caplog.records] == [reloader.problem]
        assert "last valid configuration stays active" in reloader.problem
        assert "models.toml:1" in reloader.problem
        write(work / "models.toml", MODELS.format("Two"), LONG_AGO + 1)
        assert (reloader.current(), reloader.problem) == ("Two", None)
    assert [record.getMessage() for record in caplog.records][1:] == ["the configuration is valid again"]


def test_another_mistake_is_told_anew(work, source, caplog):
    """A second, different problem is logged as well."""
    reloader = Reloader(source, name_of, on_error="keep")
    for text in ("[models.mine\n", "[models.mine]\nprovider = 3\n"):
        write(work / "models.toml", text)
        reloader.current()
    assert len(caplog.records) == 2


def test_keep_refuses_a_value_with_a_defect(work, source):
    """A configuration that can be read and yet not be used keeps the value before it, and is looked at no less."""

    def find_defect(old: str, new: str) -> str | None:
        return f"{new} is worse than {old}" if new == "Worse" else None

    reloader = Reloader(source, name_of, on_error="keep", find_defect=find_defect)
    write(work / "models.toml", MODELS.format("Worse"))
    assert (reloader.current(), reloader.problem.endswith("active: Worse is worse than One")) == ("One", True)
    write(work / "models.toml", MODELS.format("Better"))
    assert (reloader.current(), reloader.problem) == ("Better", None)


def test_raise_shows_an_invalid_change_until_it_is_mended(work, source, caplog):
    """Each call raises an error of its own, nothing is logged, and the mended file is read at once."""
    reloader = Reloader(source, name_of, on_error="raise")
    write(work / "models.toml", "[models.mine\n")
    errors = []
    for _ in range(2):
        with pytest.raises(CatalogueError, match=r"models\.toml") as caught:
            reloader.current()
        errors.append(caught.value)
    assert errors[0] is not errors[1]
    assert errors[0].problems == errors[1].problems != ()
    assert (reloader.version, reloader.latest, reloader.problem, caplog.records) == (1, "One", None, [])
    write(work / "models.toml", MODELS.format("Two"), LONG_AGO + 1)
    assert reloader.current() == "Two"


@pytest.mark.parametrize(("on_error", "kind"), [("keep", UsageError), ("raise", UsageError)])
def test_a_start_without_files_is_refused(work, on_error, kind):
    """There is nothing to keep yet: whoever starts has named what is not there."""
    with pytest.raises(kind, match="there is no directory"):
        Reloader(WorkspaceSource(directory=work / "nowhere"), name_of, on_error=on_error)
    write(work / "models.toml", "[models.mine\n")
    with pytest.raises(CatalogueError):
        Reloader(WorkspaceSource(directory=work), name_of, on_error=on_error)


def test_a_directory_that_goes_away_is_nobody_s_wrong_usage(work, source):
    """While a program runs, a directory that is gone is a problem of its configuration, and mended when it is back."""
    keeping, raising = (Reloader(source, name_of, on_error=policy) for policy in ("keep", "raise"))
    work.rename(work.with_name("elsewhere"))
    assert (keeping.current(), "there is no directory" in keeping.problem) == ("One", True)
    with pytest.raises(ConfigurationError, match="there is no directory"):
        raising.current()
    work.with_name("elsewhere").rename(work)
    assert (keeping.current(), keeping.problem, raising.current()) == ("One", None, "One")


def test_what_is_wrong_is_looked_at_again_though_no_file_has_changed(work, source):
    """A file that a setting names, and that nobody could know of, is found when it is there."""
    reloader = Reloader(source, name_of, on_error="raise")
    write(work / ".env", "MODEL_MANAGER_MODELS_FILE=other.toml\n")
    with pytest.raises(SettingsError, match=r"other\.toml"):
        reloader.current()
    write(work / "other.toml", MODELS.format("Other"))
    while not reloader.is_stale():
        time.sleep(0.02)
    assert reloader.current() == "Other"


def held(source: WorkspaceSource, on_error: str) -> tuple[Reloader[str], threading.Event, threading.Event]:
    """A reloader whose second reading begins, and goes on only when it is told to."""
    begun, go_on, process = threading.Event(), threading.Event(), os.getpid()

    def make(workspace: Workspace) -> str:
        if name_of(workspace) == "Two" and os.getpid() == process:
            begun.set()
            assert go_on.wait(20)
        return name_of(workspace)

    return Reloader(source, make, on_error=on_error), begun, go_on


def call_during(
    reloader: Reloader[str], begun: threading.Event, change: Callable[[], None], pool: ThreadPoolExecutor
):
    change()
    first = pool.submit(reloader.current)
    assert begun.wait(20)
    return first, pool.submit(reloader.current)


def test_keep_does_not_wait_for_another_thread(work, source):
    """While one thread reads a change, others go on with what was valid before."""
    reloader, begun, go_on = held(source, "keep")
    with ThreadPoolExecutor(2) as pool:
        change = lambda: write(work / "models.toml", MODELS.format("Two"), LONG_AGO + 1)  # noqa: E731
        first, second = call_during(reloader, begun, change, pool)
        assert second.result(20) == "One"
        go_on.set()
        assert first.result(20) == "Two"
    assert reloader.version == 1


def test_raise_waits_for_the_thread_that_reads(work, source):
    """Whoever has written a file sees it at the next call, though another thread has begun to read it."""
    reloader, begun, go_on = held(source, "raise")
    with ThreadPoolExecutor(2) as pool:
        change = lambda: write(work / "models.toml", MODELS.format("Two"), LONG_AGO + 1)  # noqa: E731
        first, second = call_during(reloader, begun, change, pool)
        go_on.set()
        assert (first.result(20), second.result(20)) == ("Two", "Two")
    assert reloader.version == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_while_a_thread_reads_leaves_a_child_that_reads(work, source):
    """A child whose parent was reading as it was forked does not wait for a thread that it does not have."""
    reloader, begun, go_on = held(source, "keep")
    write(work / "models.toml", MODELS.format("Two"), LONG_AGO + 1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(reloader.current)
        assert begun.wait(20)
        child = os.fork()
        if not child:
            os._exit(0 if reloader.current() == "Two" else 1)
        go_on.set()
        assert first.result(20) == "Two"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied", "x.toml"), "x.toml: Permission denied"),
        (OSError(24, "Too many open files"), "{directory}: Too many open files"),
        (OSError("odd"), "{directory}: odd"),
    ],
)
def test_what_the_system_refuses_is_a_problem_of_the_configuration(work, source, monkeypatch, error, message):
    """An error of the system names the file, or the directory, and is tried again though nothing has changed."""
    reloader = Reloader(source, name_of, on_error="raise")
    with monkeypatch.context() as broken:
        broken.setattr(reload, "open_workspace", lambda *_, **__: (_ for _ in ()).throw(error))
        write(work / "models.toml", MODELS.format("Two"), LONG_AGO + 1)
        with pytest.raises(ConfigurationError) as caught:
            reloader.current()
    assert caught.value.message == message.format(directory=work)
    while not reloader.is_stale():
        time.sleep(0.02)
    assert reloader.current() == "Two"


def test_of_several_mistakes_the_first_is_told(work, source):
    """The warning is one sentence."""
    reloader = Reloader(source, name_of, on_error="keep")
    write(work / "models.toml", "first_wrong = 1\nsecond_wrong = 2\n")
    reloader.current()
    assert ("first_wrong" in reloader.problem, "second_wrong" in reloader.problem) == (True, False)
