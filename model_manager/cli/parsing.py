"""Options that several commands share, and how their values are parsed."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from model_manager.core.quantities import parse_count, parse_moment
from model_manager.errors import UsageError

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
