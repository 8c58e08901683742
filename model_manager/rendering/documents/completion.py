"""Builds the JSON documents of `completion`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from model_manager.commands.completion_install import Installation, Installed

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.changes import (
        CompletionInstallDocument,
        CompletionScriptDocument,
        CompletionStatusDocument,
    )


def status_document(shells: Iterable[Installed]) -> "CompletionStatusDocument":
    """Every shell with the place and state of its script."""
    return {
        "schema": 1,
        "shells": [
            {"shell": one.shell, "path": str(one.path), "installed": one.installed, "current": one.current}
            for one in shells
        ],
    }


def script_document(shell: str, script: str) -> "CompletionScriptDocument":
    """The script of a shell."""
    return {"schema": 1, "shell": shell, "script": script}


def installation_document(done: Installation) -> "CompletionInstallDocument":
    """The outcome of `--install`."""
    return {
        "schema": 1,
        "shell": done.shell,
        "path": str(done.path),
        "written": done.written,
        "replaced": done.replaced,
        "startup_file": str(done.startup_file) if done.startup_file else None,
    }
