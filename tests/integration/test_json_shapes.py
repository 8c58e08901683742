"""The JSON documents that scripts read: the types are the documented ones, and what is printed is as they say."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from command_line import run_cli
from contract import conforming, contract, keys_of, optional_keys_of
from model_server import ModelServer, by_model, model_server, refusing, saying
from mypy import api as mypy
from projects import SMALL, write

from model_manager.core.pricing import RATE_NAMES
from model_manager.rendering import documents

MODEL = {
    *("id", "name", "provider", "model_id", "aliases", "capabilities", "lacks", "context_window", "max_output"),
    *("price", "recommended", "status", "deprecated", "retires", "replacement", "ready", "tasks", "degraded"),
}
RATES = {"input", "output", "cache_read", "cache_write", "cache_write_1h", "cache_write_12h", "request"}
TASK = {"task", "purpose", "env", "route", "model", "source", "shadowed", "problems", "example"}
WORKLOAD = {
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"),
    *("cache_write_1h_tokens", "cache_write_12h_tokens", "requests", "per", "estimated", "on"),
}
RESULT = {
    *("task", "route", "reason", "failures"),
    *(
        "model",
        "provider",
        "model_id",
        "served_model",
        "match",
        "ok",
        "finish_reason",
        "text",
        "tool_calls",
        "usage",
    ),
    *(
        "cost_usd",
        "cost_source",
        "latency_ms",
        "ttft_ms",
        "tokens_per_second",
        "attempts",
        "request_id",
        "key_env",
    ),
    *("warnings", "error"),
    *(
        "reasoning",
        "refusal",
        "refusal_reason",
        "citations",
        "logprobs",
        "upstream_provider",
        "service_tier",
        "headers",
    ),
}
DIMENSIONS = {"task", "model", "provider", "day", "hour", "arm", "error", "project"}
FIGURES = {
    *("calls", "failed", "cancelled", "fallbacks", "input_tokens", "output_tokens", "cache_read_tokens"),
    *("cache_write_tokens", "reasoning_tokens", "estimated_calls", "unpriced_calls", "cost_usd", "latency_ms"),
    *("ttft_ms", "tokens_per_second", "retries"),
}
#: The fields of every object that scripts may rely on. None may ever go or be renamed.
DOCUMENTED = {
    "ListDocument": {"schema", "models", "tasks", "providers", "scenarios", "facts", "next", "total"},
    "ModelObject": MODEL,
    "PriceObject": RATES | {"tiers", "changes", "peak"},
    "TierObject": RATES | {"above", "inclusive"},
    "PriceChangeObject": RATES | {"from"},
    "PeakObject": RATES | {"days", "utc"},
    "TaskObject": TASK,
    "SourceObject": {"kind", "variable", "file", "line", "text"},
    "ShadowedObject": {"value", "source"},
    "FindingObject": {"code", "severity", "message"},
    "ProviderObject": {"id", "name", "wire", "base_url", "key_env", "ready", "problems"},
    "ScenarioObject": {"id", "title", "model", "why"},
    "ModelInfoDocument": {"schema", "model"},
    "ModelInfoObject": MODEL
    | {"source", "checked", "best_for", "key_env", "base_url", "cheaper"}
    | {"certainty", "notes", "max_input", "released", "knowledge_cutoff", "base_url_source", "problems", "lately"}
    | {"moves"},
    "MoveObject": {"task", "route"},
    "LatelyObject": FIGURES | {"since", "days", "errors", "earlier_days", "earlier"},
    "CheaperObject": {"model", "provider", "cost_usd", "relative"},
    "TaskInfoDocument": {"schema", "task"},
    "TaskInfoObject": TASK
    | {"requires", "min_context", "max_price", "profile", "monthly_usd", "measured", "preferences", "auto"}
    | {"moved"},
    "MeasuredObject": {
        *("since", "days", "calls", "calls_per_day", "input_tokens", "output_tokens", "cache_share"),
        *("monthly_usd", "unpriced_calls", "latency_ms", "profile_toml"),
    },
    "MeasuredLatencyObject": {"p50", "p95"},
    "ProfileObject": {"requests_per_day", "input_tokens", "output_tokens", "cache_share"},
    "AutoObject": {"models", "thresholds", "weights"},
    "CostDocument": {
        *("schema", "workload", "reference", "costs", "notes", "total_usd", "known_usd", "unknown_tasks"),
    },
    "WorkloadObject": WORKLOAD,
    "CostObject": {
        *("model", "provider", "task", "measured", "cost_usd", "relative", "best_for", "exceeds", "tier"),
        *("input_usd", "output_usd", "request_usd"),
    },
    "ExceededLimitObject": {"limit", "tokens"},
    "TierReachedObject": {"above", "smaller_tokens", "smaller_usd"},
    "TestDocument": {"schema", "results", "passed", "failed", "cost_usd", "repetitions"},
    "TestResultObject": RESULT,
    "ToolCallObject": {"id", "name", "arguments"},
    "UsageObject": {
        *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
        "estimated",
    },
    "CallErrorObject": {"kind", "status", "message", "hint", "retry_after_s"},
    "RepetitionObject": {"model", "runs", "passed", "latency_ms", "ttft_ms"},
    "SpreadObject": {"min", "median", "p95"},
    "ProbeDocument": {"schema", "probes", "worst_case_usd", "cost_usd"},
    "ProbeObject": {"model", "provider", "model_id", "capabilities", "cost_usd", "key_env", "warnings", "toml"},
    "CapabilityObject": {"capability", "catalogue", "found", "relation", "evidence", "error"},
    "CurlDocument": {"schema", "curl"},
    "ArmsDocument": {
        *("schema", "task", "metric", "since", "until", "sample_ratio", "arms", "verdict", "notes"),
    },
    "SampleRatioObject": {"p", "ok"},
    "ArmObject": {
        *("arm", "model", "percent", "users", "calls", "failures", "cost_usd", "cost_per_call_usd", "latency_ms"),
        *("scores", "difference"),
    },
    "DifferenceObject": {"cost", "latency", "failures", "scores"},
    "ChangeObject": {"relative", "low", "high", "clear"},
    "VerdictObject": {"winner", "text", "users_needed", "assign"},
    "InitDocument": {"schema", "tasks", "keys", "files", "code", "lists", "assign", "warnings", "written"},
    "ProposedAssignmentObject": {"task", "route"},
    "ProposedTaskObject": {"task", "purpose", "env", "model", "replaces", "why", "requires", "found", "notes"},
    "ModelListObject": {"file", "line", "end_line", "models"},
    "FoundObject": {"file", "line", "text"},
    "FoundKeyObject": {"variable", "provider", "file"},
    "FileDiffObject": {"file", "diff"},
    "CodeChangeObject": {"file", "line", "old", "new"},
    "AssignDocument": {
        *("schema", "file", "changes", "diff", "written", "models_diff", "warnings", "monthly_delta_usd"),
    },
    "VariableChangeObject": {"variable", "old", "new"},
    "AssignmentChangeObject": {"at", "by", "via", "variable", "old", "new", "file", "undoes", "undone"},
    "HistoryDocument": {"schema", "task", "history", "can_undo", "warnings"},
    "CheckDocument": {"schema", "on", "findings", "errors", "warnings", "ignored"},
    "CheckFindingObject": {"code", "severity", "message", "file", "line", "column", "task", "model", "fix"},
    "CheckRulesDocument": {"schema", "rules"},
    "CheckRuleObject": {"code", "name", "severity", "title", "explanation", "mend", "bad", "good"},
    "RouteDocument": {
        *("schema", "task", "route", "source", "preference", "user", "model", "provider", "reason", "complexity"),
        *("options", "problems"),
    },
    "RouteOptionObject": {
        *("option", "percent", "name", "model", "provider", "order", "state", "cooling_s", "message"),
    },
    "ComplexityObject": {"score", "tier", "signals"},
    "UsageDocument": {
        *("schema", "since", "until", "timezone", "by", "rows", "totals", "projected_month_usd", "budgets"),
        *("unrecorded_calls", "errors", "fallbacks", "served", "what_if", "notes", "calls", "repriced"),
    },
    "UsageRowObject": FIGURES | DIMENSIONS,
    "FiguresObject": FIGURES,
    "PercentilesObject": {"p50", "p95", "p99"},
    "ErrorCountObject": {"error", "calls"},
    "FallbackCountObject": {"task", "option", "calls"},
    "ServedCountObject": {"model", "served_model", "calls"},
    "WhatIfObject": {"route", "cost_usd", "low_usd", "high_usd", "relative", "calls", "cannot", "reasons"},
    "ReasonCountObject": {"reason", "calls"},
    "CallObject": {
        *("call", "position", "at", "project", "process", "kind", "task", "preference", "route", "option", "arm"),
        *("user", "provider", "model", "model_id", "served_model", "match", "outcome", "error_kind", "status"),
        *("finish_reason", "stream", "attempts", "usage", "cost_usd", "cost_source", "price_checked", "needs"),
        *("latency_ms", "ttft_ms", "request_id"),
    },
    "OverviewDocument": {
        *(
            "schema",
            "since",
            "until",
            "timezone",
            "period_hours",
            "ledger",
            "today",
            "month",
            "projected_month_usd",
        ),
        *(
            "totals",
            "before",
            "tasks",
            "periods",
            "models",
            "errors",
            "unrecorded_calls",
            "splits",
            "problems",
            "calls",
        ),
    },
    "LedgerStateObject": {"path", "state", "message", "hint"},
    "OverviewTaskObject": FIGURES | {"task", "others"},
    "OverviewPeriodObject": FIGURES | {"start", "costs_by_task"},
    "ModelProblemObject": {"model", "code", "severity", "message"},
    "RepricedObject": {"calls", "cost_usd", "unpriced_calls"},
    "LedgerDocument": {"schema", "path", "exists", "removed_rows", "backup", "backup_bytes"},
    "ScoreDocument": {"schema", "call", "name", "value", "recorded"},
    "FactsObject": {"compared", "problems"},
    "UpdateDocument": {"schema", "sources", "changes", "new_models", "warnings", "file", "written"},
    "UpdateSourceObject": {"name", "url", "fetched", "sha256", "models", "error"},
    "FactChangeObject": {"model", "field", "old", "new", "sources", "certainty", "held", "chosen"},
    "NewModelObject": {"provider", "model_id", "sources"},
    "CompletionStatusDocument": {"schema", "shells"},
    "InstalledScriptObject": {"shell", "path", "installed", "current"},
    "CompletionScriptDocument": {"schema", "shell", "script"},
    "CompletionInstallDocument": {"schema", "shell", "path", "written", "replaced", "startup_file"},
    "ExportDocument": {
        *("schema", "format", "dialect", "text", "variables", "lost", "warnings", "file", "written"),
    },
    "LossObject": {"subject", "message"},
    "ErrorDocument": {"schema", "error"},
    "ErrorObject": {"kind", "message", "hint", "problems"},
    "ProblemObject": {"file", "line", "key", "message", "hint"},
}
#: The fields that are there in some cases only; all others always are, and null where there is nothing to say.
OPTIONAL = {
    **dict.fromkeys(("TierObject", "PriceChangeObject", "PeakObject", "StatedRates"), RATES),
    "ListDocument": {"next", "total"},
    "CostDocument": {"total_usd", "known_usd", "unknown_tasks"},
    "CostObject": {"task", "measured"},
    "TestDocument": {"repetitions"},
    "UsageDocument": {"calls", "repriced"},
    "UsageRowObject": DIMENSIONS,
    "LedgerDocument": {"removed_rows", "backup", "backup_bytes"},
}
ROOT = Path(__file__).parents[2]
FOLDER = Path(documents.__file__).parent
TASKS = """
[tasks.chat]
model = "auto"
auto = { simple = "m", moderate = "m", complex = "n" }
[tasks.coding]
model = "m"
"""
SCRIPTS = {"m": saying("Hello."), "n": refusing(500, "oops")}

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


def document(name: str, *args: str, **options):
    """The document of a command, which has to be as its type says; decimals as decimals."""
    result = run_cli(*args, "--json", "--on", "2026-11-23", **options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.isascii()
    return conforming(result.stdout, name)


def no_empty_text(value) -> bool:
    """Whether nothing in a document says "absent" by an empty text."""
    if isinstance(value, dict):
        return all(map(no_empty_text, value.values()))
    return all(map(no_empty_text, value)) if isinstance(value, list) else value != ""


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_types_are_as_documented(name):
    """Every object has the documented fields, and leaves out only those that are documented as optional."""
    assert keys_of(name) == DOCUMENTED[name]
    assert optional_keys_of(name) == OPTIONAL.get(name, set())


def test_rates_have_one_set_of_names():
    """The rates that a row of a price states are those of the type, which the builder takes on trust."""
    assert keys_of("StatedRates") == set(RATE_NAMES) == RATES


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_builders_are_typed(module):
    """Every public function that builds a document or a part of one returns a type of the contract."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.endswith(("_document", "_object")):
            assert node.returns
            returned = ast.literal_eval(node.returns).split(" | ")
            assert {*returned} - {"None"} <= contract().keys(), node.name


