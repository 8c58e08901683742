"""Options that several commands have, and what their words mean."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from model_manager.core.quantities import parse_count, parse_moment

On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="As of this day (or RFC 3339 moment).")]


def moment_of(on: str | None) -> datetime:
    """The moment that --on names, or now."""
    return datetime.now(UTC) if on is None else parse_moment(on, "--on")


def count_of(text: str | None, option: str) -> int | None:
    """The whole number of an option, or None if it was not given."""
    return None if text is None else parse_count(text, option)
