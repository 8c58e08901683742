"""Refusals, waits and redirects byte by byte: their kinds, their attempts, and that a key goes nowhere else."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from fault_cases import Case, Run, by_model, check, meet
from raw_server import Peer, RawServer, Script, chunked, head, saying, sized
from wire_bodies import STREAM_TYPES, TEXT, WIRES, stream, texts

MEBI = 2**20
OPENAI_BUSY = {"error": {"message": "Slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}


def refusing(status: int, body: Any, **headers: object) -> Script:
    """A script that refuses with a JSON body."""
    return saying(sized(json.dumps(body).encode(), f"{status} X", **headers))


def google(status: int, word: str, message: str, *details: dict[str, Any]) -> Script:
    """A refusal as Google writes it."""
    return refusing(
        status, {"error": {"code": status, "message": message, "status": word, "details": list(details)}}
    )


def anthropic(status: int, word: str, message: str, **error: Any) -> Script:
    """A refusal as Anthropic writes it."""
    return refusing(status, {"type": "error", "error": {"type": word, "message": message, **error}})


def openai(status: int, message: str, **error: Any) -> Script:
    """A refusal as OpenAI writes it."""
    return refusing(status, {"error": {"message": message, "param": None, **error}})


RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.7s"}
LONG_RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "86000s"}
API_KEY_INVALID = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
PER_DAY = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
}
REFUSED = [
    Case("wrong-key", "openai", openai(401, "Incorrect API key provided: sk-x", code="invalid_api_key"), "auth"),
    Case("xai-key", "openai", refusing(400, {"code": "x", "error": "Incorrect API key provided: xa***"}), "auth"),
    Case("mistral-key", "openai", refusing(401, {"detail": "Unauthorized"}), "auth"),
    Case("wrong-key", "anthropic", anthropic(401, "authentication_error", "invalid x-api-key"), "auth"),
    Case("wrong-key", "gemini", google(400, "INVALID_ARGUMENT", "Not valid.", API_KEY_INVALID), "auth"),
    Case("wrong-key", "ollama", refusing(401, {"error": "unauthorized"}), "auth"),
    Case("unpaid", "openai", openai(429, "You exceeded your current quota", code="insufficient_quota"), "quota"),
    Case(
        "unpaid-but-told-to",
        "openai",
        refusing(429, {"error": {"message": "Pay.", "code": "insufficient_quota"}}, x_should_retry="true"),
        "quota",
    ),
    Case("unpaid-type", "openai", openai(429, "Pay.", type="insufficient_quota", code=None), "quota"),
    Case("billing", "openai", openai(429, "Billing.", code="billing_not_active"), "quota"),
    Case("hard-limit", "openai", openai(400, "Limit.", code="billing_hard_limit_reached"), "quota"),
    Case("balance", "openai", refusing(402, {"error": {"message": "Insufficient Balance"}}), "quota"),
    Case(
        "spend-limit",
        "anthropic",
        anthropic(429, "rate_limit_error", "Spend.", details={"error_code": "enforced_spend_limit_reached"}),
        "quota",
    ),
    Case(
        "credit", "anthropic", anthropic(400, "invalid_request_error", "Your credit balance is too low"), "quota"
    ),
    Case("per-day", "gemini", google(429, "RESOURCE_EXHAUSTED", "Quota.", PER_DAY, RETRY_INFO), "quota"),
    Case("model", "openai", openai(404, "The model `x` does not exist", code="model_not_found"), "not_found"),
    Case("model", "anthropic", anthropic(404, "not_found_error", "model: x"), "not_found"),
    Case("model", "gemini", google(404, "NOT_FOUND", "models/x is not found"), "not_found"),
    Case("model", "ollama", refusing(404, {"error": "model 'x' not found"}), "not_found"),
    Case("too-long", "openai", openai(400, "Long.", code="context_length_exceeded"), "context_length"),
    Case(
        "too-long", "anthropic", anthropic(400, "invalid_request_error", "prompt is too long: 9"), "context_length"
    ),
    Case("too-large", "anthropic", anthropic(413, "request_too_large", "Request too large"), "context_length"),
    Case(
        "too-long",
        "gemini",
        google(400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens (8)."),
        "context_length",
    ),
    Case(
        "llama-cpp-too-long",
        "openai",
        openai(400, "the request exceeds", type="exceed_context_size_error", code=400),
        "context_length",
    ),
    Case("filter", "openai", openai(400, "Filtered.", code="content_filter"), "content_filter"),
    Case("forbidden", "gemini", google(403, "PERMISSION_DENIED", "No."), "permission"),
    Case("overloaded", "anthropic", anthropic(529, "overloaded_error", "Overloaded"), "overloaded", 3),
    Case("overloaded", "gemini", google(503, "UNAVAILABLE", "The model is overloaded."), "overloaded", 3),
    Case("bad-gateway", "gemini", google(502, "UNAVAILABLE", "Bad gateway."), "server", 3),
    Case("overloaded", "openai", openai(503, "No capacity"), "overloaded", 3),
    Case("busy", "ollama", refusing(503, {"error": "server busy"}), "overloaded", 3),
    Case("deadline", "gemini", google(504, "DEADLINE_EXCEEDED", "Too slow."), "server", 3),
    Case(
        "page-502", "openai", saying(sized(b"<html>Bad</html>", "502 Bad", "text/html")), "server", 3, words="Bad"
    ),
    Case("empty-500", "openai", saying(sized(b"", "500 X")), "server", 3),
    Case(
        "array",
        "gemini",
        refusing(400, [{"error": {"code": 400, "message": "Bad.", "status": "X"}}]),
        "bad_request",
    ),
]
#: Waits that the server asks for: (name, headers, attempts in all, seconds it must at least take).
WAITS: list[tuple[str, dict[str, str], int, float]] = [
    ("seconds", {"retry_after": "1"}, 2, 1.0),
    ("fraction", {"retry_after": "0.8"}, 2, 0.8),
    ("milliseconds", {"retry_after_ms": "900"}, 2, 0.9),
    ("both", {"retry_after_ms": "900", "retry_after": "3600"}, 2, 0.9),
    ("past-date", {"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 2, 0.3),
    ("negative", {"retry_after": "-5"}, 2, 0.3),
    ("garbage", {"retry_after": "soon"}, 2, 0.3),
    ("nan", {"retry_after": "nan"}, 2, 0.3),
    ("infinite", {"retry_after": "inf"}, 2, 0.3),
    ("empty", {"retry_after": " "}, 2, 0.3),
    ("hour", {"retry_after": "3600"}, 1, 0),
    ("absurd", {"retry_after": "9" * 400}, 2, 0.3),
    ("large", {"retry_after": "99999999999"}, 1, 0),
    ("next-century", {"retry_after": "Fri, 01 Jan 2100 00:00:00 GMT"}, 1, 0),
    ("told-not-to", {"x_should_retry": "false", "retry_after": "1"}, 1, 0),
    ("told-to", {"x_should_retry": "true"}, 2, 0.3),
]


def wait_case(name: str, headers: dict[str, str], attempts: int) -> Case:
    """A rate limit with these headers, followed by an answer."""
    script = refusing(429, OPENAI_BUSY, **headers)
    return Case(f"wait-{name}", "openai", script, None if attempts > 1 else "rate_limit", attempts)


def flooding(start: bytes, block: bytes) -> Script:
    """A script that never ends."""

    def script(peer: Peer) -> None:
        peer.send(start)
        peer.flood(block)

    return script


def chunk(body: bytes) -> bytes:
    return b"".join(chunked([body], ended=False))


EVENTS = head(content_type="text/event-stream", transfer_encoding="chunked")
LONG_COMMENT = b": go on" * 600 + b"\n\n"
ENDLESS = [
    Case("comments", "openai", flooding(EVENTS, chunk(LONG_COMMENT * 16)), "protocol", words="64 MiB"),
    Case("line", "openai", flooding(EVENTS + chunk(b"data: "), chunk(b"x" * MEBI)), "protocol", words="16 MiB"),
    Case("lines", "ollama", flooding(EVENTS + chunk(b"{ "), chunk(b"x" * MEBI)), "protocol", words="16 MiB"),
    Case("page", "openai", flooding(EVENTS, chunk(b"<p>" * 99999)), "protocol", words="64 MiB"),
    Case("document", "gemini", flooding(head(), b"[" + b" " * MEBI), "protocol", words="64 MiB"),
    Case("headers", "openai", flooding(b"HTTP/1.1 200 OK\r\n", b"x-more: 1\r\n" * 999), "protocol", words="HTTP"),
    Case(
        "refusal",
        "anthropic",
        flooding(head("400 X", transfer_encoding="chunked"), chunk(b"no " * 9999)),
        "bad_request",
    ),
    Case(
        "bomb",
        "openai",
        saying(
            head(content_type="text/event-stream", content_encoding="gzip", connection="close"),
            gzip.compress(LONG_COMMENT * (72 * MEBI // len(LONG_COMMENT))),
        ),
        "protocol",
        words="64 MiB",
    ),
]
LONG = "ж" * (4 * MEBI)


def long_line(wire: str) -> Case:
    """A piece of text of 8 MiB in one line."""
    body = b"".join(stream(wire, ["One ", LONG]))
    return Case(
        "long",
        wire,
        saying(head(content_type=STREAM_TYPES[wire], content_length=len(body)), body),
        text="One " + LONG,
    )


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with RawServer() as server:
        yield meet(server, tmp_path_factory.mktemp("refused"), REFUSED, "--timeout", "20")


@pytest.mark.parametrize("case", REFUSED, ids=by_model)
def test_refusal(refused: Run, case: Case) -> None:
    """Each provider's own way to refuse has its kind, and no more attempts than it deserves."""
    check(refused, case)


