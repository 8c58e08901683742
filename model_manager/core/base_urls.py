"""Base URLs with variables of the environment in them: `https://bedrock-runtime.${AWS_REGION}.amazonaws.com`."""

import re
from collections.abc import Mapping

from model_manager.errors import NoBaseUrlError

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: One label of a host's name, and one segment of a path: neither can lead to another host or path.
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_SEGMENT = re.compile(r"(?!\.+\Z)[A-Za-z0-9._~-]{1,128}")


def variable_stem(name: str) -> str:
    """A provider's or task's name in the characters that a variable's name may have."""
    return "".join(char if char.isalnum() and char.isascii() else "_" for char in name.upper())


def variables_of(url: str) -> tuple[str, ...]:
    """The variables in a base URL, each once."""
    return tuple(dict.fromkeys(VARIABLE.findall(url)))


def expanded(url: str, environ: Mapping[str, str]) -> str:
    """A base URL with the values of its variables.

    Raises:
        NoBaseUrlError: a variable is not set, or its value is not one label of a host or one segment of a path.
    """
    if "$" not in url:
        return url
    values = {name: environ.get(name, "").strip() for name in variables_of(url)}
    if missing := [name for name, value in values.items() if not value]:
        raise NoBaseUrlError(f"set {' and '.join(missing)} in the environment")
    path_at = _start_of_path(url)

    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        in_path = found.start() >= path_at
        if not (_SEGMENT if in_path else _LABEL).fullmatch(values[name]):
            # The value is not repeated: it may be a key that was put into the wrong variable.
            expected = "one part of a path" if in_path else "one part of a host's name, without dots"
            raise NoBaseUrlError(f"{name} in the environment is not {expected}")
        return values[name]

    return VARIABLE.sub(value_of, url)


def _start_of_path(url: str) -> int:
    """Where the path begins: behind the first slash that is not of the scheme."""
    at = url.find("/", url.find("://") + 3)
    return len(url) if at < 0 else at
