"""Each interface names what an error is about in its own words: options, parameters, or fields and endpoints."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from command_line import run_cli
from model_server import ModelServer, by_model, model_server, saying
from serving import CATALOGUE, Served, serving

from model_manager import AIService, ChatMessage, Image, ModelManagerError
from model_manager.config.reload import WorkspaceSource
from model_manager.server.run import ServerSettings, Serving

#: A project's own host, for a provider whose key is the user's.
BAIT = """
[providers.openai]
base_url = "https://evil.example/v1"
"""
CUT_OFF = saying("", finish="length")


@pytest.fixture(scope="module")
def models() -> Iterator[ModelServer]:
    """A server whose answers end before any text."""
    with model_server(by_model({"alpha": CUT_OFF, "lab/beta": CUT_OFF})) as running:
        yield running


@pytest.fixture
def project(work: Path, models: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with two models whose URL is trusted, and a project's host for a third."""
    monkeypatch.setenv("MODEL_MANAGER_TRUST", models.url)
    (work / "models.toml").write_text(BAIT + CATALOGUE.format(url=models.url))
    return work


@pytest.fixture
def served(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server of the directory, which may spend little."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-0123456789abcdefghij")
    with serving(project, max_cost=Decimal("0.011")) as running:
        yield running


def library_error(call: Any) -> tuple[str, str]:
    """The message and the hint of what a call of the library raises."""
    with pytest.raises(ModelManagerError) as caught:
        call()
    assert str(caught.value) == caught.value.message
    return caught.value.message, caught.value.hint or ""


def live_error(served: Served, **body: Any) -> dict[str, Any]:
    """The error of a live test over HTTP."""
    return served.send("POST", "/api/ai/models/test", body).json()["results"][0]["error"]


def is_free_of_options(text: str) -> bool:
    """Whether a text has no option and no command of the command line."""
    return not re.search(r"(^|[\s`(])(--[a-z]|-C\b)|model-manager (list|assign|test|serve)", text)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("-C", "gone", "list"), "-C: there is no directory gone", ""),
        (("--models-file", "gone", "list"), "--models-file: there is no file gone", ""),
        (("--env-file", "gone", "list"), "--env-file: there is no file gone", ""),
        (("list", "--min-context", "x"), "--min-context: 'x' is not a valid number; use", ""),
        (("list", "--max-price", "x"), "--max-price: 'x' is not a valid amount", ""),
        (("list", "--on", "x"), "--on: 'x' is not a valid date; use", ""),
        (("list", "--provider", "x"), "--provider: there is no 'x'", "one of"),
        (("list", "--capability", "x"), "--capability: there is no 'x'", "one of"),
        (("list", "--sort", "x"), "--sort: there is no 'x'", "one of"),
        (("info", "zzzzz"), "there is no model or task 'zzzzz'", "model-manager list lists the models"),
        (("cost", "--tokens", "x"), "--tokens: 'x' is not", ""),
        (("cost", "--input", "x"), "--input: 'x' is not", ""),
        (("cost", "--output", "x"), "--output: 'x' is not", ""),
        (("cost", "--cache-read", "x"), "--cache-read: 'x' is not", ""),
        (("cost", "--cache-write", "x"), "--cache-write: 'x' is not", ""),
        (("cost", "--cache-write-1h", "x"), "--cache-write-1h: 'x' is not", ""),
        (("cost", "--cache-write-12h", "x"), "--cache-write-12h: 'x' is not", ""),
        (
            ("cost", "--input", "9", "--cache-write", "1", "--cache-write-1h", "2"),
            "--cache-write-1h and --cache-write-12h are parts of --cache-write",
            "leave --cache-write out",
        ),
        (("cost", "--requests", "x"), "--requests: 'x' is not", ""),
        (("cost", "--per", "x"), "--per: 'x' is neither day nor month", ""),
        (("cost", "--file", "gone"), "--file: gone: No such file", ""),
        (("cost", "--file", "x", "--input", "1"), "--input and --file cannot be combined", ""),
        (
            ("cost", "--tokens", "1", "--input", "1"),
            "--tokens cannot be combined with --input",
            "--tokens is a total",
        ),
        (("cost", "--assigned", "--tokens", "1"), "--assigned cannot be combined with", "--assigned uses"),
        (
            ("cost", "--cache-read", "1"),
            "--cache-read and --cache-write are parts of --input",
            "--input is the whole",
        ),
        (("assign", "chat", "zzzzz"), "zzzzz is not in the catalogue", "use --force to write it anyway"),
        (("assign", "--unset"), "--unset needs the names of tasks", ""),
        (("test",), "no model to test", "use --task, --assigned or --all"),
        (("test", "chat"), "'chat' is a task, not a model", "use --task chat"),
        (("test", "alpha", "--max-tokens", "0"), "--max-tokens: 0 leaves no room", ""),
        (("test", "alpha", "--max-cost", "x"), "--max-cost: 'x' is not a valid amount", ""),
        (("serve", "--host", "192.0.2.1"), "--host: 192.0.2.1 is reachable from other machines", "SERVER_TOKEN"),
        (("serve", "--root-path", "?"), "--root-path: '?' is not a path", ""),
    ],
    ids=" ".join,
)
def test_the_command_line_names_options(project, words, message, hint):
    """Errors of the command line name options and commands, in plain text and in JSON alike."""
    result = run_cli(*words, "--json", cwd=project)
    assert result.exit_code in {1, 2}
    assert f"Error: {message}" in result.stderr
    assert hint in result.stderr
    assert "`" not in result.stderr
    document = result.json["error"]
    assert document["message"].startswith(message)
    assert hint in (document["hint"] or "")
    assert "`" not in f"{document['message']}{document['hint']}"


