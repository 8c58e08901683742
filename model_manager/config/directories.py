"""Directories outside a project: configuration, state, cache and ledger, by the platform or XDG variables."""

from collections.abc import Callable, Mapping
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_state_path

from model_manager.errors import UsageError

APPLICATION = "model-manager"
LEDGER_VARIABLE = "MODEL_MANAGER_LEDGER"
#: Stands for the home directory of those who have none: no HOME and no entry among the users, as in containers.
_NO_HOME = Path("/nonexistent")
#: The ledger keeps as many characters of a name.
_LONGEST_LABEL = 200


def user_directory(environ: Mapping[str, str]) -> Path:
    """The directory of a user's own models.toml."""
    if base := environ.get("XDG_CONFIG_HOME", "").strip():
        return Path(base) / APPLICATION
    return _platform_path(lambda: user_config_path(APPLICATION, appauthor=False))


def state_directory(environ: Mapping[str, str]) -> Path:
    """The directory of locks, cool-downs, histories of assignments and the ledger."""
    if base := environ.get("XDG_STATE_HOME", "").strip():
        return Path(base) / APPLICATION
    return _platform_path(lambda: user_state_path(APPLICATION, appauthor=False))


def fetched_file(environ: Mapping[str, str]) -> Path:
    """The generated layer of the catalogue: facts that `update` fetched."""
    return state_directory(environ) / "update" / "facts.toml"


def cache_directory(environ: Mapping[str, str]) -> Path:
    """The directory of files that can be made again: the catalogue cache and the words of completion."""
    if base := environ.get("XDG_CACHE_HOME", "").strip():
        return Path(base) / APPLICATION
    return _platform_path(lambda: user_cache_path(APPLICATION, appauthor=False, opinion=False))


def home_directory(environ: Mapping[str, str]) -> Path:
    """The user's home directory; one that does not exist for users who have none."""
    try:
        return Path(environ.get("HOME") or Path.home())
    except RuntimeError:
        return _NO_HOME


def _platform_path(find: Callable[[], Path]) -> Path:
    """A directory by the platform's rules, which begin with the home directory."""
    try:
        return find()
    except RuntimeError:
        return _NO_HOME / APPLICATION


def absolute(path: Path) -> Path:
    """A path from the current directory, which may be gone where it is not needed.

    Raises:
        UsageError: it is needed, and was deleted.
    """
    return path if path.is_absolute() else current_directory() / path


def current_directory() -> Path:
    """The current directory.

    Raises:
        UsageError: it was deleted.
    """
    try:
        return Path.cwd()
    except FileNotFoundError:
        message = "the current directory has been deleted"
        raise UsageError(message, hint="go to one that exists, or name one with `directory`") from None


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
        try:
            return Path(named).expanduser()
        except RuntimeError:  # nobody knows whose home that is
            raise UsageError(f"{LEDGER_VARIABLE}: {named}: there is no such home directory") from None
    return state_directory(environ) / "ledger" / "ledger.db"


def project_label(directory: Path) -> str:
    """The project's name as it stands in the ledger: the directory that holds `.git`, else its own directory.

    Question marks stand for what is not UTF-8 in it: no database and no metric takes that.
    """
    here = directory.absolute()
    root = next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), here)
    name = root.resolve().name.encode(errors="replace").decode()
    return name[:_LONGEST_LABEL] or "/"
