"""The JSON documents of `completion`."""

from collections.abc import Iterable
from typing import Any

from model_manager.commands.completion_install import Installation, Installed


def status_document(shells: Iterable[Installed]) -> dict[str, Any]:
    """Which shell has its script where, and whether it is today's."""
    return {
        "shells": [
            {"shell": one.shell, "path": str(one.path), "installed": one.installed, "current": one.current}
            for one in shells
        ]
    }


def installation_document(done: Installation) -> dict[str, Any]:
    """What `--install` did."""
    return {
        "shell": done.shell,
        "path": str(done.path),
        "written": done.written,
        "replaced": done.replaced,
        "startup_file": str(done.startup_file) if done.startup_file else None,
    }
