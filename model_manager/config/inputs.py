"""Reads what a workspace is made of: the process environment, the .env files, and which catalogue is named."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from model_manager.config.directories import current_directory
from model_manager.config.dotenv.reader import EnvFile, read_env_file
from model_manager.config.search import ProjectFiles
from model_manager.config.settings import PREFIX, Settings
from model_manager.core.assignments import Binding, source_of
from model_manager.errors import EnvFileError, SettingsError, UsageError


def check_directory(directory: Path) -> None:
    """Refuse a directory that is not there.

    Raises:
        UsageError: naming it.
    """
    if not directory.is_absolute():
        current_directory()
    if not directory.is_dir() or not directory.absolute().is_dir():
        raise UsageError(f"there is no directory {directory}", parameter="directory")


def environment_bindings(environ: Mapping[str, str]) -> dict[str, Binding]:
    """The process environment."""
    # Another thread may take a variable away meanwhile.
    found = ((name, environ.get(name)) for name in list(environ))
    return {name: Binding(value=value) for name, value in found if value is not None}


def named_models_file(
    directory: Path,
    named: Path | None,
    settings: Settings,
    places: Sequence[Mapping[str, Binding]],
    project: ProjectFiles,
) -> tuple[Path | None, bool]:
    """The catalogue that replaces the user's and the project's, from the caller or from a setting.

    And whether it is the user's: named by the caller or the process environment, not by a file. One that a .env
    file above the directory names is relative to that file.

    Raises:
        UsageError, SettingsError: there is no such file.
    """
    if named is not None:
        if not (directory / named).exists():
            raise UsageError(f"there is no file {named}", parameter="models_file")
        return named, True
    chosen = settings.models_file
    if chosen is None:
        return None, False
    variable = f"{PREFIX}MODELS_FILE"
    binding = next(place[variable] for place in places if variable in place and place[variable].value.strip())
    if binding.file in project.env:
        chosen = Path(project.env_level) / chosen
    if not (directory / chosen).exists():
        raise SettingsError(f"{source_of(variable, binding).text}: there is no file {chosen}")
    return chosen, binding.file is None


def read_env_files(
    directory: Path, named: Sequence[Path], project: ProjectFiles, environ: Mapping[str, str]
) -> tuple[EnvFile, ...]:
    """The .env files, the strongest first.

    Raises:
        UsageError: one that was named does not exist.
        EnvFileError: one cannot be read.
    """
    try:
        for path in named:
            if not (directory / path).exists():
                raise UsageError(f"there is no file {path}", parameter="env_files")
        files = reversed(named) if named else map(Path, project.env)
        return tuple(read_env_file(directory / path, environ, shown=str(path)) for path in files)
    except PermissionError as error:
        raise EnvFileError(f"{error.filename}: {error.strerror}") from None
