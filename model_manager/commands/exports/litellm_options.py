"""Defaults of the options of calls as LiteLLM's parameters, which a client's own replace; and what is dropped."""

from collections.abc import Iterator, Mapping
from typing import Any

from model_manager.commands.exports.losses import Loss
from model_manager.core.endpoints import parameters_of
from model_manager.core.models import Model, Provider, Task
from model_manager.core.redaction import is_secret_header

#: How a value in LiteLLM's file names a variable of the proxy's environment.
REFERENCE = "os.environ/"
#: Options that LiteLLM has by the same name.
_SAME = ("max_tokens", "temperature", "top_p", "seed", "tool_choice", "parallel_tool_calls", "service_tier",
         "extra_body")  # fmt: skip
#: What is left out of a request where a model does not take it, and LiteLLM's name for it.
_LEFT_OUT = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "parallel_tool_calls": "parallel_tool_calls",
    "reasoning": "reasoning_effort",
    "service_tier": "service_tier",
}
_CHOICES = ("auto", "none", "required")


def call_options(provider: Provider, model: Model, task: Task) -> Mapping[str, Any]:
    """The defaults of a task's calls to a model, in LiteLLM's form."""
    options = _defaults(model, task)
    parameters = parameters_of(provider, model)
    left_out = {name for name in _LEFT_OUT if parameters.get(name) is False}
    found = {name: options[name] for name in _SAME if name in options and name not in left_out}
    if found.get("tool_choice", "auto") not in _CHOICES:
        del found["tool_choice"]  # of a tool that this call need not have
    if stop := options.get("stop"):
        found["stop"] = list(stop)
    if "reasoning" in options and "reasoning" not in left_out:
        found |= _reasoning(options["reasoning"])
    if "logprobs" in options:
        found |= {"logprobs": True} | ({"top_logprobs": options["logprobs"]} if options["logprobs"] else {})
    headers = _headers(provider, model, task)
    if shown := {name: value for name, value in headers.items() if not is_secret_header(name)}:
        found["extra_headers"] = shown
    return {name: value for name, value in found.items() if not _is_read_from_environment(value)}


def dropped_parameters(provider: Provider, model: Model) -> tuple[str, ...]:
    """The parameters of a client that are taken out of a request, by LiteLLM's names."""
    parameters = parameters_of(provider, model)
    return tuple(theirs for ours, theirs in _LEFT_OUT.items() if parameters.get(ours) is False)


def option_losses(provider: Provider, model: Model, task: Task) -> Iterator[Loss]:
    """Options and headers that are not exported."""
    options = _defaults(model, task)
    for name in ("cache", "metadata"):
        if name in options:
            yield Loss(task.name, f"the option {name}")
    if options.get("tool_choice", "auto") not in _CHOICES:
        yield Loss(task.name, "the option tool_choice, which names a tool")
    headers = _headers(provider, model, task)
    shown = {name: value for name, value in headers.items() if not is_secret_header(name)}
    for name, value in {**options, "extra_headers": shown}.items():
        if _is_read_from_environment(value):
            yield Loss(task.name, f"{name}: LiteLLM would read {REFERENCE}NAME in it from its environment")
    for name in headers:
        if is_secret_header(name):
            yield Loss(model.id, f"the header {name}, as it may hold a key: add it with os.environ/NAME")


def _defaults(model: Model, task: Task) -> Mapping[str, Any]:
    return {**model.options, **task.options}


def _headers(provider: Provider, model: Model, task: Task) -> Mapping[str, str]:
    return {**parameters_of(provider, model).get("headers", {}), **_defaults(model, task).get("extra_headers", {})}


def _is_read_from_environment(value: Any) -> bool:
    """Whether LiteLLM would put a variable in its place: a project's file could have a key sent by it."""
    if isinstance(value, str):
        return REFERENCE in value
    if isinstance(value, Mapping):
        return any(map(_is_read_from_environment, (*value, *value.values())))
    return isinstance(value, list | tuple) and any(map(_is_read_from_environment, value))


def _reasoning(value: str | int) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"reasoning_effort": value}
    return {"thinking": {"type": "enabled", "budget_tokens": value}}
