"""Keys in files that the process environment names, as containers mount secrets: NAME_FILE stands for NAME."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from model_manager.config.regular_file import NotRegularFileError, read_regular_file
from model_manager.core.assignments import Binding
from model_manager.errors import SettingsError

_SUFFIX = "_FILE"
#: No key is longer; whoever names a disk or a log has made a mistake.
_LONGEST = 64 * 1024
_HINT = "name the file that holds the key"


def read_key_files(environment: Mapping[str, Binding], variables: Iterable[str]) -> dict[str, Binding]:
    """The keys of those variables that are not set themselves, and whose NAME_FILE is.

    Raises:
        SettingsError: a file cannot be read, or holds more than one line; the variable and the file are named.
    """
    found = {}
    for variable in variables:
        named, own = environment.get(f"{variable}{_SUFFIX}"), environment.get(variable)
        if named and named.value.strip() and not (own and own.value.strip()):
            path = named.value.strip()
            found[variable] = Binding(value=_key_of(f"{variable}{_SUFFIX}", path), key_file=path)
    return found


def ignored_key_files(files: Sequence[Mapping[str, Binding]], variables: Iterable[str]) -> Iterator[str]:
    """Warnings about NAME_FILE in .env files: a checkout must not choose which files of the user's are read."""
    for variable in variables:
        for bindings in files:
            binding = bindings.get(f"{variable}{_SUFFIX}")
            if binding and binding.value.strip():
                where = f"{variable}{_SUFFIX} in {binding.file}:{binding.line}"
                yield f"{where} is ignored: it can only be set in the process environment"


def _key_of(name: str, path: str) -> str:
    """The one line of a file.

    Raises:
        SettingsError: naming the variable and the file, and never its content.
    """
    where = f"{name} in the environment: {path}"
    try:
        content = read_regular_file(Path(path), _LONGEST)
    except NotRegularFileError as error:
        raise SettingsError(f"{where} {error.reason}", hint=_HINT) from None
    except OSError as error:
        raise SettingsError(f"{where} cannot be read: {error.strerror or error}") from None
    key = content.decode("utf-8-sig", "replace").strip()
    if not key:
        raise SettingsError(f"{where} is empty", hint="put the key into it")
    if len(key.splitlines()) > 1:
        raise SettingsError(f"{where} has several lines", hint="put the key into it, and nothing else")
    return key
