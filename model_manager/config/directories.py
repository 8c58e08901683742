"""Directories outside a project: configuration, state, cache and ledger, by the platform or XDG variables."""

from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_state_path

APPLICATION = "model-manager"
LEDGER_VARIABLE = "MODEL_MANAGER_LEDGER"


def user_directory(environ: Mapping[str, str]) -> Path:
    """The directory of a user's own models.toml."""
    if base := environ.get("XDG_CONFIG_HOME", "").strip():
        return Path(base) / APPLICATION
    return user_config_path(APPLICATION, appauthor=False)


def state_directory(environ: Mapping[str, str]) -> Path:
    """The directory of locks, cool-downs, histories of assignments and the ledger."""
    if base := environ.get("XDG_STATE_HOME", "").strip():
        return Path(base) / APPLICATION
    return user_state_path(APPLICATION, appauthor=False)


def cache_directory(environ: Mapping[str, str]) -> Path:
    """The directory of files that can be made again: the catalogue cache and the words of completion."""
    if base := environ.get("XDG_CACHE_HOME", "").strip():
        return Path(base) / APPLICATION
    return user_cache_path(APPLICATION, appauthor=False, opinion=False)


def ledger_file(environ: Mapping[str, str]) -> Path | None:
    """The file in which calls are recorded; None if nothing is to be recorded.

    Only the environment says so, not a file of a project: a checkout must not choose where its calls go.
    """
    return ledger_path(environ.get(LEDGER_VARIABLE), environ)


def ledger_path(named: str | None, environ: Mapping[str, str]) -> Path | None:
    """The same for what a setting or an argument says: a path, "off", or nothing for the usual place."""
    named = (named or "").strip()
    if named.lower() == "off":
        return None
    if named:
        return Path(named).expanduser()
    return state_directory(environ) / "ledger" / "ledger.db"


def project_label(directory: Path) -> str:
    """The project's name in the ledger: the directory that holds `.git`, else its own directory."""
    here = directory.absolute()
    root = next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), here)
    return root.resolve().name or "/"
