"""What `test` calls, how it judges and counts, and what it lets through: the command on a real server on loopback."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from model_server import (
    KEY,
    Answer,
    Request,
    by_model,
    in_turn,
    model_server,
    refusing,
    saying,
)

from model_manager.cli import app
from model_manager.commands import test as command
from model_manager.config.workspace import open_workspace
from model_manager.core.calls import CallContext
from model_manager.errors import (
    ExitCode,
    ModelManagerError,
    ProviderError,
    SettingsError,
    UnknownNameError,
    UsageError,
)
from model_manager.live_test import runner
from model_manager.live_test.cost_limit import CostLimit
from model_manager.live_test.report import PROMPT, Event, TestReport, TestRequest, spread
from model_manager.live_test.runner import MOST_AT_ONCE
from model_manager.live_test.targets import models_of, targets_of
from model_manager.live_test.testing import concurrency_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
#: What a call of the servers' models costs at worst with the default prompt: 1,000 tokens at $10 and the prompt at $1.
WORST = Decimal("0.0101600")


def ask(*models: str, on_event: Callable[[Event], None] = lambda _: None, **question: Any) -> TestReport:
    """Make the calls in the working directory, without retries unless asked for."""
    asked = TestRequest(models=models, **{"retries": 0, **question})
    return command.run(open_workspace(), asked, NOW, on_event)


def kinds(report: TestReport) -> list[str | None]:
    return [result.error.kind if result.error else None for result in report.results]


# Targets


def names(workspace_text: str = "", **question: Any) -> list[str]:
    Path("models.toml").write_text(workspace_text)
    return [target.name for target in targets_of(open_workspace(), TestRequest(**question), NOW)]


TASKS = """
[providers.local]
wire = "openai"
base_url = "http://127.0.0.1:9/v1"
api_key_env = ["LOCAL_API_KEY"]
[models.a]
provider = "local"
aliases = ["first"]
[models.b]
provider = "local"
model_id = "b-wire"
[tasks.chat]
model = "90:a+10:b,b"
[tasks.mood]
model = "b"
[tasks.same]
model = "first"
"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"models": ["b", "a"]}, ["b", "a"]),
        ({"models": ["first", "a", "local/b-wire"]}, ["a", "b"]),
        ({"task": "chat"}, ["a"]),
        ({"assigned": True}, ["a", "b", "a"]),
        ({"models": ["b"], "task": "chat", "assigned": True}, ["b", "a", "b", "a"]),
        ({"models": ["first,b", "a,b", "90:a+10:b"]}, ["first,b", "a,b", "90:a+10:b"]),
        ({"task": "chat", "each": True}, ["a", "b"]),
        ({"assigned": True, "each": True}, ["a", "b"]),
        ({"models": ["b,a", "a"], "each": True}, ["b", "a"]),
    ],
)
def test_targets(question: dict[str, Any], expected: list[str]) -> None:
    """Each model and each task is called once, in the order it was named; with `each` every option of the routes."""
    assert names(TASKS, **question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [({"assigned": True}, ["a", "b"]), ({"models": ["b,a", "b"], "task": "chat"}, ["b", "a"])],
)
def test_what_is_asked_of_models_alone(question: dict[str, Any], expected: list[str]) -> None:
    """Probes and curl take the model that stands for a route, each once."""
    Path("models.toml").write_text(TASKS)
    found = models_of(open_workspace(), TestRequest(**question), NOW)
    assert [(target.name, target.task, target.route) for target in found] == [(n, None, None) for n in expected]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a,nobody", "there is no model 'nobody'"),
        ("a,,b", "at position 3"),
        ("60:a+50:b", "add up"),
        ("auto,a", "auto chooses by a task's own rules"),
        ("Hello, world", "there is no model 'Hello, world'"),
    ],
)
def test_a_route_that_cannot_be_called(name: str, problem: str) -> None:
    """A misspelled option, a route that does not parse, auto without a task, and a prompt in place of a model."""
    with pytest.raises(UsageError, match=problem):
        names(TASKS, models=[name])


