"""`GET /metrics` as a scraper sees it: over a real server, read by Prometheus' own client."""

import contextlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import environment
from ledger_calls import a_context, a_reply, write_records
from model_server import by_model, model_server, refusing, saying
from prometheus_client.parser import text_string_to_metric_families
from service_calls import project
from serving import CATALOGUE, TOKEN, serving

from model_manager import AIService, ProviderError
from model_manager.config.reload import WorkspaceSource
from model_manager.errors import UsageError
from model_manager.ledger.records import record_of_reply
from model_manager.ledger.storage import writers
from model_manager.server.api.metrics import MetricsText, metrics_text
from model_manager.server.workspace_cache import WorkspaceCache
from model_manager.telemetry.exposition import CONTENT_TYPE

LEDGER = Path("state", "model-manager", "ledger", "ledger.db")
METRICS_TOKEN = "only-for-metrics-51c2"
_CALLS = """
import sys
from model_manager import AIService
with AIService() as service:
    for _ in range(int(sys.argv[1])):
        service.chat("t", "Hello")
"""


def samples_of(text):
    """Every sample by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def ledger(clean_machine):
    return clean_machine / LEDGER


@pytest.fixture
def models():
    script = by_model({"m": saying("Hello", usage=(100, 20)), "down": refusing(503)})
    with model_server(script) as running:
        yield running


@pytest.fixture
def served(models, work, monkeypatch):
    project(work, models.url, ["m", "down"], {"t": "m", "rescued": "down,m"}, m="retires = 2031-05-01")
    monkeypatch.setenv("MODEL_MANAGER_METRICS_TOKEN", METRICS_TOKEN)
    with serving(work) as running:
        yield running


def test_budgets_have_their_limits_and_what_was_spent(served, work):
    """The user's budgets and the project's stand in a scrape; the project's has the project's name as well."""
    file = work / "models.toml"
    file.write_text(f"{file.read_text()}\n[budgets.day]\nlimit = 2.5\nper = 'day'\n")
    user = Path(os.environ["XDG_CONFIG_HOME"]) / "model-manager" / "models.toml"
    user.parent.mkdir(parents=True)
    user.write_text("[budgets.day]\nlimit = 100\nper = 'day'\ntasks = ['t']\n")
    with AIService() as service:
        cost = service.chat("t", "Hello").cost_usd
    writers.end_all(60)
    found = samples_of(served.get("/metrics").text)
    assert cost
    assert found["model_manager_budget_limit_usd", "day"] == 100
    assert found["model_manager_budget_limit_usd", "day", work.name] == 2.5
    assert found["model_manager_budget_spent_usd", "day"] == float(cost)
    assert found["model_manager_budget_spent_usd", "day", work.name] == float(cost)


def test_calls_of_all_processes_are_counted(served, work):
    """Three applications and this one record; their calls, tokens and money add up in one scrape."""
    command = [sys.executable, "-c", _CALLS, "4"]
    applications = [subprocess.Popen(command, cwd=work, env=environment()) for _ in range(3)]
    assert [application.wait(120) for application in applications] == [0, 0, 0]
    with AIService(retries=0) as service:
        service.chat("rescued", "Hello")
        with contextlib.suppress(ProviderError):
            service.create_chat_completion("down", "Hello")
    writers.end_all(60)
    answer = served.get("/metrics")
    assert answer.headers["content-type"] == CONTENT_TYPE
    found = samples_of(answer.text)
    assert found["model_manager_calls_total", "t", "m", "at-m", "ok"] == 12
    assert found["model_manager_calls_total", "rescued", "down", "at-down", "failed"] == 1
    assert found["model_manager_calls_total", "rescued", "m", "at-m", "ok"] == 1
    assert found["model_manager_calls_total", "", "down", "at-down", "failed"] == 1
    assert found["model_manager_tokens_total", "t", "m", "input"] == 1200
    assert found["model_manager_tokens_total", "t", "m", "output"] == 240
    assert found["model_manager_cost_usd_total", "t", "m"] == pytest.approx(12 * 0.0003)
    assert found["model_manager_latency_seconds_count", "m"] == 13
    assert found["model_manager_latency_seconds_bucket", "m", "+Inf"] == 13
    assert found["model_manager_latency_seconds_sum", "m"] > 0
    assert (found["model_manager_unpriced_calls_total",], found["model_manager_unrecorded_calls_total",]) == (0, 0)


def test_the_catalogue_says_what_ends_and_who_uses_it(served):
    """A model's last day is midnight UTC, and every model of a task's route is named with the task."""
    found = samples_of(served.get("/metrics").text)
    assert (
        found["model_manager_model_retires_timestamp_seconds", "m"] == datetime(2031, 5, 1, tzinfo=UTC).timestamp()
    )
    used = {key[1:] for key in found if key[0] == "model_manager_task_model_info"}
    assert used == {("t", "m"), ("rescued", "m"), ("rescued", "down")}
    assert found["model_manager_configuration_up",] == 1


@pytest.mark.parametrize("token", [TOKEN, METRICS_TOKEN])
def test_both_tokens_read_the_metrics(served, token):
    """The server's token, and the one that is for this alone."""
    assert served.send("GET", "/metrics", Authorization=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("token", ["", f"Bearer {METRICS_TOKEN}x", f"Basic {METRICS_TOKEN}"])
def test_nobody_else_reads_the_metrics(served, token):
    """Without a token, or with a wrong one, there is nothing to see."""
    assert served.send("GET", "/metrics", Authorization=token).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/ai/tasks"),
        ("GET", "/api/ai/usage"),
        ("PUT", "/api/ai/tasks/t"),
        ("GET", "/openapi.json"),
        ("GET", "/metrics/"),
        ("GET", "/login?token=" + METRICS_TOKEN),
    ],
)
def test_the_metrics_token_opens_nothing_else(served, method, path):
    """Whoever scrapes can neither read nor change anything, nor log in."""
    answer = served.send(method, path, Authorization=f"Bearer {METRICS_TOKEN}")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_head_has_no_body_and_other_methods_are_refused(served):
    """HEAD says what GET would; there is nothing to write here."""
    head = served.send("HEAD", "/metrics")
    assert (head.status_code, head.headers["content-type"], head.content) == (200, CONTENT_TYPE, b"")
    assert served.send("POST", "/metrics").status_code == 405


