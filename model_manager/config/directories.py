"""Where this tool keeps things outside a project: by the platform's rules, or as the XDG variables say."""

from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_state_path

APPLICATION = "model-manager"


def user_directory(environ: Mapping[str, str]) -> Path:
    """Where a user's own models.toml is."""
    if base := environ.get("XDG_CONFIG_HOME", "").strip():
        return Path(base) / APPLICATION
    return user_config_path(APPLICATION, appauthor=False)


def state_directory(environ: Mapping[str, str]) -> Path:
    """Where locks and the history of `assign` are."""
    if base := environ.get("XDG_STATE_HOME", "").strip():
        return Path(base) / APPLICATION
    return user_state_path(APPLICATION, appauthor=False)


def cache_directory(environ: Mapping[str, str]) -> Path:
    """Where what can be found out again is kept."""
    if base := environ.get("XDG_CACHE_HOME", "").strip():
        return Path(base) / APPLICATION
    return user_cache_path(APPLICATION, appauthor=False, opinion=False)