def test_a_task_is_called_along_its_route() -> None:
    """Its call falls back as the application's would; one result says which option answered, and what the others said."""
    scripts = {"down": refusing(503, "no"), "gone": refusing(404, "no such model"), "up": saying("hi")}
    with model_server(by_model(scripts)) as server:
        tasks = '[tasks.chat]\nmodel = "down,gone,up"\n[tasks.easy]\nmodel = "up"\n'
        Path("models.toml").write_text(server.catalogue("down", "gone", "up") + tasks)
        Path(".env").write_text(f"LOCAL_API_KEY={KEY}\n")
        report = ask(assigned=True)
    chat, easy = report.results
    assert [(r.name, r.is_ok, r.model and r.model.id) for r in report.results] == [
        ("chat: up", True, "up"),
        ("easy: up", True, "up"),
    ]
    assert [(failure.name, failure.error.kind) for failure in chat.failures] == [
        ("down", "overloaded"),
        ("gone", "not_found"),
    ]
    assert (chat.target.route, chat.reply and chat.reply.reason) == (
        "down,gone,up",
        "fallback after down: overloaded, gone: not_found",
    )
    assert (easy.failures, easy.reply and easy.reply.reason) == ((), "the route's only model")
    assert report.exit_code is ExitCode.OK


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ({"a": refusing(503, "x"), "b": refusing(429, "x")}, ExitCode.UNAVAILABLE),
        ({"a": refusing(401, "x"), "b": saying("never asked")}, ExitCode.REFUSED),
        ({"a": refusing(503, "x"), "b": refusing(401, "x")}, ExitCode.FAILED),
        ({"a": refusing(400, "x"), "b": saying("never asked")}, ExitCode.FAILED),
    ],
)
def test_a_route_that_fails(scripts: dict[str, Any], expected: ExitCode) -> None:
    """The exit code tells refusals from outages only if all options that were tried agree."""
    with model_server(by_model(scripts)) as server:
        server.project(Path.cwd(), *scripts)
        report = ask("a,b")
    assert not report.results[0].is_ok
    assert report.exit_code is expected


def test_each_option_is_called_by_itself() -> None:
    """A dead backup shows with `each`, though the first option answers."""
    with model_server(by_model({"a": saying("hi"), "b": refusing(404, "no such model")})) as server:
        server.project(Path.cwd(), "a", "b")
        assert kinds(ask("a,b")) == [None]
        report = ask("a,b", each=True)
    assert [(r.name, r.is_ok) for r in report.results] == [("a", True), ("b", False)]


def test_a_misspelled_backup_is_an_error() -> None:
    """A task whose route names an unknown model is not called, though its first option would answer."""
    with model_server(saying("hi")) as server:
        Path("models.toml").write_text(server.catalogue("m") + '[tasks.chat]\nmodel = "m"\n')
        Path(".env").write_text(f"LOCAL_API_KEY={KEY}\nAI_CHAT_MODEL=m,mm\n")
        report = ask(task="chat")
    assert kinds(report) == ["not_found"]
    assert report.results[0].error
    words = "chat: option 2: mm is not in the catalogue; did you mean m? (AI_CHAT_MODEL in .env:2)"
    assert report.results[0].error.message == words
    assert server.requests == []


def test_options_that_are_spelled_right_are_called_by_themselves() -> None:
    """With `each` a misspelled backup fails alone, named with its option."""
    with model_server(saying("hi")) as server:
        Path("models.toml").write_text(server.catalogue("m") + '[tasks.chat]\nmodel = "m"\n')
        Path(".env").write_text(f"LOCAL_API_KEY={KEY}\nAI_CHAT_MODEL=m,mm\n")
        report = ask(task="chat", each=True)
    assert [(result.target.task, result.target.option, result.is_ok) for result in report.results] == [
        ("chat", 0, True),
        ("chat", 1, False),
    ]
    assert report.results[1].error
    assert report.results[1].error.message == "option 2 of the route m,mm: mm is not in the catalogue"


