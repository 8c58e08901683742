"""Types of what every report may hold: where a value comes from, what is wrong with it, and errors."""

from collections.abc import Sequence
from typing import Annotated, Literal

from model_manager.errors import ERROR_KINDS
from model_manager.rendering.documents.types.base import JsonObject, RootDocument, SchemaHint


class SourceObject(JsonObject):
    """Where a value comes from."""

    kind: Literal["environment", "file", "catalogue"]
    """The process environment, a .env file, or the catalogue."""
    variable: str | None
    """The variable; null for a key of the catalogue."""
    file: str | None
    """The file, as its user would write it."""
    line: int | None
    """The line in the file, counted from 1."""
    text: str
    """The same in words, for people."""


class FindingObject(JsonObject):
    """Something that is wrong, or will be."""

    code: str
    """A word for programs, such as unknown_model or retires_soon."""
    severity: Literal["error", "warning", "info"]
    """error: it cannot work; warning: not for long, or not here; info: unknown whether it can."""
    message: str
    """One sentence for people."""


class ProblemObject(JsonObject):
    """One thing that is wrong in a file or a request."""

    file: str | None
    """The file, as its user would write it."""
    line: int | None
    """The line in the file, counted from 1."""
    key: str | None
    """The key of the file, or the field of the request."""
    message: str
    """The problem, in a sentence."""
    hint: str | None
    """How to mend it."""


class ErrorObject(JsonObject):
    """Why there is no report."""

    kind: str
    """A word for programs: usage, unknown_name, route_syntax, refused, catalogue, settings, env_file, …"""
    message: str
    """The problem, in a sentence."""
    hint: str | None
    """How to mend it."""
    problems: Sequence[ProblemObject]
    """The single problems, where there are several."""


class ErrorDocument(RootDocument):
    """The document of any command that fails."""

    error: ErrorObject
    """The error."""


class CallErrorObject(JsonObject):
    """Why a call brought no complete answer."""

    kind: Annotated[str, SchemaHint(enum=sorted(ERROR_KINDS))]
    """A word for programs."""
    status: int | None
    """HTTP status of the provider's answer; null: there was none."""
    message: str
    """The problem, in a sentence."""
    hint: str | None
    """How to mend it."""
    retry_after_s: float | None
    """Seconds that the provider, or the budget, asks to wait."""