WRONG = """
from model_manager.rendering.documents.types.problems import FindingObject


def missing() -> FindingObject:
    return {"code": "x", "severity": "error"}


def misspelt() -> FindingObject:
    return {"code": "x", "severity": "error", "message": "m", "massage": "m"}


def of_another_type() -> FindingObject:
    return {"code": "x", "severity": "error", "message": None}


def of_another_word() -> FindingObject:
    return {"code": "x", "severity": "fatal", "message": "m"}


def right() -> FindingObject:
    return {"code": "x", "severity": "error", "message": "m"}
"""


def test_a_builder_that_drifts_does_not_type_check(work):
    """A field that is missing, misspelt, of another type or of an unknown word is an error for mypy, and nothing else is."""
    write(work, "builder.py", WRONG)
    # With the package's own options and cache: mypy reads nothing twice.
    options = [f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}"]
    said, _, status = mypy.run([*options, "--no-error-summary", "--follow-imports=silent", "builder.py"])
    assert status == 1
    assert [line.partition(": error:")[0] for line in said.splitlines()] == [
        f"builder.py:{number}" for number in (6, 10, 14, 18)
    ]


@pytest.mark.usefixtures("project")
def test_list_says_nothing_by_an_empty_text():
    """What is absent is null in `list`, never an empty text."""
    assert no_empty_text(document("ListDocument", "list", "--all"))


