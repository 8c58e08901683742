"""Attempts, waits, fittings and what an exchange tells, against prepared responses."""

import json
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from exchange_player import BODIES, KEY, MOMENT, Response, endpoint_of, play, recorded
from hypothesis import given
from hypothesis import strategies as st

from model_manager.core.messages import Reply
from model_manager.core.models import WIRES, Model
from model_manager.core.options import ChatOptions
from model_manager.providers.exchange import attempt
from model_manager.providers.exchange.retry_policy import RetryPolicy, asked_wait
from model_manager.providers.io.steps import Fault
from model_manager.providers.response import reader as response
from model_manager.providers.response.matching import match_of

OK = recorded("openai.stream.ok.sse")
LOST = Fault("connection", "api.example.com refused the connection")
CUT = Fault("connection", "api.example.com cut the connection")


def refusal(name: str, **headers: str) -> Response:
    """The response of a recorded error body."""
    names = {key.replace("_", "-"): value for key, value in headers.items()}
    return Response(status=int(name.split(".")[1]), headers=names, pieces=[(BODIES / name).read_bytes()])


def error(status: int, **headers: str) -> Response:
    """A response without a body."""
    return Response(status=status, headers={key.replace("_", "-"): value for key, value in headers.items()})


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529, 599])
def test_retried_status(status: int) -> None:
    """A failure that may pass is retried, and the reply counts the attempts."""
    played = play(endpoint_of("openai"), error(status), error(status), OK)
    assert played.reply.attempts == 3
    assert [pause.seconds for pause in played.pauses] == [0.5, 1.0]
    assert f"HTTP {status}" in played.pauses[0].reason
    assert "attempt 2 of 3" in played.pauses[0].reason


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 410, 413, 422])
def test_final_status(status: int) -> None:
    """A failure that will not pass is not retried."""
    played = play(endpoint_of("openai"), error(status), OK)
    assert played.error.attempts == 1
    assert not played.error.retryable
    assert played.pauses == []


def test_retries_end() -> None:
    """After the last attempt the failure stands, with the number of attempts."""
    played = play(endpoint_of("openai"), error(500), error(500), error(503))
    assert (played.kind, played.error.attempts, played.error.retryable) == ("overloaded", 3, True)
    assert play(endpoint_of("openai"), error(500), retries=0).error.attempts == 1


@pytest.mark.parametrize(
    "name",
    [
        "openai.429.insufficient-quota.json",
        "openai.429.spend-limit.json",
        "anthropic.429.spend-limit.json",
        "gemini.429.per-day.json",
    ],
)
def test_unpaid_bill(name: str) -> None:
    """A 429 that speaks of money or of a day's quota is not retried, whatever a header says."""
    played = play(endpoint_of(name.split(".", maxsplit=1)[0]), refusal(name, x_should_retry="true"), OK)
    assert (played.kind, played.error.attempts) == ("quota", 1)


@pytest.mark.parametrize(("status", "word", "attempts"), [(500, "false", 1), (400, "true", 2), (429, "maybe", 2)])
def test_should_retry(status: int, word: str, attempts: int) -> None:
    """The header x-should-retry has the last word on a status; other words in it say nothing."""
    played = play(endpoint_of("openai"), error(status, x_should_retry=word), OK)
    assert len(played.player.calls) == attempts


def test_lost_connection_is_retried() -> None:
    """A connection that fails before the first byte is tried again."""
    played = play(endpoint_of("openai"), Response(fault=LOST), OK)
    assert played.reply.attempts == 2
    hopeless = Fault("connection", "the certificate is not trusted", cause="unusable")
    assert play(endpoint_of("openai"), Response(fault=hopeless), OK).error.attempts == 1


def test_cut_response_is_not_retried() -> None:
    """Once a response has begun, nothing is sent again."""
    assert play(endpoint_of("openai"), Response(then=CUT), OK).error.attempts == 1
    stream = (BODIES / "openai.stream.truncated.sse").read_bytes()
    played = play(endpoint_of("openai"), Response(pieces=[stream], then=CUT), OK)
    assert (played.kind, played.error.attempts, played.shown) == ("connection", 1, "Once upon")


@pytest.mark.parametrize("code", ["overloaded_error", "api_error"])
def test_overload_in_a_stream(code: str) -> None:
    """A passing error inside a stream is retried before the first content, and never after it."""
    event = f'event: error\ndata: {{"type":"error","error":{{"type":"{code}","message":"No"}}}}\n\n'.encode()
    played = play(endpoint_of("anthropic"), Response(pieces=[event]), recorded("anthropic.stream.ok.sse"))
    assert played.reply.attempts == 2
    played = play(endpoint_of("anthropic"), recorded("anthropic.stream.overloaded.sse"), OK)
    assert (played.error.attempts, played.error.retryable) == (1, False)


