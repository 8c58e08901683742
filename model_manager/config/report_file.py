"""Writes a report for other programs: whole or not at all, and readable as the user's other files are."""

import os
from pathlib import Path

from model_manager.config.atomic_file import explain, replace_file
from model_manager.errors import ModelManagerError


def write_report_file(path: Path, text: str) -> None:
    """Give a file new content; what is no regular file, as /dev/stderr, is written to.

    Raises:
        ModelManagerError: it cannot be written; a file that was there is as it was.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        target = path.resolve()  # of a link, what it points to is replaced
        is_new = not target.exists()
        replace_file(target, text.encode("utf-8", "replace"))
        if is_new:
            target.chmod(0o666 & ~_umask())
    except IsADirectoryError:
        raise ModelManagerError(f"{path} is a directory", hint="name a file in it") from None
    except OSError as error:
        reason, hint = explain(error, path)
        raise ModelManagerError(f"{path} {reason}", hint=hint) from None


def _umask() -> int:
    """The bits that new files do not get; there is no way to read them but to set them."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