def test_a_backup_whose_base_url_is_none() -> None:
    """A variable of a backup's provider that holds no URL is named before anything is called, as the first one's is."""
    with model_server(saying("hi")) as server:
        other = '[providers.other]\nwire = "openai"\nbase_url = "http://127.0.0.1:9/v1"\nkey = "none"\n'
        other += 'base_url_env = { name = "OTHER_URL" }\n[models.b]\nprovider = "other"\n'
        Path("models.toml").write_text(server.catalogue("m") + other)
        Path(".env").write_text(f"LOCAL_API_KEY={KEY}\nOTHER_URL=not a url\n")
        with pytest.raises(SettingsError, match=r"OTHER_URL in \.env:2"):
            ask("m,b")
    assert server.requests == []


def test_no_failure_of_a_test_keeps_another_call_waiting() -> None:
    """Tasks that share a model that is down are each told of it: a test cools nobody down."""
    with model_server(by_model({"down": refusing(503, "no"), "up": saying("hi")})) as server:
        tasks = "".join(f'[tasks.t{n}]\nmodel = "down,up"\n' for n in range(3))
        Path("models.toml").write_text(server.catalogue("down", "up") + tasks)
        Path(".env").write_text(f"LOCAL_API_KEY={KEY}\n")
        report = ask(assigned=True, concurrency=1)
    assert [[failure.name for failure in result.failures] for result in report.results] == [["down"]] * 3


@pytest.mark.parametrize("max_cost", ["0.001", "100"])
def test_a_route_is_paid_from_the_budget(max_cost: str) -> None:
    """A call along a route has to be covered for all its options, and costs what its answer did."""
    with model_server(saying("hi", usage=(10, 5))) as server:
        server.project(Path.cwd(), "a", "b")
        report = ask("a,b", max_cost=Decimal(max_cost), max_tokens=1000)
    assert kinds(report) == ["budget" if max_cost == "0.001" else None]


def test_a_task_in_place_of_a_model() -> None:
    """A task's name where a model's is wanted is refused with the option that was meant."""
    with pytest.raises(UnknownNameError) as caught:
        names(TASKS, models=["chat"])
    assert caught.value.hint == "use `task` chat"


def test_nothing_to_call() -> None:
    """Without any model, the error says how to name one."""
    with pytest.raises(UsageError) as caught:
        names(TASKS)
    assert "`task`" in (caught.value.hint or "")


def test_all_calls_what_is_ready_and_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """--all is every model whose key is set or that needs none, without the retired ones."""
    text = """
extends = false
[providers.keyed]
wire = "openai"
base_url = "http://127.0.0.1:9/v1"
api_key_env = ["KEYED_API_KEY"]
[providers.keyless]
wire = "openai"
base_url = "http://127.0.0.1:9/v1"
api_key_env = ["KEYLESS_API_KEY"]
[models.a]
provider = "keyed"
[models.old]
provider = "keyed"
retires = 2026-01-01
[models.b]
provider = "keyless"
"""
    with pytest.raises(UsageError, match="`all`: no model has a key"):
        names(text, all=True)
    monkeypatch.setenv("KEYED_API_KEY", "sk-123456")
    assert names(text, all=True) == ["a"]


def test_an_unknown_model_in_env_fails_alone() -> None:
    """--assigned calls the other tasks' models; the one that the catalogue lacks fails, and its line is named."""
    with model_server(saying("hi")) as server:
        catalogue = server.catalogue("m") + '[tasks.chat]\nmodel = "m"\n[tasks.mood]\nmodel = "m"\n'
        Path("models.toml").write_text(catalogue)
        Path(".env").write_text(f"LOCAL_API_KEY={KEY}\nAI_MOOD_MODEL=gone\n")
        report = ask(assigned=True)
    assert kinds(report) == [None, "not_found"]
    assert report.results[1].error
    assert report.results[1].error.message == "mood: gone is not in the catalogue (AI_MOOD_MODEL in .env:2)"
    assert report.exit_code is ExitCode.FAILED


