"""What a project's file may not say in a catalogue, because a checkout may come from anyone."""

from collections.abc import Iterator, Mapping
from typing import Any

from model_manager.config.catalogue.schema import Mistake
from model_manager.core.base_urls import variables_of


def project_mistakes(data: Mapping[str, Any]) -> Iterator[Mistake]:
    """The settings of a project's file that only the user may have."""
    providers = data.get("providers")
    for name, provider in providers.items() if isinstance(providers, dict) else ():
        if not isinstance(provider, dict):
            continue
        yield from _key_variables(name, provider.get("api_key_env"))
        if isinstance(url := provider.get("base_url"), str) and variables_of(url):
            message = "a project's file may not put variables of the environment into a base URL"
            hint = "write it out, or set it in your own models.toml"
            yield Mistake(("providers", name, "base_url"), message, hint)
        if "allow_http" in provider:
            message = "a project's file may not allow plain http"
            hint = f"set it in your own models.toml, or MODEL_MANAGER_ALLOW_HTTP={name} in the environment"
            yield Mistake(("providers", name, "allow_http"), message, hint)


def _key_variables(provider: str, variables: Any) -> Iterator[Mistake]:
    for key in variables if isinstance(variables, list) else ():
        if not isinstance(key, str):
            continue
        problem = None
        if not key.endswith(("_KEY", "_TOKEN")):
            problem = f"only name variables that end in _KEY or _TOKEN, not {key}"
        elif key.startswith("MODEL_MANAGER_"):
            problem = f"not name {key}, which is a setting of model-manager"
        if problem:
            yield Mistake(("providers", provider, "api_key_env"), f"a project's file may {problem}")
