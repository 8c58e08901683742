"""`-v` and `-vv`: what was sent where, what came back and when, on stderr, without the key."""

import asyncio
import re
import subprocess
import sys

import pytest
from command_line import environment, run_cli, run_in_terminal
from model_server import KEY, in_turn, model_server, refusing, saying
from projects import workspace_of

from model_manager.core.messages import ChatMessage, HttpCall
from model_manager.core.options import ChatOptions
from model_manager.providers.io.curl import as_curl
from model_manager.service.model_client import ModelClient

HEADERS = {
    "x_request_id": "req-1",
    "x_ratelimit_remaining_requests": "7",
    "anthropic_ratelimit_tokens_limit": "9",
    "openai_processing_ms": "12",
    "X_Private": "not told",
}


def shown(stderr: str) -> str:
    """The lines, with durations as N."""
    return re.sub(r"\d+(\.\d+)? m?s\b", "N", stderr)


def test_v_tells_attempts_statuses_and_times(work):
    """-v: where the call goes, with which variable's key, each attempt with its status, waits, sizes and times."""
    with model_server(in_turn(refusing(429, "slow down", retry_after="0"), saying("hi", "ho"))) as server:
        server.project(work)
        result = run_cli("test", "m", "hi", "-v")
    assert (result.exit_code, result.stdout) == (0, "hiho\n")
    lines = shown(result.stderr).splitlines()
    assert lines[0] == "Read the embedded catalogue, models.toml, .env"
    assert lines[1].startswith(f"calling {server.url} (")
    assert lines[1].endswith("with the key of LOCAL_API_KEY")
    assert lines[2:4] == [
        f"attempt 1: POST {server.url}/chat/completions",
        "attempt 1: HTTP 429 after N, application/json",
    ]
    assert re.fullmatch(r"attempt 1: \d+ bytes in 1 piece, the first after N, the last after N", lines[4])
    assert lines[5].startswith("waiting N: ")
    assert lines[6:8] == [
        f"attempt 2: POST {server.url}/chat/completions",
        "attempt 2: HTTP 200 after N, text/event-stream",
    ]
    assert re.fullmatch(
        r"attempt 2: \d+ bytes in \d pieces?, the first after N, the last after N, complete", lines[8]
    )
    assert len(lines) == 10
    assert KEY not in result.stderr


def test_vv_tells_headers_and_bodies(work):
    """-vv: request headers with the key hidden, the request's body, and the response headers that matter."""
    with model_server(refusing(400, f"bad\nkey {KEY}", **HEADERS)) as server:
        server.project(work)
        result = run_cli("test", "m", "the prompt", "-vv")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert "> authorization: Bearer ***" in lines
    assert any(line.startswith("> user-agent: model-manager/") for line in lines)
    assert any(line.startswith('> {"model": "m"') and "the prompt" in line for line in lines)
    assert {
        "< x-request-id: req-1",
        "< x-ratelimit-remaining-requests: 7",
        "< anthropic-ratelimit-tokens-limit: 9",
        "< openai-processing-ms: 12",
    } <= set(lines)
    assert any(line.startswith("< date: ") for line in lines)
    assert "not told" not in result.stderr
    assert '< {"error": {"message": "bad\\nkey ***", "code": null}}' in lines
    assert KEY not in result.stderr


def test_vv_shows_the_end_of_what_broke_off(work):
    """The last bytes of a stream without its end mark are shown, on one line and with pieces of a key hidden."""

    def script(_, answer):
        answer.piece("x" * 3000)
        answer.piece(KEY[:10])
        answer.piece(KEY[10:] + " the last words")

    with model_server(script) as server:
        server.project(work)
        result = run_cli("test", "m", "hi", "-vv", "--json")
    assert result.json["results"][0]["error"]["kind"] == "truncated"
    tail = next(line for line in result.stderr.splitlines() if "the last words" in line)
    assert tail.startswith("m: < …")
    assert len(tail) < 600
    assert KEY[:8] not in tail
    assert KEY[-8:] not in tail


def test_a_complete_answer_is_not_repeated(work):
    """-vv does not show the text of a complete answer a second time."""
    with model_server(saying("the whole answer")) as server:
        server.project(work)
        result = run_cli("test", "m", "hi", "-vv")
    assert result.exit_code == 0
    assert "the whole answer" not in result.stderr


def test_several_calls_are_told_apart(work):
    """Each line of several calls begins with its model's name."""
    with model_server(saying("hi")) as server:
        server.project(work, "a", "b")
        result = run_cli("test", "-m", "a", "-m", "b", "hi", "-vv")
    assert result.exit_code == 0
    told = [line for line in result.stderr.splitlines() if not line.startswith(("Read ", "Keys: "))]
    assert told
    assert all(line.startswith(("a: ", "b: ")) for line in told)
    assert f"b: attempt 1: POST {server.url}/chat/completions" in told


