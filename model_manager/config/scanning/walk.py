"""Walks over the files of an application: its own code and configuration, without following links."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_manager.config.scanning.file_kinds import (
    is_env_file,
    is_skipped_directory,
    is_test_directory,
    is_test_file,
    style_of,
)
from model_manager.config.scanning.ignoring import Ignored, rules_above
from model_manager.core.mentions.finder import Style

#: Larger files are data.
LARGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to be read; `shown` is its path from the directory, with slashes."""

    path: str
    shown: str
    style: Style
    in_tests: bool


@dataclass(frozen=True, slots=True)
class _SourceDirectory:
    """A directory that may hold code; `shown` is "" or ends in a slash."""

    shown: str
    entries: "list[os.DirEntry[str]]"
    ignored: Ignored
    in_tests: bool


def source_files(directory: Path) -> Iterator[SourceFile]:
    """The files of a directory that may hold code, in the order of their paths, without what .gitignore names.

    Left out are what cannot be listed, repositories within, such as submodules, and virtual environments.
    """
    for one in _directories(directory):
        for entry in one.entries:
            name = entry.name
            is_file = entry.is_file(follow_symlinks=False)
            if is_file and (style := style_of(name)) and not one.ignored(name):
                yield SourceFile(entry.path, one.shown + name, style, one.in_tests or is_test_file(name))


def nested_env_files(directory: Path) -> Iterator[tuple[Path, str]]:
    """The .env files of the directories below one, as those of packages, each with its path from there.

    .gitignore names most of them on purpose: that leaves out directories, not these files.
    """
    for one in _directories(directory):
        for entry in one.entries if one.shown and not one.in_tests else ():
            if is_env_file(entry.name) and entry.is_file(follow_symlinks=False):
                yield Path(entry.path), one.shown + entry.name


def _directories(directory: Path) -> Iterator[_SourceDirectory]:
    """The directory and those below it, but for ignored, vendored and built ones; no link is followed."""
    waiting: list[tuple[str, str, Ignored, bool]] = [(str(directory), "", rules_above(directory), False)]
    while waiting:
        path, shown, ignored, in_tests = waiting.pop()
        entries = _entries(path)
        names = {entry.name for entry in entries}
        if shown and not names.isdisjoint({".git", "pyvenv.cfg"}):
            continue
        if shown:
            ignored = _with_own(ignored, path, names)
        yield _SourceDirectory(shown, entries, ignored, in_tests)
        waiting.extend(
            (entry.path, f"{shown}{name}/", ignored.below(name), in_tests or is_test_directory(name))
            for entry in reversed(entries)
            if not is_skipped_directory(name := entry.name)
            and entry.is_dir(follow_symlinks=False)
            and not ignored(f"{name}/")
        )


def _with_own(ignored: Ignored, path: str, names: set[str]) -> Ignored:
    return ignored.with_rules(Path(path) / ".gitignore") if ".gitignore" in names else ignored


def _entries(path: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(path) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def read_source(path: str) -> bytes | None:
    """The content of a text file of usual size; None: it is something else, or cannot be read."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
            return None
        data = os.read(descriptor, status.st_size + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None if b"\0" in data[:8192] else data
