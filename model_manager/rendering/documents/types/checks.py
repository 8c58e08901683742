"""Types of the documents of `check`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from model_manager.rendering.documents.types.base import JsonObject, RootDocument


class CheckFindingObject(JsonObject):
    """Something that a rule has found."""

    code: str
    """The rule's code, such as MM204."""
    severity: Literal["error", "warning"]
    """error: it cannot work, or not as required; warning: it will stop working, or cannot work here."""
    message: str
    """One sentence for people."""
    file: str | None
    """The file, as its user would write it; null: the process environment, or no file at all."""
    line: int | None
    """The line in the file, counted from 1."""
    column: int | None
    """The column in the line, counted from 1."""
    task: str | None
    """The task, where there is one."""
    model: str | None
    """The model's id, or the name that no model has."""
    fix: str | None
    """How to mend it; several lines are to be pasted into models.toml."""


class CheckDocument(RootDocument):
    """The document of `model-manager check --json`."""

    on: date
    """The day as of which it was checked."""
    findings: Sequence[CheckFindingObject]
    """What was found, errors first."""
    errors: int
    """How many errors."""
    warnings: int
    """How many warnings."""
    ignored: int
    """How many findings comments or --ignore have left out."""


class CheckRuleObject(JsonObject):
    """A rule."""

    code: str
    """Its code, which never changes."""
    name: str
    """The same in words."""
    severity: Literal["error", "warning"]
    """The severity of what it finds."""
    title: str
    """A few words for tables."""
    explanation: str
    """When something is found, and why it matters."""
    mend: str
    """How to mend it."""
    bad: Mapping[str, str]
    """The files, by name, of a project in which it finds something."""
    good: Mapping[str, str]
    """The same for one in which it does not."""


class CheckRulesDocument(RootDocument):
    """The document of `model-manager check --rules --json`."""

    rules: Sequence[CheckRuleObject]
    """The rules, by code."""