def test_a_base_url_that_is_none(work: Path) -> None:
    """A variable that should hold a base URL and does not is named with its file and line, before anything is called."""
    with model_server(saying("hi")) as server:
        server.project(work, base_url_env='{ name = "LOCAL_URL" }')
        with work.joinpath(".env").open("a") as file:
            file.write("LOCAL_URL=not a url\n")
        with pytest.raises(SettingsError, match=r"LOCAL_URL in \.env:2"):
            ask("m")
    assert server.requests == []


# What is sent


def sent(
    work: Path, extra: dict[str, str] | None = None, model_extra: str = "", **question: Any
) -> dict[str, Any]:
    """The body of the one request that a question makes."""
    with model_server(saying("hi")) as server:
        server.project(work, **(extra or {}))
        if model_extra:
            path = work / "models.toml"
            path.write_text(path.read_text().replace("max_output = 1000", model_extra))
        ask("m", **question)
    (request,) = server.requests
    return request.body


def test_what_is_sent_by_default(work: Path) -> None:
    """A short prompt, streamed, limited by what the model can put out; nothing else that nobody asked for."""
    body = sent(work)
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": PROMPT}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 1000,
    }


@pytest.mark.parametrize(
    ("model_extra", "asked", "expected"),
    [
        ("max_output = 100_000", None, 4096),
        ("max_output = 512", None, 512),
        ("", 7, 7),
        ("max_output = 5", 99, 99),
    ],
)
def test_the_limit_of_tokens(work: Path, model_extra: str, asked: int | None, expected: int) -> None:
    """The limit is 4096 or less if the model cannot put out as many; what was asked for is sent as it is."""
    assert sent(work, None, model_extra, max_tokens=asked)["max_tokens"] == expected


def test_system_and_temperature(work: Path) -> None:
    """A system prompt comes first, and a temperature that was asked for is sent."""
    body = sent(work, system="Be brief.", temperature=0.0, stream=False, prompt="Hi")
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["temperature"] == 0.0
    assert body["stream"] is False


def test_a_temperature_that_is_not_accepted(work: Path) -> None:
    """A temperature is dropped, with a notice, for a model that is known to refuse one."""
    notices: list[str] = []
    with model_server(saying("hi")) as server:
        server.project(work, parameters="{ temperature = false }")
        ask("m", temperature=0.5, on_event=lambda event: notices.append(event.text))
    assert "temperature" not in server.requests[0].body
    assert "the temperature is left out: m does not accept one" in notices


# Judging


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ({"a": saying("hi"), "b": saying("hi")}, ExitCode.OK),
        ({"a": saying("hi"), "b": refusing(401)}, ExitCode.REFUSED),
        ({"a": refusing(403), "b": refusing(402)}, ExitCode.REFUSED),
        ({"a": saying("hi"), "b": refusing(500)}, ExitCode.UNAVAILABLE),
        ({"a": refusing(429), "b": refusing(503)}, ExitCode.UNAVAILABLE),
        ({"a": refusing(401), "b": refusing(503)}, ExitCode.FAILED),
        ({"a": refusing(400), "b": refusing(401)}, ExitCode.FAILED),
        ({"a": saying("  "), "b": saying("hi")}, ExitCode.FAILED),
    ],
)
def test_exit_codes(work: Path, scripts: dict[str, Any], expected: ExitCode) -> None:
    """4 and 5 mean that every failure is a refusal, or an outage; a mixture and all else is 1."""
    with model_server(by_model(scripts)) as server:
        server.project(work, "a", "b")
        assert ask("a", "b").exit_code is expected


