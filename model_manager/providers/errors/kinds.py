"""Deciding an error's kind: by its status, the provider's codes, and its words only where there is no code.

A server error is the server's fault whatever it says, unless it says that the request was its cause.
"""

import re
from functools import cache
from typing import Any

from model_manager.providers.errors.body import ErrorBody, read
from model_manager.providers.errors.patterns import (
    ALLOCATED,
    CAUSED_BY_REQUEST,
    COMMON,
    CONTEXT,
    GOOGLES_SENTENCE,
    LACKS,
    OF_UPSTREAM,
    TOO_LARGE,
)
from model_manager.providers.wires.base import Failure, Patterns

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
    412: "quota",  # Fireworks: the account is suspended
    413: "context_length",
    422: "bad_request",
    424: "server",  # Bedrock, TGI: the model itself failed
    425: "overloaded",
    429: "rate_limit",
    498: "overloaded",  # Groq: no capacity for this service tier
    503: "overloaded",
    529: "overloaded",
}
#: Codes that say more than any status, by kind.
DECISIVE = {
    "auth": "invalid_api_key incorrect_api_key api_key_invalid api_key_expired unauthenticated"
    " invalid_authentication invalid_authentication_error unrecognizedclientexception expiredtokenexception"
    " invalidsignatureexception invalidapikey accountdeactivated"
    " no_db_connection",  # LiteLLM without a database, of every key but the master's
    "permission": "permission_denied api_key_service_blocked organization_restricted model_not_allowed"
    " unsupported_country_region_territory accessdeniedexception model_terms_required accessdenied",
    "quota": "insufficient_quota insufficient_balance insufficient_credits insufficient_funds"
    " credit_balance_exhausted exceeded_current_quota_error enforced_spend_limit_reached payment_required"
    " organization_spend_limit_exceeded project_spend_limit_exceeded organization_usage_limit_exceeded"
    " billing_error billing_disabled billing_not_active billing_hard_limit_reached arrearage"
    " allocationquota.freetieronly not_enough_balance insufficient_user_quota pre_consume_token_quota_failed"
    " insufficient_balance_error customer_verification_required budget_exceeded token_quota_reached"
    " setlimitexceeded accountoverdueerror",
    "rate_limit": "resource_exhausted rate_limit_exceeded slow_down throttlingexception throttling"
    " servicequotaexceededexception throttling.ratequota throttling.allocationquota",
    "overloaded": "overloaded_error engine_overloaded engine_overloaded_error server_overloaded"
    " capacity_exceeded service_unavailable insufficient_system_resource modelnotreadyexception"
    " serviceunavailableexception overloaded queue_exceeded serveroverloaded",
    "not_found": "model_not_found model_not_available model_decommissioned unknown_model invalid_model"
    " deployment_not_found deploymentnotfound model_not_supported modelnotfound resourcenotfoundexception"
    " resource_not_found_error unavailable_model",
    "bad_request": "not_supported_error",
    "server": "modelerrorexception modelstreamerrorexception cancelled"
    " tool_use_failed json_validate_failed output_parse_failed",
    "context_length": "context_length_exceeded exceed_context_size_error request_too_large"
    " string_above_max_length context_window_exceeded model_max_prompt_tokens_exceeded",
    "content_filter": "content_filter content_policy_violation responsibleaipolicyviolation"
    " image_content_policy_violation bio_policy cyber_policy"
    " moderation_blocked flagged data_inspection_failed datainspectionfailed outputtextsensitivecontentdetected"
    " inputtextsensitivecontentdetected",
}
#: Codes that name a class of errors; they count where the status says nothing: in a stream, or a general refusal.
GENERAL = {
    "auth": "authentication_error unauthorized authenticationerror",
    "permission": "permission_error forbidden",
    "rate_limit": "rate_limit_error too_many_requests rate_limit",
    "not_found": "not_found_error not_found notfounderror",
    "overloaded": "unavailable",
    "timeout": "timeout_error request_timeout deadline_exceeded timeout modeltimeoutexception"
    " vector_store_timeout",
    "server": "api_error server_error internal_error internal_server_error internal unknown"
    " internalserverexception generation",
    "bad_request": "invalid_request_error invalid_argument bad_request invalid_request failed_precondition"
    " validation_error out_of_range validationexception badrequesterror invalid_prompt"
    " invalid_image invalid_image_format invalid_base64_image invalid_image_url invalid_image_mode image_too_large"
    " image_too_small image_parse_error image_file_too_large image_file_not_found empty_image_file"
    " unsupported_image_media_type failed_to_download_image",
}
_BY_CODE = {word: kind for kind, words in DECISIVE.items() for word in words.split()}
_BY_CLASS = {word: kind for kind, words in GENERAL.items() for word in words.split()}
#: Statuses about what an account may spend: a prompt that is too long for that is not too long for the model.
_OF_ACCOUNTS = frozenset({402, 429})
#: Kinds that words tell where a code says less: a bill behind a limit, a withdrawn key behind a refusal.
_MORE_THAN_ITS_CODE = {
    "rate_limit": {"quota"},
    "overloaded": {"quota"},
    "permission": {"quota", "auth"},
    "not_found": {"permission"},
}
_VAGUE = frozenset({None, 400, 422})
_REFUSING = frozenset({400, 422})
_TOO_LARGE, _TOO_MANY, _FIRST_SERVER_ERROR, _FIRST_ERROR = 413, 429, 500, 400
#: Kinds that a server error may have: of its codes, and of its words.
_OF_SERVERS_BY_CODE = frozenset({"overloaded", "context_length", "bad_request", "content_filter"})
#: Google names a quota by its period; one of a day does not come back while anybody waits.
_DAILY = re.compile(r"per_?day", re.IGNORECASE)
_LIMIT = re.compile(r"limit:? ([\d,]+)\D{1,40}(?:used:? [\d,]+\D{1,40})?requested:? ([\d,]+)", re.IGNORECASE)


