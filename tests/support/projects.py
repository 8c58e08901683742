"""Writes projects: a models.toml, .env files and the user's own catalogue; and reads them as the tool does."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_manager.config.workspace import Workspace, open_workspace
from model_manager.core.models import Catalogue


def write(directory: Path, name: str, text: str | bytes) -> Path:
    """Write a file as it is, without touching its line ends."""
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def workspace_of(
    files: Mapping[str, str | bytes] | None = None,
    *,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> Workspace:
    """Read the working directory.

    Args:
        files: written there first, by name.
        user: the text of the user's own models.toml.
        env: the process environment besides the homes.
        options: for `open_workspace`.
    """
    for name, text in (files or {}).items():
        write(Path(), name, text)
    if user is not None:
        write(Path(os.environ["XDG_CONFIG_HOME"]), "model-manager/models.toml", user)
    environ = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME")}
    return open_workspace(Path(), environ={**environ, **(env or {})}, **options)


def catalogue_of(project: str | bytes = "", *, user: str | None = None) -> Catalogue:
    """The catalogue of a project's models.toml, and of the user's if there is one."""
    return workspace_of({"models.toml": project}, user=user).catalogue


#: A catalogue of one provider and one model that depends on nothing embedded.
SMALL = """
extends = false
[providers.acme]
wire = "openai"
base_url = "https://api.acme.example/v1"
api_key_env = ["ACME_API_KEY"]
[models.m]
provider = "acme"
"""