@pytest.mark.parametrize(
    ("words", "kind", "hint"),
    [
        (("test", "alpha"), "truncated", "raise --max-tokens;"),
        (("test", "alpha", "--max-cost", "0.0001"), "budget", "lower --max-tokens or raise --max-cost"),
        (("test", "gpt-6-luna"), "untrusted", "to allow it, use --trust"),
    ],
    ids=["truncated", "budget", "untrusted"],
)
def test_hints_of_live_tests_name_options(project, monkeypatch, words, kind, hint):
    """The hint of a failed call names options: of one call, of several in a table, and in JSON."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-0123456789abcdefghij")
    one = run_cli(*words, cwd=project)
    assert f"Error: {kind}: " in one.stderr
    assert f"Hint: {hint}" in one.stderr
    several = run_cli(*words, "--repeat", "2", cwd=project)
    assert hint in several.stdout
    assert run_cli(*words, "--json", cwd=project).json["results"][0]["error"]["hint"].startswith(hint)


def test_an_empty_list_names_the_filter(project):
    """Which filter emptied a list is said with its option."""
    assert "No match for --search 'zzz' among" in run_cli("list", "--search", "zzz", cwd=project).stderr
    assert "No match for --capability pdf among" in (
        run_cli("list", "--provider", "local", "--capability", "pdf", cwd=project).stderr
    )


def test_the_library_names_its_parameters(project, monkeypatch):
    """Errors of the library name parameters and functions of Python, as their `parameter` does."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-0123456789abcdefghij")
    with AIService(project) as service:
        picture = [("user", "What is this?")]
        cases = [
            (lambda: AIService("gone"), "`directory`: there is no directory", ""),
            (lambda: AIService(models_file="gone"), "`models_file`: there is no file gone", ""),
            (lambda: AIService(env_files=["gone"]), "`env_files`: there is no file gone", ""),
            (lambda: service.find_models(max_price="x"), "`max_price`: 'x' is not a valid amount", ""),
            (lambda: service.estimate_cost("alpha", on="x"), "`on`: expected a datetime or a date", "datetime("),
            (lambda: service.chat("chat", "Hi", timeout=0), "`timeout`: expected a number above 0", ""),
            (lambda: service.chat("chat", picture), "the limit of output tokens", "raise `max_tokens`;"),
            (lambda: service.create_chat_completion("zzzzz", "Hi"), "zzzzz is not in", "`list_models` lists"),
            (lambda: service.create_chat_completion("gpt-6-luna", "Hi"), "OPENAI_API_KEY is not sent", "`trust`"),
        ]
        for call, message, hint in cases:
            said, advice = library_error(call)
            assert said.startswith(message)
            assert hint in advice
            assert is_free_of_options(f"{said} {advice}")
    with pytest.raises(ModelManagerError) as caught:
        AIService("gone")
    assert caught.value.parameter == "directory"


