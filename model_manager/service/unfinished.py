"""Whether files look as if somebody were still writing them: what a reader finds between two writes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from model_manager.config.watching import Stamp, is_emptied
from model_manager.service.snapshot import Snapshot

_LINE_ENDS = (b"\n", b"\r")


def looks_unfinished(
    old: Snapshot, new: Snapshot, paths: Sequence[str], before: Sequence[Stamp], now: Sequence[Stamp]
) -> bool:
    """Whether what was read may be a part of what is being written.

    A file is gone or empty, a catalogue is shorter than it was, a last line has no end (its value may go on), or
    something that a file said is said by none any more.

    Args:
        old: what was read before.
        new: what was read now.
        paths: the files.
        before: how they were.
        now: how they are.
    """
    env_files = {str(file.path) for file in old.workspace.env_files}
    # As they were when they were read: by now somebody may have written the rest.
    cut = {str(file.path): file.ends_within_a_line for file in new.workspace.env_files}
    for path, was, is_now in zip(paths, before, now, strict=True):
        if was == is_now:
            continue
        size, least = is_now[1] if is_now else 0, was[1] if was else 0
        if is_emptied(was, is_now) or (size < least and path not in env_files):
            return True
        if cut[path] if path in cut else size and _ends_within_a_line(path):
            return True
    return not set(_said(old)) <= set(_said(new))


def _ends_within_a_line(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) not in _LINE_ENDS
    except OSError:
        return False  # gone, or emptied again: the next look sees that


def _said(state: Snapshot) -> Iterator[tuple[str, ...]]:
    """What the files of a user name: variables, models, tasks and preferences, fields of providers."""
    catalogue = state.workspace.catalogue
    for file in state.workspace.env_files:
        yield from ((str(file.path), name) for name in file.bindings)
    yield from (("models", name) for name in catalogue.models)
    for provider in catalogue.providers.values():
        yield from (("providers", provider.id, key) for key in provider.places)
    for task in catalogue.tasks.values():
        if task.place.file is not None:
            yield ("tasks", task.name)
            yield from (("tasks", task.name, preference) for preference in task.preferences)
