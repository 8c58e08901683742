"""What tasks really did, from the ledger, beside what their profiles say: in the terminal, as JSON and over HTTP."""

import sqlite3
import tomllib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from command_line import run_cli
from contract import conforming
from ledger_calls import a_context, a_reply, write_records
from serving import CATALOGUE, serving

from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.ledger.records import record_of_error, record_of_reply

NOW = datetime.now(UTC)
USAGE = Usage(input_tokens=1000, output_tokens=100, cache_read_tokens=250)


@pytest.fixture
def project(work: Path) -> Path:
    (work / "models.toml").write_text(CATALOGUE.format(url="http://127.0.0.1:9"))
    return work


@pytest.fixture
def ledger(clean_machine: Path) -> Path:
    path = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    path.parent.mkdir(parents=True)
    return path


def answered(ago: timedelta, **over):
    context = a_context(moment=NOW - ago, **{name: over.pop(name) for name in ("task", "kind") if name in over})
    fields = {"usage": USAGE, "cost_usd": Decimal("0.002"), **over}
    return record_of_reply(context, a_reply(context, **fields))


def days(calls_per_day: int, count: int = 10, **over):
    """Answered calls of so many days, the first exactly so long ago."""
    step = timedelta(days=1) / calls_per_day
    return [answered(timedelta(days=count) - step * number, **over) for number in range(calls_per_day * count)]


def measured_of(task: str = "chat") -> dict | None:
    result = run_cli("info", task, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return conforming(result.stdout, "TaskInfoDocument")["task"]["measured"]


@pytest.mark.usefixtures("project")
def test_the_figures_are_those_of_the_calls(ledger):
    """Calls a day, mean tokens, cached part, cost of a month and percentiles, since the first call."""
    write_records(ledger, days(4, latency_ms=800.0), project="work")
    found = measured_of()
    assert (found["calls"], round(found["days"]), round(found["calls_per_day"])) == (40, 10, 4)
    assert (found["input_tokens"], found["output_tokens"], found["cache_share"]) == (1000, 100, Decimal("0.25"))
    assert found["monthly_usd"] == pytest.approx(Decimal("0.24"), rel=Decimal("0.01"))
    assert found["latency_ms"]["p50"] == pytest.approx(Decimal(800), rel=Decimal("0.05"))
    assert (
        timedelta(0) <= NOW - timedelta(days=10) - datetime.fromisoformat(found["since"]) < timedelta(minutes=15)
    )


@pytest.mark.usefixtures("project")
def test_only_the_calls_of_this_application_in_30_days_count(ledger):
    """Live tests, other projects, other tasks and older calls are no measure."""
    write_records(
        ledger,
        [
            *(answered(timedelta(days=40)) for _ in range(9)),
            *(answered(timedelta(days=2), kind="test") for _ in range(9)),
            *(answered(timedelta(days=2), task="listening") for _ in range(5)),
            *(answered(timedelta(days=2)) for _ in range(2)),
        ],
        project="work",
    )
    write_records(ledger, [answered(timedelta(days=2))], project="elsewhere")
    assert (measured_of()["calls"], measured_of("listening")["calls"]) == (2, 5)


@pytest.mark.usefixtures("project")
def test_a_fallback_is_no_call_of_its_own(ledger):
    """A call that a second option answered is one call, paid for whatever each option cost."""
    failed = a_context(moment=NOW - timedelta(days=1), route="a,b")
    rescued = a_context(call=failed.call, moment=NOW - timedelta(days=1), position=1, option=1)
    write_records(
        ledger,
        [
            record_of_error(failed, ProviderError("overloaded", "no", status=529)),
            record_of_reply(rescued, a_reply(rescued, cost_usd=None)),
            answered(timedelta(days=1)),
        ],
        project="work",
    )
    found = measured_of()
    assert (found["calls"], found["input_tokens"], found["unpriced_calls"]) == (2, 1000, 1)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("calls_per_day", "usage", "is_far"),
    [
        (1000, Usage(input_tokens=1000, output_tokens=100), False),
        (520, Usage(input_tokens=1900, output_tokens=51), False),
        (480, Usage(input_tokens=1000, output_tokens=100), True),
        (1000, Usage(input_tokens=2000, output_tokens=100), True),
        (1000, Usage(input_tokens=1000, output_tokens=50), True),
        (1000, Usage(input_tokens=1000, output_tokens=100, cache_read_tokens=400), True),
    ],
    ids=["the same", "within two", "calls", "input", "output", "cached"],
)
def test_a_profile_that_is_far_off_is_offered_anew(ledger, calls_per_day, usage, is_far):
    """Where a figure differs by a factor of two, there is a profile to paste that then agrees."""
    write_records(ledger, days(calls_per_day, 1, usage=usage), project="work")
    toml = measured_of()["profile_toml"]
    assert (toml is not None) is is_far
    if toml:
        profile = tomllib.loads(toml)["tasks"]["chat"]["profile"]
        assert profile["requests_per_day"] == pytest.approx(calls_per_day, rel=0.02)
        text = Path("models.toml").read_text()
        old = next(line for line in text.splitlines() if line.startswith("profile"))
        Path("models.toml").write_text(text.replace(old, "") + toml)
        assert measured_of()["profile_toml"] is None


