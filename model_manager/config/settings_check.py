"""What the values of our own settings may be.

The only pydantic outside the server.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from model_manager.core.assignments import Binding
from model_manager.core.limits import MAX_RETRIES
from model_manager.errors import Problem, SettingsError


class _Values(BaseSettings):
    """The types and bounds of `Settings`; what is not set has its default there."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    models_file: Path | None = None
    timeout: Annotated[float | None, Field(gt=0, le=3600)] = None
    retries: Annotated[int | None, Field(ge=0, le=MAX_RETRIES)] = None
    ledger: Path | None = None
    server_token: str | None = None
    trust: bool | None = None
    allow_http: str | None = None

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what was found: it was looked for in more places than pydantic-settings knows, and we say where."""
        return (_Found(settings_cls, init_settings()["_found"]),)


class _Found(EnvSettingsSource):
    """Variables that were looked up already, taken as if they were the environment."""

    def __init__(self, settings_cls: type[BaseSettings], found: Mapping[str, str]) -> None:
        self._found = {name.lower(): value for name, value in found.items()}
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._found


def check_settings(prefix: str, bindings: Mapping[str, Binding]) -> dict[str, Any]:
    """The values of these variables, of the types that `Settings` has, by the names without the prefix.

    Raises:
        SettingsError: a value that cannot be meant, with the variable and where it stands.
    """
    found = {name.removeprefix(prefix): binding.value.strip() for name, binding in bindings.items()}
    try:
        return _Values(_found=found).model_dump(exclude_unset=True)  # type: ignore[call-arg]
    except ValidationError as error:
        problems = [_problem(item, prefix, bindings) for item in error.errors()]
        raise SettingsError("; ".join(str(problem) for problem in problems), problems=problems) from None


def _problem(error: Mapping[str, Any], prefix: str, bindings: Mapping[str, Binding]) -> Problem:
    name = f"{prefix}{str(error['loc'][0]).upper()}"
    binding = bindings[name]
    message = f"{error['msg']}, got {binding.value.strip()!r}"
    return Problem(binding.file or "the environment", name, message, binding.line)
