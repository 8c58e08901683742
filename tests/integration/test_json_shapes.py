"""The JSON documents that scripts read: their keys are pinned, and money is written with its exact digits."""

import json
from decimal import Decimal

import pytest
from command_line import run_cli
from projects import SMALL, write

MODEL = {
    *("id", "name", "provider", "model_id", "aliases", "capabilities", "lacks", "context_window", "max_output"),
    *("price", "recommended", "status", "deprecated", "retires", "replacement", "ready", "tasks"),
}
PRICE = {"input", "output", "cache_read", "cache_write", "tiers", "changes", "peak"}
PRICE_ADDED = {"cache_write_1h", "cache_write_12h"}
TASK = {"task", "purpose", "env", "route", "model", "source", "shadowed", "problems"}
SOURCE = {"kind", "variable", "file", "line", "text"}
PROBLEM = {"code", "severity", "message"}
WORKLOAD = {
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "requests", "per"),
    *("estimated", "on"),
}
COST = {"model", "provider", "cost_usd", "relative", "best_for"}

TEXT = (
    SMALL
    + """
name = "Em"
capabilities = ["chat"]
context_window = 1_000
best_for = "All"
[models.m.price]
input = 0.10
output = 12.50
tiers = [{ above = 100, inclusive = true, input = 0.2 }]
changes = [{ from = 2027-01-01, output = 20 }, { from = 2027-02-01T08:00:00+01:00, output = 30 }]
peak = { days = "mon-fri", utc = ["01:00-04:00", "22:00-24:00"], input = 1e1 }
[models.n]
provider = "acme"
retires = 2027-03-01
deprecated = 2027-02-01
replacement = "m"
price = { input = 0.05, output = 0.05 }
[models.o]
provider = "acme"
[tasks.chat]
model = "n"
purpose = "Talk"
requires = ["chat"]
profile = { requests_per_day = 10, input_tokens = 1_000, output_tokens = 100, cache_share = 0.25 }
[scenarios.s]
title = "S"
model = "m"
"""
)


@pytest.fixture
def project(work):
    write(work, "models.toml", TEXT)
    write(work, ".env", "\nAI_CHAT_MODEL=100:m+0:nobody\n")
    return work


def document(*args: str, **options):
    """The document of a command, decimals as decimals."""
    result = run_cli(*args, "--json", "--on", "2026-11-23", **options)
    assert (result.exit_code, result.stderr) == (0, "")
    parsed = json.loads(result.stdout, parse_float=Decimal)
    assert parsed["schema"] == 1
    assert result.stdout.isascii()
    return parsed


def no_empty_text(value) -> bool:
    """Whether nothing in a document says "absent" by an empty text."""
    if isinstance(value, dict):
        return all(map(no_empty_text, value.values()))
    return all(map(no_empty_text, value)) if isinstance(value, list) else value != ""


@pytest.mark.usefixtures("project")
def test_list_has_its_keys():
    """`list` has the documented keys, no fewer and no others."""
    found = document("list", "--all")
    assert set(found) == {"schema", "models", "tasks", "providers", "scenarios"}
    assert {frozenset(model) for model in found["models"]} == {frozenset(MODEL)}
    assert set(found["models"][0]["price"]) == PRICE | PRICE_ADDED
    assert {frozenset(task) for task in found["tasks"]} == {frozenset(TASK)}
    assert set(found["tasks"][0]["source"]) == SOURCE
    assert set(found["tasks"][0]["shadowed"][0]) == {"value", "source"}
    assert set(found["tasks"][0]["problems"][0]) == PROBLEM
    assert set(found["providers"][0]) == {"id", "name", "wire", "base_url", "key_env", "ready", "problems"}
    assert set(found["scenarios"][0]) == {"id", "title", "model", "why"}
    assert no_empty_text(found)


@pytest.mark.usefixtures("project")
def test_list_has_a_models_values():
    """A model's values are those of the catalogue: unknown is null, dates are texts, rates are numbers."""
    first, second, third = document("list")["models"]
    assert first["price"] == {
        "input": Decimal("0.1"),
        "output": Decimal("12.5"),
        "cache_read": None,
        "cache_write": None,
        "cache_write_1h": None,
        "cache_write_12h": None,
        "tiers": [{"above": 100, "inclusive": True, "input": Decimal("0.2")}],
        "changes": [{"from": "2027-01-01", "output": 20}, {"from": "2027-02-01T07:00:00+00:00", "output": 30}],
        "peak": {"days": "mon-fri", "utc": ["01:00-04:00", "22:00-24:00"], "input": 10},
    }
    assert (first["tasks"], first["status"], first["ready"]) == (["chat"], "active", False)
    assert (second["retires"], second["deprecated"], second["replacement"]) == ("2027-03-01", "2027-02-01", "m")
    assert (third["price"], third["context_window"], third["aliases"]) == (None, None, [])


@pytest.mark.usefixtures("project")
def test_list_has_a_tasks_values():
    """A task's route, model, source and problems are told, and what the winner hides."""
    (task,) = document("list")["tasks"]
    assert task == {
        "task": "chat",
        "purpose": "Talk",
        "env": "AI_CHAT_MODEL",
        "route": "100:m+0:nobody",
        "model": "m",
        "source": {
            "kind": "file",
            "variable": "AI_CHAT_MODEL",
            "file": ".env",
            "line": 2,
            "text": "AI_CHAT_MODEL in .env:2",
        },
        "shadowed": [
            {
                "value": "n",
                "source": {
                    "kind": "catalogue",
                    "variable": None,
                    "file": "models.toml",
                    "line": 29,
                    "text": "tasks.chat.model in models.toml:29",
                },
            }
        ],
        "problems": [
            {"code": "missing_key", "severity": "warning", "message": "m has no key: set ACME_API_KEY"},
            {"code": "unknown_model", "severity": "error", "message": "nobody is not in the catalogue"},
        ],
    }


