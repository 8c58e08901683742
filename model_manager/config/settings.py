"""This tool's own settings, MODEL_MANAGER_*, from the environment and the .env files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_manager.config.catalogue.validators import url as url_problem
from model_manager.core.assignments import Binding, source_of
from model_manager.core.limits import DEFAULT_RETRIES, DEFAULT_TIMEOUT_S, MAX_RETRIES, MAX_TIMEOUT_S
from model_manager.core.suggestions import nearest

PREFIX = "MODEL_MANAGER_"
#: Settings by which a checkout could make itself trusted, let itself in, or record its calls elsewhere; they
#: count only in the process environment.
_ENVIRONMENT_ONLY = ("LEDGER", "SERVER_TOKEN", "METRICS_TOKEN", "TRUST", "ALLOW_HTTP", "USER_SALT")
#: What Kubernetes sets in every container for a service that is called model-manager.
_OF_KUBERNETES = re.compile(r"SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The user's settings, which hold for every command and service.

    Attributes:
        timeout: seconds of silence after which a call is given up.
        retries: further attempts after a failure that may pass.
        trust: whether the project's hosts may have keys: all of them, or these base URLs.
        allow_http: providers that may be called over plain http on another machine: ids, comma separated, or 1 for
            all.
        ledger: the file in which calls are recorded, or "off"; None: in the state directory.
        project: what this application is called in the ledger; None: as its directory.
        otel: whether calls are recorded with OpenTelemetry: "0", "1", or "legacy" for the names before v0.1.0.
        user_salt: what users' pseudonyms in the ledger are made with; None: a file beside it has it.
    """

    models_file: Path | None = None
    timeout: float = DEFAULT_TIMEOUT_S
    retries: int = DEFAULT_RETRIES
    ledger: str | None = None
    project: str | None = None
    user_salt: str | None = field(default=None, repr=False)
    server_token: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    trust: bool | tuple[str, ...] = False
    allow_http: str = ""
    otel: str | None = None

    def allows_http(self, provider: str) -> bool:
        """Whether the environment lets this provider be called over plain http."""
        words = {word.strip() for word in self.allow_http.split(",")}
        return bool(words & {provider, "1", "true", "all"})


#: Settings of which every value is valid, and what makes a value of the text.
_ANY_TEXT = {"models_file": Path, "ledger": str, "server_token": str, "metrics_token": str, "allow_http": str}
#: Settings whose values are words, and what those mean.
_WORDS: Mapping[str, Mapping[str, bool | str]] = {
    "trust": {"1": True, "true": True, "0": False, "false": False},
    "otel": {"0": "0", "1": "1", "legacy": "legacy"},
}
#: Longer numbers are nothing that a person writes.
_DIGITS = 12
_KNOWN = tuple(f"{PREFIX}{name.upper()}" for name in Settings.__slots__)


def read_settings(places: Sequence[Mapping[str, Binding]]) -> tuple[Settings, tuple[str, ...]]:
    """The settings and warnings; `places` are the environment and the files, the strongest first.

    Raises:
        SettingsError: a value that is not valid, with the variable and where it stands.
    """
    found = _winners(places)
    if not found:
        return Settings(), ()
    # Only exact names, so that MODEL_MANAGER_Trust does not slip past `_counts`.
    bindings = {name: binding for name, binding in found.items() if name in _KNOWN and _counts(name, binding)}
    ignored = [name for name in found if name in _KNOWN and name not in bindings]
    warnings = [
        f"{name} in {found[name].file} is ignored: it can only be set in the process environment"
        for name in ignored
    ]
    return _checked(bindings), (*_unknown(found), *warnings)


def _checked(bindings: Mapping[str, Binding]) -> Settings:
    """The values as they are usually written; others are for pydantic to accept or to explain.

    Loading pydantic takes as long as all else that `list --json` does.
    """
    texts = {name.removeprefix(PREFIX).lower(): binding.value.strip() for name, binding in bindings.items()}
    values = {name: _usual_value(name, text) for name, text in texts.items()}
    if None in values.values():
        from model_manager.config.settings_check import check_settings

        values = check_settings(PREFIX, bindings)
    return Settings(**values)


def _usual_value(name: str, text: str) -> Any:
    """The value of a setting whose text is in the usual form and within bounds; else None."""
    if name in _ANY_TEXT:
        return _ANY_TEXT[name](text) if text.isprintable() else None
    if name in _WORDS:
        return trusted_urls(text) if name == "trust" and "://" in text else _WORDS[name].get(text)
    if name not in {"timeout", "retries"}:
        return None
    if not text.isascii() or not text.replace(".", "", 1).isdecimal() or len(text) > _DIGITS:
        return None
    if name == "timeout":
        return float(text) if 0 < float(text) <= MAX_TIMEOUT_S else None
    return int(text) if text.isdecimal() and int(text) <= MAX_RETRIES else None


def trusted_urls(text: str) -> tuple[str, ...] | None:
    """The base URLs in a text, separated by commas; None if one is none."""
    urls = tuple(part.strip() for part in text.split(",") if part.strip())
    return urls if not any(map(url_problem, urls)) else None


def _winners(places: Sequence[Mapping[str, Binding]]) -> dict[str, Binding]:
    found: dict[str, Binding] = {}
    for place in places:
        for name, binding in place.items():
            if name.startswith(PREFIX) and binding.value.strip() and name not in found:
                found[name] = binding
    return found


def _counts(name: str, binding: Binding) -> bool:
    return binding.file is None or name.removeprefix(PREFIX) not in _ENVIRONMENT_ONLY


def _unknown(found: Mapping[str, Binding]) -> list[str]:
    unknown = [name for name, binding in found.items() if name not in _KNOWN and not _is_kubernetes(name, binding)]
    return [
        f"{source_of(name, found[name]).text} is not a setting of model-manager{_meant(name)}" for name in unknown
    ]


def _is_kubernetes(name: str, binding: Binding) -> bool:
    return binding.file is None and bool(_OF_KUBERNETES.fullmatch(name.removeprefix(PREFIX)))


def _meant(name: str) -> str:
    # Without the prefix, which makes all of them alike.
    words = nearest(name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in _KNOWN], 1)
    return f"; did you mean {PREFIX}{words[0]}?" if words else ""