def test_what_may_be_at_work_is_not_sent_again_and_may_pass() -> None:
    """Silence, or a connection cut before any content, is not retried, and the error says that it may pass."""
    silence = Fault("timeout", "api.example.com sent nothing for 60 s", cause="silent")
    for response_then in (silence, CUT):
        played = play(endpoint_of("openai"), Response(pieces=[], then=response_then), OK)
        assert (played.error.attempts, played.error.retryable) == (1, True)


WAITS = [
    ({"retry-after": "7"}, 7.0),
    ({"retry-after": "0.25"}, 0.5),
    ({"retry-after-ms": "2500", "retry-after": "9"}, 2.5),
    ({"x-ms-retry-after-ms": "3000"}, 3.0),
    ({"retry-after": format_datetime(MOMENT + timedelta(seconds=30), usegmt=True)}, 30.0),
    (
        {
            "retry-after": format_datetime(MOMENT + timedelta(hours=1, seconds=4), usegmt=True),
            "date": format_datetime(MOMENT + timedelta(hours=1), usegmt=True),
        },
        4.0,
    ),
    ({"retry-after": format_datetime(MOMENT - timedelta(days=1), usegmt=True)}, 0.5),
    ({"retry-after": "soon"}, 0.5),
    ({"retry-after": "-5"}, 0.5),
    ({"retry-after": "nan"}, 0.5),
    ({"retry-after": "inf"}, 0.5),
    ({"retry-after": ""}, 0.5),
]


@pytest.mark.parametrize(("headers", "seconds"), WAITS)
def test_asked_wait(headers: dict[str, str], seconds: float) -> None:
    """The wait is what the provider asks for, in whatever form, and never less than our own."""
    played = play(endpoint_of("openai"), Response(status=429, headers=headers), OK)
    assert [pause.seconds for pause in played.pauses] == [seconds]


def test_retry_info() -> None:
    """Google's RetryInfo is obeyed."""
    played = play(endpoint_of("gemini"), refusal("gemini.429.per-minute.json"), recorded("gemini.stream.ok.sse"))
    assert [pause.seconds for pause in played.pauses] == [7.0]


def test_long_wait() -> None:
    """A wait beyond a minute is not begun: the failure names it."""
    played = play(endpoint_of("openai"), error(429, retry_after="3600"), OK)
    assert (played.kind, played.error.attempts, played.error.retry_after_s) == ("rate_limit", 1, 3600.0)
    assert "asks to wait 3600 s" in played.error.message
    assert played.pauses == []


def test_waits_add_up() -> None:
    """All waits together stay within a minute."""
    played = play(endpoint_of("openai"), error(429, retry_after="40"), error(429, retry_after="40"), OK)
    assert (played.kind, played.error.attempts) == ("rate_limit", 2)
    assert [pause.seconds for pause in played.pauses] == [40.0]


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True), st.none() | st.floats(0, 1e6))
def test_wait_bounds(retry: int, draw: float, asked: float | None) -> None:
    """A wait is at least what was asked, at least three quarters of half a second, and else at most eight seconds."""
    wait = RetryPolicy().wait_before(retry, asked, lambda: draw)
    assert wait >= 0.375
    assert wait >= (asked or 0)
    assert wait <= max(8.0, asked or 0)


@given(st.text(), st.text())
def test_any_header_is_survived(after: str, sent: str) -> None:
    """No text in a header stops us."""
    wait = asked_wait({"retry-after": after, "date": sent}, None, MOMENT)
    assert wait is None or wait >= 0


FITTED = [
    ("openai.400.max-tokens.json", {"max_tokens": 9}, {"max_completion_tokens": 9}, "max_tokens"),
    ("openai.422.mistral-stream-options.json", {}, {}, "stream_options"),
    ("openai.400.temperature.json", {"temperature": 0.2}, {}, "temperature"),
]


@pytest.mark.parametrize(("name", "asked", "sent", "dropped"), FITTED)
def test_fitted(name: str, asked: dict, sent: dict, dropped: str) -> None:
    """A request that is refused for a parameter goes out once more without it, counted and told."""
    played = play(endpoint_of("openai"), refusal(name), OK, options=ChatOptions(**asked), retries=0)
    assert played.reply.attempts == 2
    first, second = played.bodies
    assert dropped in first
    assert second == {name: value for name, value in first.items() if name != dropped} | sent
    assert len(played.notices) == 1
    assert dropped in played.notices[0]
    assert played.pauses == []


def test_fitted_back() -> None:
    """A server that does not know max_completion_tokens gets max_tokens."""
    body = {"error": {"message": "Unrecognized request argument supplied: max_completion_tokens"}}
    endpoint = endpoint_of("openai", parameters={"max_tokens": "max_completion_tokens"})
    unknown = Response(status=400, pieces=[json.dumps(body).encode()])
    played = play(endpoint, unknown, OK, options=ChatOptions(max_tokens=9))
    assert played.bodies[1]["max_tokens"] == 9


