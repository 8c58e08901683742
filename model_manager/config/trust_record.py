"""The destinations that the user trusts for good: a file in the state directory that calls are checked against."""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_manager.config.atomic_file import explain, replace_file
from model_manager.config.directories import state_directory
from model_manager.errors import ModelManagerError, SettingsError

_WRITABLE_BY_OTHERS = 0o022
_HINT = "remove it, and trust again what you trusted"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Grant:
    """The key in a variable may go to this base URL of this provider, as this file of a project names it.

    Attributes:
        file: the resolved path, so that another checkout has to be trusted by itself.
        base_url: with its path, in one spelling: tenants share hosts.
        headers: a digest of the file's headers that go there too; "": none do.
    """

    file: str
    provider: str
    base_url: str
    variable: str
    headers: str = ""


def trust_file(environ: Mapping[str, str]) -> Path:
    """Where grants are remembered."""
    return state_directory(environ) / "trust.json"


def read_grants(path: Path) -> frozenset[Grant]:
    """All that is remembered.

    Raises:
        SettingsError: others can write the file, or it is none that we wrote.
    """
    try:
        status = path.stat()
    except OSError:
        return frozenset()
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & _WRITABLE_BY_OTHERS):
        raise SettingsError(f"{path}: other users can write it, so it is ignored", hint=_HINT)
    try:
        document = json.loads(path.read_bytes())
        return frozenset(_grant(item) for item in document["trusted"])
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise SettingsError(f"{path}: is not in the format that the trust command writes", hint=_HINT) from None


def _grant(item: Mapping[str, Any]) -> Grant:
    found = Grant(**item)
    if not all(isinstance(value, str) for value in asdict(found).values()):
        raise TypeError("expected strings")
    return found


def _item(grant: Grant) -> dict[str, str]:
    """A grant as it is written; most have no headers."""
    return {name: value for name, value in asdict(grant).items() if value or name != "headers"}


def write_grants(path: Path, grants: Iterable[Grant]) -> None:
    """Remember these and no others.

    Raises:
        ModelManagerError: the file cannot be written.
    """
    document = {"schema": 1, "trusted": [_item(grant) for grant in sorted(grants)]}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, (json.dumps(document, indent=2) + "\n").encode())
        with suppress(OSError):
            path.chmod(0o600)
    except OSError as error:
        problem, hint = explain(error, path)
        raise ModelManagerError(f"{path} {problem}", hint=hint) from None
