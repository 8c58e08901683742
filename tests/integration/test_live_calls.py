"""`test` as a process against servers as processes: llmock for six providers, an Ollama-shaped server for the seventh."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from command_line import Result, run_cli
from ollama_server import OllamaServer

#: Model, the variable of the base URL and llmock's path for it, and the variable of the key.
PROVIDERS = {
    "anthropic": ("claude-haiku-5-5", "ANTHROPIC_BASE_URL", "/anthropic", "ANTHROPIC_API_KEY"),
    "openai": ("gpt-6.1-sol", "OPENAI_BASE_URL", "/v1", "OPENAI_API_KEY"),
    "groq": ("groq/gpt-oss-20b", "GROQ_BASE_URL", "/groq", "GROQ_API_KEY"),
    "google": ("gemini-3.8-flash", "GOOGLE_GEMINI_BASE_URL", "/gemini", "GEMINI_API_KEY"),
    "mistral": ("mistral-small-2603", "MISTRAL_BASE_URL", "/mistral/v1", "MISTRAL_API_KEY"),
    "xai": ("grok-4.3", "XAI_BASE_URL", "/xai/v1", "XAI_API_KEY"),
}
KEY = "kq7-live-wWx4TzR9uVbN2m"
PROMPT = "Grüß Gott 🎬 und 漢字"


@dataclass(frozen=True)
class Llmock:
    """A running llmock and its control API."""

    url: str

    def control(self, method: str, path: str, payload: object = None) -> dict:
        request = Request(self.url + path, method=method, data=json.dumps(payload or {}).encode())
        with urlopen(request, timeout=10) as response:
            return json.load(response)

    @property
    def requests(self) -> list[dict]:
        return self.control("GET", "/_llmock/requests")["requests"]

    def fail(self, status: int, times: int = 1) -> None:
        behavior = {"type": "fail", "status": status, "times": times}
        self.control("POST", "/_llmock/scenario", {"behaviors": [behavior]})


@pytest.fixture(scope="module")
def llmock_process() -> Iterator[Llmock]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--log-level", "error", "--response-style", "echo"]
    process = subprocess.Popen(
        [sys.executable, "-m", "llmock.cli", "serve", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Llmock(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + 30
    while True:
        with suppress(URLError, ConnectionError):
            server.control("GET", "/health")
            break
        assert process.poll() is None, "llmock does not start"
        assert time.monotonic() < deadline, "llmock takes too long to start"
        time.sleep(0.05)
    yield server
    process.terminate()
    process.wait(10)


@pytest.fixture
def llmock(llmock_process: Llmock) -> Llmock:
    llmock_process.control("POST", "/_llmock/reset")
    return llmock_process


def call(llmock: Llmock, provider: str, *args: str) -> Result:
    model, url_variable, path, key_variable = PROVIDERS[provider]
    return run_cli("test", model, PROMPT, *args, env={url_variable: llmock.url + path, key_variable: KEY})


def has_usage(provider: str, *, streamed: bool) -> bool:
    """Mistral streams usage without being asked, and refuses to be asked; llmock's Mistral wants to be."""
    return not (provider == "mistral" and streamed)


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_answers(llmock: Llmock, provider: str, streamed: bool) -> None:  # noqa: FBT001 - a table
    """A model of each provider answers over its own wire, streamed under --json unless --no-stream is asked for."""
    result = call(llmock, provider, "--json", *([] if streamed else ["--no-stream"]))
    assert result.exit_code == 0, result.stderr
    (answer,) = result.json["results"]
    assert answer["ok"]
    assert PROMPT in answer["text"]
    assert answer["finish_reason"] == "stop"
    if has_usage(provider, streamed=streamed):
        assert answer["usage"]["input_tokens"] > 0
        assert answer["usage"]["output_tokens"] > 0
        assert answer["cost_usd"] > 0
        assert answer["cost_source"] == "catalogue"
    else:
        assert answer["cost_usd"] is None
        assert "the cost is unknown" in answer["warnings"][0]
    assert answer["usage"]["estimated"] is False
    assert answer["latency_ms"] > 0
    assert (answer["ttft_ms"] is not None) is streamed
    assert answer["match"] in (("exact", "dated") if answer["served_model"] else (None,))
    assert answer["key_env"] == PROVIDERS[provider][3]
    (sent,) = llmock.requests
    assert sent["stream"] is streamed


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_answer_alone_is_on_stdout(llmock: Llmock, provider: str) -> None:
    """In a pipe, stdout is the answer's text and one line feed; what is known about it is on stderr with the key's variable."""
    result = call(llmock, provider)
    assert result.exit_code == 0
    assert PROMPT in result.stdout
    assert result.stdout.count("\n") == 1
    assert result.stdout.endswith("\n")
    assert PROVIDERS[provider][3] in result.stderr
    assert KEY not in result.stdout + result.stderr


