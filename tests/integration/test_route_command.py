"""`route`: where a call would go, why, and how the other options stand; nothing is called."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import run_cli
from exchange_player import context_of, endpoint_of
from service_calls import project

from model_manager import get_model_for_task
from model_manager.errors import ProviderError
from model_manager.service.cooldowns import CooldownStore

URL = "http://127.0.0.1:9"
AUTO = '[tasks.t.auto]\nsimple = "a"\ncomplex = "b"\n'


@pytest.fixture
def routed(work: Path) -> Path:
    text = '[tasks.t.preferences]\nfast = "c"\n'
    project(work, URL, "abc", {"t": "80:a+20:b,c"}, text)
    return work


def document(*args: str, **options: Any) -> dict:
    result = run_cli("route", *args, "--json", **options)
    assert result.exit_code == 0, result.stderr
    return result.json


def states(found: dict) -> list[tuple[str, int | None, str]]:
    return [(option["name"], option["order"], option["state"]) for option in found["options"]]


@pytest.mark.usefixtures("routed")
def test_without_a_user_it_is_the_largest_share():
    """The decision, its reason, and every option in the order in which it would be tried."""
    found = document("t")
    assert set(found) == {
        "schema", "task", "route", "source", "preference", "user", "model", "provider", "reason", "complexity",
        "options", "problems",
    }  # fmt: skip
    assert (found["model"], found["provider"], found["route"]) == ("a", "at-a", "80:a+20:b,c")
    assert found["reason"] == "option 1 of 2, the largest share (80%)"
    assert found["source"]["text"] == "tasks.t.model in models.toml:38"
    assert states(found) == [("a", 1, "chosen"), ("b", 3, "ready"), ("c", 2, "ready")]


@pytest.mark.usefixtures("work")
def test_a_model_that_is_there_twice_stands_once():
    """A second mention of a model without a key is no more ready than the first, by whatever name."""
    found = document("chat", env={"AI_CHAT_MODEL": "claude-haiku-5-5,haiku,claude-haiku-5-5"})
    assert [option["state"] for option in found["options"]] == ["missing_key"] * 3


@pytest.mark.usefixtures("routed")
def test_a_user_has_a_side():
    """--user shows the side on which that user's calls are, as the library has it."""
    sides = {str(user): get_model_for_task("t", user_id=user).id for user in range(40)}
    for side in ("a", "b"):
        user = next(user for user, model in sides.items() if model == side)
        found = document("t", "--user", user)
        assert found["model"] == side
        assert found["reason"].startswith("option 1 of 2, the user's share (")


@pytest.mark.usefixtures("routed")
def test_a_preference_has_a_route():
    """--preference shows its route; one that is not there is refused with the nearest name."""
    found = document("t", "--preference", "fast")
    assert (found["model"], found["route"], found["preference"], found["source"]) == ("c", "c", "fast", None)
    result = run_cli("route", "t", "--preference", "fats")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean fast?" in result.stderr


def test_auto_shows_what_was_found_in_the_query(work):
    """The score, its tier and signals; a prompt from stdin counts like one of the command line."""
    project(work, URL, "ab", {"t": "auto"}, AUTO)
    prompt = "Prove that the sum converges, then explain why."
    for found in (document("t", prompt), json.loads(run_cli("route", "t", "-", "--json", stdin=prompt).stdout)):
        assert (found["model"], found["complexity"]["tier"]) == ("b", "complex")
        assert found["complexity"]["signals"]["proof"] == 1
        assert found["options"][0]["name"] == "auto"
        assert found["options"][0]["model"] == "b"
    assert document("t", "hi")["model"] == "a"
    assert document("t")["reason"] == "auto, without a query"


@pytest.mark.usefixtures("routed")
def test_what_cools_down_is_shown_with_the_time_left():
    """A model that failed a moment ago is passed over, as a call would pass over it."""
    endpoint = endpoint_of("openai", base_url=f"{URL}/a", id="a", model_id="a")
    state = Path(run_home()) / "model-manager" / "cooldowns"
    store = CooldownStore(state)
    store.failed(
        replace(context_of(endpoint), provider="at-a"), ProviderError("rate_limit", "x", retry_after_s=40)
    )
    store.flush()
    found = document("t")
    assert (found["model"], found["reason"]) == (
        "b",
        "option 1 of 2, the largest share (20%), a skipped while cooling down",
    )
    assert states(found)[0] == ("a", 3, "cooling")
    assert 30 < found["options"][0]["cooling_s"] <= 40
    assert "cooling down for" in run_cli("route", "t").stdout


def run_home() -> str:
    return os.environ["XDG_STATE_HOME"]


