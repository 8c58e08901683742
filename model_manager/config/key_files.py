"""Keys in files that the process environment names, as containers mount secrets: NAME_FILE stands for NAME."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from stat import S_ISREG

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
        content = _content_of(path)
    except OSError as error:
        raise SettingsError(f"{where} cannot be read: {error.strerror or error}") from None
    if content is None:
        raise SettingsError(f"{where} is not a regular file", hint=_HINT)
    if len(content) > _LONGEST:
        raise SettingsError(f"{where} is larger than {_LONGEST // 1024} KiB", hint=_HINT)
    key = content.decode("utf-8-sig", "replace").strip()
    if not key:
        raise SettingsError(f"{where} is empty", hint="put the key into it")
    if len(key.splitlines()) > 1:
        raise SettingsError(f"{where} has several lines", hint="put the key into it, and nothing else")
    return key


def _content_of(path: str) -> bytes | None:
    """What a file holds, at most a byte more than it may; None: it is no regular file. It waits for no writer."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_LONGEST + 1) if S_ISREG(os.fstat(descriptor).st_mode) else None