def test_a_passing_failure_is_retried_and_counted(llmock: Llmock) -> None:
    """Two refusals that pass are retried, said on stderr, and counted as attempts."""
    llmock.fail(503, times=2)
    result = call(llmock, "openai", "--json")
    assert result.exit_code == 0, result.stderr
    assert result.json["results"][0]["attempts"] == 3
    assert result.stderr.count("waiting") == 2


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [
        (401, "auth", 4),
        (403, "permission", 4),
        (429, "rate_limit", 5),
        (500, "server", 5),
        (400, "bad_request", 1),
    ],
)
def test_refusals_have_their_exit_codes(llmock: Llmock, status: int, kind: str, exit_code: int) -> None:
    """A refused key ends with 4, an outage with 5, a bad request with 1; the object is printed all the same."""
    llmock.fail(status)
    result = call(llmock, "anthropic", "--json", "--retries", "0")
    assert result.exit_code == exit_code
    (answer,) = result.json["results"]
    assert (answer["ok"], answer["error"]["kind"], answer["error"]["status"]) == (False, kind, status)
    assert answer["key_env"] == "ANTHROPIC_API_KEY"
    assert f"Error: claude-haiku-5-5: {kind}" in result.stderr
    assert KEY not in result.stdout + result.stderr


def test_all_six_at_once(llmock: Llmock) -> None:
    """Models of six providers are called in one run, and the sum of their costs is exact."""
    env = {variable: llmock.url + path for _, variable, path, _ in PROVIDERS.values()}
    env |= {key: KEY for *_, key in PROVIDERS.values()}
    models = [word for model, *_ in PROVIDERS.values() for word in ("-m", model)]
    result = run_cli("test", *models, PROMPT, "--json", "--no-stream", env=env)
    assert result.exit_code == 0, result.stderr
    assert [answer["model"] for answer in result.json["results"]] == [model for model, *_ in PROVIDERS.values()]
    assert (result.json["passed"], result.json["failed"]) == (6, 0)
    assert result.json["cost_usd"] == pytest.approx(sum(answer["cost_usd"] for answer in result.json["results"]))


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer() as server:
        server.script.models = ("gpt-oss:20b",)
        yield server


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
def test_ollama_answers_without_a_key(ollama: OllamaServer, streamed: bool) -> None:  # noqa: FBT001 - a table
    """Ollama is found by OLLAMA_HOST without a scheme, asked without a key, and its answer costs nothing or nobody knows."""
    host = ollama.url.removeprefix("http://")
    options = [] if streamed else ["--no-stream"]
    result = run_cli("test", "ollama/gpt-oss:20b", "hi", "--json", *options, env={"OLLAMA_HOST": host})
    assert result.exit_code == 0, result.stderr
    (answer,) = result.json["results"]
    assert answer["text"] == "Grüß dich 🎬"
    assert answer["usage"]["input_tokens"] == 12
    assert answer["key_env"] is None
    assert not answer["cost_usd"]
    ((path, headers, body),) = ollama.requests
    assert (path, body["stream"]) == ("/api/chat", streamed)
    assert "authorization" not in headers


def test_a_model_that_ollama_lacks(ollama: OllamaServer) -> None:
    """A model that is not pulled fails with the command that gets it."""
    ollama.script.models = ()
    result = run_cli("test", "ollama/gpt-oss:20b", "hi", env={"OLLAMA_HOST": ollama.url})
    assert result.exit_code == 1
    assert "not_found" in result.stderr
    assert "ollama pull gpt-oss:20b" in result.stderr


def test_nobody_there() -> None:
    """A refused connection ends with 5 and names the host."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    result = run_cli(
        "test", "ollama/gpt-oss:20b", "hi", "--retries", "0", env={"OLLAMA_HOST": f"127.0.0.1:{port}"}
    )
    assert result.exit_code == 5
    assert f"127.0.0.1:{port} refused the connection" in result.stderr
