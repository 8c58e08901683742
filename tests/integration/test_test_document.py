"""The JSON that `test` prints: absent values and numbers, for answers and for failures."""

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import run_cli
from contract import conforming, keys_of
from model_server import Answer, Request, by_model, model_server, refusing, saying


def half(request: Request, answer: Answer) -> None:
    answer.piece("half an ans", request.model)


def tool(_: Request, answer: Answer) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "漢"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    answer.json(
        {"model": "x-1", "choices": [{"message": message, "finish_reason": "tool_calls"}]}, x_request_id="r-7"
    )


SCRIPTS = {
    "good": saying("Hi \x1b[1m\x00 漢字", "\n"),
    "half": half,
    "tool": tool,
    "busy": refusing(429, "slow down", "slow_down", Retry_After="2.5"),
    "empty": saying(""),
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """Exit code and stdout of one run with an answer, a tool call and failures of three kinds."""
    directory = tmp_path_factory.mktemp("project")
    with model_server(by_model(SCRIPTS)) as server:
        server.project(directory, *SCRIPTS)
        models = [word for model in SCRIPTS for word in ("-m", model)]
        result = run_cli("test", *models, "-m", "good", "--json", "--retries", "0", "--trust", cwd=directory)
    return result.exit_code, result.stdout


@pytest.fixture
def document(printed: tuple[int, str]) -> dict[str, Any]:
    return json.loads(printed[1])


@pytest.fixture
def results(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {result["model"]: result for result in document["results"]}


def test_the_document(printed: tuple[int, str], document: dict[str, Any]) -> None:
    """One object in ASCII whatever the exit code, with each model once, in order, and the counts."""
    assert printed[0] == 1
    assert printed[1].isascii()
    assert set(conforming(printed[1], "TestDocument")) == keys_of("TestDocument") - {"repetitions"}
    assert [result["model"] for result in document["results"]] == list(SCRIPTS)
    assert (document["passed"], document["failed"]) == (2, 3)


def test_a_result_is_ok_or_has_an_error(results: dict[str, dict[str, Any]]) -> None:
    """Exactly the results without an error are ok."""
    assert {result["ok"] is (result["error"] is None) for result in results.values()} == {True}


def test_an_answer(results: dict[str, dict[str, Any]]) -> None:
    """The text is exact, the counts and the cost are numbers, and what nobody said is null."""
    good = results["good"]
    assert good["text"] == "Hi \x1b[1m\x00 漢字\n"
    assert (good["provider"], good["model_id"], good["served_model"], good["match"]) == (
        "local",
        *["good"] * 2,
        "exact",
    )
    assert (good["usage"]["input_tokens"], good["usage"]["output_tokens"]) == (10, 5)
    assert good["usage"]["cache_read_tokens"] is None
    assert good["usage"]["estimated"] is False
    assert (good["cost_usd"], good["cost_source"], good["finish_reason"]) == (0.00006, "catalogue", "stop")
    assert 0 < good["ttft_ms"] <= good["latency_ms"]
    assert (good["attempts"], good["request_id"], good["key_env"]) == (1, None, "LOCAL_API_KEY")


def test_money_is_exact(printed: tuple[int, str]) -> None:
    """Amounts are written with their digits, not as floats of a power of ten."""
    assert '"cost_usd": 0.00006,' in printed[1]


def test_a_tool_call(results: dict[str, dict[str, Any]]) -> None:
    """A tool call is an answer without text; another model's name is a warning; unknown usage means unknown cost."""
    result = results["tool"]
    assert result["ok"] is True
    assert result["text"] is None
    assert result["tool_calls"] == [{"id": "c1", "name": "look", "arguments": '{"at": "漢"}'}]
    assert (result["finish_reason"], result["match"], result["request_id"]) == ("tool_calls", "different", "r-7")
    assert result["cost_usd"] is None
    assert result["cost_source"] is None
    assert len(result["warnings"]) >= 2


def test_a_refusal(results: dict[str, dict[str, Any]]) -> None:
    """A refusal has its kind, status and wait; nothing arrived, so nothing is 0 or empty."""
    busy = results["busy"]
    assert (busy["error"]["kind"], busy["error"]["status"], busy["error"]["retry_after_s"]) == (
        "rate_limit",
        429,
        2.5,
    )
    assert "slow down" in busy["error"]["message"]
    assert busy["attempts"] == 1
    for key in ("served_model", "match", "finish_reason", "text", "cost_usd", "latency_ms", "ttft_ms"):
        assert busy[key] is None
    assert set(busy["usage"].values()) == {None, False}


def test_half_an_answer(results: dict[str, dict[str, Any]]) -> None:
    """What arrived before a stream broke off is kept, with estimated counts and cost."""
    half = results["half"]
    assert (half["error"]["kind"], half["text"], half["finish_reason"]) == ("truncated", "half an ans", None)
    assert half["usage"]["estimated"] is True
    assert half["cost_usd"] > 0


def test_repetitions(work: Path) -> None:
    """--repeat adds a summary a model; each call is still a result."""
    with model_server(saying("hi")) as server:
        server.project(work)
        result = run_cli("test", "m", "--repeat", "3", "--json")
    assert len(conforming(result.stdout, "TestDocument")["results"]) == 3
    (item,) = result.json["repetitions"]
    assert (item["model"], item["runs"], item["passed"]) == ("m", 3, 3)
    for key in ("latency_ms", "ttft_ms"):
        assert 0 < item[key]["min"] <= item[key]["median"] <= item[key]["p95"]


def test_what_is_refused_before_any_call() -> None:
    """A wrong model is an error object on stdout and plain words on stderr."""
    result = run_cli("test", "no-such-model", "--json")
    assert result.exit_code == 2
    assert conforming(result.stdout, "ErrorDocument")["error"]["kind"] == "unknown_name"
    assert result.stderr.startswith("Error: ")


def test_the_users_own_ledger_is_left_alone(printed: tuple[int, str], shared_machine: Path) -> None:
    """A call that the fixture of a module makes is recorded in the tests' ledger, never in that of the user who runs them."""
    assert printed[0] == 1
    ledgers = [path for path in (shared_machine / "state").rglob("*.db") if path.stat().st_size]
    assert ledgers, "the call was recorded elsewhere"
