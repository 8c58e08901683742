"""Hints for failed calls: one sentence by kind of error. It decides nothing."""

from model_manager.core.endpoints import Endpoint
from model_manager.providers.wires.base import Failure


def hint_of(failure: Failure, endpoint: Endpoint) -> str | None:
    """How to fix a failure, or None where its message says all there is to say."""
    if failure.hint:
        return failure.hint
    provider, model = endpoint.provider, endpoint.model
    variables = " or ".join(provider.api_key_env) or "the catalogue's api_key_env"
    status_page = f"see {provider.status_url}" if provider.status_url else None
    hints = {
        "auth": f"check the key: {endpoint.key_source or variables}"
        if endpoint.key
        else f"no key was sent: set {variables}",
        "permission": f"check that the account of {variables} has access to {model.model_id}",
        "quota": f"check the credit and limits of the account of {variables}",
        "rate_limit": "wait, or ask the provider for a higher limit",
        "overloaded": status_page or "the provider is at capacity; try again later or use another model",
        "server": status_page or "the problem is on the provider's side; try again later",
        "not_found": _not_found(endpoint),
        "context_length": "shorten the prompt, or use a model with a larger context window",
        "timeout": "try again, or raise `timeout`",
        "truncated": "the partial answer is kept; try again",
    }
    return hints.get(failure.kind)


def _not_found(endpoint: Endpoint) -> str:
    provider, model = endpoint.provider, endpoint.model
    if endpoint.base_url_source:
        missing = "; it does not end in /v1" if _lacks_version(endpoint) else ""
        return (
            f"check the base URL {endpoint.base_url} ({endpoint.base_url_source}){missing}, then {model.model_id}"
        )
    if provider.wire == "ollama":
        return f"get it with: ollama pull {model.model_id}"
    if model.replacement:
        return f"{model.id} may be gone; its replacement is {model.replacement}"
    return f"check the model id {model.model_id} and the base URL {endpoint.base_url}"


def _lacks_version(endpoint: Endpoint) -> bool:
    """Whether a base URL is without the part that this provider's own ends in."""
    own = endpoint.provider.base_url
    return own.endswith("/v1") and not endpoint.base_url.rstrip("/").endswith("/v1")
