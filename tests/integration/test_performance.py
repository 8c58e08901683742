"""How models did, by the ledger: what `list`, `info MODEL` and the HTTP API say, and what they say without a ledger."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from command_line import run_cli
from contract import conforming
from ledger_calls import a_context, a_reply, write_records
from serving import CATALOGUE, events_of, serving

from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.ledger.records import CallRecord, record_of_error, record_of_reply

NOW = datetime.now(UTC)


@pytest.fixture
def project(work: Path) -> Path:
    (work / "models.toml").write_text("extends = false\n" + CATALOGUE.format(url="http://127.0.0.1:9"))
    return work


@pytest.fixture
def ledger(clean_machine: Path) -> Path:
    path = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    path.parent.mkdir(parents=True)
    return path


def calls(count: int, start_h: float, end_h: float, every: int = 0, **over) -> Iterator[CallRecord]:
    """Calls of alpha from so many hours ago to so many, of which each so-manieth fails."""
    for number in range(count):
        context = a_context(
            model="alpha",
            provider="local",
            moment=NOW - timedelta(hours=start_h - (start_h - end_h) * number / count),
        )
        if every and number % every == 0:
            error = ProviderError("overloaded", "no")
            error.attempts = 3
            yield record_of_error(context, error)
        else:
            yield record_of_reply(context, a_reply(context, **over))


def worse() -> list[CallRecord]:
    """A model that has begun to fail and to take three times as long."""
    return [*calls(300, 190, 25), *calls(100, 5, 0.2, every=4, latency_ms=2400.0)]


@pytest.mark.usefixtures("project")
def test_list_names_a_model_that_has_become_worse(ledger):
    """A warning on stderr, and the same as findings with codes in JSON; other models have none."""
    write_records(ledger, worse())
    result = run_cli("list", "--json")
    first, second = (model["degraded"] for model in conforming(result.stdout, "ListDocument")["models"])
    assert [one["code"] for one in first] == ["failures_doubled", "latency_doubled"]
    assert second == []
    assert first[0]["message"] == (
        "alpha: 25% of its calls failed in the last 6 hours (100 calls), 0% in the week before"
    )
    assert first[1]["message"].startswith("alpha: half of the answers take 2.4 s or more in the last 6 hours")
    assert result.stderr.splitlines()[-2:] == [f"Warning: {one['message']}" for one in first]
    assert "alpha: 25%" in run_cli("list").stderr
    assert run_cli("list", "--search", "beta").stderr == ""


@pytest.mark.usefixtures("project")
def test_check_warns_of_a_model_in_use_that_has_become_worse(ledger):
    """What `list` says about a model that a task uses is a finding of `check`, and not an error."""
    write_records(ledger, worse())
    result = run_cli("check", "--json")
    found = [one for one in conforming(result.stdout, "CheckDocument")["findings"] if one["code"] == "MM208"]
    assert [(one["model"], one["severity"]) for one in found] == [("alpha", "warning"), ("alpha", "warning")]
    assert found[0]["message"].startswith("alpha: 25% of its calls failed")


@pytest.mark.usefixtures("project")
def test_info_says_how_a_model_did_lately(ledger):
    """The last seven days with failures by kind, retries and speed, beside the four weeks before."""
    earlier = calls(60, 24 * 20, 24 * 9)
    late = calls(40, 24 * 5, 24 * 2, every=8, latency_ms=1200.0, usage=Usage(input_tokens=10, output_tokens=100))
    write_records(ledger, [*earlier, *late])
    found = conforming(run_cli("info", "alpha", "--json").stdout, "ModelInfoDocument")["model"]["lately"]
    assert (found["calls"], found["failed"], found["retries"], found["days"]) == (40, 5, 10, 7)
    assert found["errors"] == [{"error": "overloaded", "calls": 5}]
    assert found["latency_ms"]["p50"] == pytest.approx(Decimal(1200), rel=Decimal("0.05"))
    assert found["tokens_per_second"] == Decimal(100)
    assert (found["earlier"]["calls"], found["earlier"]["failed"], found["earlier_days"]) == (60, 0, 28)
    shown = run_cli("info", "alpha", env={"COLUMNS": "200"}).stdout
    assert "lately      40 calls in the last 7 days, 5 failed (12.5%) (overloaded 5)" in shown
    assert "earlier     60 calls in the 28 days before, none failed" in shown


@pytest.mark.usefixtures("project")
def test_usage_by_model_compares_speed_and_failures(ledger):
    """Where rows are models there are the share of failures, retries and tokens per second; by task there are not."""
    write_records(ledger, [*calls(40, 3, 0.1, every=8)])
    by_model = run_cli("usage", "--by", "model", "--since", "1d", env={"COLUMNS": "160"}).stdout
    for words in ("Failing", "12.5%", "Retries", "10", "Tokens/s", "167"):
        assert words in by_model
    assert "Tokens/s" not in run_cli("usage", "--since", "1d", env={"COLUMNS": "160"}).stdout


@pytest.mark.usefixtures("project")
def test_without_calls_there_is_nothing_to_say(ledger):
    """No ledger, no warning and no line; a broken one is one warning, and the models are listed all the same."""
    assert run_cli("list").stderr == ""
    assert conforming(run_cli("info", "alpha", "--json").stdout, "ModelInfoDocument")["model"]["lately"] is None
    ledger.write_text("no database" * 200)
    result = run_cli("list", "--ids")
    assert (result.exit_code, result.stdout.split()[:2]) == (0, ["alpha", "lab/beta"])
    assert f"Warning: {ledger} cannot be read" in result.stderr


def test_the_overview_over_http(project, ledger):
    """One document with sums, periods, models, what has become worse, and the latest calls; the model list has it too."""
    write_records(ledger, worse())
    with serving(project) as served:
        answer = served.get("/api/ai/overview", range="24h", timezone="Asia/Kolkata")
        found = conforming(answer.content, "OverviewDocument")
        assert (found["ledger"]["state"], found["timezone"], found["period_hours"]) == (
            "recording",
            "Asia/Kolkata",
            1,
        )
        assert (found["totals"]["calls"], found["totals"]["failed"], len(found["periods"])) == (100, 25, 24)
        assert all(period["start"].endswith(":00:00+05:30") for period in found["periods"])
        assert sum(period["calls"] for period in found["periods"]) == 100
        assert [one["code"] for one in found["problems"]] == ["failures_doubled", "latency_doubled"]
        assert (found["tasks"][0]["task"], len(found["calls"])) == ("chat", 12)
        costs = sum(cost for period in found["periods"] for cost in period["costs_by_task"])
        assert costs == found["totals"]["cost_usd"]
        models = served.get("/api/ai/models").json()["models"]
        assert [len(model["degraded"]) for model in models if model["id"] in ("alpha", "lab/beta")] == [2, 0]
        assert len(served.get("/api/ai/models/alpha").json()["model"]["problems"]) == 2


@pytest.mark.parametrize(("value", "state"), [("off", "off"), ("", "empty"), ("models.toml", "unreadable")])
def test_an_overview_without_a_ledger_says_why(project, monkeypatch, value, state):
    """A ledger that is off, empty or no ledger is told in a whole document, not by a refusal."""
    if value:
        monkeypatch.setenv("MODEL_MANAGER_LEDGER", value)
    with serving(project) as served:
        found = conforming(served.get("/api/ai/overview").content, "OverviewDocument")
        assert (found["ledger"]["state"], found["totals"]["calls"], found["periods"]) == (state, 0, [])
        assert (found["ledger"]["message"] is None) == (state == "empty")
        assert (found["ledger"]["hint"] is not None) == (state == "unreadable")
        assert served.get("/api/ai/overview", range="year").status_code == 422
        assert served.get("/api/ai/overview", timezone="Atlantis").status_code == 409


def test_listeners_hear_of_calls(project, ledger):
    """Whoever listens to events is told that calls were recorded, also when the ledger begins only then."""
    with serving(project) as served, served.client(accept="text/event-stream") as client:
        stream = client.stream("GET", "/api/ai/events")
        with stream as answer:
            lines = answer.iter_lines()
            next(lines)
            write_records(ledger, list(calls(1, 1, 0)))
            assert next(events_of(lines)) == ("ledger", {"schema": 1})