@pytest.mark.usefixtures("work")
def test_an_embedded_task_is_offered_whole(ledger):
    """A file that defines a task replaces the embedded ones: what is pasted keeps the task's model and needs."""
    write_records(ledger, days(20, 1), project="work")
    before = run_cli("info", "chat", "--json").json["task"]
    Path("models.toml").write_text(before["measured"]["profile_toml"])
    after = run_cli("info", "chat", "--json").json["task"]
    same = ("purpose", "env", "route", "model", "requires")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert (after["profile"]["input_tokens"], after["measured"]["profile_toml"]) == (1000, None)


@pytest.mark.usefixtures("project")
def test_few_calls_are_no_profile(ledger):
    """Less than ten answers are told, and no profile is made of them."""
    write_records(ledger, [answered(timedelta(hours=1)) for _ in range(9)], project="work")
    found = measured_of()
    assert (found["calls"], found["days"], found["profile_toml"]) == (9, 1, None)


@pytest.mark.usefixtures("project")
def test_the_terminal_shows_both(ledger):
    """`info` and `cost --assigned` have the measured figures beside the profile's, and the lines to paste."""
    write_records(ledger, days(20, 2), project="work")
    shown = run_cli("info", "chat").stdout
    assert "profile    1,000 requests per day" in shown
    found = measured_of()
    tokens = "1,000 input and 100 output tokens each, 25% of the prompt cached"
    assert f"measured   {found['calls_per_day']} calls per day, {tokens}" in shown
    assert "p95" in shown
    assert f"\n{found['profile_toml']}" in shown
    shown = run_cli("cost", "--assigned").stdout
    assert "Measured" in shown
    assert "[tasks.chat.profile]\n" in shown
    document = conforming(run_cli("cost", "--assigned", "--json").stdout, "CostDocument")
    by_task = {row["task"]: row["measured"] for row in document["costs"]}
    assert by_task["chat"]["calls"] == 40
    assert by_task["listening"] is None
    assert "measured" not in run_cli("cost", "--json").json["costs"][0]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("setting", [None, "off", "gone.db"])
def test_without_a_ledger_nothing_is_said(setting):
    """No ledger, none wanted, or none there yet: null, and not a word."""
    env = {"MODEL_MANAGER_LEDGER": setting}
    result = run_cli("info", "chat", "--json", env=env)
    assert (result.json["task"]["measured"], result.stderr) == (None, "")
    assert "easured" not in run_cli("info", "chat", env=env).stdout + run_cli("cost", "--assigned", env=env).stdout


@pytest.mark.usefixtures("project")
def test_a_ledger_that_cannot_be_read_is_a_warning(ledger):
    """A broken ledger, or an empty one, takes nothing else away."""
    write_records(ledger, [], project="work")
    assert measured_of() is None
    ledger.write_bytes(b"no database" * 100)
    for words in (("info", "chat"), ("cost", "--assigned")):
        result = run_cli(*words)
        assert (result.exit_code, result.stderr.count("Warning: ")) == (0, 1)
        assert str(ledger) in result.stderr


def test_the_api_has_the_same(ledger, project):
    """Tasks and costs over HTTP have what `--json` has; a ledger that begins while the server runs is seen."""
    with serving(project) as served:
        assert served.get("/api/ai/tasks").json()["tasks"][0]["measured"] is None
        write_records(ledger, days(20, 1), project="work")
        costs = served.send("POST", "/api/ai/costs", {"assigned": True}).json()["costs"]
        answers = [
            served.get("/api/ai/tasks").json()["tasks"][0],
            served.get("/api/ai/tasks/chat").json()["task"],
            *(row for row in costs if row["task"] == "chat"),
            run_cli("info", "chat", "--json").json["task"],
        ]
        # The clock goes on between them: what is left is what does not depend on it.
        same = ("since", "calls", "input_tokens", "latency_ms")
        found = [{name: answer["measured"][name] for name in same} for answer in answers]
        assert found == [found[0]] * 4
        assert found[0]["calls"] == 20
        with sqlite3.connect(ledger) as connection:
            connection.execute("DROP TABLE series")
        assert served.get("/api/ai/tasks/chat").json()["task"]["measured"] is None


@pytest.mark.usefixtures("project")
def test_a_task_without_a_profile_gets_one(ledger):
    """Where a task has no profile, what was measured is one to add."""
    write_records(ledger, days(20, 1, task="listening"), project="work")
    shown = run_cli("info", "listening").stdout
    assert "The profile is missing" in shown
    assert "[tasks.listening.profile]\n" in shown