def test_one_of_two_keys_is_missing(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model without a key fails, naming its variables, and the others are called."""
    with model_server(saying("hi")) as server:
        more = '[providers.other]\nwire = "openai"\nbase_url = "http://127.0.0.1:9"\napi_key_env = ["A_KEY", "B_KEY"]\n'
        work.joinpath("models.toml").write_text(server.catalogue() + more + '[models.x]\nprovider = "other"\n')
        monkeypatch.setenv("LOCAL_API_KEY", KEY)
        report = ask("m", "x")
    assert kinds(report) == [None, "missing_key"]
    assert report.results[1].error
    assert "A_KEY or B_KEY" in (report.results[1].error.hint or "")
    assert report.exit_code is ExitCode.REFUSED


def test_a_retired_model_is_called_with_a_warning(work: Path) -> None:
    """A retired model is called all the same, its day is in the warning, which a task's call has once."""
    with model_server(saying("hi")) as server:
        server.project(work)
        path = work / "models.toml"
        path.write_text(path.read_text().replace("max_output = 1000", "retires = 2026-01-31"))
        (result,) = ask("m").results
        (path.parent / ".env").write_text(f"LOCAL_API_KEY={KEY}\nAI_CHAT_MODEL=m\n")
        path.write_text(f"{path.read_text()}\n[tasks.chat]\n")
        (along_route,) = ask(task="chat").results
    assert result.is_ok
    assert "2026-01-31" in result.warnings[0]
    assert along_route.all_warnings == result.all_warnings


def test_a_cut_answer_with_text_is_one(work: Path) -> None:
    """The limit of tokens ends an answer with a warning if there is text, and as `truncated` with a way out if not."""
    scripts = {"a": saying("some", finish="length"), "b": saying("", finish="length")}
    with model_server(by_model(scripts)) as server:
        server.project(work, "a", "b")
        first, second = ask("a", "b").results
    assert first.is_ok
    assert first.reply
    assert first.reply.warnings
    assert second.error
    assert (second.error.kind, "`max_tokens`" in (second.error.hint or "")) == ("truncated", True)


# Several


def test_all_run_at_once(work: Path) -> None:
    """As many calls as there are models, up to 64, run at once: a server that waits for them all gets them all."""
    together = threading.Barrier(MOST_AT_ONCE)

    def script(request: Request, answer: Answer) -> None:
        together.wait(20)
        answer.say(request, "hi")

    models = [f"m{number}" for number in range(MOST_AT_ONCE)]
    with model_server(script) as server:
        server.project(work, *models)
        report = ask(*models)
    assert report.passed == MOST_AT_ONCE
    assert [result.target.name for result in report.results] == models


def test_reported_latencies_are_each_calls_own(work: Path) -> None:
    """A call that has to wait for its turn does not count the wait: calls in a queue take no longer than the queue."""

    def script(request: Request, answer: Answer) -> None:
        threading.Event().wait(0.03)
        answer.say(request, "hi")

    models = [f"m{number}" for number in range(6)]
    with model_server(script) as server:
        server.project(work, *models)
        began = time.monotonic()
        report = ask(*models, concurrency=1)
        elapsed = 1000 * (time.monotonic() - began)
    latencies = [result.reply.latency_ms for result in report.results if result.reply and result.reply.latency_ms]
    assert len(latencies) == 6
    assert min(latencies) >= 30
    assert sum(latencies) <= elapsed


def test_concurrency_of_one_is_a_queue(work: Path) -> None:
    """With --concurrency 1 a call begins after the one before it has ended, in the order of the command line."""
    with model_server(saying("hi")) as server:
        server.project(work, "a", "b", "c")
        events: list[tuple[str, str]] = []
        ask("c", "a", "b", concurrency=1, on_event=lambda event: events.append((event.kind, event.target.name)))
    assert [event for event in events if event[0] != "text"] == [
        (kind, name) for name in ("c", "a", "b") for kind in ("started", "finished")
    ]


@pytest.mark.parametrize(
    ("question", "calls", "expected"),
    [
        ({}, 3, 3),
        ({}, 200, 64),
        ({"concurrency": 2}, 5, 2),
        ({"concurrency": 9}, 5, 5),
        ({"repeat": 4}, 8, 1),
        ({"repeat": 4, "concurrency": 4}, 8, 4),
    ],
)
def test_how_many_at_a_time(question: dict[str, int], calls: int, expected: int) -> None:
    """All at once by default, one after the other where repetitions measure, and as asked."""
    assert concurrency_of(TestRequest(**question), calls) == expected


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ([7.0], (7.0, 7.0, 7.0)),
        ([3.0, 1.0], (1.0, 2.0, 3.0)),
        ([5.0, 1.0, 3.0], (1.0, 3.0, 5.0)),
        ([float(number) for number in range(100, 0, -1)], (1.0, 50.5, 95.0)),
        ([float(number) for number in range(1, 21)], (1.0, 10.5, 19.0)),
    ],
)
def test_spread(durations: list[float], expected: tuple[float, float, float]) -> None:
    """Minimum, median, and the nearest-rank 95th percentile."""
    found = spread(durations)
    assert found
    assert (found.minimum, found.median, found.p95) == expected


