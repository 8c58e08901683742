"""What error bodies mean: recorded bodies of providers and gateways, a line each, with their kinds."""

import json
import re
from types import ModuleType

import pytest
from each_of import each_of
from exchange_player import BODIES, Response, endpoint_of, play

from model_manager.core.models import WIRES
from model_manager.core.options import ChatOptions
from model_manager.providers import wire_of
from model_manager.providers.errors import patterns
from model_manager.providers.errors.body import read
from model_manager.providers.errors.kinds import failure_of
from model_manager.providers.wires.base import Patterns

RECORDED = [json.loads(line) for line in (BODIES / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
ALL_PATTERNS: Patterns = (
    *patterns.TOO_LARGE,
    *patterns.CONTEXT,
    *patterns.COMMON,
    *patterns.GOOGLES_SENTENCE,
    *patterns.ALLOCATED,
    *patterns.LACKS,
    *patterns.CAUSED_BY_REQUEST,
    *(pattern for wire in WIRES for pattern in wire_of(wire).ERROR_PATTERNS),
)


def encoded(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


@each_of(RECORDED, lambda row: f"{row['from']}-{row['status']}-{row['kind']}")
def test_a_recorded_error_has_its_kind(row: dict) -> None:
    """A recorded error body has its kind, and only kinds that pass by themselves are tried again."""
    responses = [Response(status=row["status"], pieces=[encoded(row["body"])])] * 2
    played = play(endpoint_of(row["wire"]), *responses, options=ChatOptions(stream=False), retries=1)
    assert played.kind == row["kind"]
    passes = row["kind"] in {"rate_limit", "overloaded", "server"} and row["status"] not in {400, 424, 499}
    assert played.error.attempts == (2 if passes else 1)


def test_every_pattern_is_recorded() -> None:
    """Each pattern finds a recorded body of its kind."""
    files = [path for path in BODIES.glob("*.json") if re.match(r"\w+\.\d", path.name)]
    of_all = [read(json.loads(path.read_text(encoding="utf-8"))).words for path in files]
    recorded = [(row["kind"], read(row["body"]).words) for row in RECORDED]
    unrecorded = [
        (words, kind)
        for words, kind in ALL_PATTERNS
        if not any(
            re.search(words, text, re.IGNORECASE)
            for text in (*of_all, *(text for its_kind, text in recorded if its_kind == kind))
        )
    ]
    assert unrecorded == []


REASONS = [
    (
        {"error": {"code": "content_filter", "message": "No.", "innererror": {"content_filter_result": {
            "hate": {"filtered": True, "severity": "high"}, "sexual": {"filtered": False}}}}},
        "hate (high)",
    ),
    ({"error": {"code": 403, "message": "No.", "metadata": {"reasons": ["violence"]}}}, "violence"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), REASONS)
def test_a_refusal_says_why(body: dict, reason: str) -> None:
    """The reason that a provider gives beside its words for a refusal is in the message."""
    played = play(endpoint_of("openai"), Response(status=400, pieces=[encoded(body)]), retries=0)
    assert played.kind == "content_filter"
    assert reason in played.error.message


ENVELOPES = [
    {"success": False, "errors": [{"code": 7003, "message": "Tell me."}], "result": None},
    {"errors": [{"code": "invalid_input_argument", "message": "Tell me."}], "status_code": 400},
    {"error": [{"code": 2001, "message": "Tell me."}]},
    {"error": {"error": {"code": 400, "message": "Tell me."}, "code": 400}},
    {"detail": {"error": "Tell me."}},
    {"detail": {"message": "Tell me."}},
    {"fault": {"faultstring": "Tell me.", "detail": {"errorcode": "steps.InvalidRequest"}}},
    {"title": "Tell me.", "status": 400},
]


@pytest.mark.parametrize("body", ENVELOPES, ids=str)
@pytest.mark.parametrize("wire", WIRES)
def test_the_words_of_every_envelope_are_told(wire: str, body: dict) -> None:
    """What an error says reaches the message, wherever a provider or a gateway puts it."""
    played = play(endpoint_of(wire), Response(status=400, pieces=[encoded(body)]), retries=0)
    assert "Tell me." in played.error.message


WAITS = [
    ("Please try again in 6m0.5s.", 360.5),
    ("Please try again in 320ms.", 0.32),
    ("Please retry after 6 seconds.", 6.0),
    ("Rate limit of 10 per 60s exceeded. Please wait 12 seconds before retrying.", 12.0),
    ("Try again in about 2 minutes", 120.0),
    ("Please try again later.", None),
]


@pytest.mark.parametrize(("words", "seconds"), WAITS)
def test_a_wait_in_words_is_obeyed(words: str, seconds: float | None) -> None:
    """How long to wait is read from the words where no field says it."""
    assert read({"error": {"message": f"Rate limit reached. {words}"}}).retry_after_s == seconds


def test_what_a_gateway_passes_on_counts() -> None:
    """Codes and waits of the upstream provider count where a gateway passes its body on as text."""
    upstream = {"error": {"status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "7s"}], "message": "Slower."}}
    said = read({"error": {"message": "Provider returned error", "metadata": {"raw": json.dumps(upstream)}}})
    assert ("RESOURCE_EXHAUSTED" in said.codes, said.retry_after_s) == (True, 7.0)
    assert said.message == "Provider returned error: Slower."


def test_every_wire_has_its_own_words() -> None:
    """Each wire declares its header for the key and its patterns."""
    for wire in map(wire_of, WIRES):
        assert isinstance(wire, ModuleType)
        assert wire.AUTH in {"bearer", "x-api-key", "x-goog-api-key"}
        assert all(kind for _, kind in wire.ERROR_PATTERNS)


def body(message: str = "No.", **fields: object) -> dict:
    """An error body in the most common shape."""
    return {"error": {"message": message, **fields}}


BARE_STATUSES = {
    **dict.fromkeys((400, 405, 406, 414, 418, 421, 423, 426, 428, 431, 451, 499), "bad_request"),
    **dict.fromkeys((401, 407), "auth"),
    **dict.fromkeys((402, 412), "quota"),
    **dict.fromkeys((404, 410), "not_found"),
    **dict.fromkeys((409, 424, 500, 501, 502, 504, 528, 530, 599), "server"),
    **dict.fromkeys((425, 498, 503, 529), "overloaded"),
    403: "permission",
    408: "timeout",
    413: "context_length",
    422: "bad_request",
    429: "rate_limit",
    **dict.fromkeys((411, 416, 497, 430, 427), "bad_request"),
    None: "server",
}


@pytest.mark.parametrize(("status", "kind"), BARE_STATUSES.items())
def test_a_status_without_words(status: int | None, kind: str) -> None:
    """Where nothing else is said the status tells the kind; inside a stream there is none."""
    assert failure_of((), status, body()).kind == kind


TOO_LARGE = "Request too large for the limit"
RULES = [
    # A class of errors counts where the status says nothing.
    (400, body(type="authentication_error"), "auth"),
    (422, body(type="authentication_error"), "auth"),
    (None, body(type="authentication_error"), "auth"),
    (401, body(type="invalid_request_error"), "auth"),
    (403, body(type="not_found_error"), "permission"),
    (421, body(type="authentication_error"), "bad_request"),
    (None, body(type="timeout_error"), "timeout"),
    (None, body(type="api_error"), "server"),
    *(
        (status, body(type=word), "bad_request")
        for status in (400, 422)
        for word in ("timeout_error", "api_error")
    ),
    (400, body(type="unheard_of", code="permission_error"), "permission"),
    (None, body(type="unheard_of"), "server"),
    # A decisive code counts whatever the status, but for a server error, which is the server's fault.
    (429, body(code="insufficient_quota", type="rate_limit_exceeded"), "quota"),
    (429, body(code="rate_limit_exceeded", type="insufficient_quota"), "quota"),
    (404, body(code="invalid_api_key"), "auth"),
    (400, body(code="unheard_of", type="model_not_found"), "not_found"),
    (400, body(code="model_not_found", type="permission_denied"), "not_found"),
    (500, body(code="invalid_api_key"), "server"),
    (500, body(code="overloaded_error"), "overloaded"),
    (502, body(code="invalid_api_key", type="context_length_exceeded"), "context_length"),
    (499, body(code="invalid_api_key"), "auth"),
    # Words count where no code does, and say more than a code that speaks of rates.
    (400, body("prompt is too long"), "context_length"),
    (500, body("prompt is too long"), "context_length"),
    (502, body("prompt is too long"), "context_length"),
    (429, body("prompt is too long"), "rate_limit"),
    (500, body("this model does not support tools"), "bad_request"),
    (501, body("this model does not support tools"), "server"),
    (500, body("insufficient balance"), "server"),
    (429, body("insufficient balance", code="rate_limit_exceeded"), "quota"),
    (503, body("insufficient balance", code="overloaded_error"), "overloaded"),
    (429, body("insufficient balance", code="overloaded_error"), "quota"),
    (404, body("insufficient balance", code="model_not_found"), "not_found"),
    (429, body("model is overloaded", code="rate_limit_exceeded"), "rate_limit"),
    (401, body("model not found"), "not_found"),
    # What alone is larger than a limit is not a matter of waiting.
    (429, body(TOO_LARGE, code="rate_limit_exceeded"), "context_length"),
    (None, body(TOO_LARGE), "context_length"),
    (403, body(TOO_LARGE), "permission"),
    (413, body(code="invalid_api_key"), "context_length"),
    (429, body("Limit 1,000 tokens, Requested 1,001"), "context_length"),
    (429, body("Limit 1,000 tokens, Requested 1,000"), "rate_limit"),
    (429, body("Limit 1,000 tokens, Used 900, Requested 500"), "rate_limit"),
    # Google's limits by the day, and its sentence that stands beside any limit.
    (429, body(status="RESOURCE_EXHAUSTED", code="GenerateRequestsPerDay"), "quota"),
    (429, body(status="RESOURCE_EXHAUSTED", code="GenerateRequestsPerMinute"), "rate_limit"),
    (429, body(code="GenerateRequestsPerDay"), "rate_limit"),
    (429, body("You exceeded your current quota"), "quota"),
    (429, body("You exceeded your current quota", status="RESOURCE_EXHAUSTED"), "rate_limit"),
    (429, body("You exceeded your current quota. Quota exceeded for metric: x, limit: 5"), "rate_limit"),
    # The body's own status counts where the response has none of an error.
    (200, body(code=429), "rate_limit"),
    (None, body(code=429), "rate_limit"),
    (399, body(code=429), "rate_limit"),
    (400, body(code=429), "bad_request"),
    (401, body(code=429), "auth"),
]


@pytest.mark.parametrize(("status", "payload", "kind"), RULES)
def test_the_rules_of_kinds(status: int | None, payload: dict, kind: str) -> None:
    """Codes, words and the status are weighed against each other."""
    assert failure_of((), status, payload).kind == kind


def test_a_wires_own_words_come_first() -> None:
    """What a provider is known to mean by its words counts before what all others mean by them."""
    own = [(r"no such model", "permission")]
    assert failure_of(own, 400, body("No such model.")).kind == "permission"
    assert failure_of((), 400, body("No such model.")).kind == "not_found"


def test_a_failure_says_what_the_body_says() -> None:
    """The first code, the parameter, the words, the wait and the response's own status are kept."""
    failure = failure_of((), 200, body("Slower. Try again in 7s.", code=429, type="too_many_requests", param="n"))
    assert (failure.status, failure.code, failure.parameter) == (200, "too_many_requests", "n")
    assert (failure.message, failure.retry_after_s) == ("Slower. Try again in 7s.", 7.0)
    assert failure_of((), 500, "").code is None
