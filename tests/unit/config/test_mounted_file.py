"""A .env file that is a mount point: written in place, with a copy of the old content until that is done."""

import json
import os
import sys
from pathlib import Path

import pytest
from mounts import run_with_mount

from model_manager.config.mounted_file import InterruptedWriteError, is_mount_point, write_in_place

OLD = b"# mine\nAI_CHAT_MODEL=old\nB=1\n"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    (tmp_path / "state" / "model-manager" / "env").mkdir(parents=True)
    path = tmp_path / "project" / ".env"
    path.parent.mkdir()
    path.write_bytes(b"")
    return path


def assign(env: Path, real: Path, *words: str) -> dict:
    """`assign --json` where `real` is mounted at the .env file, which thereby cannot be replaced."""
    script = (
        f"import os, sys; os.chdir({str(env.parent)!r}); os.environ['XDG_STATE_HOME'] = {str(env.parents[1] / 'state')!r}\n"
        f"sys.argv = ['model-manager', 'assign', '--json', *{list(words)!r}]\n"
        "from model_manager.__main__ import main; main()"
    )
    done = run_with_mount(real, env, [sys.executable, "-c", script])
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_a_mount_point_is_written_in_place_and_undone(env, tmp_path):
    """A change and its undoing reach the file that is mounted, which stays the same file, and no copy is left."""
    real = tmp_path / "real.env"
    real.write_bytes(OLD)
    inode = real.stat().st_ino
    done = assign(env, real, "chat=claude-haiku-5-5")
    assert (done["written"], done["warnings"][0]) == (
        True,
        ".env is a mount point: it was written in place, not replaced",
    )
    assert real.read_bytes() == OLD.replace(b"old", b"claude-haiku-5-5")
    assert assign(env, real, "--undo")["written"]
    assert (real.read_bytes(), real.stat().st_ino) == (OLD, inode)
    assert env.read_bytes() == b""
    assert not list((tmp_path / "state").rglob("*.copy"))
    assert os.listdir(env.parent) == [".env"]  # noqa: PTH208 - names


def test_the_copy_is_there_before_anything_is_written(env, tmp_path):
    """What may stop the writing is asked when the copy is there; then the file is as before and the copy gone."""
    env.write_bytes(OLD)
    copy = tmp_path / "copy"

    def stop() -> None:
        assert copy.read_bytes() == env.read_bytes() == OLD
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_in_place(env, b"new", copy, before_writing=stop)
    assert env.read_bytes() == OLD
    assert not copy.exists()


def test_a_copy_that_a_crash_left_is_kept(env, tmp_path):
    """A copy may hold the only good content: it is not written over, and the next change is refused."""
    copy = tmp_path / "copy"
    copy.write_bytes(OLD)
    env.write_bytes(b"AI_CHAT_MODEL=n")
    with pytest.raises(InterruptedWriteError) as caught:
        write_in_place(env, b"new", copy, before_writing=lambda: None)
    assert (caught.value.copy, copy.read_bytes(), env.read_bytes()) == (copy, OLD, b"AI_CHAT_MODEL=n")


def test_the_change_after_a_crash_names_the_copy(env, tmp_path):
    """Where an earlier write was interrupted, `assign` says where the old content is."""
    real = tmp_path / "real.env"
    real.write_bytes(OLD)
    assign(env, real, "chat=claude-haiku-5-5")
    history = next((tmp_path / "state").rglob("*.json"))
    history.with_suffix(".copy").write_bytes(OLD)
    error = assign(env, real, "chat=claude-opus-5-5")["error"]
    assert error["message"].startswith(".env: an earlier write was interrupted; ")
    assert str(history.with_suffix(".copy")) in error["message"]


def test_a_shorter_content_leaves_nothing_of_the_old(env, tmp_path):
    """The file ends where the new content does."""
    env.write_bytes(OLD)
    write_in_place(env, b"# mine\n", tmp_path / "copy", before_writing=lambda: None)
    assert env.read_bytes() == b"# mine\n"


def test_an_ordinary_file_is_no_mount_point(env):
    """A file beside which others can be made is replaced as a whole."""
    assert not is_mount_point(env)
