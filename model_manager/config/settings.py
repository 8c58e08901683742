"""This tool's own settings, MODEL_MANAGER_*, from the environment and the .env files.

The only pydantic outside the server.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from model_manager.core.assignments import Binding, source_of
from model_manager.core.suggestions import nearest
from model_manager.errors import Problem, SettingsError

PREFIX = "MODEL_MANAGER_"
#: Settings by which a checkout could make itself trusted; they count only in the process environment.
_ENVIRONMENT_ONLY = ("TRUST", "ALLOW_HTTP")


class Settings(BaseSettings):
    """What a user may set once instead of on every command line."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", env_ignore_empty=True, frozen=True)

    models_file: Path | None = None
    #: Seconds of silence after which a call is given up.
    timeout: Annotated[float, Field(gt=0, le=3600)] = 120.0
    #: Further attempts after a failure that may pass.
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    ledger: Path | None = None
    server_token: Annotated[str | None, Field(repr=False)] = None
    trust: bool = False
    #: Providers that may be called over plain http on another machine: ids, comma separated, or 1 for all.
    allow_http: str = ""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `read_settings` found: it looks in more places than pydantic-settings, and says where."""
        return (_Found(settings_cls, init_settings()["_found"]),)

    def allows_http(self, provider: str) -> bool:
        """Whether the environment lets this provider be called over plain http."""
        words = {word.strip() for word in self.allow_http.split(",")}
        return bool(words & {provider, "1", "true", "all"})


_KNOWN = tuple(f"{PREFIX}{field.upper()}" for field in Settings.model_fields)


class _Found(EnvSettingsSource):
    """Variables that were looked up already, taken as if they were the environment."""

    def __init__(self, settings_cls: type[BaseSettings], found: Mapping[str, str]) -> None:
        self._found = {name.lower(): value for name, value in found.items()}
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._found


def read_settings(places: Sequence[Mapping[str, Binding]]) -> tuple[Settings, tuple[str, ...]]:
    """The settings and warnings; `places` are the environment and the files, the strongest first.

    Raises:
        SettingsError: a value that cannot be meant, with the variable and where it stands.
    """
    found = _winners(places)
    warnings = tuple(_unknown(found))
    # Only exact names: pydantic-settings folds case, so MODEL_MANAGER_Trust would otherwise slip past `_counts`.
    bindings = {name: binding for name, binding in found.items() if name in _KNOWN and _counts(name, binding)}
    try:
        settings = Settings(_found={name: binding.value.strip() for name, binding in bindings.items()})  # type: ignore[call-arg]
    except ValidationError as error:
        problems = [_problem(item, bindings) for item in error.errors()]
        raise SettingsError("; ".join(str(problem) for problem in problems), problems=problems) from None
    ignored = [name for name in found if name in _KNOWN and name not in bindings]
    return settings, warnings + tuple(
        f"{name} in {found[name].file} is ignored: only the process environment may say this" for name in ignored
    )


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
    unknown = [name for name in found if name not in _KNOWN]
    return [
        f"{source_of(name, found[name]).text} is not a setting of model-manager{_meant(name)}" for name in unknown
    ]


def _meant(name: str) -> str:
    # Without the prefix, which makes all of them alike.
    words = nearest(name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in _KNOWN], 1)
    return f"; did you mean {PREFIX}{words[0]}?" if words else ""


def _problem(error: Mapping[str, Any], bindings: Mapping[str, Binding]) -> Problem:
    name = f"{PREFIX}{str(error['loc'][0]).upper()}"
    binding = bindings[name]
    message = f"{error['msg']}, got {binding.value.strip()!r}"
    return Problem(binding.file or "the environment", name, message, binding.line)
