"""Where a service reads its configuration: the arguments of an application, checked."""

import os
from collections.abc import Iterable
from pathlib import Path

from model_manager.config.directories import absolute
from model_manager.config.reload import WorkspaceSource
from model_manager.errors import UsageError


def source_of(
    directory: object, env_files: object, models_file: object, *, trust: bool = False
) -> WorkspaceSource:
    """The files of a service, as `AIService` takes them.

    Raises:
        UsageError: something is no path.
    """
    return WorkspaceSource(
        # The process may go elsewhere later.
        directory=absolute(_path("directory", "." if directory is None else directory)),
        search_parents=directory is None,
        models_file=None if models_file is None else _path("models_file", models_file),
        env_files=_paths("env_files", env_files),
        trust=trust,
    )


def _path(name: str, value: object) -> Path:
    if isinstance(value, str | os.PathLike):
        return Path(value)
    raise UsageError(f"expected a path, got {value!r}", parameter=name)


def _paths(name: str, values: object) -> list[Path]:
    """The paths of a collection, or the one path; None stands for none."""
    if isinstance(values, str | os.PathLike):
        return [_path(name, values)]
    if values is None:
        return []
    if isinstance(values, bytes) or not isinstance(values, Iterable):
        raise UsageError(f"expected paths, got {values!r}", parameter=name)
    return [_path(name, value) for value in values]