def test_a_scraper_that_takes_gzip_gets_it(served, ledger):
    """As Prometheus asks; the text is the same."""
    write_records(ledger, [record_of_reply(context := a_context(), a_reply(context))])
    answers = [served.send("GET", "/metrics", accept_encoding=coding) for coding in ("gzip", "identity")]
    assert [answer.headers.get("content-encoding") for answer in answers] == ["gzip", None]
    assert answers[0].text == answers[1].text


def test_without_a_ledger_the_sums_are_zero(served, ledger):
    """Nothing was recorded yet: that is known, and no mistake."""
    assert not ledger.exists()
    found = samples_of(served.get("/metrics").text)
    assert (found["model_manager_ledger_up",], found["model_manager_unrecorded_calls_total",]) == (1, 0)
    ledger.parent.mkdir(parents=True)
    ledger.touch()
    assert samples_of(served.get("/metrics").text) == found


def test_a_broken_ledger_is_said_and_never_shown_as_zero(served, ledger):
    """The metrics of calls are missing, so that no rate is computed from them; the others are there."""
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"no database at all" * 100)
    answer = served.get("/metrics")
    found = samples_of(answer.text)
    assert answer.status_code == 200
    assert found["model_manager_ledger_up",] == 0
    assert not [key for key in found if key[0].endswith(("_total", "_bucket"))]
    assert ("model_manager_model_retires_timestamp_seconds", "m") in found


def test_an_invalid_catalogue_hides_no_calls(served, ledger):
    """What is counted is shown while somebody mends the file, and a metric says that it has to be."""
    write_records(ledger, [record_of_reply(context := a_context(), a_reply(context))])
    (served.directory / "models.toml").write_text("[tasks")
    found = samples_of(served.get("/metrics").text)
    assert found["model_manager_configuration_up",] == 0
    assert found["model_manager_calls_total", "chat", "claude-haiku-5-5", "anthropic", "ok"] == 1
    assert not [key for key in found if key[0].startswith("model_manager_model_")]


def test_a_ledger_that_is_off_is_not_mentioned(work, models, monkeypatch):
    """Who records nothing has no metrics of calls and no alert about a ledger."""
    (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
    monkeypatch.setenv("MODEL_MANAGER_LEDGER", "off")
    with serving(work) as running:
        found = samples_of(running.get("/metrics").text)
    assert {key[0] for key in found} == {
        "model_manager_model_retires_timestamp_seconds",
        "model_manager_task_model_info",
        "model_manager_configuration_up",
    }


def test_a_text_that_takes_long_is_kept_for_a_while(work, models, ledger):
    """A scrape that took a second is answered again for nine; then the ledger is read anew."""
    (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
    write_records(ledger, [record_of_reply(context := a_context(), a_reply(context))])
    moments = iter([0, 1, 1, 9.9, 10.1, 10.2, 10.2])
    text = MetricsText(WorkspaceCache(WorkspaceSource(directory=work)), ledger, lambda: next(moments))
    first = text.read()
    write_records(ledger, [record_of_reply(context := a_context(), a_reply(context))])
    assert text.read() == first
    assert text.read() != first


def test_the_token_of_a_project_counts_for_nothing(work, models):
    """A checkout cannot let anybody in: in `.env` the setting is ignored."""
    (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
    (work / ".env").write_text(f"MODEL_MANAGER_METRICS_TOKEN={METRICS_TOKEN}\n")
    with serving(work) as running:
        assert running.send("GET", "/metrics", Authorization=f"Bearer {METRICS_TOKEN}").status_code == 401


@pytest.mark.parametrize(
    ("token", "host", "told"), [(TOKEN, "127.0.0.1", "the same as"), ("short", "0.0.0.0", "fewer than 16")]
)
def test_a_token_that_protects_nothing_is_refused_at_the_start(work, monkeypatch, token, host, told):
    """One that is the server's own, and one that others can guess."""
    monkeypatch.setenv("MODEL_MANAGER_METRICS_TOKEN", token)
    with pytest.raises(UsageError, match=told), serving(work, host=host):
        pass


def test_where_calls_are_recorded_is_known_from_the_environment(work, models, ledger):
    """The text is of the ledger that the served directory's calls go to."""
    (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
    write_records(ledger, [record_of_reply(context := a_context(task="chat"), a_reply(context))])
    text = metrics_text(WorkspaceCache(WorkspaceSource(directory=work))).read()
    assert samples_of(text)["model_manager_calls_total", "chat", "claude-haiku-5-5", "anthropic", "ok"] == 1
