"""`model-manager usage`: its JSON, CSV, line and tables, what it refuses, and what it does to the ledger itself."""

import csv
import io
import json
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest.mock import ANY

import pytest
from command_line import environment, run_cli, run_in_terminal
from contract import conforming
from ledger_calls import a_context, a_reply, read_all, write_records

from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.ledger.records import record_of_error, record_of_reply

NOW = datetime.now(UTC)
TODAY = NOW.replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def ledger(clean_machine):
    """A ledger with two tasks, a fallback after a failure, a call without a price, and another model's answer."""
    path = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    path.parent.mkdir(parents=True)
    failed = a_context(moment=TODAY, route="claude-haiku-5-5,gpt-6-luna")
    rescued = a_context(
        call=failed.call,
        moment=TODAY,
        position=1,
        option=1,
        model="gpt-6-luna",
        provider="openai",
        model_id="gpt-6-luna",
    )
    first, second, third = (
        a_context(moment=TODAY + timedelta(seconds=number), task="code") for number in range(3)
    )
    usage = Usage(input_tokens=2000, output_tokens=50, cache_read_tokens=1000, estimated=True)
    write_records(
        path,
        [
            record_of_error(failed, ProviderError("overloaded", "no", status=529)),
            record_of_reply(rescued, a_reply(rescued, cost_usd=Decimal("0.000000000001"))),
            record_of_reply(first, a_reply(first)),
            record_of_reply(second, a_reply(second, usage=usage, cost_usd=None, cost_source=None)),
            record_of_reply(third, a_reply(third, served_model="claude-tiny", match="different")),
        ],
    )
    return path


@pytest.mark.usefixtures("ledger")
def test_the_document_has_the_shape_of_the_contract():
    """Rows, totals, projection, and what is not counted, with money to the last digit."""
    result = run_cli("usage", "--json", "--timezone", "UTC")
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout, parse_float=Decimal)
    assert set(document) == {
        "schema", "since", "until", "timezone", "by", "rows", "totals", "projected_month_usd", "budgets",
        "unrecorded_calls", "errors", "fallbacks", "served", "what_if", "notes",
    }  # fmt: skip
    code, chat = document["rows"]
    assert set(chat) == {
        "task", "calls", "failed", "cancelled", "fallbacks", "retries", "input_tokens", "output_tokens", "cache_read_tokens",
        "cache_write_tokens", "reasoning_tokens", "estimated_calls", "unpriced_calls", "cost_usd", "latency_ms",
        "ttft_ms", "tokens_per_second",
    }  # fmt: skip
    assert (chat["task"], chat["calls"], chat["failed"], chat["fallbacks"]) == ("chat", 2, 1, 1)
    assert (code["calls"], code["unpriced_calls"], code["estimated_calls"], code["cache_read_tokens"]) == (
        3,
        1,
        1,
        1000,
    )
    assert (chat["cost_usd"], code["cost_usd"]) == (Decimal("0.000000000001"), Decimal("0.003"))
    assert document["totals"]["cost_usd"] == Decimal("0.003000000001")
    assert document["errors"] == [{"error": "overloaded", "calls": 1}]
    assert document["fallbacks"] == [{"task": "chat", "option": 1, "calls": 1}]
    assert document["served"] == [{"model": "claude-haiku-5-5", "served_model": "claude-tiny", "calls": 1}]
    assert document["budgets"] == []


@pytest.mark.usefixtures("ledger")
def test_several_dimensions_have_a_key_each():
    """Each --by has its name in a row; what there is none of is null."""
    rows = run_cli("usage", "--json", "--by", "model", "--by", "error", "--by", "day").json["rows"]
    assert {(row["model"], row["error"]) for row in rows} == {
        ("claude-haiku-5-5", None), ("claude-haiku-5-5", "overloaded"), ("gpt-6-luna", None),
    }  # fmt: skip
    assert sum(row["calls"] for row in rows) == 5


