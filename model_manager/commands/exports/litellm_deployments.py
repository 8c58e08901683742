"""A model as a deployment of a LiteLLM proxy: where it is called, with which key, its price and limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from model_manager.commands.exports.litellm_options import (
    REFERENCE,
    call_options,
    dropped_parameters,
    option_losses,
)
from model_manager.commands.exports.litellm_prices import price_fields, price_losses
from model_manager.commands.exports.litellm_providers import (
    BY_WIRE,
    WITHOUT_URL,
    LitellmProvider,
    litellm_provider,
)
from model_manager.commands.exports.losses import Loss
from model_manager.config.trust import Trust, check_trust
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Binding
from model_manager.core.base_urls import variables_of
from model_manager.core.litellm_fields import CAPABILITY_FIELDS
from model_manager.core.models import Model, Provider, Task
from model_manager.errors import NoBaseUrlError

#: What stands for a key where LiteLLM asks for one and the service does not.
NO_KEY = "not-needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A model in a group.

    Attributes:
        params: `litellm_params`, in the order in which they are read best.
        info: `model_info`.
        variables: what has to be set in the proxy's environment.
    """

    model: Model
    params: Mapping[str, Any]
    info: Mapping[str, Any]
    variables: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()


def deployment(
    workspace: Workspace, model: Model, task: Task, moment: datetime, weight: int | None = None
) -> Deployment:
    """The deployment of a model for a task's calls.

    Args:
        workspace: what is configured.
        model: what is called.
        task: whose defaults of options count.
        moment: the prices that are written.
        weight: its part of the traffic of a group; None: it has it for itself.

    Raises:
        SettingsError: the variable with the provider's base URL holds no usable URL.
        ProviderError: of kind "untrusted": the proxy would send a key to a URL that the project names.
    """
    provider = workspace.catalogue.provider_of(model)
    base_url = _base_url(workspace, model, task)
    is_overridden = workspace.lookup(provider.base_url_env) is not None
    theirs, api_base = litellm_provider(provider, base_url, is_overridden=is_overridden)
    key = _key_variable(workspace, provider)
    params: dict[str, Any] = {"model": f"{theirs.prefix}/{model.model_id}"}
    if api_base is not None:
        params["api_base"] = api_base
    if key:
        params["api_key"] = REFERENCE + key
    elif theirs.placeholder_key:
        params["api_key"] = NO_KEY
    params |= dict(theirs.settings)
    params |= {} if weight is None else {"weight": weight}
    params |= call_options(provider, model, task)
    if dropped := dropped_parameters(provider, model):
        params["additional_drop_params"] = list(dropped)
    return Deployment(
        model=model,
        params=params,
        info=_info(model, theirs, moment),
        variables=tuple(dict.fromkeys(_variables(provider, theirs, api_base, key))),
        losses=tuple(_losses(provider, model, task, theirs, moment)),
    )


def _base_url(workspace: Workspace, model: Model, task: Task) -> str | None:
    """The base URL in force, checked as for a call, as the proxy sends the key there; None: there is none here."""
    provider = workspace.catalogue.provider_of(model)
    try:
        to = workspace.destination(provider, model, task)
    except NoBaseUrlError:
        return None
    if to.key_binding is None and (name := _key_variable(workspace, provider)):
        to = replace(to, key_variable=name, key_binding=Binding(value=""))
    urls = () if isinstance(workspace.settings.trust, bool) else workspace.settings.trust
    check_trust(to, Trust(everything=workspace.trusted, urls=urls), workspace.environ)
    return to.base_url


def _key_variable(workspace: Workspace, provider: Provider) -> str | None:
    """The variable that holds the key here, or the one to set; an optional key counts only where it is set."""
    key = workspace.key(provider)
    return key.shown if provider.key == "required" else key.variable


def _variables(
    provider: Provider, theirs: LitellmProvider, api_base: str | None, key: str | None
) -> Iterator[str]:
    if key:
        yield key
    if api_base and api_base.startswith(REFERENCE):
        yield api_base.removeprefix(REFERENCE)
    if theirs is WITHOUT_URL.get(provider.id):
        yield from variables_of(provider.base_url or "")


def _info(model: Model, theirs: LitellmProvider, moment: datetime) -> Mapping[str, Any]:
    info: dict[str, Any] = {"mode": "chat"}
    if most := model.max_input or model.context_window:
        info["max_input_tokens"] = most
    if model.max_output:
        info["max_output_tokens"] = model.max_output
    info |= price_fields(model, theirs.prefix, moment)
    for capability, name in CAPABILITY_FIELDS.items():
        if (known := model.has(capability)) is not None:
            info[name] = known
    return info


def _losses(
    provider: Provider, model: Model, task: Task, theirs: LitellmProvider, moment: datetime
) -> Iterator[Loss]:
    yield from price_losses(model, moment)
    yield from option_losses(provider, model, task)
    usual = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}.get(provider.wire, "bearer")
    if provider.auth not in {None, "none", usual} and theirs is not WITHOUT_URL.get(provider.id):
        yield Loss(model.id, f"its key as {provider.auth}: LiteLLM sends it as {usual}")
    if theirs is BY_WIRE["openai"] and "max_tokens" in provider.parameters:
        name = provider.parameters["max_tokens"]
        yield Loss(model.id, f"the name {name} for max_tokens: LiteLLM sends the name that the client used")
