"""What error bodies mean: recorded bodies of providers and gateways, a line each, with their kinds."""

import json
import re
from types import ModuleType

import pytest
from exchange_player import BODIES, Response, endpoint_of, play

from model_manager.core.messages import ChatOptions
from model_manager.providers import wire_of
from model_manager.providers.errors import patterns
from model_manager.providers.errors.body import read
from model_manager.providers.wires.base import Patterns

RECORDED = [json.loads(line) for line in (BODIES / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
WIRES = ("openai", "anthropic", "gemini", "ollama")
ALL_PATTERNS: Patterns = (
    *patterns.TOO_LARGE,
    *patterns.CONTEXT,
    *patterns.COMMON,
    *patterns.GOOGLES_SENTENCE,
    *patterns.CAUSED_BY_REQUEST,
    *(pattern for wire in WIRES for pattern in wire_of(wire).ERROR_PATTERNS),
)


def encoded(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: f"{row['from']}-{row['status']}-{row['kind']}")
def test_a_recorded_error_has_its_kind(row: dict) -> None:
    """A recorded error body has its kind, and only kinds that pass by themselves are tried again."""
    responses = [Response(status=row["status"], pieces=[encoded(row["body"])])] * 2
    played = play(endpoint_of(row["wire"]), *responses, options=ChatOptions(stream=False), retries=1)
    assert played.kind == row["kind"]
    passes = row["kind"] in {"rate_limit", "overloaded", "server"} and row["status"] not in {400, 424}
    assert played.error.attempts == (2 if passes else 1)


@pytest.mark.parametrize("pattern", ALL_PATTERNS, ids=lambda row: f"{row[1]}: {row[0]}")
def test_every_pattern_is_recorded(pattern: tuple[str, str]) -> None:
    """Each pattern finds a recorded body of its kind."""
    words, kind = pattern
    said = [read(row["body"]).words for row in RECORDED if row["kind"] == kind]
    files = [path for path in BODIES.glob("*.json") if re.match(r"\w+\.\d", path.name)]
    said += [read(json.loads(path.read_text(encoding="utf-8"))).words for path in files]
    assert any(re.search(words, text, re.IGNORECASE) for text in said)


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


WAITS = [
    ("Please try again in 6m0.5s.", 360.5),
    ("Please try again in 320ms.", 0.32),
    ("Please retry after 6 seconds.", 6.0),
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