def test_fitted_once() -> None:
    """A request is fitted once; a second refusal stands."""
    played = play(
        endpoint_of("openai"),
        refusal("openai.400.max-tokens.json"),
        refusal("openai.400.temperature.json"),
        options=ChatOptions(max_tokens=9, temperature=0.2),
    )
    assert (played.kind, played.error.attempts) == ("bad_request", 2)


@pytest.mark.parametrize(
    "message",
    ["temperature must be between 0 and 2", "max_tokens: 500000 > 64000, which is the maximum", "something else"],
)
def test_not_fitted(message: str) -> None:
    """A value that is disliked, or a parameter that is not named, is the user's to change."""
    refused = Response(status=400, pieces=[json.dumps({"error": {"message": message}}).encode()])
    played = play(endpoint_of("openai"), refused, OK, options=ChatOptions(max_tokens=500000, temperature=3))
    assert (played.kind, played.error.attempts) == ("bad_request", 1)


def test_redirect() -> None:
    """A redirect is not followed; the error names its host and nothing secret of it."""
    played = play(endpoint_of("openai"), error(307, location="https://u:p@elsewhere.example/v1?k=1"), OK)
    assert played.kind == "protocol"
    assert "a redirect to elsewhere.example, which is not followed" in played.error.message


def test_redirect_to_no_address() -> None:
    """A redirect to what is no address is an error of the same kind."""
    played = play(endpoint_of("openai"), error(307, location="http://[::1/"), OK)
    assert played.kind == "protocol"
    assert "a redirect to an invalid address, which is not followed" in played.error.message


def test_key_is_hidden() -> None:
    """A provider that repeats the key in its error does not bring it to the screen."""
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode()
    played = play(endpoint_of("openai"), Response(status=429, pieces=[body]), Response(status=401, pieces=[body]))
    assert "provided: ***" in played.error.message
    assert KEY not in repr(played.error) + str(played.pauses) + str(played.error.__dict__)


def test_request_id() -> None:
    """The provider's name for a request comes from the headers, else from the body."""
    headers = {"x-request-id": "req_9"}
    assert play(endpoint_of("openai"), Response(headers=headers, pieces=OK.pieces)).reply.request_id == "req_9"
    assert play(endpoint_of("openai"), OK).reply.request_id == "chatcmpl-1"
    assert (
        play(endpoint_of("anthropic"), refusal("anthropic.401.wrong-key.json")).error.request_id
        == "req_011CTexample"
    )
    assert play(endpoint_of("openai"), Response(status=400, headers=headers)).error.request_id == "req_9"


def test_times() -> None:
    """Latency counts from sending the attempt that succeeded, time to first token to the first visible text."""
    lines = (BODIES / "openai.stream.ok.sse").read_bytes().splitlines(keepends=True)
    pieces = [line + b"\n" for line in lines if line.strip()]
    reply = play(endpoint_of("openai"), error(500), Response(pieces=pieces)).reply
    assert reply.ttft_ms == pytest.approx(300)
    assert reply.latency_ms == pytest.approx(700)
    assert reply.tokens_per_second == pytest.approx((7 - 2) / 0.4, rel=1e-3)


def test_end_mark_counts_over_the_line() -> None:
    """A connection that breaks or falls silent after the end mark takes nothing away from the answer."""
    stream = (BODIES / "openai.stream.no-done.sse").read_bytes()
    played = play(endpoint_of("openai"), Response(pieces=[stream], then=CUT))
    assert played.reply.text == "Hi"


def test_reading_stops_at_the_last_word() -> None:
    """After the word that nothing can follow, the body's end is not waited for, and the connection may be kept."""
    stuck = Fault("timeout", "must not be reached")
    played = play(endpoint_of("openai"), Response(pieces=OK.pieces, then=stuck))
    assert played.reply.complete
    assert played.player.closings[-2:] == ["finish", "close"]


def test_endless_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body without end is given up at the bound."""
    monkeypatch.setattr(response, "LONGEST_BODY", 2**20)
    played = play(endpoint_of("openai"), Response(pieces=[b": " + b"x" * 2**18 + b"\n"] * 9))
    assert (played.kind, played.error.message) == ("protocol", "the answer is longer than 1 MiB")


def test_endless_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an error without end, no more than the bound is read."""
    monkeypatch.setattr(attempt, "LONGEST_ERROR_BODY", 1000)
    stuck = Fault("timeout", "must not be reached")
    played = play(endpoint_of("openai"), Response(status=400, pieces=[b"no " * 400], then=stuck))
    assert played.kind == "bad_request"
    assert len(played.error.message) < 400


