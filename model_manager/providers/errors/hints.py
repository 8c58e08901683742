"""Hints for failed calls: one sentence by kind of error. It decides nothing."""

import re
from urllib.parse import urlsplit

from model_manager.core.endpoints import Endpoint
from model_manager.providers.wires.base import Failure

_BASE_URL = "the base URL"
_OF_ACCOUNTS = frozenset({"auth", "permission", "quota"})
#: The words of OpenAI and Copilot about a model that their other API alone serves.
_BY_RESPONSES = re.compile(r"only supported in v1/responses|not accessible via the /chat/completions endpoint")


def hint_of(failure: Failure, endpoint: Endpoint) -> str | None:
    """How to fix a failure, or None where its message says all there is to say."""
    if failure.hint:
        return _with_base_url(failure.hint, endpoint)
    provider, model = endpoint.provider, endpoint.model
    if failure.is_upstream and failure.kind in _OF_ACCOUNTS:
        return f"check the account that {provider.name} uses for {model.model_id}"
    variables = " or ".join(provider.api_key_env) or "the catalogue's api_key_env"
    status_page = f"see {provider.status_url}" if provider.status_url else None
    if endpoint.base_url_source:  # it is somebody else who answers there, or does not
        status_page = f"check which server runs at {_shown(endpoint)}"
    hints = {
        "auth": f"check the key: {endpoint.key_source or variables}{_destination(endpoint)}"
        if endpoint.key
        else f"no key was sent: set {variables}",
        "permission": f"check that the account of {variables} has access to {model.model_id}",
        "quota": f"check the credit and limits of the account of {variables}",
        "rate_limit": "wait, or ask the provider for a higher limit",
        "overloaded": status_page or "the provider is at capacity; try again later or use another model",
        "server": status_page or "the problem is on the provider's side; try again later",
        "not_found": _not_found(endpoint, failure.message),
        "context_length": "shorten the prompt, or use a model with a larger context window",
        "timeout": "try again, or raise `timeout`",
        "connection": status_page,
        "protocol": status_page,
        "truncated": "the partial answer is kept; try again",
    }
    return hints.get(failure.kind)


def _not_found(endpoint: Endpoint, words: str) -> str:
    provider, model = endpoint.provider, endpoint.model
    if _BY_RESPONSES.search(words) and provider.wire != "openai-responses":
        return f'give {model.id} a provider whose wire is "openai-responses"'
    suspect = f"the model id {model.model_id}"
    if provider.wire == "ollama":
        suspect = f"get it with: ollama pull {model.model_id}"
    elif model.replacement:
        suspect = f"whether {model.id} is gone: its replacement is {model.replacement}"
    if endpoint.base_url_source or base_url_slip(endpoint):
        return f"check {named_base_url(endpoint)}, then {suspect}"
    if provider.wire == "ollama":
        return suspect
    if model.replacement:
        return f"{model.id} may be gone; its replacement is {model.replacement}"
    return f"check {suspect} and {named_base_url(endpoint)}"


def _with_base_url(hint: str, endpoint: Endpoint) -> str:
    """A hint that speaks of the base URL, with what overrides the provider's."""
    if endpoint.base_url_source is None or endpoint.base_url in hint:
        return hint
    return hint.replace(_BASE_URL, f"{_BASE_URL} {_shown(endpoint)}", 1)


def _destination(endpoint: Endpoint) -> str:
    """Where a key went that was refused, if not to the provider's own URL."""
    return f"; it went to {_shown(endpoint)}" if endpoint.base_url_source else ""


def named_base_url(endpoint: Endpoint) -> str:
    """The base URL of a call, what overrides the provider's, and the slip that it shows."""
    return f"{_BASE_URL} {_shown(endpoint)}{base_url_slip(endpoint)}"


def _shown(endpoint: Endpoint) -> str:
    """The base URL, and what overrides the provider's."""
    return endpoint.base_url + (f" ({endpoint.base_url_source})" if endpoint.base_url_source else "")


def base_url_slip(endpoint: Endpoint) -> str:
    """The usual slip of a base URL: /v1 where the wire adds it, or none where it does not.

    The embedded catalogue's own URLs are right as they are.
    """
    if endpoint.base_url_source is None and endpoint.provider.place("base_url").layer == "embedded":
        return ""
    ends_in_version = endpoint.base_url.rstrip("/").endswith("/v1")
    has_path = bool(urlsplit(endpoint.base_url).path.strip("/"))
    if endpoint.provider.wire == "anthropic" and ends_in_version:
        return ", which ends in /v1 although /v1/messages is added"
    if endpoint.provider.wire == "gemini" and endpoint.base_url.rstrip("/").endswith("/v1beta"):
        return ", which ends in /v1beta although /v1beta/models is added"
    if endpoint.provider.wire.startswith("openai") and not has_path:
        return ", which does not end in /v1"
    return ""
