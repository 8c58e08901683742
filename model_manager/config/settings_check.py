"""The types and bounds of our own settings, and what is said of a value that is not within them.

The only pydantic outside the server. It is loaded for a value that `settings` does not understand by itself.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from model_manager.config.settings import trusted_urls
from model_manager.core.assignments import Binding
from model_manager.core.limits import MAX_RETRIES, MAX_TIMEOUT_S
from model_manager.errors import Problem, SettingsError


class _Values(BaseSettings):
    """The types and bounds of `Settings`; what is not set has its default there."""

    model_config = SettingsConfigDict(extra="forbid")

    models_file: Path | None = None
    timeout: Annotated[float | None, Field(gt=0, le=MAX_TIMEOUT_S)] = None
    retries: Annotated[int | None, Field(ge=0, le=MAX_RETRIES)] = None
    ledger: str | None = None
    project: Annotated[str | None, Field(max_length=200)] = None
    user_salt: Annotated[str | None, Field(min_length=16)] = None
    server_token: str | None = None
    metrics_token: str | None = None
    trust: bool | None = None
    allow_http: str | None = None
    otel: Literal["0", "1", "legacy"] | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings names it
        init_settings: PydanticBaseSettingsSource,
        *_: Any,
        **__: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what was found: it was looked for in more places than pydantic-settings knows, and we say where."""
        return (init_settings,)


def check_settings(prefix: str, bindings: Mapping[str, Binding]) -> dict[str, Any]:
    """The values of these variables, of the types that `Settings` has, by the names without the prefix.

    Raises:
        SettingsError: a value that is not valid, with the variable and where it stands.
    """
    found: dict[str, Any] = {
        name.removeprefix(prefix).lower(): binding.value.strip() for name, binding in bindings.items()
    }
    urls = found.pop("trust") if "://" in found.get("trust", "") else None
    try:
        checked = _Values(**found).model_dump(exclude_unset=True)
        problems = []
    except ValidationError as error:
        checked, problems = {}, [_problem(item, prefix, bindings) for item in error.errors()]
    if urls is not None:
        checked["trust"] = trusted_urls(urls)
        if checked["trust"] is None:
            mistake = {"loc": ("trust",), "msg": "Input should be 1, 0, or base URLs separated by commas"}
            problems.append(_problem(mistake, prefix, bindings))
    if problems:
        raise SettingsError("; ".join(str(problem) for problem in problems), problems=problems)
    return checked


def _problem(error: Mapping[str, Any], prefix: str, bindings: Mapping[str, Binding]) -> Problem:
    name = f"{prefix}{str(error['loc'][0]).upper()}"
    binding = bindings[name]
    message = f"{error['msg']}, got {binding.value.strip()!r}"
    return Problem(binding.file or "the environment", name, message, binding.line)