@pytest.mark.usefixtures("ledger")
def test_csv_has_the_rows_of_the_document():
    """A header and a line a row, which other programs read."""
    result = run_cli("usage", "--csv", "--by", "task", "--by", "provider")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["task"] for row in rows] == ["code", "chat", "chat"]
    assert sum(Decimal(row["cost_usd"] or 0) for row in rows) == Decimal("0.003000000001")
    assert rows[0]["latency_ms_p50"]


@pytest.mark.usefixtures("ledger")
def test_calls_are_listed_the_newest_first():
    """--calls lists single calls in JSON, CSV and a table."""
    calls = run_cli("usage", "--calls", "2", "--json").json["calls"]
    assert [call["served_model"] for call in calls] == ["claude-tiny", None]
    assert calls[1]["usage"]["estimated"] is True
    assert calls[1]["cost_usd"] is None
    rows = list(csv.DictReader(io.StringIO(run_cli("usage", "--calls", "9", "--csv").stdout)))
    assert [row["outcome"] for row in rows].count("failed") == 1
    assert "overloaded" in run_cli("usage", "--calls", "9").stdout


@pytest.mark.usefixtures("ledger")
def test_one_line_for_a_status_bar():
    """--line has cost, calls, failures and the projection in one line."""
    result = run_cli("usage", "--line")
    (line,) = result.lines
    assert line.startswith("$0.003")
    assert "5 calls · 1 failed · 1 without a price" in line


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 140, 180])
def test_no_number_is_cut_or_broken(clean_machine, columns):
    """However narrow the terminal, a number stands whole in one line, and a name goes on in the next one."""
    path = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    path.parent.mkdir(parents=True)
    usage = Usage(input_tokens=713_490_000, output_tokens=207_650_000, cache_read_tokens=600_000_000)
    records = []
    for model in ("claude-opus-4-20250514", "gemini-3.1-pro-preview"):
        context = a_context(moment=TODAY, model=model, provider="azure-ai-foundry", position=1, option=1)
        reply = a_reply(context, usage=usage, cost_usd=Decimal("9876.54"), latency_ms=123_456.0, ttft_ms=98_765.0)
        unpriced = a_reply(
            context, usage=Usage(input_tokens=0, output_tokens=0), cost_usd=None, latency_ms=123_456.0
        )
        records += [record_of_reply(context, reply), record_of_reply(context, unpriced)]
    write_records(path, records)
    code, shown = run_in_terminal(
        "usage", "--by", "provider", "--by", "model", columns=columns, rows=60, env={"NO_COLOR": "1"}
    )
    lines = shown.replace("\r", "").splitlines()
    assert code == 0
    assert max(map(len, lines)) <= columns
    for number in ("$9,876.54+?", *(("713.49M", "207.65M") if columns > 60 else ())):
        assert sum(number in line for line in lines) == 2, shown
    text = "".join("".join(line[: columns // 2].split()) for line in lines)
    assert "azure" in text
    assert "…" not in shown


@pytest.mark.usefixtures("ledger")
def test_rows_of_a_period_have_no_course_of_time():
    """A day's row has no sparkline of all days, and what is filtered is named where nothing is found."""
    assert "Over time" in run_cli("usage").stdout
    assert "Over time" not in run_cli("usage", "--by", "day").stdout
    assert "No calls of task nope are recorded in" in run_cli("usage", "--task", "nope").stdout


@pytest.mark.parametrize("columns", [80, 140])
@pytest.mark.usefixtures("ledger")
def test_tables_fit_a_terminal(columns):
    """No line is longer than the terminal is wide, and no name or number is cut."""
    code, shown = run_in_terminal("usage", "--by", "model", columns=columns, env={"NO_COLOR": "1"})
    lines = shown.replace("\r", "").splitlines()
    assert code == 0
    assert max(map(len, lines)) <= columns
    assert any("claude-haiku-5-5" in line and "$0.003" in line for line in lines)
    assert "…" not in shown
    assert "Fallbacks: chat option 2 1" in shown


def test_an_empty_ledger_says_how_calls_get_into_it():
    """Before the first call there is no file, no error, and a hint."""
    result = run_cli("usage")
    assert result.exit_code == 0
    assert "AIService" in result.stdout
    assert run_cli("usage", "--json").json["totals"]["calls"] == 0


def test_a_file_that_a_full_disk_left_empty_is_a_ledger_without_calls(ledger):
    """An empty file is no broken ledger: nothing is recorded yet, and the next call fills it."""
    ledger.write_bytes(b"")
    assert run_cli("usage", "--json").json["totals"]["calls"] == 0
    assert run_cli("cost", "--assigned").stderr.count(str(ledger)) == 0


@pytest.mark.usefixtures("ledger")
def test_a_filter_that_matches_nothing_is_named():
    """Without a call of the task or the project, the words say which one was asked for."""
    assert "No calls of task caht are recorded in" in run_cli("usage", "--task", "caht").stdout
    both = run_cli("usage", "--task", "chat", "--project", "shop").stdout
    assert "No calls of task chat of project shop are recorded in" in both


def test_a_ledger_that_cannot_be_read_is_named(ledger):
    """A broken file ends with exit code 3 and its name, whatever is asked."""
    ledger.write_bytes(b"not a database" * 500)
    for arguments in ((), ("--line",), ("--calls", "3"), ("--backup", "copy.db"), ("--prune",)):
        result = run_cli("usage", *arguments)
        assert (result.exit_code, result.stdout) == (3, "")
        assert str(ledger) in result.stderr
    assert run_cli("usage", "--json").json["error"]["kind"] == "ledger"


def test_off_is_said():
    """Where nothing is recorded `usage` says so rather than show nothing."""
    result = run_cli("usage", env={"MODEL_MANAGER_LEDGER": "off"})
    assert result.exit_code == 3
    assert "MODEL_MANAGER_LEDGER is off" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--by", "colour"], "--by: 'colour' is not one of task, model"),
        (["--since", "soon"], "--since: 'soon' is not a valid time"),
        (["--timezone", "Mars"], "--timezone: there is no time zone"),
        (["--ledger", "gone.db"], "--ledger gone.db: there is no such file"),
        (["--what-if", "no-such-model"], "no model 'no-such-model'"),
        (["--what-if", "auto"], "--what-if auto: auto chooses by the prompt"),
        (["--json", "--csv"], "exclude each other"),
    ],
)
@pytest.mark.usefixtures("ledger")
def test_what_cannot_be_asked_is_refused(arguments, words):
    """A wrong word, time, zone, file or route is wrong usage, with the option's name."""
    result = run_cli("usage", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.usefixtures("ledger")
def test_a_broken_catalogue_does_not_hide_what_was_spent(work):
    """`usage` needs no catalogue but for --what-if."""
    (work / "models.toml").write_text("[[[")
    assert run_cli("usage", "--json").json["totals"]["calls"] == 5
    assert run_cli("usage", "--what-if", "gpt-6-luna").exit_code == 3


@pytest.mark.usefixtures("ledger")
def test_what_if_compares_routes_and_ranks_all_models():
    """Routes stand in the order that was asked for; all models with the cheapest first."""
    results = run_cli("usage", "--json", "--what-if", "claude-opus-5-5", "--what-if", "gpt-6-luna").json["what_if"]
    assert [result["route"] for result in results] == ["claude-opus-5-5", "gpt-6-luna"]
    for result in results:
        assert result["low_usd"] <= result["cost_usd"] <= result["high_usd"]
        assert result["calls"] == 4
    ranked = run_cli("usage", "--json", "--what-if", "all", "--task", "chat").json["what_if"]
    costs = [result["cost_usd"] for result in ranked if result["cost_usd"] is not None]
    assert len(costs) > 10
    assert costs == sorted(costs)


@pytest.mark.parametrize("arguments", [("--what-if", "--task", "chat"), ("--task", "chat", "--what-if")])
@pytest.mark.usefixtures("ledger")
def test_what_if_without_a_route_ranks_all_models(arguments):
    """At the end or before another option, --what-if needs no route: it is the same as `all`."""
    everything = run_cli("usage", "--json", "--what-if", "all", "--task", "chat").json["what_if"]
    assert run_cli("usage", "--json", *arguments).json["what_if"] == everything
    both = run_cli("usage", "--json", "--task", "chat", "--what-if", "gpt-6-luna", "--what-if").json["what_if"]
    assert len(both) == len(everything) + 1


@pytest.mark.usefixtures("ledger")
def test_a_ranking_has_a_line_for_each_model():
    """No id is broken over two lines at 80 columns, and nothing is said of calls left out where none are."""
    listed = {model["id"] for model in run_cli("list", "--json").json["models"]}
    _, shown = run_in_terminal("usage", "--what-if", columns=80, env={"NO_COLOR": "1"})
    _, _, table = shown.replace("\r", "").partition("The same calls on")
    ranked = {line.split()[0] for line in table.splitlines()[1:] if line.strip()}
    assert "groq/gpt-oss-safeguard-20b" in ranked
    assert ranked - listed == set()


def test_reprice_mends_calls_without_a_price(ledger):
    """A call whose price was unknown gets the catalogue's, in the row and in every total."""
    result = run_cli("usage", "--reprice", "--json")
    assert result.stderr == ""
    document = conforming(result.stdout, "UsageDocument")
    assert document["totals"]["unpriced_calls"] == 0
    assert (document["repriced"]["calls"], document["repriced"]["unpriced_calls"]) == (1, 0)
    assert document["repriced"]["cost_usd"] > 0
    sums = {read_all(ledger, f"SELECT sum(cost_pico) FROM {table}")[0] for table in
            ("calls", "totals", "totals_daily", "lifetime")}  # fmt: skip
    assert len(sums) == 1
    assert run_cli("usage", "--reprice").stderr == "Priced 0 calls: $0\n"


@pytest.mark.usefixtures("ledger")
def test_backup_is_a_whole_ledger_of_its_own(work):
    """A copy can be read like the original, is private, and replaces nothing."""
    result = run_cli("usage", "--backup", "copy.db")
    assert result.exit_code == 0
    assert stat.S_IMODE((work / "copy.db").stat().st_mode) == 0o600
    assert read_all(work / "copy.db", "SELECT count(*) FROM calls") == [(5,)]
    assert run_cli("usage", "--backup", "copy.db").exit_code == 2
    assert run_cli("usage", "--json", "--ledger", "copy.db").json["totals"]["calls"] == 5


def test_path_and_prune(ledger):
    """--path prints where the ledger is; --prune says what it removed."""
    assert run_cli("usage", "--path").stdout == f"{ledger}\n"
    assert "Nothing to remove" in run_cli("usage", "--prune").stderr
    old = a_context(moment=NOW - timedelta(days=91))
    write_records(ledger, [record_of_reply(old, a_reply(old))])
    assert run_cli("usage", "--prune").stderr.startswith("Removed 1 row: calls are kept for 90 days")


def test_maintenance_prints_json(work, ledger):
    """With --json, --path, --prune and --backup print one object on stdout and nothing else."""
    old = a_context(moment=NOW - timedelta(days=91))
    write_records(ledger, [record_of_reply(old, a_reply(old))])
    there = {"schema": 1, "path": str(ledger), "exists": True}
    for arguments, more in (
        (("--path",), {}),
        (("--prune",), {"removed_rows": 1}),
        (("--prune",), {"removed_rows": 0}),
        (("--prune", "--backup", "copy.db"), {"removed_rows": 0, "backup": "copy.db", "backup_bytes": ANY}),
    ):
        result = run_cli("usage", *arguments, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        assert conforming(result.stdout, "LedgerDocument") == there | more
    assert (work / "copy.db").stat().st_size == result.json["backup_bytes"]


def test_a_ledger_that_has_not_begun_can_be_maintained(clean_machine):
    """Where nothing has been recorded yet, --path, --prune and --reprice are no errors; there is nothing to --backup."""
    path = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    assert run_cli("usage", "--path", "--json").json == {"schema": 1, "path": str(path), "exists": False}
    result = run_cli("usage", "--prune")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"Nothing has been recorded yet in {path}\n"
    assert run_cli("usage", "--prune", "--json").json["removed_rows"] == 0
    repriced = run_cli("usage", "--reprice", "--json")
    assert (repriced.exit_code, repriced.json["repriced"]["calls"]) == (0, 0)
    assert run_cli("usage", "--backup", "copy.db").exit_code == 3
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--prune", "--by", "model"), "--prune makes no report and cannot be combined with --by"),
        (("--path", "--what-if", "--csv"), "--path makes no report and cannot be combined with --what-if, --csv"),
        (("--backup", "c.db", "--calls", "5"), "--backup makes no report and cannot be combined with --calls"),
        (("--prune", "--reprice"), "--prune makes no report and cannot be combined with --reprice"),
    ],
)
@pytest.mark.usefixtures("ledger")
def test_options_of_a_report_are_refused_where_there_is_none(work, arguments, named):
    """What would be ignored beside --path, --prune or --backup is a usage error that names both, and nothing is done."""
    result = run_cli("usage", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {named}\n")
    assert list(work.iterdir()) == []


def test_days_are_those_of_the_time_zone(clean_machine):
    """A call of 19:00 UTC belongs to the next day in Kolkata."""
    path = clean_machine / "other.db"
    context = a_context(moment=datetime(2026, 11, 10, 19, 0, tzinfo=UTC))
    write_records(path, [record_of_reply(context, a_reply(context))])
    arguments = ("usage", "--json", "--by", "day", "--since", "2026-11-01", "--until", "2026-12-01", "--timezone")
    for zone, day in (("UTC", "2026-11-10"), ("Asia/Kolkata", "2026-11-11")):
        rows = run_cli(*arguments, zone, env={"MODEL_MANAGER_LEDGER": str(path)}).json["rows"]
        assert [row["day"] for row in rows] == [day]


def test_watch_shows_again_when_a_call_is_recorded(ledger):
    """--watch prints at once and after a change, and ends with Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "model_manager", "usage", "--watch", "--line"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert "5 calls" in process.stdout.readline()
    context = a_context(moment=TODAY)
    write_records(ledger, [record_of_reply(context, a_reply(context))])
    assert "6 calls" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130


@pytest.mark.parametrize("arguments", [("--json",), ("--json", "--prune"), ("--json", "--backup", "copy.db")])
def test_an_unusable_ledger_is_one_error_that_names_it(clean_machine, arguments):
    """A directory in its place, a place under a file, and what is no database: exit 3, an object, and the file's name."""
    path = clean_machine / "other.db"
    env = {"MODEL_MANAGER_LEDGER": str(path)}
    path.mkdir()
    result = run_cli("usage", *arguments, env=env)
    assert (result.exit_code, result.json["error"]["message"]) == (3, f"{path} is not a file")
    path.rmdir()
    path.write_bytes(b"no database" * 1000)
    result = run_cli("usage", *arguments, env=env)
    assert (result.exit_code, str(path) in result.json["error"]["message"]) == (3, True)
    assert ".recover" in result.json["error"]["hint"]


def test_an_empty_file_is_a_ledger_that_has_not_begun(clean_machine):
    """What a full disk leaves in a ledger's place is no error: nothing has been recorded yet."""
    path = clean_machine / "other.db"
    path.touch()
    env = {"MODEL_MANAGER_LEDGER": str(path)}
    assert run_cli("usage", "--json", env=env).json["totals"]["calls"] == 0
    assert run_cli("usage", "--prune", env=env).stderr == f"Nothing has been recorded yet in {path}\n"
    assert path.stat().st_size == 0


def test_a_ledger_that_cannot_be_looked_for_is_an_error_that_names_it(clean_machine):
    """Where the system refuses even to look, as it does names that are too long, reports exit 3 and --path does not."""
    path = clean_machine / ("x" * 300)
    env = {"MODEL_MANAGER_LEDGER": str(path)}
    for arguments in (("--json",), ("--json", "--prune")):
        result = run_cli("usage", *arguments, env=env)
        assert result.exit_code == 3
        assert result.json["error"]["message"] == f"{path} cannot be read: File name too long"
    assert run_cli("usage", "--path", env=env).stdout == f"{path}\n"