def test_waits(tmp_path: Path) -> None:
    """The wait a server asks for is kept, what cannot be read counts for nothing, and an hour is not slept through."""
    cases = [wait_case(name, headers, attempts) for name, headers, attempts, _ in WAITS]
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    date = wait_case("date", {"retry_after": soon, "date": format_datetime(datetime.now(UTC), usegmt=True)}, 2)
    body_wait = Case("retry-info", "gemini", google(429, "RESOURCE_EXHAUSTED", "x", RETRY_INFO), attempts=2)
    too_long = Case(
        "long-retry-info", "gemini", google(429, "RESOURCE_EXHAUSTED", "x", LONG_RETRY_INFO), "rate_limit"
    )
    cases += [date, body_wait, too_long]
    with RawServer() as server:
        for case in cases:
            answer = sized(b"".join(stream(case.wire)), content_type="text/event-stream")
            server.scripts[case.model] = [case.script, saying(answer)]
        run = meet(server, tmp_path, cases, "--timeout", "20")
    least = {f"openai.wait-{name}": seconds for name, *_, seconds in WAITS}
    least |= {date.model: 1.0, body_wait.model: 0.7}
    for case in cases:
        check(run, replace(case, text=None if case.kind else TEXT))
        times = server.times[case.model]
        assert times[-1] - times[0] >= least.get(case.model, 0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect(tmp_path: Path, status: int) -> None:
    """A redirect is not followed on any wire: nothing, least of all the key, reaches where it points."""
    with RawServer() as elsewhere, RawServer() as server:
        to = saying(head(f"{status} Moved", location=f"{elsewhere.url}/v1", content_length=0))
        cases = [Case("moved", wire, to, "protocol", words="redirect") for wire in WIRES]
        run = meet(server, tmp_path, cases, "--retries", "1")
        for case in cases:
            check(run, case)
        assert elsewhere.connections == 0


def test_endless(tmp_path: Path) -> None:
    """A response without an end is given up at a bound, and the line is closed."""
    with RawServer() as server:
        run = meet(server, tmp_path, ENDLESS, "--retries", "0", "--timeout", "20", "--concurrency", "2")
    for case in ENDLESS:
        check(run, case)


def test_long_lines(tmp_path: Path) -> None:
    """A line of 8 MiB is an event like any other on every wire."""
    cases = [long_line(wire) for wire in WIRES]
    with RawServer() as server:
        run = meet(server, tmp_path, cases, "--timeout", "20", "--concurrency", "1")
    for case in cases:
        check(run, case)


IN_STREAM = [
    ("openai", b'data: {"error": {"message": "x", "code": "rate_limit_exceeded"}}\n\n', "rate_limit"),
    ("openai", b'data: {"error": {"message": "x", "code": 502}}\n\n', "server"),
    ("openai", b'data: {"error": "boom"}\n\n', "server"),
    ("openai", b'event: error\ndata: {"message": "x", "code": "insufficient_quota"}\n\n', "quota"),
    ("openai", b"event: error\ndata: out of memory\n\n", "server"),
    (
        "openai",
        b'data: {"object": "error", "message": "x", "code": "context_length_exceeded"}\n\n',
        "context_length",
    ),
    ("openai", b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}\n\n', "server"),
    (
        "anthropic",
        b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error"}}\n\n',
        "overloaded",
    ),
    ("anthropic", b'event: error\ndata: {"type": "error", "error": {"type": "api_error"}}\n\n', "server"),
    ("anthropic", b'data: {"error": {"type": "rate_limit_error", "message": "x"}}\n\n', "rate_limit"),
    ("gemini", b'data: {"error": {"code": 503, "message": "x", "status": "UNAVAILABLE"}}\n\n', "overloaded"),
    ("gemini", b'data: {"error": {"message": "x", "status": "UNAVAILABLE"}}\n\n', "overloaded"),
    ("gemini", b'data: {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}\n\n', "rate_limit"),
    ("gemini", b'data: [{"error": {"code": 500, "status": "INTERNAL"}}]\n\n', "server"),
    ("ollama", b'{"error": "an error was encountered while running the model"}\n', "server"),
]


def test_errors_in_streams(tmp_path: Path) -> None:
    """An error in a stream has its kind, keeps the text before it and is not tried again after text."""
    cases = []
    for number, (wire, event, kind) in enumerate(IN_STREAM):
        plain = head(content_type=STREAM_TYPES[wire], connection="close")
        cases.append(Case(f"error-{number}", wire, saying(plain, texts(wire)[0], event), kind, text="One "))
    with RawServer() as server:
        run = meet(server, tmp_path, cases)
        for case in cases:
            check(run, case)
