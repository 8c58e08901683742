"""Writes an export to a file; one that is there and is another one is replaced only on request."""

from pathlib import Path

from model_manager.config.atomic_file import explain, replace_file
from model_manager.config.regular_file import NotRegularFileError, read_regular_file
from model_manager.errors import ModelManagerError

_LARGEST = 1 << 26
#: What a configuration without keys may be: other users' programs read it.
_MODE = 0o644


def write(path: Path, shown: str, text: str, *, force: bool) -> bool:
    """Write a text as a whole: readers, and a crash, find the old content or the new. A link is followed.

    Args:
        path: where.
        shown: its name in messages.
        text: the content.
        force: whether what is there may be replaced.

    Returns:
        False if the very same is there already.

    Raises:
        ModelManagerError: something else is there, or it cannot be written.
    """
    path = path.resolve()
    try:
        old = read_regular_file(path, _LARGEST)
    except FileNotFoundError:
        old = None
    except NotRegularFileError as error:
        raise ModelManagerError(f"{shown} {error.reason}", hint=error.hint) from None
    except OSError as error:
        raise ModelManagerError(f"{shown} cannot be read: {error.strerror or error}") from None
    data = text.encode()
    if old == data:
        return False
    if old is not None and not force:
        hint = "use `force` to replace it, or write to another file and compare"
        raise ModelManagerError(f"{shown} already exists with other content", hint=hint)
    try:
        replace_file(path, data)
        if old is None:
            path.chmod(_MODE)
    except OSError as error:
        problem, advice = explain(error, path)
        raise ModelManagerError(f"{shown} {problem}", hint=advice) from None
    return True
