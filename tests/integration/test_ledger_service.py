"""What the library, `test` and probes leave in the ledger, over real servers."""

import json
import stat
from pathlib import Path

import pytest
from command_line import run_cli
from contract import conforming
from ledger_calls import read_all, read_calls
from model_server import by_model, model_server, refusing, saying
from service_calls import WAYS, ask, project
from serving import serving

from model_manager import AIService, ProviderError, Reply, UsageError
from model_manager.ledger.storage import writers

LEDGER = Path("state", "model-manager", "ledger", "ledger.db")


@pytest.fixture
def ledger(clean_machine):
    return clean_machine / LEDGER


@pytest.fixture
def server():
    script = by_model({"m": saying("Hello ", "there", usage=(100, 20)), "down": refusing(503, "CANARY-error")})
    with model_server(script) as running:
        yield running


@pytest.fixture
def service(server, work):
    project(
        work, server.url, ["m", "down"], {"t": "m", "rescued": "down,m", "lost": "down", "split": "50:m+50:down"}
    )
    with AIService(retries=0) as running:
        yield running


def recorded(path):
    writers.end_all(60)
    return read_calls(path)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_calling_is_recorded(service, ledger, way):
    """Whole answers and streams, in threads and event loops, leave the same row."""
    reply = ask(service, way, "t", user_id="ana")
    (row,) = recorded(ledger)
    assert row["call"] == reply.call
    assert (row["task"], row["model"], row["provider"], row["outcome"]) == ("t", "m", "at-m", "ok")
    assert (row["input"], row["output"], row["cost_usd"], row["cost_source"]) == (100, 20, 0.0003, "catalogue")
    assert (row["kind"], row["project"], row["route"], row["position"], row["option"]) == (
        "chat",
        "work",
        "m",
        0,
        0,
    )
    assert row["stream"] == ("stream" in way)
    assert row["latency_us"] > 0
    assert row["user"] not in (None, "ana")


def test_each_option_that_was_asked_has_a_row(service, ledger):
    """A failure and its fallback share the call and have positions of their own."""
    reply = service.chat("rescued", "Hello")
    failed, rescued = recorded(ledger)
    assert failed["call"] == rescued["call"] == reply.call
    assert [(row["position"], row["option"], row["outcome"], row["error_kind"], row["status"]) for row in (failed, rescued)] == [
        (0, 0, "failed", "overloaded", 503), (1, 1, "ok", None, None),
    ]  # fmt: skip
    assert failed["cost_pico"] is None


def test_no_text_of_an_error_and_no_prompt_is_recorded(service, ledger):
    """A provider's words, the prompt and the answer stay out of every file."""
    with pytest.raises(ProviderError, match="CANARY-error"):
        service.chat("lost", "CANARY-prompt", user_id="CANARY-user")
    service.chat("t", "CANARY-prompt", user_id="CANARY-user")
    assert len(recorded(ledger)) == 2
    for path in ledger.parent.iterdir():
        content = path.read_bytes()
        assert b"CANARY" not in content, path.name
        assert b"there" not in content, path.name


def test_the_ledger_can_be_elsewhere_or_off(server, work, ledger, monkeypatch):
    """The argument wins over the environment; "off" records nothing and makes no file."""
    project(work, server.url, ["m"], {"t": "m"})
    for chosen, variable in (("off", ""), (None, "off")):
        monkeypatch.setenv("MODEL_MANAGER_LEDGER", variable)
        with AIService(ledger=chosen) as service:
            reply = service.chat("t", "Hello")
            service.score(reply, 1)
    writers.end_all(60)
    assert not ledger.parent.exists()
    monkeypatch.setenv("MODEL_MANAGER_LEDGER", str(work / "by-variable.db"))
    for chosen in (None, work / "by-argument.db"):
        with AIService(ledger=chosen) as service:
            service.chat("t", "Hello")
    assert len(recorded(work / "by-variable.db")) == len(recorded(work / "by-argument.db")) == 1


def test_a_file_of_the_project_does_not_choose_the_ledger(server, work, ledger):
    """A checkout's .env may name the project, and not where its calls are noted."""
    project(work, server.url, ["m"], {"t": "m"})
    (work / ".env").write_text("MODEL_MANAGER_LEDGER=stolen.db\nMODEL_MANAGER_PROJECT=shop\n")
    with AIService() as service:
        service.chat("t", "Hello")
    assert [row["project"] for row in recorded(ledger)] == ["shop"]
    assert not (work / "stolen.db").exists()