def test_no_spread_of_nothing() -> None:
    """No durations have no spread."""
    assert spread([]) is None


def test_repetitions(work: Path) -> None:
    """--repeat calls each model so often and tells what its calls have in common; failures do not count as fast."""
    scripts = {"a": saying("hi"), "b": in_turn(refusing(500), saying("hi"))}
    with model_server(by_model(scripts)) as server:
        server.project(work, "a", "b")
        report = ask("a", "b", repeat=3)
    assert [(item.name, item.runs, item.passed) for item in report.repetitions] == [("a", 3, 3), ("b", 3, 2)]
    for item in report.repetitions:
        own = [
            result.reply.latency_ms
            for result in report.results
            if result.is_ok and result.reply and result.target.name == item.name
        ]
        assert item.latency_ms == spread([time for time in own if time is not None])
    assert len(server.requests) == 6


# Money


def test_cost_is_the_exact_sum(work: Path) -> None:
    """What the calls cost is added up without rounding; a failure before any answer costs nothing."""
    scripts = {"a": saying("hi", usage=(3, 7)), "b": refusing(500)}
    with model_server(by_model(scripts)) as server:
        server.project(work, "a", "b")
        assert ask("a", "b").cost_usd == Decimal("0.000073")


def test_no_call_that_could_be_too_dear(work: Path) -> None:
    """A call that could cost more than --max-cost is not made."""
    with model_server(saying("hi")) as server:
        server.project(work)
        report = ask("m", max_cost=WORST - Decimal("0.0000001"))
        assert kinds(report) == ["budget"]
        assert server.requests == []
        assert ask("m", max_cost=WORST).passed == 1


def test_no_price_no_budget(work: Path) -> None:
    """What could cost anything cannot be called within a budget, and the way out is named."""
    with model_server(saying("hi")) as server:
        work.joinpath("models.toml").write_text(server.catalogue() + '[models.n]\nprovider = "local"\n')
        work.joinpath(".env").write_text(f"LOCAL_API_KEY={KEY}\n")
        report = ask("n", max_cost=Decimal(9))
    assert kinds(report) == ["budget"]
    assert server.requests == []


def test_a_model_without_a_limit_of_tokens(work: Path) -> None:
    """A model that takes no limit may put out all it can, and that is what is set aside."""
    with model_server(saying("hi")) as server:
        server.project(work, parameters="{ max_tokens = false }")
        path = work / "models.toml"
        path.write_text(path.read_text().replace("max_output = 1000", "max_output = 100_000"))
        assert kinds(ask("m", max_tokens=10, max_cost=Decimal("0.9"))) == ["budget"]


@pytest.mark.parametrize("concurrency", [1, 3, 12])
def test_the_sum_never_exceeds_the_budget(work: Path, concurrency: int) -> None:
    """Dear answers, many at once: what was spent stays within --max-cost, and all that fits is called."""
    spent_per_call = Decimal("0.01001")  # 10 tokens in, 1,000 out
    limit = Decimal("0.055")
    with model_server(saying("hi", usage=(10, 1000))) as server:
        models = [f"m{number}" for number in range(12)]
        server.project(work, *models)
        report = ask(*models, max_cost=limit, concurrency=concurrency)
    assert report.cost_usd == len(server.requests) * spent_per_call
    assert report.cost_usd
    assert report.cost_usd <= limit
    assert report.passed == 5
    assert kinds(report).count("budget") == 7


