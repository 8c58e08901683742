"""Gateways and local servers: answers as LiteLLM's proxy 1.108.7 and llama.cpp's server (b11549) were seen to give them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import run_cli
from exchange_player import BODIES
from model_server import KEY, Answer, ModelServer, Request, by_model, model_server, refusing

from model_manager import AIService, ProviderError

ERRORS = [json.loads(line) for line in (BODIES / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
UPSTREAM_KEY, UPSTREAM_BILL, MASTER_KEY = "OpenAIException - Incorrect API key", "current quota", "No connected db"
#: The end of a stream in which the proxy states a cost.
CLOSING = {
    "choices": [{"index": 0, "delta": {}}],
    "usage": {"completion_tokens": 5, "prompt_tokens": 10, "total_tokens": 15, "cost": 0.00006},
}


def recorded(words: str) -> tuple[int, dict]:
    """The status and the body of the proxy's error that says this."""
    rows = (
        row for row in ERRORS if row["from"].startswith("LiteLLM proxy 1.") and words in json.dumps(row["body"])
    )
    row = next(rows)
    return row["status"], row["body"]


def saying_error(words: str):
    """A script that always answers with this error of the proxy's."""
    status, body = recorded(words)
    return lambda _, answer: answer.json(body, status)


def priced(request: Request, answer: Answer) -> None:
    """An answer of the proxy's, whose cost is in a header unless it is streamed."""
    if request.body["stream"]:
        answer.piece("Hello there.")
        answer.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        answer.event(CLOSING)
        answer.event("[DONE]")
        return
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hello there."}, "finish_reason": "stop"}
    usage = {"completion_tokens": 5, "prompt_tokens": 10, "total_tokens": 15}
    answer.json(
        {"model": request.model, "choices": [choice], "usage": usage},
        x_litellm_response_cost="6e-05",
        x_litellm_response_cost_original="6e-05",
    )


def unheated(request: Request, answer: Answer) -> None:
    """A model that takes no temperature."""
    if "temperature" in request.body:
        answer.json({"error": {"message": "Unsupported value: 'temperature'", "param": "temperature"}}, 400)
    else:
        answer.say(request, "Cool")


def local(_: Request, answer: Answer) -> None:
    """A stream of llama.cpp's, as it was recorded."""
    answer.json((BODIES / "openai.stream.llama-cpp.sse").read_bytes(), Content_Type="text/event-stream")


SCRIPTS = {
    "priced": priced,
    "badkey": saying_error(UPSTREAM_KEY),
    "poor": saying_error(UPSTREAM_BILL),
    "unheated": unheated,
    "ours": saying_error(MASTER_KEY),
    "down": refusing(503, "down"),
    "tiny": local,
}


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A server that answers as the proxy does, and a project in the current directory that calls it."""
    monkeypatch.chdir(tmp_path)
    with model_server(by_model(SCRIPTS)) as server:
        lines = ["[providers.litellm]", f'base_url = "{server.url}"']
        for name in SCRIPTS:
            lines += [f"[models.{name}]", 'provider = "litellm"', f'model_id = "{name}"']
        (tmp_path / "models.toml").write_text("\n".join(lines) + "\n")
        (tmp_path / ".env").write_text(f"LITELLM_API_KEY={KEY}\n")
        yield server


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.usefixtures("proxy")
def test_the_cost_that_a_proxy_states_counts(*, streamed: bool) -> None:
    """In the usage of a stream, or in a header beside a document."""
    (result,) = run_cli("test", "-m", "priced", "Hello", "--json", *([] if streamed else ["--no-stream"])).json[
        "results"
    ]
    assert (result["cost_usd"], result["cost_source"]) == (0.00006, "reported")


@pytest.mark.parametrize(("model", "kind"), [("badkey", "auth"), ("poor", "quota")])
def test_a_gateways_own_account_keeps_from_no_other_model_of_it(proxy: ModelServer, model: str, kind: str) -> None:
    """The key or the bill is that of the gateway at one provider; it has others for other models."""
    with AIService() as service:
        reply = service.chat("chat", "Hello", route=f"{model},priced", retries=0)
        with pytest.raises(ProviderError) as raised:
            service.create_chat_completion(model, "Hello", retries=0)
    assert reply.text == "Hello there."
    assert reply.warnings[0] == (
        f"the provider of {model} refused the account that LiteLLM has there; answered by LiteLLM (priced)"
    )
    assert (raised.value.kind, raised.value.hint) == (
        kind,
        f"check the account that LiteLLM uses for {model}",
    )
    assert [request.model for request in proxy.requests] == [model, "priced", model]


def test_a_key_that_a_proxy_itself_refuses_is_ours(proxy: ModelServer) -> None:
    """Without a database it knows the master key alone, and all its models refuse another one."""
    with AIService() as service, pytest.raises(ProviderError) as raised:
        service.chat("chat", "Hello", route="ours,priced")
    assert raised.value.kind == "auth"
    assert raised.value.hint.startswith("check the key: LITELLM_API_KEY in .env:1")
    assert [request.model for request in proxy.requests] == ["ours"]


@pytest.mark.usefixtures("proxy")
def test_what_was_left_out_of_a_tested_call_is_a_warning() -> None:
    """In JSON as for routes; on a terminal it is said once, when it happens."""
    (result,) = run_cli("test", "-m", "unheated", "Hello", "--temperature", "0.2", "--json").json["results"]
    assert result["warnings"] == ["retried without the temperature, which was refused"]
    shown = run_cli("test", "unheated", "Hello", "--temperature", "0.2")
    assert shown.stderr.count("retried without the temperature") == 1


@pytest.mark.usefixtures("proxy")
def test_a_file_of_llama_cpps_is_the_model_that_was_asked_for() -> None:
    """It answers with the path of the file, and says how fast it was."""
    (result,) = run_cli("test", "-m", "tiny", "Hello", "--json").json["results"]
    assert (result["ok"], result["match"], result["warnings"]) == (True, "alias", [])
    assert json.loads(result["text"]) == {"a": "x"}
    assert result["usage"]["cache_read_tokens"] > 0
    assert result["tokens_per_second"] > 0


def test_another_address_has_another_status_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of the provider says nothing of a proxy that speaks its API."""
    monkeypatch.chdir(tmp_path)
    with model_server(refusing(503, "down")) as server:
        lines = [
            "[providers.proxy]",
            'like = "openai"',
            f'base_url = "{server.url}"',
            'api_key_env = ["PROXY_KEY"]',
        ]
        lines += ["[models.mine]", 'provider = "proxy"', 'model_id = "mine"']
        (tmp_path / "models.toml").write_text("\n".join(lines) + "\n")
        (tmp_path / ".env").write_text(f"PROXY_KEY={KEY}\n")
        tested = run_cli("test", "-m", "mine", "Hello", "--json", "--retries", "0", "--trust")
    (result,) = tested.json["results"]
    assert "status." not in result["error"]["hint"]