def test_the_project_is_the_repository(server, work, ledger):
    """Without a setting the directory that holds .git gives the name, wherever in it the service works."""
    inner = work / "apps" / "one"
    inner.mkdir(parents=True)
    (work / ".git").mkdir()
    project(inner, server.url, ["m"], {"t": "m"})
    with AIService(inner) as service:
        service.chat("t", "Hello")
    assert [row["project"] for row in recorded(ledger)] == ["work"]


def test_a_ledger_that_is_no_path_is_refused():
    """A number is no place."""
    with pytest.raises(UsageError, match="ledger"):
        AIService(ledger=5)


def test_scores_are_recorded_beside_the_call(service, ledger):
    """A score has the call's id; its name is "quality" unless another is given."""
    reply = service.chat("t", "Hello")
    service.score(reply, 0.5)
    service.score(reply, value=True, name="helpful")
    recorded(ledger)
    assert read_all(ledger, "SELECT call, name, value FROM scores ORDER BY name") == [
        (reply.call, "helpful", 1.0),
        (reply.call, "quality", 0.5),
    ]


@pytest.mark.parametrize("reply", [None, "an id", Reply(model="m", provider="p", model_id="m")])
def test_a_score_needs_a_reply_of_a_call(service, reply):
    """What no call of the service brought cannot be scored."""
    with pytest.raises(UsageError, match="reply"):
        service.score(reply, 1)


def test_a_stream_that_is_not_read_on_is_cancelled(service, ledger):
    """Who closes a stream early leaves a row with that outcome."""
    stream = service.stream("t", "Hello")
    next(stream)
    stream.close()
    (row,) = recorded(ledger)
    assert row["outcome"] == "cancelled"


def test_test_and_probes_are_recorded_with_their_kind(server, work, ledger):
    """`test` and `test --probe` leave rows of kinds of their own, and the process writes them before it ends."""
    project(work, server.url, ["m"], {"t": "m"})
    assert run_cli("test", "--task", "t", "Hello").exit_code == 0
    run_cli("test", "m", "--probe")
    assert {row["kind"] for row in read_calls(ledger)} == {"test", "probe"}
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600


def test_usage_reports_what_the_service_called(service, ledger):
    """The command shows the calls of the library."""
    for _ in range(3):
        service.chat("t", "Hello")
    recorded(ledger)
    document = json.loads(run_cli("usage", "--json").stdout)
    assert [(row["task"], row["calls"], row["cost_usd"]) for row in document["rows"]] == [("t", 3, 0.0009)]


@pytest.fixture
def served(server, work):
    project(work, server.url, ["m"], {"t": "m"})
    with serving(work) as running:
        yield running


def test_the_api_reports_what_was_recorded(served, ledger):
    """GET /api/ai/usage is the command's document; live tests of the server are in it."""
    assert served.send("POST", "/api/ai/models/test", {"model": "m", "prompt": "Hello"}).status_code == 200
    recorded(ledger)
    answer = served.get("/api/ai/usage", by=["model", "provider"], timezone="UTC", calls=1)
    document = conforming(answer.content, "UsageDocument")
    assert [(row["model"], row["provider"], row["calls"]) for row in document["rows"]] == [("m", "at-m", 1)]
    assert [call["kind"] for call in document["calls"]] == ["test"]
    assert served.get("/api/ai/usage", since="soon").status_code == 409
    assert served.get("/api/ai/usage", by="colour").status_code == 422


def test_scores_come_over_http(served, ledger):
    """POST /api/ai/scores records a score of a call, and refuses what is none."""
    call = "0190a1b2-0000-7000-8000-000000000000"
    answer = served.send("POST", "/api/ai/scores", {"call": call, "value": 0.5})
    assert conforming(answer.content, "ScoreDocument")["recorded"] is True
    assert read_all(ledger, "SELECT call, name, value FROM scores") == [(call, "quality", 0.5)]
    named = {"call": call, "value": 1, "name": "cost"}
    for body in ({"call": "x", "value": 1}, {"call": call}, {"call": call, "value": "good"}, named):
        assert served.send("POST", "/api/ai/scores", body).status_code == 422