@pytest.mark.usefixtures("project")
def test_list_has_a_models_values():
    """A model's values are those of the catalogue: unknown is null, dates are texts, rates are numbers."""
    first, second, third = document("ListDocument", "list")["models"]
    assert first["price"] == {
        "input": Decimal("0.1"),
        "output": Decimal("12.5"),
        "cache_read": None,
        "cache_write": None,
        "cache_write_1h": None,
        "cache_write_12h": None,
        "request": None,
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
    (task,) = document("ListDocument", "list")["tasks"]
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
        "example": False,
    }


def test_sources_have_a_kind():
    """The environment has no file, and the embedded catalogue neither file nor variable."""
    found = document("ListDocument", "list", env={"AI_CHAT_MODEL": "nobody"})["tasks"]
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
def test_cost_has_its_default_workload():
    """`cost` prices its default workload, without tasks and total."""
    found = document("CostDocument", "cost")
    assert set(found) == {"schema", "workload", "reference", "costs", "notes"}
    assert found["workload"] == {
        "input_tokens": 75_000,
        "output_tokens": 25_000,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
        "cache_write_1h_tokens": 0,
        "cache_write_12h_tokens": 0,
        "requests": 1,
        "per": None,
        "estimated": False,
        "on": "2026-11-23T12:00:00+00:00",
    }
    assert {"task" in row for row in found["costs"]} == {False}
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
    found = document("CostDocument", "cost", "--assigned")
    assert set(found) == {
        *("schema", "workload", "reference", "costs", "notes", "total_usd", "known_usd", "unknown_tasks"),
    }
    assert found["costs"][0]["task"] == "chat"
    assert found["workload"] == {
        **dict.fromkeys(WORKLOAD),
        "per": "month",
        "estimated": False,
        "on": "2026-11-23T12:00:00+00:00",
    }
    # 300 requests: 1000 in by the tier at 0.2, of which 250 from a cache without a rate of its own; 100 out at 12.5
    assert (found["total_usd"], found["known_usd"], found["unknown_tasks"]) == (
        Decimal("0.435"),
        Decimal("0.435"),
        0,
    )
    (row,) = found["costs"]
    assert (row["input_usd"], row["output_usd"], row["request_usd"]) == (Decimal("0.06"), Decimal("0.375"), 0)
    assert row["tier"]["smaller_usd"] is not None


