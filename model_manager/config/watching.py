"""Which files a workspace comes from, and what tells that one has changed: a stat each."""

import os
from collections.abc import Sequence
from pathlib import Path

from model_manager.config.catalogue.files import FILE_NAME
from model_manager.config.directories import user_directory
from model_manager.config.workspace import ENV_FILES, Workspace

#: Modification time in nanoseconds, size and inode of a file; None: it is not there.
Stamp = tuple[int, int, int] | None
#: A file that is this young may be changed again without its times telling: it is read once more.
SAME_TICK_S = 0.05


def watched_files(workspace: Workspace, models_file: Path | None, env_files: Sequence[Path]) -> tuple[str, ...]:
    """Every file that plays a part, there or not."""
    chosen = models_file or workspace.settings.models_file
    named = [Path(FILE_NAME), *(env_files or [Path(name) for name in ENV_FILES]), *([chosen] if chosen else [])]
    paths = [workspace.directory / path for path in named]
    return tuple(map(str, (*paths, user_directory(workspace.environ) / FILE_NAME)))


def stamp(path: str) -> Stamp:
    """How a file is now."""
    try:
        status = os.stat(path)  # noqa: PTH116 - Path.stat takes twice as long, and this is done at every call
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def is_emptied(was: Stamp, now: Stamp) -> bool:
    """Whether a file that held something is gone or empty, as it is for a moment while many editors save."""
    return bool(was and was[1] and not (now and now[1]))


def last_change(paths: Sequence[str], stamps: Sequence[Stamp]) -> float:
    """When the last of these files was changed or taken away (its directory tells), in seconds since the epoch."""
    return youngest([there or stamp(str(Path(path).parent)) for path, there in zip(paths, stamps, strict=True)])


def youngest(stamps: Sequence[Stamp]) -> float:
    """When the last of these files was changed, in seconds since the epoch; 0 if there is none."""
    return max((one[0] for one in stamps if one), default=0) / 1e9