def test_what_is_left_over_is_used(work: Path) -> None:
    """Calls wait for what others give back: cheap answers all fit, though their worst cases would not."""
    with model_server(saying("hi", usage=(10, 5))) as server:
        models = [f"m{number}" for number in range(12)]
        server.project(work, *models)
        report = ask(*models, max_cost=WORST * 2)
    assert report.passed == 12


def test_what_nobody_knows_is_counted_as_spent() -> None:
    """An amount whose use is unknown does not come back to the budget."""

    async def spend() -> None:
        budget = CostLimit(Decimal(3))
        budget.settle(await budget.reserve(Decimal(2), "m"), None)
        with pytest.raises(ProviderError, match=r"could cost \$2 but only \$1 of"):
            await budget.reserve(Decimal(2), "m")
        budget.settle(await budget.reserve(Decimal(1), "m"), Decimal(0))
        assert (await budget.reserve(Decimal(1), "m")).amount == 1

    asyncio.run(spend())


def test_an_answer_that_broke_off_is_counted_at_its_worst(work: Path) -> None:
    """A stream without its end mark may have cost all that was set aside, so the next call is not made."""

    def cut(request: Request, answer: Answer) -> None:
        answer.piece("half", request.model)

    with model_server(cut) as server:
        server.project(work, "a", "b")
        report = ask("a", "b", concurrency=1, max_cost=WORST * Decimal("1.5"))
    assert kinds(report) == ["truncated", "budget"]


# Interruption


def test_an_interruption_keeps_what_has_arrived(work: Path) -> None:
    """Ctrl-C keeps finished results and the text so far, with its cost as an estimate, and starts nothing more."""
    released = threading.Event()

    def slow(request: Request, answer: Answer) -> None:
        answer.piece("so far", request.model)
        released.wait(20)

    def interrupt(event: Event) -> None:
        if event.text == "so far":
            raise KeyboardInterrupt

    with model_server(by_model({"a": saying("hi"), "b": slow, "c": saying("hi")})) as server:
        server.project(work, "a", "b", "c")
        report = ask("a", "b", "c", concurrency=1, on_event=interrupt)
        released.set()
    assert report.exit_code is ExitCode.INTERRUPTED
    assert kinds(report) == [None, "cancelled", "cancelled"]
    reply = report.results[1].reply
    assert reply
    assert (reply.text, reply.usage.estimated, reply.complete) == ("so far", True, False)
    assert reply.cost_usd
    assert report.results[1].key_variable == "LOCAL_API_KEY"
    assert report.results[2].error
    assert report.results[2].error.attempts == 0
    assert [request.model for request in server.requests] == ["a", "b"]


# Keys


def long_echo(length: int) -> Any:
    """A refusal that repeats the key so late that an excerpt would end within it."""
    return lambda request, answer: answer.refuse(401, "x" * length + request.headers["authorization"])


def whole(request: Request, answer: Answer) -> None:
    word = request.headers["authorization"]
    answer.json(
        {
            "id": word,
            "model": word,
            "choices": [{"message": {"content": word, "refusal": None}, "finish_reason": word}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1},
        },
        X_Request_Id=word,
    )