def test_a_capability_that_is_lacking(project):
    """A model that lacks what a call needs is refused with the way to find another one."""
    picture = ChatMessage("user", "What is this?", images=(Image(b"png", "image/png"),))
    with AIService(project) as service:
        said, hint = library_error(lambda: service.create_chat_completion("groq/gpt-oss-120b", [picture]))
    assert said == "groq/gpt-oss-120b lacks vision, which images need"
    assert hint == "choose a model that has `capability` vision; `list_models` lists the models"


@pytest.mark.parametrize(
    ("request_line", "body", "detail", "hint"),
    [
        ("POST /api/ai/costs", {"tokens": 1, "input_tokens": 1},
         "`tokens` cannot be combined with `input_tokens`, `output_tokens`, `cache_read_tokens`", "`tokens` is a total"),
        ("POST /api/ai/costs", {"assigned": True, "tokens": 1}, "`assigned` cannot be combined", "`assigned` uses"),
        ("POST /api/ai/costs", {"cache_read_tokens": 1},
         "`cache_read_tokens` and `cache_write_tokens` are parts of `input_tokens`", "`input_tokens` is the whole"),
        ("POST /api/ai/costs", {"input_tokens": 9, "cache_write_tokens": 1, "cache_write_12h_tokens": 2},
         "`cache_write_1h_tokens` and `cache_write_12h_tokens` are parts of `cache_write_tokens`",
         "leave `cache_write_tokens` out"),
        ("POST /api/ai/costs", {"models": ["zzzzz"]}, "there is no model 'zzzzz'", "GET /api/ai/models lists"),
        ("GET /api/ai/models/zzzzz", None, "there is no model", "GET /api/ai/models lists"),
        ("GET /api/ai/models?provider=x", None, "`provider`: there is no 'x'", "one of"),
        ("PUT /api/ai/tasks/chat", {"route": "zzzzz"}, "zzzzz is not in the catalogue", "use `force` to write it"),
        ("POST /api/ai/models/test", {"model": "chat"}, "'chat' is a task", "use `task` chat"),
    ],
    ids=str,
)  # fmt: skip
def test_http_names_fields_and_endpoints(served, request_line, body, detail, hint):
    """Problem details name fields of the request and endpoints, and no option."""
    problem = served.send(*request_line.split(), body).json()
    assert problem["detail"].startswith(detail)
    assert hint in (problem["hint"] or "")
    assert is_free_of_options(f"{problem['detail']} {problem['hint']}")


def test_http_names_fields_in_live_tests(served):
    """Hints of failed calls name the field, the server's limit, or the server's setting."""
    truncated = live_error(served, model="alpha", max_tokens=10)
    budget = live_error(served, model="alpha", max_tokens=1_000_000)
    untrusted = live_error(served, model="gpt-6-luna", max_tokens=1)
    assert truncated["hint"].startswith("raise `max_tokens`;")
    assert budget["hint"] == "lower `max_tokens` or raise the server's cost limit"
    assert untrusted["hint"] == (
        "to allow it, use MODEL_MANAGER_TRUST=1 in the server's environment for this run, or run model-manager trust "
        "to allow it permanently"
    )
    for error in (truncated, budget, untrusted):
        assert is_free_of_options(f"{error['message']} {error['hint']}")


def test_a_directory_that_goes_away_is_the_servers(served):
    """What is wrong with the server's own files is told to clients as the server's, not as an option."""
    served.directory.rename(served.directory.with_name("elsewhere"))
    problem = served.get("/api/ai/models").json()
    assert (problem["status"], problem["detail"].partition(": ")[0]) == (503, "the server's directory")
    assert is_free_of_options(str(problem))


def test_a_server_in_python_names_its_parameters(project):
    """Starting a server from Python, without a token where others can reach it, names the parameter."""
    source = WorkspaceSource(directory=project, environ={})
    said, _ = library_error(lambda: Serving(ServerSettings(source=source, host="192.0.2.1", port=0), print))
    assert said.startswith("`host`: 192.0.2.1 is reachable")
