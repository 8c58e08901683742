"""File systems: on which of them a write-ahead log may be used."""

from pathlib import Path

import pytest

from model_manager.ledger.storage import file_system

MOUNTS = """/dev/vda / ext4 rw 0 0
proc /proc proc rw 0 0
nas:/home /home nfs4 rw 0 0
tmpfs /home/ana/fast tmpfs rw 0 0
//server/share /mnt/my\\040share cifs rw 0 0
/dev/vdb /data ext4 rw 0 0
virtiofs /data virtiofs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/home/ana/state", "nfs4"),
        ("/home/ana/fast/state", "tmpfs"),
        ("/home/ana/faster", "nfs4"),
        ("/mnt/my share/x", "cifs"),
        ("/data/state", "virtiofs"),
    ],
)
def test_the_innermost_and_latest_mount_counts(path, kind):
    """A path has the type of the deepest mount above it, and of two on one place that of the later one."""
    assert file_system.type_of_mount(path, MOUNTS.splitlines()) == kind


def test_a_machine_without_a_list_of_mounts_is_not_trusted(monkeypatch, tmp_path):
    """Where nobody can tell the file system, no write-ahead log is used."""
    monkeypatch.setattr(file_system.sys, "platform", "freebsd14")
    monkeypatch.setattr(file_system, "_MOUNTS", tmp_path / "none")
    assert file_system.holds_wal(tmp_path) == (False, "unknown")


@pytest.mark.parametrize(("path", "good"), [("/Users/ana/Library", True), ("/Volumes/share/x", False)])
def test_macos_trusts_its_own_disk_only(monkeypatch, path, good):
    """On macOS a mounted volume may be a network's, and the own disk is none."""
    monkeypatch.setattr(file_system.sys, "platform", "darwin")
    assert file_system.holds_wal(Path(path))[0] is good
