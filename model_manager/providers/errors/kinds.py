"""Deciding an error's kind: first the status, then the provider's codes, and words only where there is no code.

All of it is data; `tests/wire_replies` holds a recorded body for every pattern.
"""

import re
from typing import Any

from model_manager.providers.errors.body import ErrorBody, read
from model_manager.providers.wires.base import Failure

STATUS_KINDS = {
    400: "bad_request",
    401: "auth",
    402: "quota",
    403: "permission",
    404: "not_found",
    407: "auth",
    408: "timeout",
    409: "server",
    410: "not_found",
    413: "context_length",
    422: "bad_request",
    429: "rate_limit",
    498: "overloaded",  # Groq: no capacity for this service tier
    503: "overloaded",
    529: "overloaded",
}
#: Codes that say more than any status, by kind.
DECISIVE = {
    "auth": "invalid_api_key incorrect_api_key api_key_invalid api_key_expired unauthenticated"
    " invalid_authentication invalid_authentication_error",
    "permission": "permission_denied api_key_service_blocked organization_restricted model_not_allowed"
    " unsupported_country_region_territory",
    "quota": "insufficient_quota insufficient_balance insufficient_credits insufficient_funds"
    " credit_balance_exhausted exceeded_current_quota_error enforced_spend_limit_reached payment_required"
    " organization_spend_limit_exceeded project_spend_limit_exceeded organization_usage_limit_exceeded"
    " billing_error billing_disabled billing_not_active billing_hard_limit_reached",
    "rate_limit": "resource_exhausted rate_limit_exceeded slow_down",
    "overloaded": "overloaded_error engine_overloaded engine_overloaded_error server_overloaded"
    " capacity_exceeded service_unavailable insufficient_system_resource",
    "not_found": "model_not_found model_not_available model_decommissioned unknown_model invalid_model"
    " deployment_not_found",
    "context_length": "context_length_exceeded exceed_context_size_error request_too_large"
    " string_above_max_length context_window_exceeded model_max_prompt_tokens_exceeded",
    "content_filter": "content_filter content_policy_violation responsibleaipolicyviolation"
    " moderation_blocked flagged data_inspection_failed",
}
#: Codes that name a class of errors; they count where the status says nothing: in a stream, or a general refusal.
GENERAL = {
    "auth": "authentication_error unauthorized authenticationerror",
    "permission": "permission_error forbidden",
    "rate_limit": "rate_limit_error too_many_requests rate_limit",
    "not_found": "not_found_error not_found notfounderror",
    "overloaded": "unavailable",
    "timeout": "timeout_error request_timeout deadline_exceeded timeout",
    "server": "api_error server_error internal_error internal_server_error internal unknown",
    "bad_request": "invalid_request_error invalid_argument bad_request invalid_request failed_precondition"
    " validation_error out_of_range",
}
#: What providers say without a code: (wire, pattern, kind).
PATTERNS = (
    ("anthropic", r"prompt is too long", "context_length"),
    ("anthropic", r"exceed context limit", "context_length"),
    ("anthropic", r"credit balance is too low", "quota"),
    ("anthropic", r"reached your specified (workspace )?api usage limits", "quota"),
    ("anthropic", r"blocked by content filtering policy", "content_filter"),
    ("gemini", r"api key (not valid|expired)", "auth"),
    ("gemini", r"input token count .*exceeds the maximum number of tokens", "context_length"),
    ("gemini", r"credits are depleted|spending cap", "quota"),
    ("ollama", r"(input length|prompt) .*exceed\w* .*context length", "context_length"),
    ("ollama", r"model .* not found", "not_found"),
    ("openai", r"(incorrect|invalid) api key", "auth"),
    ("openai", r"exceeded your current quota", "quota"),
    ("openai", r"insufficient balance", "quota"),
    ("openai", r"used all available credits|have any credits", "quota"),
    ("openai", r"key limit exceeded", "quota"),
    ("openai", r"(requests|tokens) per day limit exceeded|free-models-per-day", "quota"),
    ("openai", r"maximum context length", "context_length"),
    ("openai", r"context window|context size", "context_length"),
    ("openai", r"model not (found|exist)|model .* (does not exist|not found)|not a valid model", "not_found"),
    ("openai", r"content management policy", "content_filter"),
)
_BY_CODE = {word: kind for kind, words in DECISIVE.items() for word in words.split()}
_BY_CLASS = {word: kind for kind, words in GENERAL.items() for word in words.split()}
_COMPILED = tuple((wire, re.compile(pattern, re.IGNORECASE), kind) for wire, pattern, kind in PATTERNS)
_VAGUE = frozenset({None, 400, 422})
_TOO_LARGE, _TOO_MANY, _FIRST_SERVER_ERROR, _FIRST_ERROR = 413, 429, 500, 400
#: Google names a quota by its period; one of a day does not come back while anybody waits.
_DAILY = re.compile(r"per_?day", re.IGNORECASE)


def failure_of(wire: str, status: int | None, body: Any) -> Failure:
    """What an error body of a wire means. The status is None for an error inside a stream."""
    complaint = read(body)
    effective = status if status is not None and status >= _FIRST_ERROR else complaint.claimed_status
    kind = kind_of(wire, effective, complaint)
    return Failure(
        kind=kind,
        message=complaint.message,
        status=status,
        code=complaint.codes[0] if complaint.codes else None,
        parameter=complaint.parameter,
        retry_after_s=complaint.retry_after_s,
    )


def kind_of(wire: str, status: int | None, complaint: ErrorBody) -> str:
    """The kind of an error."""
    if status == _TOO_LARGE:
        return "context_length"  # Groq's code for it speaks of a rate limit that no waiting lifts
    codes = [code.lower() for code in complaint.codes]
    if "resource_exhausted" in codes and any(map(_DAILY.search, codes)):
        return "quota"
    decisive = [_BY_CODE[code] for code in codes if code in _BY_CODE]
    if "quota" in decisive:
        return "quota"  # OpenAI sends it along with a class that speaks of rates
    by_words = _by_words(wire, complaint.message)
    if decisive and not (decisive[0] == "rate_limit" and by_words == "quota"):
        return decisive[0]
    return by_words or _by_status(status, codes)


def _by_words(wire: str, message: str) -> str | None:
    return next((kind for of, pattern, kind in _COMPILED if of == wire and pattern.search(message)), None)


def _by_status(status: int | None, codes: list[str]) -> str:
    if status in _VAGUE:
        by_class = next((_BY_CLASS[code] for code in codes if code in _BY_CLASS), None)
        if by_class:
            return by_class
    if status is None:
        return "server"  # it broke off on its side and says no more
    if status in STATUS_KINDS:
        return STATUS_KINDS[status]
    return "server" if status >= _FIRST_SERVER_ERROR else "bad_request"
