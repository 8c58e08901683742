"""Where a project's files are found: nearest first, inside the repository, and only where they can be trusted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mounts import run_with_mount

from model_manager import AIService
from model_manager.config.reload import Reloader, WorkspaceSource
from model_manager.config.search import find_project_files
from model_manager.config.workspace import open_workspace

OTHER = 12345


@pytest.fixture
def below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory `repository/packages/app`, which is current; only the first holds `.git`."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    place = tmp_path / "repository" / "packages" / "app"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    return place


def touch(*paths: Path) -> None:
    for path in paths:
        path.write_text("")


def found(directory: str = "", *, upwards: bool = True) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    files = find_project_files(directory, upwards=upwards)
    return files.models, files.env, files.warnings


def test_the_nearest_of_each_kind_counts(below):
    """models.toml and the .env files are found independently, each in the nearest directory that has one."""
    touch(
        below.parents[1] / "models.toml",
        below.parents[1] / ".env",
        below.parent / ".env",
        below.parent / ".env.local",
    )
    assert found() == ("../../models.toml", ("../.env.local", "../.env"), ())
    touch(below / ".env")
    assert found() == ("../../models.toml", (".env",), ())


def test_nothing_is_looked_for_above_the_repository(below):
    """The first directory that holds `.git` is the last one that is looked into, also where `.git` is a file."""
    touch(below.parents[2] / "models.toml", below.parents[1] / ".env")
    assert found() == (None, ("../../.env",), ())
    touch(below.parent / ".git")
    assert found() == (None, (), ())


def test_outside_a_repository_only_the_directory_counts(below):
    """Without a `.git` above, or with the walk turned off, files above do not count."""
    touch(below.parent / "models.toml")
    assert found(upwards=False) == (None, (), ())
    (below.parents[1] / ".git").rmdir()
    assert found() == (None, (), ())


def test_the_home_directory_is_not_entered(below, monkeypatch):
    """A home directory that is a repository itself lends its files to nobody below it."""
    touch(below.parents[1] / "models.toml")
    monkeypatch.setenv("HOME", str(below.parents[1]))
    assert found() == (None, (), ())


def test_above_the_home_directory_nothing_is_looked_for(below, monkeypatch):
    """Who is in the home directory gets nothing from a repository that holds it, nor do those below it."""
    touch(below.parents[1] / "models.toml")
    monkeypatch.setenv("HOME", str(below))
    assert found() == (None, (), ())
    monkeypatch.setenv("HOME", str(below.parent))
    assert found() == (None, (), ())


def test_what_everybody_can_write_does_not_count(below):
    """A directory or a file above that everybody may change is left out, with one warning that says how to mend it."""
    touch(below.parent / "models.toml", below.parent / ".env", below.parents[1] / ".env")
    below.parent.chmod(0o777)
    why = "../models.toml and ../.env are not read: .. is writable by everyone (chmod o-w ..)"
    assert found() == (None, ("../../.env",), (why,))
    below.parent.chmod(0o755)
    (below.parent / ".env").chmod(0o666)
    why = "../.env is not read: it is writable by everyone (chmod o-w ../.env)"
    assert found() == ("../models.toml", ("../../.env",), (why,))


def test_files_here_count_whoever_may_write_them(below):
    """The rules about owners and modes are for the directories above."""
    touch(below / ".env")
    (below / ".env").chmod(0o666)
    below.chmod(0o777)
    assert found() == (None, (".env",), ())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_files_of_strangers_do_not_count(below):
    """A file, a link or a directory above that belongs neither to us nor to the owner of the directory is left out."""
    touch(below.parent / ".env", below.parents[1] / "models.toml")
    os.chown(below.parent / ".env", OTHER, OTHER)
    assert found() == ("../../models.toml", (), ("../.env is not read: it belongs to another user",))
    os.chown(below, OTHER, OTHER)
    assert found() == ("../../models.toml", ("../.env",), ())
    os.chown(below.parents[1], OTHER + 1, OTHER)
    assert found() == (None, ("../.env",), ("../../models.toml is not read: ../.. belongs to another user",))


def test_another_mount_is_not_entered(below):
    """A directory that is mounted into a repository is not inside it, even on the same file system."""
    touch(below.parents[1] / "models.toml")
    other = below.parents[2] / "other"
    other.mkdir()
    script = (
        f"import os; os.chdir({str(below)!r})\n"
        "from model_manager.config.search import find_project_files\n"
        "print(find_project_files('', upwards=True).models)"
    )
    command = [sys.executable, "-c", script]
    assert run_with_mount(other, below, command).stdout == "None\n"
    assert run_with_mount(other, other, command).stdout == "../../models.toml\n"


def test_files_are_named_by_their_relative_path(below):
    """An assignment's source and the list of files say where above the directory something stands."""
    (below.parent / ".env").write_text("\n\nAI_CHAT_MODEL=gpt-4-turbo\n")
    (below.parents[1] / "models.toml").write_text('[models.mine]\nprovider = "openai"\n')
    workspace = open_workspace(search_parents=True, environ={})
    assert workspace.lookup("AI_CHAT_MODEL").file == "../.env"
    assert workspace.lookup("AI_CHAT_MODEL").line == 3
    assert workspace.catalogue.files == ("../../models.toml",)
    assert workspace.catalogue.models["mine"]