HOSTILE: dict[str, Any] = {
    "error": lambda request, answer: answer.refuse(400, str(request.headers), request.headers["authorization"]),
    "plain": lambda request, answer: answer.json(str(request.headers).encode(), 500),
    "page": lambda request, answer: answer.json(f"<html>{request.headers}</html>".encode()),
    "redirect": lambda _, answer: answer.json({}, 302, Location=f"https://{KEY}.example/{KEY}"),
    "answer": whole,
    "pieces": lambda request, answer: answer.say(request, "the key is ", KEY[:4], KEY[4:9], KEY[9:], "."),
    "excerpt": lambda request, answer: answer.say(request, "z" * 190 + KEY),
    "event": lambda request, answer: answer.event({"error": {"message": request.headers["authorization"]}}),
    "wait": lambda request, answer: answer.refuse(429, request.headers["authorization"], Retry_After="99"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("how", ["text", "json", "table", "whole"])
def test_a_key_that_comes_back_is_not_shown(work: Path, capsys: Any, name: str, how: str) -> None:
    """A server that repeats the key anywhere in its answer does not get it onto the screen or into JSON."""
    with model_server(HOSTILE[name]) as server:
        server.project(work, "m", "n")
        options = {"json": ["--json"], "table": ["-m", "n"], "whole": ["--no-stream"], "text": []}[how]
        with pytest.raises(SystemExit):
            app(["test", "-m", "m", *options, "--retries", "0", "hi", "-v"])
    shown = "".join(capsys.readouterr())
    assert KEY[:6] not in shown
    assert "LOCAL_API_KEY" in shown
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("length", [276, 284])
def test_a_key_at_the_end_of_an_excerpt_is_not_shown(work: Path, length: int) -> None:
    """An error body that is cut within the key shows no part of it."""
    with model_server(long_echo(length)) as server:
        server.project(work)
        (result,) = ask("m").results
    assert result.error
    assert KEY[:6] not in result.error.message


def test_a_key_with_white_space_is_sent_without(work: Path) -> None:
    """White space around a key is not sent, and the key is hidden all the same."""
    with model_server(refusing(401, f"bad key {KEY}")) as server:
        server.project(work)
        work.joinpath(".env").write_text(f'LOCAL_API_KEY="  {KEY}  "{os.linesep}')
        (result,) = ask("m").results
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert result.error
    assert KEY not in result.error.message


def test_a_key_that_no_header_can_carry(work: Path) -> None:
    """A key with a line break inside is refused before anything is sent, without being shown."""
    with model_server(saying("hi")) as server:
        server.project(work)
        work.joinpath(".env").write_text('LOCAL_API_KEY="kq7-abcdef\\nkq7-ghijkl"\n')
        (result,) = ask("m").results
    assert result.error
    assert result.error.kind == "auth"
    assert "kq7" not in f"{result.error.message}{result.error.hint}"
    assert server.requests == []


def test_a_bug_in_one_call_fails_that_call(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a call raises becomes its result, and the other calls go on."""
    with model_server(saying("hi")) as server:
        server.project(work, "a", "b")
        workspace = open_workspace()
        model = replace(workspace.catalogue.models["a"], parameters={"headers": {"x": 1}})
        monkeypatch.setitem(workspace.catalogue.models, "a", model)  # type: ignore[arg-type]
        report = command.run(workspace, TestRequest(models=("a", "b"), retries=0), NOW, lambda _: None)
    assert kinds(report) == ["protocol", None]


def test_every_error_is_ours() -> None:
    """What `test` refuses before it calls is an error with an exit code."""
    with pytest.raises(ModelManagerError) as caught:
        ask("no-such-model")
    assert caught.value.exit_code is ExitCode.USAGE


def test_what_observers_are_told_of_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each option that was asked with its task, route and place; an option by itself is no fallback."""
    told: list[CallContext] = []

    class Recorder:
        def succeeded(self, context: CallContext, _: object) -> None:
            told.append(context)

        failed = cancelled = succeeded

    monkeypatch.setattr(runner, "recorder_for", lambda _, **_options: Recorder())
    with model_server(by_model({"down": refusing(503, "no"), "up": saying("hi")})) as server:
        tasks = '[tasks.chat]\nmodel = "down,up"\n'
        Path("models.toml").write_text(server.catalogue("down", "up") + tasks)
        Path(".env").write_text(f"LOCAL_API_KEY={KEY}\n")
        ask(task="chat")
        ask(task="chat", each=True, concurrency=1)
    places = [(one.kind, one.task, one.route, one.model, one.position, one.option) for one in told]
    route = ("test", "chat", "down,up")
    assert places[:2] == [(*route, "down", 0, 0), (*route, "up", 1, 1)]
    assert places[2:] == [(*route, "down", 0, 0), (*route, "up", 0, 1)]