@pytest.mark.usefixtures("project")
def test_info_of_a_model_says_where_it_is_called():
    """`info MODEL` names the variable of the key and the base URL, and is empty nowhere."""
    found = document("ModelInfoDocument", "info", "m")
    assert (found["model"]["key_env"], found["model"]["base_url"]) == (
        "ACME_API_KEY",
        "https://api.acme.example/v1",
    )
    assert no_empty_text(found)


def test_cheaper_models_come_by_their_cost():
    """Cheaper models are ordered by their cost for the typical workload, legacy ones after all others."""
    cheaper = document("ModelInfoDocument", "info", "claude-opus-5-5")["model"]["cheaper"]
    legacy = {model["id"] for model in document("ListDocument", "list")["models"] if model["status"] == "legacy"}
    assert legacy.intersection(item["model"] for item in cheaper)
    keys = [(item["model"] in legacy, item["cost_usd"]) for item in cheaper]
    assert sorted(keys) == keys


@pytest.mark.usefixtures("project")
def test_info_of_a_task_says_what_it_costs():
    """`info TASK` has the typical work of the task, and what a month costs."""
    found = document("TaskInfoDocument", "info", "chat")
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
    conforming(result.stdout, "ErrorDocument")
    assert result.json == {
        "schema": 1,
        "error": {
            "kind": "catalogue",
            "message": "2 problems in models.toml",
            "hint": "correct the file, then run the command again",
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


@pytest.fixture(scope="module")
def models() -> Iterator[ModelServer]:
    with model_server(by_model(SCRIPTS)) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "args", "exit_code"),
    [
        ("TestDocument", ["test", "-m", "m", "-m", "n", "--retries", "0"], 5),
        ("TestDocument", ["test", "m", "--repeat", "2"], 0),
        ("CurlDocument", ["test", "m", "--curl"], 0),
        ("ProbeDocument", ["test", "m", "--probe"], 0),
        ("RouteDocument", ["route", "chat", "Hello"], 0),
        ("RouteDocument", ["route", "coding", "--user", "u"], 0),
        ("AssignDocument", ["assign", "chat", "m", "--dry-run"], 0),
        ("AssignDocument", ["assign", "chat", "m"], 0),
        ("InitDocument", ["init"], 0),
        ("InitDocument", ["init", "--yes"], 0),
        ("CompletionStatusDocument", ["completion"], 0),
        ("CompletionScriptDocument", ["completion", "bash"], 0),
        ("CompletionInstallDocument", ["completion", "zsh", "--install"], 0),
        ("ExportDocument", ["export", "litellm"], 0),
        ("ExportDocument", ["export", "shell", "-o", "shell.env"], 0),
        ("ErrorDocument", ["assign", "chat", "nobody"], 1),
    ],
    ids=str,
)
def test_a_command_prints_its_type(work, models, name, args, exit_code):
    """What a command prints has all fields of its type, no others, and values of their types."""
    models.project(work, *SCRIPTS)
    for name_of_file, more in (("models.toml", TASKS), (".env", "\nAI_CODING_MODEL=90:m+10:n,nobody\n")):
        with (work / name_of_file).open("a") as file:
            file.write(more)
    write(work, "app.py", 'def answer():\n    ask("gpt-4")\n')
    result = run_cli(*args, "--json")
    assert result.exit_code == exit_code, result.stderr
    assert no_empty_text(conforming(result.stdout, name))
