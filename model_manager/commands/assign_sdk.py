"""Warnings about variables that an application's own SDK may read, given a model of another provider."""

from collections.abc import Iterable, Mapping

from model_manager.core.models import Catalogue, Provider
from model_manager.core.routing.grammar import Route

_KEY = "_API_KEY"


def foreign_models(catalogue: Catalogue, routes: Mapping[str, Route]) -> Iterable[str]:
    """A warning for each variable that is named after a provider (OPENAI_MODEL) and gets a model of another one.

    Code that reads it by itself sends the value to the provider that it is named after, which refuses the call.
    """
    for variable, route in routes.items():
        named = [provider for provider in catalogue.providers.values() if variable in _model_variables(provider)]
        ids = {provider.id for provider in named}
        foreign = [model.id for model in map(catalogue.find, route.names) if model and model.provider not in ids]
        if named and foreign:
            provider = named[0].name
            yield (
                f"code that sends {variable} to {provider} by itself fails: "
                f"{foreign[0]} is not a model of {provider}"
            )


def _model_variables(provider: Provider) -> set[str]:
    """The names that are usual for the model, as made from those of the key."""
    return {f"{name.removesuffix(_KEY)}_MODEL" for name in provider.api_key_env if name.endswith(_KEY)}