def test_trace_lines_do_not_continue_the_answer(work):
    """Where answer and messages go to one terminal or one file, each message begins a line of its own."""
    with model_server(saying("hi", "ho")) as server:
        server.project(work)
        _, shown = run_in_terminal("test", "m", "hi", "-v", env={"NO_COLOR": "1"})
        command = f"{sys.executable} -m model_manager test m hi -v 2>&1"
        done = subprocess.run(
            ["sh", "-c", command], env=environment(), capture_output=True, text=True, check=True, timeout=60
        )
    for text in (shown, done.stdout):
        lines = text.splitlines()
        assert "hiho" in lines
        assert sum(line.startswith("attempt 1: ") for line in lines) == 3
        assert sum("attempt 1: " in line for line in lines) == 3


@pytest.mark.parametrize("words", [["-vv"], ["-vv", "--json"], ["--curl"]], ids=" ".join)
def test_the_password_of_a_proxy_is_never_told(work, words):
    """Neither messages nor traces, documents or curl commands have the user and password of a proxy variable."""
    with model_server(saying("hi")) as server:
        server.project(work)
    catalogue = (work / "models.toml").read_text().replace(server.url, "https://llm.acme.example/v1")
    (work / "models.toml").write_text(catalogue)
    result = run_cli(
        "test", "m", "hi", "--retries", "0", *words, env={"HTTPS_PROXY": "http://someone:hunter22@127.0.0.1:1"}
    )
    assert ("127.0.0.1:1 (HTTPS_PROXY)" in result.stderr) is (words != ["--curl"])
    assert "hunter22" not in result.stdout + result.stderr
    assert "someone" not in result.stdout + result.stderr


def test_nothing_is_told_unasked(work):
    """Without -v there is one line about a call on stderr."""
    with model_server(saying("hi")) as server:
        server.project(work)
        result = run_cli("test", "m", "hi")
    assert len(result.stderr.splitlines()) == 1


def test_no_connection_is_told(work):
    """-v names the attempts that found nobody."""
    with model_server(saying("hi")) as server:
        server.project(work)
    result = run_cli("test", "m", "hi", "-v", "--retries", "0")
    assert result.exit_code == 5
    assert re.search(r"attempt 1: connection after \d+ ms: 127\.0\.0\.1:\d+ refused the connection", result.stderr)


def test_a_long_prompt_is_cut(work):
    """-vv shows the beginning of a long request and how long it is; a key that stands at the cut is hidden whole."""
    prompt = "y" * 1945 + KEY + "z" * 3000
    with model_server(saying("hi")) as server:
        server.project(work)
        result = run_cli("test", "m", prompt, "-vv")
    body = next(line for line in result.stderr.splitlines() if line.startswith("> {"))
    assert re.search(r"… \([\d,]+ characters\)$", body)
    assert len(body) < 2100
    assert not any(KEY[i : i + 6] in body for i in range(len(KEY) - 5))


@pytest.mark.parametrize("command", [["list"], ["info", "m"], ["cost", "m"], ["assign", "chat", "m", "--dry-run"]])
def test_v_names_the_files_that_were_read(work, command):
    """Every command names the files it read, the weakest layer first."""
    with model_server(saying("hi")) as server:
        server.project(work)
    result = run_cli(*command, "-v")
    assert result.exit_code == 0, result.stderr
    assert "Read the embedded catalogue, models.toml, .env" in result.stderr.splitlines()


def test_a_header_of_the_catalogue_with_a_key_is_hidden(work):
    """A key that models.toml has in a header of its own is shown neither by -vv nor by --curl."""
    secret = "portal-98f7a6b5c4d3"
    with model_server(refusing(400, f"no {secret}")) as server:
        server.project(
            work, parameters=f'{{ headers = {{ X-Portal-Key = "{secret}", Cookie = "Bearer {secret}" }} }}'
        )
        called = run_cli("test", "m", "hi", "-vv")
        assert server.requests[0].headers["x-portal-key"] == secret
    curl = run_cli("test", "m", "hi", "--curl")
    assert "> x-portal-key: ***" in called.stderr
    assert "x-portal-key: ***" in curl.stdout
    assert secret not in called.stderr + called.stdout + curl.stdout


def test_a_header_that_holds_a_key_is_known_by_its_name():
    """What a catalogue puts into a header for keys is hidden by those who know nothing else of it."""
    with model_server(saying("hi")) as server:
        headers = '{ headers = { Cookie = "portal=98f7a6" } }'
        workspace = workspace_of({"models.toml": server.catalogue(parameters=headers, key='"none"')})
        endpoint = workspace.endpoint(workspace.catalogue.models["m"])
        told = []
        caller, messages = ModelClient(timeout_s=5, retries=0), [ChatMessage("user", "hi")]
        options = ChatOptions()
        asyncio.run(caller.acall(endpoint, messages, options, lambda _, text: told.append(text), verbose=2))
        assert server.requests[0].headers["cookie"] == "portal=98f7a6"
    assert "> cookie: ***" in told
    assert "98f7a6" not in "".join(told)
    call = HttpCall(url="http://127.0.0.1/v1", headers={"Cookie": "portal=98f7a6", "accept": "*/*"})
    assert "Cookie: ***" in as_curl(call, None)
    assert "98f7a6" not in as_curl(call, None)