def test_what_could_not_be_called_says_why(work):
    """Missing keys and unknown names are passed over; if nothing is left, there is no model, and the reasons."""
    project(work, URL, "ab", {"t": "a,b"})
    models = work / "models.toml"
    models.write_text(
        models.read_text().replace(
            'name = "A"\nwire = "openai"\nkey = "none"', 'name = "A"\nwire = "openai"\napi_key_env = ["A_API_KEY"]'
        )
    )
    found = document("t")
    assert (found["model"], found["reason"]) == ("b", "fallback after a: missing_key")
    assert states(found)[0] == ("a", 1, "missing_key")
    (work / ".env").write_text("AI_T_MODEL=a,nobody\n")
    found = document("t")
    assert (found["model"], found["reason"]) == (
        None,
        "nothing can answer: a has no key, nobody is not in the catalogue",
    )
    assert "not in the catalogue" in run_cli("route", "t").stdout


@pytest.mark.usefixtures("routed")
def test_a_share_of_zero_is_off(work):
    """It is shown, and never tried."""
    (work / ".env").write_text("AI_T_MODEL=0:a+100:b\n")
    assert states(document("t")) == [("a", None, "off"), ("b", 1, "chosen")]


@pytest.mark.usefixtures("routed")
def test_for_people():
    """A sheet and a table of the options."""
    result = run_cli("route", "t", env={"COLUMNS": "80"})
    assert result.stdout.splitlines()[:3] == [
        "t",
        "model    a (a)",
        "because  option 1 of 2, the largest share (80%)",
    ]
    assert "Tried  Option  Share  Model  State" in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["nothing"], 2, "there is no task 'nothing'"),
        ([], 2, "Missing argument"),
        (["t", ""], 2, "the prompt is empty"),
        (["t", "a", "b"], 2, "unexpected extra argument"),
    ],
)
@pytest.mark.usefixtures("routed")
def test_wrong_usage(args, code, words):
    """What cannot be meant is refused, with the right exit code."""
    result = run_cli("route", *args)
    assert result.exit_code == code
    assert words in result.stderr


def test_nothing_is_sent(routed):
    """There is nobody at the other end, and nobody is missed."""
    begin = time.monotonic()
    assert document("t", "Hello")["model"] == "a"
    assert time.monotonic() - begin < 5
    assert not list(Path(run_home()).rglob("cooldowns/*"))
    assert routed.exists()


def codes(*args: str) -> list[tuple[str, str]]:
    found = run_cli(*args, "--json").json
    task = found["task"] if "task" in found else found["tasks"][0]
    return [(problem["code"], problem["message"]) for problem in task["problems"]]


@pytest.mark.parametrize("args", [["info", "t"], ["list"]], ids=["info", "list"])
def test_chains_are_looked_at_before_they_are_needed(work, args):
    """The same provider twice, a smaller window, a lacking capability, a retired backup, a missing key: all are told."""
    project(
        work, URL, "abcd", {"t": "a,b,c,d,a"},
        b="lacks = ['vision']", c="retires = 2026-01-01", a="capabilities = ['vision']",
    )  # fmt: skip
    models = work / "models.toml"
    text = models.read_text().replace("context_window = 100_000\nretires", "context_window = 10_000\nretires")
    text = text.replace(
        'name = "D"\nwire = "openai"\nkey = "none"', 'name = "D"\nwire = "openai"\napi_key_env = ["D_API_KEY"]'
    )
    models.write_text(text)
    found = dict(codes(*args))
    assert set(found) == {"weaker_backup", "retired", "missing_key", "smaller_context", "same_provider"}
    assert found["weaker_backup"] == "option 2, b, lacks vision, which a has"
    assert found["same_provider"] == "option 5, a, is already tried before it: it fails when at-a does"
    assert "option 3, c, has a context window of 10,000 tokens, a has 100,000" in found["smaller_context"]


def test_problems_of_preferences_and_auto_are_told(work):
    """What only a preference or a tier leads to is looked at too."""
    text = '[tasks.t.preferences]\nfast = "old"\n[tasks.t.auto]\nsimple = "a"\ncomplex = "gone"\n'
    project(
        work,
        URL,
        ["a", "old", "gone"],
        {"t": "auto"},
        text,
        old="retires = 2026-01-01",
        gone="retires = 2026-02-01",
    )
    messages = [message for _, message in codes("info", "t")]
    assert messages == ["gone retired on 2026-02-01", "preference fast: old retired on 2026-01-01"]
    shown = run_cli("info", "t").stdout
    assert "preference  fast: old" in shown
    assert "simple: a, complex: gone" in shown