def test_assign_writes_where_env_files_are(below):
    """The file that `assign` changes is where .env was found, else beside models.toml, else here."""

    def to_write() -> str:
        return open_workspace(search_parents=True, environ={}).file_to_write()

    assert to_write() == ".env"
    touch(below.parents[1] / "models.toml")
    assert to_write() == "../../.env"
    touch(below.parent / ".env.local")
    assert to_write() == "../.env.local"
    touch(below / ".env")
    assert to_write() == ".env"


def test_assign_does_not_write_where_nothing_is_read(below):
    """A file that does not count is not written either: the next one of its directory is, or the one here."""
    touch(below.parent / ".env", below.parent / ".env.local")
    (below.parent / ".env.local").chmod(0o666)
    assert open_workspace(search_parents=True, environ={}).file_to_write() == "../.env"
    touch(below.parent / "models.toml")
    (below.parent / ".env").chmod(0o666)
    assert open_workspace(search_parents=True, environ={}).file_to_write() == ".env"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_what_lies_around_in_a_shared_directory_does_not_count(tmp_path, monkeypatch):
    """A repository and files that a stranger made in a place like /tmp say nothing about a clone in it."""
    shared = tmp_path / "shared"
    (shared / ".git").mkdir(parents=True)
    touch(shared / ".env", shared / "models.toml")
    for path in (shared / ".git", shared / ".env", shared / "models.toml"):
        os.chown(path, OTHER, OTHER)
    shared.chmod(0o1777)
    clone = shared / "clone" / "src"
    clone.mkdir(parents=True)
    monkeypatch.chdir(clone)
    why = "../../models.toml and ../../.env are not read: ../.. is writable by everyone (chmod o-w ../..)"
    assert found() == (None, (), (why,))
    (shared / "clone" / ".git").write_text("gitdir: /elsewhere\n")  # as a worktree has it
    (shared / "clone" / ".env").symlink_to(shared / ".env")
    assert found() == (None, (), ("../.env is not read: it belongs to another user",))


def test_a_catalogue_that_a_file_above_names_is_beside_that_file(below):
    """MODEL_MANAGER_MODELS_FILE in ../.env is relative to the directory of that file."""
    (below.parent / ".env").write_text("MODEL_MANAGER_MODELS_FILE=own.toml\n")
    (below.parent / "own.toml").write_text('[models.mine]\nprovider = "openai"\n')
    assert "mine" in open_workspace(search_parents=True, environ={}).catalogue.models


def test_a_running_program_sees_a_file_that_appears_nearer(below):
    """A file that comes to be between the directory and the one that was found takes its place."""
    (below.parents[1] / ".env").write_text("A=far\n")
    source = WorkspaceSource(directory=Path(), search_parents=True, environ={})
    following = Reloader(source, lambda workspace: workspace.lookup("A").value, on_error="raise")
    assert following.current() == "far"
    (below.parent / ".env").write_text("A=near\n")
    assert following.current() == "near"
    (below.parent / ".env").unlink()
    assert following.current() == "far"


def test_a_deleted_directory_is_one_clear_error(below):
    """Where the current directory was deleted, that is said."""
    below.rmdir()
    with pytest.raises(Exception, match=r"(?m)^the current directory has been deleted$"):
        open_workspace(search_parents=True, environ={})


def test_what_needs_no_current_directory_works_without_one(below, tmp_path):
    """With a directory that is named absolutely, the library and reading go on where the current one was deleted."""
    (tmp_path / "named").mkdir()
    (tmp_path / "named" / "models.toml").write_text('[models.mine]\nprovider = "openai"\n')
    below.rmdir()
    with AIService(directory=tmp_path / "named") as service:
        assert service.get_model_for_task("chat").id
    assert open_workspace(tmp_path / "named", environ={}).catalogue.files == (f"{tmp_path}/named/models.toml",)


PROGRAM = """
from model_manager import AIService
from model_manager.config.directories import home_directory
print(home_directory({}), AIService(ledger="off").get_model_for_task("chat").id)
"""


#: Becomes a user whom the system does not know, and who may read everything, but write nothing.
NOBODY = "setpriv --reuid 54321 --regid 54321 --clear-groups --inh-caps +dac_read_search --ambient-caps +dac_read_search"


@pytest.mark.skipif(not shutil.which("setpriv") or os.geteuid() != 0, reason="only root becomes somebody else")
@pytest.mark.parametrize(
    "words",
    [["-m", "model_manager", "list", "--ids", "--on", "2026-11-23"], ["-c", PROGRAM]],
    ids=["list", "library"],
)
@pytest.mark.usefixtures("below")
def test_without_a_home_directory_everything_else_works(monkeypatch, words):
    """Neither HOME nor an entry among the users, as in a container with a user of its own: no error."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    command = [*NOBODY.split(), sys.executable, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "claude-sonnet-5-5" in done.stdout
    assert done.stdout.startswith("/nonexistent ") is (words[0] == "-c")
    assert done.stderr == ""
