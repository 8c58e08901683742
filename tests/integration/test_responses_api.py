"""OpenAI's Responses API through the command line and the library, against a server on loopback that speaks it."""

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import run_cli
from model_server import KEY, Answer, Request, in_turn, model_server
from responses_bodies import answer_with, answering, called, said, thought
from service_calls import WAYS, ask

from model_manager import AIService, ChatMessage, ProviderError, Tool

RESPONSES = {"wire": '"openai-responses"'}
TIDE = Tool(name="tide", description="High water at a port")


@pytest.mark.parametrize("options", [[], ["--no-stream"]], ids=["streamed", "whole"])
def test_a_live_test(work: Path, options: list[str]) -> None:
    """A live test passes streamed and not, with exact usage and cost, and asks the server to store nothing."""
    with model_server(answering(thought("Hm."), said("High water at six."))) as server:
        server.project(work, **RESPONSES)
        result = run_cli("test", "m", "Tides?", "--json", "--trust", *options)
    (answer,) = result.json["results"]
    assert (answer["ok"], answer["text"], answer["finish_reason"]) == (True, "High water at six.", "stop")
    assert (answer["usage"]["input_tokens"], answer["usage"]["reasoning_tokens"]) == (30, 5)
    assert (answer["cost_usd"], (answer["ttft_ms"] is None)) == (0.00015, bool(options))
    (request,) = server.requests
    assert (request.path, request.body["store"], request.body["stream"]) == ("/v1/responses", False, not options)
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_the_printed_request(work: Path) -> None:
    """`--curl` prints the request of this API with the key as a variable, and sends nothing."""
    with model_server(answering(said("x"))) as server:
        server.project(work, **RESPONSES)
        printed = run_cli("test", "m", "Tides?", "--curl", "--trust").stdout
    assert server.requests == []
    assert "/v1/responses" in printed
    assert '"authorization: Bearer $LOCAL_API_KEY"' in printed
    assert '"input": [{"role": "user", "content": "Tides?"}]' in printed


def capable(request: Request, answer: Answer) -> None:
    """A model that can do what probes ask for."""
    body = request.body
    words = "Hello."
    if "tools" in body:
        answer_with(request, answer, called("get_weather", '{"city": "Paris"}'))
        return
    if body["stream"]:
        words = "1 2 3"
    elif "text" in body:
        words = '{"name": "Anna", "age": 31}'
    elif isinstance(body["input"][-1]["content"], list):
        words = "Left: green, right: yellow"
    elif body["input"][0]["role"] == "system":
        words = "pineapple"
    answer_with(request, answer, said(words))


def test_a_probe(work: Path) -> None:
    """A probe finds every capability of a model by this API."""
    with model_server(capable) as server:
        server.project(work, **RESPONSES)
        result = run_cli("test", "m", "--probe", "--json", "--trust")
    (probe,) = result.json["probes"]
    assert [item["capability"] for item in probe["capabilities"] if item["found"] is not True] == []
    assert len(server.requests) == 6


@pytest.mark.parametrize("way", WAYS)
def test_two_turns_with_a_tool(work: Path, way: str) -> None:
    """An application's second turn hands the thoughts and the call back with the tool's result."""
    script = in_turn(answering(thought("Hm."), called("tide", "{}")), answering(said("At six.")))
    with model_server(script) as server:
        server.project(work, **RESPONSES)
        with AIService(directory=work, trust=True) as service:
            turns: list[Any] = [("user", "Tides?")]
            first = ask(service, way, "chat", turns, route="m", tools=[TIDE])
            turns += [first.message, ChatMessage.tool_result(first.tool_calls[0], "six")]
            second = ask(service, way, "chat", turns, route="m", tools=[TIDE])
    assert second.text == "At six."
    assert server.requests[1].body["input"][1:] == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "c2VhbGVk",
        },
        {"type": "function_call", "call_id": "call_1", "name": "tide", "arguments": "{}", "status": "completed"},
        {"type": "function_call_output", "call_id": "call_1", "output": "six"},
    ]


def test_a_failed_answer(work: Path) -> None:
    """An answer that the provider reports as failed is a failure of its kind."""
    failed = answering(status="failed", error={"code": "server_error", "message": "Out of steam."})
    with model_server(failed) as server:
        server.project(work, **RESPONSES)
        with AIService(directory=work, trust=True) as service, pytest.raises(ProviderError) as caught:
            service.create_chat_completion("m", "Tides?", retries=0)
    assert (caught.value.kind, "Out of steam." in caught.value.message) == ("server", True)
    assert len(server.requests) == 1


def test_one_key_serves_two_rows(work: Path) -> None:
    """The embedded rows of OpenAI's two APIs share the key's variable and the base URL's."""
    with model_server(answering(said("Six."))) as server:
        work.joinpath(".env").write_text(f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={server.url}\n")
        result = run_cli("test", "gpt-5-pro", "Tides?", "--json")
        info = run_cli("info", "openai/gpt-5-pro", "--json")
    (answer,) = result.json["results"]
    assert (answer["ok"], answer["text"], answer["model"]) == (True, "Six.", "gpt-5-pro"), result.stderr
    assert (server.requests[0].path, server.requests[0].model) == ("/v1/responses", "gpt-5-pro")
    assert server.requests[0].body["include"] == ["reasoning.encrypted_content"]
    assert json.loads(info.stdout)["model"]["key_env"] == "OPENAI_API_KEY"
