"""Options that several commands share, and how their values are parsed."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from model_manager.config.regular_file import NotRegularFileError, read_regular_file
from model_manager.core.chat.file_parts import file_part
from model_manager.core.parts import File
from model_manager.core.quantities import parse_count, parse_moment
from model_manager.errors import UsageError

#: In bytes: what providers take at most, 32 MB with Anthropic, is less than this.
_LONGEST_FILE = 64 * 2**20

On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="Evaluate as of this date or RFC 3339 time.")]


def moment_of(on: str | None) -> datetime:
    """The moment of --on, or now."""
    return datetime.now(UTC) if on is None else parse_moment(on, "on")


def count_of(text: str | None, parameter: str) -> int | None:
    """The whole number of an option, or None if it was not given."""
    return None if text is None else parse_count(text, parameter)


def prompt_of(text: str) -> str:
    """The prompt, read from stdin for -."""
    if text == "-":
        if sys.stdin is None:
            raise UsageError("the prompt should come from stdin, which is closed")
        try:
            text = sys.stdin.buffer.read().decode()
        except UnicodeDecodeError as error:
            raise UsageError(f"the prompt on stdin is not valid UTF-8 (byte {error.start + 1})") from None
    if not text.strip():
        raise UsageError("the prompt is empty")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("the prompt is not valid UTF-8") from None
    return text


def read_file_part(path: Path) -> File:
    """A file as a part of a message.

    Raises:
        UsageError: there is no such file, it cannot be read, is too long, or is no picture, PDF or sound.
    """
    try:
        content = read_regular_file(path, _LONGEST_FILE)
    except NotRegularFileError as error:
        raise UsageError(f"{path} {error.reason}", hint=error.hint, parameter="file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"{path}: {reason or error}", parameter="file") from None
    if not content:
        raise UsageError(f"{path} is empty", parameter="file")
    return file_part(content, path.name)