def test_sources_have_a_kind():
    """The environment has no file, and the embedded catalogue neither file nor variable."""
    found = document("list", env={"AI_CHAT_MODEL": "nobody"})["tasks"]
    assert found[0]["source"] == {
        "kind": "environment",
        "variable": "AI_CHAT_MODEL",
        "file": None,
        "line": None,
        "text": "AI_CHAT_MODEL in the environment",
    }
    assert found[0]["model"] is None
    assert found[1]["source"] == {
        "kind": "catalogue",
        "variable": None,
        "file": None,
        "line": None,
        "text": "the embedded catalogue",
    }


@pytest.mark.usefixtures("project")
def test_cost_has_its_keys():
    """`cost` has the documented keys and its default workload."""
    found = document("cost")
    assert set(found) == {"schema", "workload", "reference", "costs", "notes"}
    assert found["workload"] == {
        "input_tokens": 75_000,
        "output_tokens": 25_000,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
        "requests": 1,
        "per": None,
        "estimated": False,
        "on": "2026-11-23T12:00:00+00:00",
    }
    assert {frozenset(row) for row in found["costs"]} == {frozenset(COST)}
    assert found["reference"] == "m"
    assert [(row["model"], row["cost_usd"]) for row in found["costs"]] == [
        ("n", Decimal("0.005")),
        ("m", Decimal("0.3275")),
        ("o", None),
    ]
    assert [row["relative"] for row in found["costs"]] == [Decimal("0.0152672"), 1, None]


@pytest.mark.usefixtures("project")
def test_cost_of_the_tasks_has_a_task_and_a_total():
    """With --assigned there are tasks and a total, and no workload of one request."""
    found = document("cost", "--assigned")
    assert set(found) == {"schema", "workload", "reference", "costs", "notes", "total_usd"}
    assert set(found["costs"][0]) == COST | {"task"}
    assert found["workload"] == {
        **dict.fromkeys(WORKLOAD),
        "per": "month",
        "estimated": False,
        "on": "2026-11-23T12:00:00+00:00",
    }
    # 300 requests: 1000 in by the tier at 0.2, of which 250 from a cache without a rate of its own; 100 out at 12.5
    assert found["total_usd"] == Decimal("0.435")


@pytest.mark.usefixtures("project")
def test_info_of_a_model_has_its_keys():
    """`info MODEL` has what `list` has, where it is from, and cheaper models."""
    found = document("info", "m")
    assert set(found) == {"schema", "model"}
    documented = MODEL | {"source", "checked", "best_for", "key_env", "base_url", "cheaper"}
    added = {"certainty", "notes", "max_input", "released", "knowledge_cutoff", "base_url_source", "problems"}
    assert set(found["model"]) == documented | added
    assert (found["model"]["key_env"], found["model"]["base_url"]) == (
        "ACME_API_KEY",
        "https://api.acme.example/v1",
    )
    assert no_empty_text(found)


def test_cheaper_models_have_their_keys():
    """Each cheaper model is named with its cost for the typical workload."""
    cheaper = document("info", "claude-opus-5-5")["model"]["cheaper"]
    assert set(cheaper[0]) == {"model", "provider", "cost_usd", "relative"}
    assert sorted(item["cost_usd"] for item in cheaper) == [item["cost_usd"] for item in cheaper]


@pytest.mark.usefixtures("project")
def test_info_of_a_task_has_its_keys():
    """`info TASK` has what `list` has, what the task asks for, and what a month costs."""
    found = document("info", "chat")
    assert set(found) == {"schema", "task"}
    assert set(found["task"]) == TASK | {
        "requires",
        "min_context",
        "max_price",
        "profile",
        "monthly_usd",
        "preferences",
        "auto",
    }
    assert found["task"]["profile"] == {
        "requests_per_day": 10,
        "input_tokens": 1000,
        "output_tokens": 100,
        "cache_share": Decimal("0.25"),
    }
    assert found["task"]["monthly_usd"] == Decimal("0.435")


@pytest.mark.parametrize(
    ("args", "digits"),
    [
        (("--input", "1"), "0.0000001"),
        (("--input", "1", "--requests", "3"), "0.0000003"),
        (("--output", "10M"), "125"),
        (("--output", "1", "--requests", "80k"), "1"),
        (("--input", "1B", "--requests", "1_000_000_000"), "200000000000"),
        (("--output", "123456789123456789"), "1543209864043.2098625"),
    ],
)
@pytest.mark.usefixtures("project")
def test_money_is_a_number_with_its_exact_digits(args, digits):
    """A cost is written out in full: no exponent, no rounding, no zeros at its end."""
    result = run_cli("cost", "m", *args, "--json", "--on", "2026-11-23")
    assert f'"cost_usd": {digits},' in result.stdout


def test_an_error_has_its_keys(work):
    """What goes wrong is one object with a kind, a message, a hint and problems."""
    write(work, "models.toml", "x = 1\n[models.m]\nprovider = 'openia'\n")
    result = run_cli("list", "--json")
    assert result.exit_code == 3
    assert result.json == {
        "schema": 1,
        "error": {
            "kind": "catalogue",
            "message": "2 problems in models.toml",
            "hint": None,
            "problems": [
                {"file": "models.toml", "line": 1, "key": "x", "message": "unknown key", "hint": None},
                {
                    "file": "models.toml",
                    "line": 3,
                    "key": "models.m.provider",
                    "message": "there is no provider 'openia'",
                    "hint": "did you mean openai?",
                },
            ],
        },
    }
    assert (
        "models.toml:3: models.m.provider: there is no provider 'openia' (did you mean openai?)" in result.stderr
    )
