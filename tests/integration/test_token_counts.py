"""Counts of tokens: by the providers that count, with the rules of calls; else the estimate, marked."""

import asyncio
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from model_server import KEY, Script, in_turn, model_server

from model_manager import AIService, ProviderError, TokenCount, Tool, UsageError

TOOL = Tool(name="weather", parameters={"type": "object", "properties": {"city": {"type": "string"}}})


def project(work, server, wire: str, *lines: str) -> None:
    base_url = server.url if wire in {"openai", "openai-responses", "ollama"} else server.url.removesuffix("/v1")
    text = [
        f'[providers.p]\nwire = "{wire}"\nbase_url = "{base_url}"\napi_key_env = ["P_API_KEY"]',
        '[models.m]\nprovider = "p"\nmodel_id = "m-1"',
        '[models.other]\nprovider = "p"',
        '[tasks.t]\nmodel = "m"',
        *lines,
    ]
    (work / "models.toml").write_text("\n".join(text) + "\n")
    (work / ".env").write_text(f"P_API_KEY={KEY}\n")


def counting(number: int, field: str) -> Script:
    return lambda _, answer: answer.json({field: number})


@pytest.fixture(params=["blocking", "waiting"])
def count(request: pytest.FixtureRequest) -> Callable[..., TokenCount]:
    def counted(*arguments, **options) -> TokenCount:
        with AIService() as service:
            if request.param == "blocking":
                return service.count_tokens(*arguments, **options)
            return asyncio.run(service.acount_tokens(*arguments, **options))

    return counted


def test_anthropic_counts(work, count):
    """Its endpoint gets the prompt with tools and system prompt, and nothing that only an answer needs."""
    with model_server(counting(42, "input_tokens")) as server:
        project(work, server, "anthropic")
        found = count("Hello", "t", system_prompt="Be brief.", tools=[TOOL], max_tokens=5)
    assert found == TokenCount(tokens=42, model="m", estimated=False)
    (request,) = server.requests
    assert request.path == "/v1/messages/count_tokens"
    assert request.headers["x-api-key"] == KEY
    assert sorted(request.body) == ["messages", "model", "system", "tools"]
    assert request.body["model"] == "m-1"


def test_google_counts(work, count):
    """Its endpoint gets the whole request, as only then system instruction and tools are counted."""
    with model_server(counting(43, "totalTokens")) as server:
        project(work, server, "gemini")
        found = count([("user", "Hello")], model="m", system_prompt="Be brief.", tools=[TOOL])
    assert found == TokenCount(tokens=43, model="m", estimated=False)
    (request,) = server.requests
    assert request.path == "/v1beta/models/m-1:countTokens"
    inner = request.body["generateContentRequest"]
    assert inner["model"] == "models/m-1"
    assert {"contents", "systemInstruction", "tools"} <= set(inner)


def test_the_responses_api_counts(work, count):
    """Its endpoint gets the prompt with tools, and nothing that only an answer needs."""
    with model_server(counting(44, "input_tokens")) as server:
        project(work, server, "openai-responses")
        found = count("Hello", "t", system_prompt="Be brief.", tools=[TOOL], max_tokens=50)
    assert found == TokenCount(tokens=44, model="m", estimated=False)
    (request,) = server.requests
    assert request.path == "/v1/responses/input_tokens"
    assert sorted(request.body) == ["input", "model", "tools"]


@pytest.mark.parametrize("wire", ["openai", "ollama"])
def test_others_are_estimated(work, count, wire):
    """Where no endpoint is known nothing is sent, no key is needed, and the count is marked."""
    with model_server(counting(1, "input_tokens")) as server:
        project(work, server, wire)
        (work / ".env").unlink()
        found = count("Hello, hello, hello", "t")
    assert (found.tokens, found.model, found.estimated) == (5, "m", True)
    assert server.requests == []


def test_a_gateway_without_the_endpoint_is_estimated(work, count):
    """A 404 for the path is no failure of the prompt."""
    with model_server(lambda _, answer: answer.json({"detail": "Not Found"}, 404)) as server:
        project(work, server, "anthropic")
        found = count("Hello, hello, hello", "t")
    assert (found.tokens, found.estimated, len(server.requests)) == (5, True, 1)


def test_a_busy_provider_is_asked_again(work, count):
    """The retries are those of calls."""
    busy = in_turn(lambda _, answer: answer.json({}, 529, Retry_After="0"), counting(7, "input_tokens"))
    with model_server(busy) as server:
        project(work, server, "anthropic")
        assert count("Hello", "t").tokens == 7
    assert len(server.requests) == 2


@pytest.mark.parametrize("payload", [{}, {"input_tokens": "7"}, {"input_tokens": -1}, b"<html>", b""])
def test_an_answer_without_a_count_is_an_error(work, count, payload):
    """What is no count is not taken for one."""
    with model_server(lambda _, answer: answer.json(payload)) as server:
        project(work, server, "anthropic")
        with pytest.raises(ProviderError, match="without token counts") as caught:
            count("Hello", "t", retries=0)
    assert caught.value.kind == "protocol"


def test_an_error_shows_no_key(work, count):
    """A provider that repeats the key when it refuses it does not get it into the error."""

    def script(_, answer):
        answer.json({"type": "error", "error": {"type": "authentication_error", "message": f"bad key {KEY}"}}, 401)

    with model_server(script) as server:
        project(work, server, "anthropic")
        with pytest.raises(ProviderError, match="bad key") as caught:
            count("Hello", "t")
    assert caught.value.kind == "auth"
    assert KEY not in str(caught.value)


def test_nothing_is_recorded(work):
    """A count is no call: neither the ledger nor an observer hears of it."""
    seen: list[str] = []
    observer = SimpleNamespace(succeeded=seen.append, failed=seen.append, cancelled=seen.append)
    with model_server(counting(7, "input_tokens")) as server:
        project(work, server, "anthropic")
        with AIService(observers=[observer]) as service:
            service.count_tokens("Hello", "t")
    assert seen == []


def test_what_cannot_be_meant_is_refused(work):
    """Arguments are checked as those of calls are."""
    with model_server(counting(7, "input_tokens")) as server:
        project(work, server, "anthropic")
        with AIService() as service:
            for arguments, options, words in (
                (("Hello", "t"), {"model": "m"}, "cannot be combined with a task"),
                (("Hello", "nope"), {}, "there is no task"),
                (("Hello", "t"), {"max_token": 1}, "unknown option"),
                ((3, "t"), {}, "expected"),
            ):
                with pytest.raises(UsageError, match=re.escape(words)):
                    service.count_tokens(*arguments, **options)
            assert service.count_tokens([("user", "x")], model=service.get_model_for_task("t")).tokens == 7


def test_an_estimate_is_for_the_model_that_a_call_would_go_to(work, count):
    """An option without a key is passed over where the next one's provider does not count."""
    with model_server(counting(42, "input_tokens")) as server:
        project(work, server, "openai", '[providers.q]\nwire = "anthropic"', 'base_url = "https://q.example"')
        with (work / "models.toml").open("a") as file:
            file.write('api_key_env = ["Q_API_KEY"]\n[models.first]\nprovider = "q"\n')
        found = count("Hello", route="first,m")
    assert (found.model, found.estimated) == ("m", True)
    assert server.requests == []
