"""Checks of what the catalogue says of calls: the parameters of providers and models, and defaults of options."""

from typing import Any

from model_manager.config.catalogue import validators as checks
from model_manager.config.catalogue.validators import Check
from model_manager.core.chat import call_options
from model_manager.errors import UsageError

#: The headers of a catalogue may carry whatever a gateway wants besides the key of the provider.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "authorization", "x-api-key", "x-goog-api-key"}
)
#: Options that a provider or a model takes, or does not.
_FLAGS = (*("temperature", "top_p", "stop", "parallel_tool_calls", "service_tier", "logprobs", "metadata"),)
#: Options that a provider or a model takes, or does not, or wants in another form than is the wire's own.
_FORMS = {
    "reasoning": (
        *("reasoning_effort", "reasoning", "thinking", "thinking_effort", "enable_thinking"),
        *("budget", "thinkingBudget", "effort"),
    ),
    "seed": ("random_seed",),
    "tool_choice": ("any", "required"),
    "cache": ("cache_control",),
}


def _headers(value: Any) -> str | None:
    return call_options.header_problem(value, _OWN_HEADERS)


def _option(name: str) -> Check:
    """An option, checked as an application's would be."""

    def check(value: Any) -> str | None:
        try:
            call_options.OPTIONS[name](name, checks.plain_value(value))
        except UsageError as error:
            return error.message
        return None

    return check


PARAMETERS: dict[str, Check] = {
    "headers": _headers,
    "stream_usage": checks.flag,
    "think_tags": checks.either(checks.flag, checks.one_of(("opened",))),
    "max_tokens": checks.either(checks.text, checks.exactly(expected=False)),
    "default_max_tokens": checks.count,
    **dict.fromkeys(_FLAGS, checks.flag),
    **{name: checks.either(checks.flag, checks.one_of(words)) for name, words in _FORMS.items()},
}
OPTIONS: dict[str, Check] = {name: _option(name) for name in call_options.OPTIONS}
