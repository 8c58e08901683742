"""Replacing a file as a whole: what is kept of it, what is left after a failure, and what a failure is called."""

import errno
import os
import stat
from pathlib import Path

import pytest

from model_manager.config.atomic_file import explain, replace_file


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """A new file has its content and mode 0600, and nothing else is left beside it."""
    assert replace_file(tmp_path / "f", b"new\r\n") == ()
    assert (tmp_path / "f").read_bytes() == b"new\r\n"
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o600
    assert names(tmp_path) == ["f"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640])
def test_the_mode_of_a_file_is_kept(tmp_path: Path, mode: int) -> None:
    """Whoever could read a file still can, and its time shows that it has changed."""
    path = tmp_path / "f"
    path.write_bytes(b"old")
    path.chmod(mode)
    os.utime(path, (0, 0))
    assert replace_file(path, b"new") == ()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.stat().st_mtime > 10**9


def test_other_hard_links_are_told(tmp_path: Path) -> None:
    """A second name of the old file keeps the old content, and the user is told so."""
    path, other = tmp_path / "f", tmp_path / "other"
    path.write_bytes(b"old")
    other.hardlink_to(path)
    assert replace_file(path, b"new") == ("has other hard links, which keep the old content",)
    assert (path.read_bytes(), other.read_bytes()) == (b"new", b"old")


@pytest.mark.parametrize(
    ("refused", "told", "asked"),
    [
        ([], False, [(1, 2)]),
        ([(1, 2)], True, [(1, 2), (-1, 2)]),
        ([(1, 2), (-1, 2)], True, [(1, 2), (-1, 2)]),
    ],
)
def test_the_owner_is_kept_where_that_is_allowed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refused: list[tuple[int, int]],
    told: bool,  # noqa: FBT001 - a table's column
    asked: list[tuple[int, int]],
) -> None:
    """Owner and group are set, or the group alone, and an owner that could not be kept is told."""
    path, calls = tmp_path / "f", list[tuple[int, int]]()
    path.write_bytes(b"old")
    own = path.stat()
    status = Path.stat

    def of_another(self: Path, **options: bool) -> os.stat_result:
        found = status(self, **options)
        return os.stat_result((*found[:4], 1, 2, *found[6:])) if self == path else found

    def chown(_: object, user: int, group: int) -> None:
        calls.append((user, group))
        if (user, group) in refused:
            raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(Path, "stat", of_another)
    monkeypatch.setattr(os, "chown", chown)
    warnings = replace_file(path, b"new")
    monkeypatch.undo()
    assert warnings == (("now belongs to you: its owner could not be kept",) if told else ())
    assert calls == asked
    assert path.stat().st_uid == own.st_uid


def test_an_owner_that_is_the_same_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of one's own is replaced without asking for rights that nobody needs."""
    (tmp_path / "f").write_bytes(b"old")
    monkeypatch.setattr(os, "chown", lambda *_: pytest.fail("there is no owner to set"))
    assert replace_file(tmp_path / "f", b"new") == ()


def test_what_stops_the_replacing_leaves_all_as_it_was(tmp_path: Path) -> None:
    """Until everything is written the old file stands, and an error then leaves nothing beside it."""
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def stop() -> None:
        assert path.read_bytes() == b"old"
        (written,) = set(tmp_path.iterdir()) - {path}
        assert written.read_bytes() == b"new"
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        replace_file(path, b"new", before_replacing=stop)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["f"]


def test_what_a_crash_has_left_is_removed(tmp_path: Path) -> None:
    """Temporary files of this file go, and those of a file whose name is longer stay."""
    for name in (
        ".env.abc.model-manager-tmp",
        ".env.local.abc.model-manager-tmp",
        "xenv.abc.model-manager-tmp",
        ".env.x",
    ):
        (tmp_path / name).write_bytes(b"")  # fmt: skip
    replace_file(tmp_path / ".env", b"")
    assert names(tmp_path) == [".env", ".env.local.abc.model-manager-tmp", ".env.x", "xenv.abc.model-manager-tmp"]


def test_a_directory_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """Where there is no directory nothing is made."""
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "no" / "f", b"new")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "directory", "words", "hint"),
    [
        (errno.EBUSY, "", "is a mount point", "mount its directory"),
        (errno.ENOENT, "no", "there is no directory", None),
        (errno.ENOENT, "", "cannot be written: said", None),
        (errno.EACCES, "", "cannot be replaced: its directory", "writable"),
        (errno.EPERM, "", "cannot be replaced: its directory", "writable"),
        (errno.EROFS, "", "cannot be replaced: its directory", "writable"),
        (errno.ENOSPC, "no", "cannot be written: said", None),
    ],
)
def test_what_a_failure_is_called(tmp_path: Path, code: int, directory: str, words: str, hint: str | None) -> None:
    """Each cause has its own words, with a way out where there is one."""
    message, way_out = explain(OSError(code, "said"), tmp_path / directory / "f")
    assert words in message
    assert (hint in way_out) if hint else way_out is None


def test_a_failure_without_a_code_has_its_own_words(tmp_path: Path) -> None:
    """An error that the system did not give is told as it is."""
    assert explain(OSError("odd"), tmp_path / "f") == ("cannot be written: odd", None)
