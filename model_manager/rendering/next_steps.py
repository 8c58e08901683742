"""What to type after a failed call, in one line: the hint of its error, and a command. No rich here."""

import math
import shlex
from collections.abc import Callable

from model_manager.core.models import Model
from model_manager.errors import ProviderError, RouteError

#: How the servers that run on one's own machine are started, by provider.
_STARTED_BY = {
    "ollama": "ollama serve",
    "lmstudio": "lms server start",
    "vllm": "vllm serve {model_id}",
    "llamacpp": "llama-server -m FILE.gguf",
    "litellm": "litellm --config FILE.yaml",
}
_REQUEST = "see the request with --curl"


def next_step(error: ProviderError, model: Model | None) -> str | None:
    """How to go on after a failed call, or None where its message says all there is to say.

    Args:
        error: why there is no complete answer.
        model: the one that was called, if it is known.
    """
    if isinstance(error, RouteError):  # several models, which need not be the one that stands for the route
        return _joined(*dict.fromkeys(next_step(failure, None) for failure in error.failures))
    step = _STEPS.get(error.kind)
    return step(error, model) if step else error.hint


def _joined(*parts: str | None) -> str | None:
    return "; ".join(part for part in parts if part) or None


def _not_found(error: ProviderError, model: Model | None) -> str | None:
    if model is None:
        return _joined(error.hint, "see all with: model-manager list")
    if error.hint and "ollama pull" in error.hint:
        return error.hint
    look = f"see model-manager info {shlex.quote(model.id)}"
    return _joined(error.hint, f"{look}, and model-manager list --provider {shlex.quote(model.provider)}")


def _permission(error: ProviderError, model: Model | None) -> str | None:
    others = f"see the others: model-manager list --provider {shlex.quote(model.provider)}" if model else None
    return _joined(error.hint, others)


def _later(error: ProviderError, _: Model | None) -> str | None:
    """Of a rate limit or a provider without capacity: when the same call may succeed."""
    when = "in a minute" if error.retry_after_s is None else f"in {math.ceil(error.retry_after_s)} s"
    if error.kind == "rate_limit":
        return f"try again {when}, or ask the provider for a higher limit"
    return _joined(f"try again {when}", error.hint)


def _connection(error: ProviderError, model: Model | None) -> str | None:
    start = _STARTED_BY.get(model.provider) if model and error.is_unreachable else None
    if model is None or start is None:
        return error.hint or "check the network, firewalls and proxies, then try again"
    others = (error.hint or "").replace("the server is running and that ", "")  # that is said by the command
    return _joined(f"start the server: {start.format(model_id=shlex.quote(model.model_id))}", others)


def _bad_request(error: ProviderError, _: Model | None) -> str | None:
    return error.hint or _REQUEST


def _protocol(error: ProviderError, _: Model | None) -> str | None:
    return _joined(error.hint, f"{_REQUEST}, and what came with -vv")


def _content_filter(error: ProviderError, _: Model | None) -> str | None:
    return error.hint or "change the prompt, or name another model with -m"


_STEPS: dict[str, Callable[[ProviderError, Model | None], str | None]] = {
    "not_found": _not_found,
    "permission": _permission,
    "rate_limit": _later,
    "overloaded": _later,
    "server": _later,
    "connection": _connection,
    "bad_request": _bad_request,
    "protocol": _protocol,
    "content_filter": _content_filter,
}
