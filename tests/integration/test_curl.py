"""`test --curl`: the printed command, pasted into a real shell, makes the same request; the key is never printed."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import run_cli
from model_server import KEY, model_server, saying
from ollama_server import OllamaServer

PROMPTS = {
    "words": """it's "quoted" \\ back`tick` $HOME $(id) ${x} !! %s *""",
    "characters": "one\ntwo\r\n\tthree Grüß 漢字 🎬 \u202e\x01\x1b[31m\x7f",
    "at": "@/etc/passwd",
}


def paste(command: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """What a POSIX shell makes of the command."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": os.environ["PATH"], "no_proxy": "*", **env},
        capture_output=True,
        timeout=30,
        check=True,
    )


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@needs_curl
@pytest.mark.parametrize("name", PROMPTS)
def test_the_pasted_command_is_the_same_request(work: Path, name: str) -> None:
    """Whatever is in the prompt, curl sends the body and the headers that `test` itself sends."""
    with model_server(saying("hi")) as server:
        server.project(work)
        args = ["test", "m", PROMPTS[name], "--system", PROMPTS["words"], "--temperature", "0.5"]
        printed = run_cli(*args, "--curl")
        assert printed.exit_code == 0, printed.stderr
        assert server.requests == []
        answer = paste(printed.stdout, LOCAL_API_KEY=KEY).stdout
        assert run_cli(*args).exit_code == 0
    pasted, own = server.requests
    assert pasted.body == own.body
    assert pasted.body["messages"][-1]["content"] == PROMPTS[name]
    assert pasted.path == own.path
    assert pasted.headers["authorization"] == f"Bearer {KEY}"
    for header in ("content-type", "accept", "user-agent"):
        assert pasted.headers[header] == own.headers[header]
    assert answer.startswith(b"data: ")


def test_the_key_is_a_variable(work: Path) -> None:
    """The command names the variable of the key; its value is nowhere, not even where the prompt holds it."""
    with model_server(saying("hi")) as server:
        server.project(work)
        result = run_cli("test", "m", f"my key is {KEY}", "--curl")
    assert result.exit_code == 0
    assert '"authorization: Bearer $LOCAL_API_KEY"' in result.stdout
    assert KEY not in result.stdout + result.stderr


def test_no_key_is_needed() -> None:
    """Without a key the command is printed all the same, with the first variable that could hold it."""
    result = run_cli("test", "claude-haiku-5-5", "hi", "--curl")
    assert result.exit_code == 0
    assert '"x-api-key: $ANTHROPIC_API_KEY"' in result.stdout
    assert "https://api.anthropic.com/v1/messages" in result.stdout


def test_a_key_that_may_be_missing_is_left_out() -> None:
    """Where a key is optional and none is set, the command does not send an empty one."""
    result = run_cli("test", "ollama/gpt-oss:20b", "hi", "--curl")
    assert result.exit_code == 0
    assert "authorization" not in result.stdout
    keyed = run_cli("test", "ollama/gpt-oss:20b", "hi", "--curl", env={"OLLAMA_API_KEY": "secret-1234"})
    assert "authorization: Bearer $OLLAMA_API_KEY" in keyed.stdout
    assert "secret-1234" not in keyed.stdout


@needs_curl
def test_another_wire() -> None:
    """The command of Ollama's wire gets its answer too."""
    with OllamaServer() as server:
        server.script.models = ("gpt-oss:20b",)
        result = run_cli(
            "test", "ollama/gpt-oss:20b", "hi", "--no-stream", "--curl", env={"OLLAMA_HOST": server.url}
        )
        answer = json.loads(paste(result.stdout).stdout)
    assert answer["message"]["content"] == "Grüß dich 🎬"


@needs_curl
@pytest.mark.parametrize(
    ("model", "url_variable", "key_variable", "header"),
    [
        ("claude-haiku-5-5", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "x-api-key"),
        ("gemini-3.8-flash", "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY", "x-goog-api-key"),
    ],
)
def test_headers_of_other_keys(model: str, url_variable: str, key_variable: str, header: str) -> None:
    """The key travels in the header that the provider wants, and the URL survives the shell."""
    with model_server(lambda _, answer: answer.json({"seen": True})) as server:
        env = {url_variable: server.url.removesuffix("/v1"), key_variable: KEY}
        result = run_cli("test", model, "hi", "--curl", env=env)
        assert json.loads(paste(result.stdout, **{key_variable: KEY}).stdout) == {"seen": True}
    assert server.requests[0].headers[header] == KEY
    assert KEY not in result.stdout


def test_the_options_of_a_task_are_sent_by_what_is_printed_and_by_each_call(work: Path) -> None:
    """A call is printed as the application makes it; two tasks that call a model alike are printed once."""
    options = '[tasks.{0}]\npurpose = "x"\nmodel = "m"\n[tasks.{0}.options]\nstop = ["{1}"]\n'
    tasks = "".join(options.format(*pair) for pair in (("one", "END"), ("two", "STOP"), ("three", "END")))
    with model_server(saying("hi")) as server:
        server.project(work)
        with (work / "models.toml").open("a") as file:
            file.write(tasks)
        printed = run_cli("test", "--task", "one", "hi", "--curl")
        assert '"stop": ["END"]' in printed.stdout
        assert run_cli("test", "--assigned", "hi", "--curl").stdout.count("curl ") == 2
        assert run_cli("test", "--task", "one", "hi", "--each").exit_code == 0
    assert server.requests[0].body["stop"] == ["END"]


def test_what_is_left_out_of_a_printed_request_is_said() -> None:
    """As the call itself would say it, beside the command."""
    result = run_cli("test", "claude-haiku-5-5", "hi", "--curl", "--option", "seed=7")
    assert "Warning: the seed is left out: Anthropic's API has no field for it" in result.stderr
    assert "seed" not in result.stdout


def test_several_models_and_json(work: Path) -> None:
    """Several models are several commands; --json holds them in a list."""
    with model_server(saying("hi")) as server:
        server.project(work, "a", "b")
    text = run_cli("test", "-m", "a", "-m", "b", "--curl")
    assert text.stdout.count("curl --silent") == 2
    commands = run_cli("test", "-m", "a", "-m", "b", "--curl", "--json").json["curl"]
    assert "\n".join(commands) + "\n" == text.stdout
