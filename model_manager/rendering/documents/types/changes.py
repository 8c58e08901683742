"""Types of what changes files: documents of `assign`, `export` and `completion`, and the history of tasks."""

from collections.abc import Sequence
from typing import Literal

from model_manager.rendering.documents.types.base import JsonObject, RootDocument, Usd


class VariableChangeObject(JsonObject):
    """A variable of the file before and after the change; null: it is not there."""

    variable: str
    """Its name."""
    old: str | None
    """Its value before."""
    new: str | None
    """Its value after."""


class AssignDocument(RootDocument):
    """The document of `model-manager assign --json`."""

    file: str
    """The file, as its user would write it."""
    changes: Sequence[VariableChangeObject]
    """Every variable that changes."""
    written: bool
    """Whether the file was written."""
    diff: str | None
    """A unified diff without context; null: nothing changes."""
    models_diff: str | None
    """A unified diff of models.toml, if tasks are added or taken back; null: it stays as it is."""
    warnings: Sequence[str]
    """Unusual things, in sentences."""
    monthly_delta_usd: Usd | None
    """Change of the cost of 30 days; null: unknown, or no change."""


class AssignmentChangeObject(JsonObject):
    """A change of a variable that was made by this tool, and who made it; null: the variable was not there."""

    at: str
    """When (RFC 3339, UTC)."""
    by: str
    """Who: user@host, or the client of the API."""
    via: Literal["cli", "api", "page"]
    """By the command line, the HTTP API or the admin page."""
    variable: str
    """The variable: the task's, or that of the default."""
    old: str | None
    """Its value before."""
    new: str | None
    """Its value after."""
    file: str
    """The file that was changed."""
    undoes: str | None
    """When the change was made that this one took back; null: it took back none."""
    undone: bool
    """Whether a later change took this one back."""


class HistoryDocument(RootDocument):
    """The changes of a task's assignment; those that were made in an editor are not in it."""

    task: str
    """The task."""
    history: Sequence[AssignmentChangeObject]
    """Changes of its variable and of the default, the latest first."""
    can_undo: bool
    """Whether the last change of the file is one of these, and can be taken back."""
    warnings: Sequence[str]
    """What of the history cannot be read, in sentences."""


class FoundObject(JsonObject):
    """A place where an application names a model."""

    file: str
    """The file."""
    line: int
    """The line, from 1."""
    text: str
    """The line or a part of it, without keys, at most 200 characters."""


class ProposedTaskObject(JsonObject):
    """A task that an application could have."""

    task: str
    """Its name."""
    purpose: str
    """Its purpose in the application."""
    env: str
    """The variable that assigns its model."""
    model: str
    """The route that it is given."""
    replaces: str | None
    """The name in the application that this is in place of; null: it stays."""
    why: str | None
    """Why it does not stay."""
    requires: Sequence[str]
    """Capabilities that its model must have, by what the code uses."""
    found: Sequence[FoundObject]
    """The places that name its model."""
    notes: Sequence[str]
    """Files that set its variable and are read only when a program starts in their directory, in sentences."""


class ModelListObject(JsonObject):
    """A file in which models stand side by side."""

    file: str
    """Its path."""
    line: int
    """Of the first name."""
    end_line: int
    """Of the last name."""
    models: int
    """How many different names."""


class FoundKeyObject(JsonObject):
    """A provider's key that is set; its value is not shown."""

    variable: str
    """The variable."""
    provider: str
    """The provider's id."""
    file: str | None
    """The file it is set in; null: the process environment."""


class FileDiffObject(JsonObject):
    """A file that changes."""

    file: str
    """The file."""
    diff: str
    """A unified diff without context."""


class CodeChangeObject(JsonObject):
    """A line of code that names a model, and how it would ask for a task."""

    file: str
    """The file."""
    line: int
    """The line, from 1."""
    old: str
    """The line as it is."""
    new: str
    """The line as it could be."""


class ProposedAssignmentObject(JsonObject):
    """A route for a task."""

    task: str
    """The task."""
    route: str
    """The route."""


class InitDocument(RootDocument):
    """The document of `model-manager init --json`."""

    tasks: Sequence[ProposedTaskObject]
    """The proposed tasks."""
    keys: Sequence[FoundKeyObject]
    """Keys that are set."""
    files: Sequence[FileDiffObject]
    """The files that change."""
    code: Sequence[CodeChangeObject]
    """Lines to change by hand; none of them is changed."""
    lists: Sequence[ModelListObject]
    """Files in which models stand side by side to be chosen from; no tasks are proposed for those."""
    assign: Sequence[ProposedAssignmentObject]
    """What to assign, so that values of .env files that have ended do not win over the tasks' models."""
    warnings: Sequence[str]
    """Unusual things, in sentences."""
    written: bool
    """Whether the files were written."""


class InstalledScriptObject(JsonObject):
    """The completion script of a shell."""

    shell: str
    """The shell."""
    path: str
    """Where its script belongs."""
    installed: bool
    """Whether a script is there."""
    current: bool
    """Whether it is the one that this version makes."""


class CompletionStatusDocument(RootDocument):
    """The document of `model-manager completion --json`."""

    shells: Sequence[InstalledScriptObject]
    """Every shell."""


class CompletionScriptDocument(RootDocument):
    """The document of `model-manager completion SHELL --json`."""

    shell: str
    """The shell."""
    script: str
    """Its completion script."""


class CompletionInstallDocument(RootDocument):
    """The document of `model-manager completion SHELL --install --json`."""

    shell: str
    """The shell."""
    path: str
    """Where the script is."""
    written: bool
    """False: this very script was there already."""
    replaced: bool
    """Whether an older one was there."""
    startup_file: str | None
    """The shell's file that got a line which reads the script; null: none needed one."""


class DestinationObject(JsonObject):
    """A URL that a project's file names for a key."""

    provider: str
    """The provider's id."""
    host: str
    """The host, with its port if it is not the usual one."""
    base_url: str | None
    """The URL; null: something of the environment is in it, which is not shown."""
    variable: str | None
    """The variable with the key; null: the URL itself would carry something of the environment."""
    file: str
    """The file that names it."""
    line: int | None
    """The line, where it is known."""
    trusted: bool
    """Whether this is trusted for good."""


class TrustDocument(RootDocument):
    """The document of `model-manager trust --json`."""

    destinations: Sequence[DestinationObject]
    """The destinations of the project's files; of `--list` and `--revoke`, those that were trusted."""
    written: bool
    """Whether anything was remembered or forgotten."""


class LossObject(JsonObject):
    """Something that the format has no place for."""

    subject: str | None
    """The task, model or variable that it is about; null: all of them."""
    message: str
    """What it is, and why it is left out or what is there instead."""


class ExportDocument(RootDocument):
    """The document of `model-manager export FORMAT --json`."""

    format: Literal["litellm", "shell"]
    """The format."""
    dialect: Literal["posix", "fish", "powershell", "dotenv"] | None
    """The dialect of a shell; null: the format has none."""
    text: str
    """What is printed, or written, without --json."""
    variables: Sequence[str]
    """Those that the text sets; of a proxy's configuration, those that its environment needs."""
    lost: Sequence[LossObject]
    """What is not in it."""
    warnings: Sequence[str]
    """What is wrong with the routes, in sentences."""
    file: str | None
    """The file of --output; null: there is none."""
    written: bool
    """Whether that was written; false: it was up to date, or there is none."""