def failure_of(own: Patterns, status: int | None, body: Any) -> Failure:
    """The failure of an error body; `own` are the wire's patterns. Inside a stream the status is None."""
    said = read(body)
    effective = status if status is not None and status >= _FIRST_ERROR else said.claimed_status
    kind = kind_of(own, effective, said)
    return Failure(
        kind=kind,
        is_lack=_matching(LACKS, said.words) == kind,
        is_upstream=_matching(OF_UPSTREAM, said.words) is not None,
        message=said.message,
        status=status,
        code=said.codes[0] if said.codes else None,
        parameter=said.parameter,
        retry_after_s=said.retry_after_s,
    )


def kind_of(own: Patterns, status: int | None, said: ErrorBody) -> str:
    """The kind of an error."""
    if status == _TOO_LARGE or (status in {None, _TOO_MANY} and _is_beyond_limit(said)):
        return "context_length"  # its code often speaks of a rate limit, which no waiting lifts
    codes = [code.lower() for code in said.codes]
    decisive = [_BY_CODE[code] for code in codes if code in _BY_CODE]
    if status is not None and status >= _FIRST_SERVER_ERROR:
        return _of_server(status, decisive, said)
    if "resource_exhausted" in codes and any(map(_DAILY.search, codes)):
        return "quota"
    if "quota" in decisive:
        # OpenAI sends it along with a class that speaks of rates.
        return _matching(ALLOCATED, said.words) or "quota"
    by_words = _by_words(own, status, codes, said)
    if decisive and by_words not in _MORE_THAN_ITS_CODE.get(decisive[0], ()):
        return decisive[0]
    return by_words or _by_status(status, codes)


def _of_server(status: int, decisive: list[str], said: ErrorBody) -> str:
    """The kind of a server error, which is the server's fault unless it says that the request has caused it."""
    by_code = next((kind for kind in decisive if kind in _OF_SERVERS_BY_CODE), None)
    by_words = _matching(CONTEXT, said.words)
    if by_words is None and status == _FIRST_SERVER_ERROR:
        by_words = _matching(CAUSED_BY_REQUEST, said.words)
    return by_code or by_words or STATUS_KINDS.get(status, "server")


def _is_beyond_limit(said: ErrorBody) -> bool:
    """Whether a request alone is larger than the limit that it is told about."""
    if _matching(TOO_LARGE, said.words):
        return True
    numbers = _LIMIT.search(said.words)
    return numbers is not None and int(numbers[2].replace(",", "")) > int(numbers[1].replace(",", ""))


def _by_words(own: Patterns, status: int | None, codes: list[str], said: ErrorBody) -> str | None:
    by_words = _matching(own, said.words)
    if by_words is None and status not in _OF_ACCOUNTS:
        by_words = _matching(CONTEXT, said.words)
    by_words = by_words or _matching(COMMON, said.words)
    if by_words is None and not ("resource_exhausted" in codes or _GOOGLES_QUOTA.search(said.words)):
        by_words = _matching(GOOGLES_SENTENCE, said.words)
    return by_words


_GOOGLES_QUOTA = re.compile(r"quota exceeded for (quota )?metric", re.IGNORECASE)


def _matching(patterns: Patterns, words: str) -> str | None:
    return next((kind for pattern, kind in compiled(tuple(patterns)) if pattern.search(words)), None)


@cache
def compiled(patterns: Patterns) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The patterns, ready to search: only who meets an error pays for that."""
    return tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in patterns)


def _by_status(status: int | None, codes: list[str]) -> str:
    if status in _VAGUE:
        by_class = next((_BY_CLASS[code] for code in codes if code in _BY_CLASS), None)
        if by_class and not (by_class in {"server", "timeout"} and status in _REFUSING):
            return by_class
    if status is None:
        return "server"  # it broke off on its side and says no more
    return STATUS_KINDS.get(status, "bad_request")
