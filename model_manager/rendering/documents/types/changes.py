"""Types of what changes files: the documents of `assign` and `completion`."""

from collections.abc import Sequence

from model_manager.rendering.documents.types.base import Document, JsonObject, Usd


class VariableChangeObject(JsonObject):
    """A variable of the file before and after the change; null: it is not there."""

    variable: str
    """Its name."""
    old: str | None
    """Its value before."""
    new: str | None
    """Its value after."""


class AssignDocument(Document):
    """The document of `model-manager assign --json`."""

    file: str
    """The file, as its user would write it."""
    changes: Sequence[VariableChangeObject]
    """Every variable that changes."""
    written: bool
    """Whether the file was written."""
    diff: str | None
    """A unified diff without context; null: nothing changes."""
    warnings: Sequence[str]
    """Unusual things, in sentences."""
    monthly_delta_usd: Usd | None
    """Change of the cost of 30 days; null: unknown, or no change."""


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


class CompletionStatusDocument(Document):
    """The document of `model-manager completion --json`."""

    shells: Sequence[InstalledScriptObject]
    """Every shell."""


class CompletionScriptDocument(Document):
    """The document of `model-manager completion SHELL --json`."""

    shell: str
    """The shell."""
    script: str
    """Its completion script."""


class CompletionInstallDocument(Document):
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


class TrustDocument(Document):
    """The document of `model-manager trust --json`."""

    destinations: Sequence[DestinationObject]
    """The destinations of the project's files; of `--list` and `--revoke`, those that were trusted."""
    written: bool
    """Whether anything was remembered or forgotten."""