def test_retry_shows_one_answer() -> None:
    """What is shown comes from the attempt that succeeded alone."""
    played = play(endpoint_of("openai"), error(500), OK)
    assert played.shown == played.reply.text


STREAMS = sorted(path.name for path in BODIES.iterdir() if path.suffix in {".sse", ".ndjson"})


def without_times(reply: Reply | None) -> Reply | None:
    """A reply as it would be if all had come at once."""
    return reply and replace(reply, latency_ms=None, ttft_ms=None, tokens_per_second=None)


@given(st.data())
def test_any_cut_gives_the_same_outcome(data: st.DataObject) -> None:
    """However the network cuts a stream, the reply or the failure is the same, and so is what was shown."""
    name = data.draw(st.sampled_from(STREAMS))
    stream = (BODIES / name).read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    spans = zip([0, *cuts], [*cuts, len(stream)], strict=True)
    # An empty piece would be the end of the body.
    pieces = [stream[start:end] for start, end in spans if end > start]
    endpoint = endpoint_of(name.split(".")[0], parameters={"think_tags": "think-tags" in name})
    whole = play(endpoint, Response(pieces=[stream]), retries=0)
    cut = play(endpoint, Response(pieces=pieces), retries=0)
    assert (cut.shown, cut.thoughts, cut.arguments) == (whole.shown, whole.thoughts, whole.arguments)
    assert without_times(cut.outcome) == without_times(whole.outcome)
    if whole.outcome:
        assert (whole.shown, whole.thoughts) == (whole.outcome.text, whole.outcome.reasoning)
    assert (cut.kind, cut.reply and cut.reply.usage) == (whole.kind, whole.reply and whole.reply.usage)
    assert (cut.reply or cut.error.partial or cut).__class__ is (
        whole.reply or whole.error.partial or whole
    ).__class__
    assert str(cut.error) == str(whole.error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "error",
                    "message",
                    "choices",
                    "delta",
                    "content",
                    "text",
                    "usage",
                    "type",
                    "candidates",
                    "parts",
                    "done",
                    "detail",
                    "code",
                    "index",
                    "tool_calls",
                    "function",
                    "arguments",
                    "finish_reason",
                    "finishReason",
                    "content_block",
                    "usageMetadata",
                    "functionCall",
                    "stop_reason",
                ]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(WIRES), st.sampled_from([200, 400, 500]))
def test_no_json_is_a_crash(body: object, wire: str, status: int) -> None:
    """Any JSON, as an event, as a document or as an error, ends in a reply or in a ProviderError."""
    text = json.dumps(body).encode()
    for pieces in ([text], [b"data: " + text + b"\n\n"], [b"event: error\ndata: " + text + b"\n\n"]):
        played = play(endpoint_of(wire), Response(status=status, pieces=pieces), retries=0)
        assert played.reply or played.error


@given(st.binary(max_size=200), st.sampled_from(WIRES))
def test_no_bytes_are_a_crash(body: bytes, wire: str) -> None:
    """Garbage is a protocol error or a truncated answer, never a reply and never a crash."""
    assert play(endpoint_of(wire), Response(pieces=[body] if body else []), retries=0).kind in {
        "protocol",
        "truncated",
    }


MATCHES = [
    ("gpt-4.1-mini", "gpt-4.1-mini", "exact"),
    ("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", "dated"),
    ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini", "dated"),
    ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini-2026-01-01", "different"),
    ("claude-haiku-5-5", "claude-haiku-5-5-20261001", "dated"),
    ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022", "dated"),
    ("mistral-small-latest", "mistral-small-2603", "dated"),
    ("gemini-2.0-flash", "gemini-2.0-flash-001", "dated"),
    ("gemini-2.5-flash-preview", "gemini-2.5-flash-preview-05-20", "dated"),
    ("openai/gpt-oss-120b", "gpt-oss-120b", "alias"),
    ("gpt-oss-120b", "openai/gpt-oss-120b", "alias"),
    ("gemini-3-pro", "models/gemini-3-pro", "alias"),
    ("acme/model:free", "acme/model", "alias"),
    ("acme/model", "gateway/model-2026-01-01", "dated"),
    ("qwen3", "qwen3:latest", "alias"),
    ("MiniMax-M2", "minimax-m2", "alias"),
    ("gpt-oss:20b", "gpt-oss:120b", "different"),
    ("gpt-5", "gpt-5-mini", "different"),
    ("gpt-4", "gpt-4.1", "different"),
    ("asked", "the-id", "alias"),
    ("asked", "short", "alias"),
    ("asked", "asked-", "different"),
]


@pytest.mark.parametrize(("asked", "served", "match"), MATCHES)
def test_match(asked: str, served: str, match: str) -> None:
    """The name that answers is the one asked for, a snapshot of it, another name of it, or something else."""
    model = Model(id="the-id", name="", provider="p", model_id=asked, aliases=("short",))
    assert match_of(model, served) == match
