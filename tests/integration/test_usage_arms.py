"""`usage --arms` and its endpoint: from calls of a real service along a split route to the assignment that ends it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from command_line import run_cli, run_in_terminal
from contract import conforming
from experiment_calls import FIRST, SECOND, crowd
from ledger_calls import write_records
from model_server import by_model, model_server, refusing, saying
from service_calls import project
from serving import serving

from model_manager import AIService
from model_manager.ledger.storage import writers
from model_manager.ledger.storage.file import Batch, LedgerFile

USERS = 100
ARMS = ("usage", "--arms", "chat")


@pytest.fixture
def ledger(clean_machine):
    path = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def server():
    scripts = {
        "dear": saying("Hello", usage=(100, 20)),
        "cheap": saying("Hi", usage=(100, 2)),
        "down": refusing(503),
    }
    with model_server(by_model(scripts)) as running:
        yield running


@pytest.fixture
def compared(work, server):
    """A project whose task has been called by many users, whose calls are recorded, each with a score."""
    project(work, server.url, ["dear", "cheap"], {"chat": "50:dear+50:cheap", "code": "dear"})
    with AIService(retries=0) as service:
        for user in range(USERS):
            reply = service.chat("chat", "Hello", user_id=f"user-{user}")
            service.score(reply, 1 if reply.model == "dear" else 0.9, "helpful")
        service.chat("code", "Hello")
    writers.end_all(60)
    return work


@pytest.mark.usefixtures("compared")
def test_real_calls_become_arms_and_a_verdict():
    """The document is as its type says, has every user once, and names the cheaper model."""
    result = run_cli(*ARMS, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    document = conforming(result.stdout, "ArmsDocument")
    first, second = document["arms"]
    assert (first["arm"], second["arm"]) == ("dear", "cheap")
    assert first["users"] + second["users"] == first["calls"] + second["calls"] == USERS
    assert (first["percent"], first["failures"], first["difference"]) == (50, 0, None)
    assert (first["cost_per_call_usd"], second["cost_per_call_usd"]) == (Decimal("0.0003"), Decimal("0.00012"))
    assert first["cost_usd"] == first["calls"] * Decimal("0.0003")
    assert (first["scores"], second["scores"]) == ({"helpful": 1}, {"helpful": Decimal("0.9")})
    assert second["difference"]["cost"]["relative"] == Decimal("-0.6")
    assert document["sample_ratio"]["ok"] is True
    assert document["sample_ratio"]["p"] > 0.001
    assert document["metric"] == "cost"
    # Every call costs the same, so that is certain; and so is the score, which is lower.
    assert document["verdict"]["winner"] is None
    assert "but it has 0.9 for 'helpful', dear 1" in document["verdict"]["text"]


@pytest.mark.usefixtures("compared")
def test_a_score_can_decide():
    """By the score the dearer model would win, if it were not for its cost; both are said."""
    document = run_cli(*ARMS, "--metric", "helpful", "--json").json
    assert "costs" in document["verdict"]["text"]
    assert document["arms"][1]["difference"]["scores"]["helpful"]["clear"] is True


def test_failures_count_for_the_arm_though_a_fallback_answers(work, server, ledger):
    """The calls of the arm that is down are answered by the other model, and yet it is the one that loses."""
    project(work, server.url, ["dear", "down", "cheap"], {"chat": "50:dear+50:down,cheap"})
    with AIService(retries=0) as service:
        for user in range(USERS):
            assert service.chat("chat", "Hello", user_id=f"user-{user}").model in {"dear", "cheap"}
    writers.end_all(60)
    assert ledger.exists()
    document = run_cli(*ARMS, "--metric", "failures", "--json").json
    dear, down = document["arms"]
    assert (dear["failures"], down["failures"]) == (0, down["calls"])
    assert document["verdict"]["winner"] == "dear"
    assert document["verdict"]["assign"] == "dear,cheap"


def test_the_line_that_ends_the_experiment_works(work, server, ledger):
    """The table ends with a command that gives all users the winner; afterwards nothing is compared by it any more."""
    project(work, server.url, [FIRST, SECOND], {"chat": f"50:{FIRST}+50:{SECOND}"})
    write_records(ledger, crowd({FIRST: "0.001", SECOND: "0.0006"}))
    shown = run_cli(*ARMS, "--timezone", "UTC", env={"COLUMNS": "200"}).lines
    line = next(one for one in shown if one.startswith("To end it: "))
    command = line.removeprefix("To end it: model-manager ").split()
    assert command == ["assign", "chat", SECOND]
    assert run_cli(*command).exit_code == 0
    assert run_cli("info", "chat", "--json").json["task"]["route"] == SECOND


@pytest.mark.parametrize("columns", [40, 62, 80, 100, 140])
def test_the_table_fits_a_terminal(ledger, columns):
    """No line is longer than the terminal is wide, no number is cut, and intervals are drawn."""
    write_records(ledger, crowd({FIRST: "0.001", SECOND: "0.0006"}))
    code, shown = run_in_terminal(*ARMS, "--timezone", "UTC", columns=columns, env={"NO_COLOR": "1"})
    lines = [line for line in shown.replace("\r", "").splitlines() if not line.startswith("To end it")]
    assert code == 0
    assert max(map(len, lines)) <= columns
    assert "\x1b" not in shown
    assert "…" not in shown
    assert any("-40%" in line for line in lines)
    assert columns < 60 or any("Cost a call" in line and "●" in line for line in lines)
    assert "gpt-6-luna wins: it costs 40% less per call than" in " ".join(shown.split())
    colored = run_in_terminal(*ARMS, columns=columns)[1]
    assert "\x1b[" in colored


def test_no_name_of_a_score_acts_on_a_terminal(ledger):
    """Escapes are shown as such, in the table's header and in comma-separated values."""
    records = list(crowd({FIRST: "0.001", SECOND: "0.001"}, users=40, calls=1))
    write_records(ledger, records)
    file = LedgerFile(ledger)
    file.write(Batch(scores=[(one.context.call, "[red]m\x1b[31m", 1.0, 1) for one in records]))
    file.close()
    for options in ((), ("--csv",)):
        shown = run_cli(*ARMS, *options, env={"COLUMNS": "200"}).stdout
        assert "[red]m\\x1b[31m" in shown
        assert "\x1b" not in shown


def test_csv_has_a_line_an_arm(ledger):
    """Other programs read the arms with their differences; the first arm has none."""
    write_records(ledger, crowd({FIRST: "0.001", SECOND: "0.0006"}))
    first, second = csv.DictReader(io.StringIO(run_cli(*ARMS, "--csv").stdout))
    assert (first["arm"], first["users"], first["difference_cost_relative"]) == (FIRST, "60", "")
    assert (second["arm"], float(second["difference_cost_relative"])) == (SECOND, pytest.approx(-0.4, abs=0.01))


def test_nothing_to_compare_is_no_error():
    """Before the first call, and for a task without a split, a sentence says so, and the document has no arms."""
    result = run_cli(*ARMS)
    assert (result.exit_code, result.stdout) == (0, "No calls of chat are recorded in this period.\n")
    document = conforming(run_cli(*ARMS, "--json").stdout, "ArmsDocument")
    assert (document["arms"], document["since"], document["verdict"]["winner"]) == ([], None, None)
    assert document["sample_ratio"] == {"p": None, "ok": True}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--arms", "chta"), "did you mean chat?"),
        (("--arms", "chat", "--metric", "latenci"), "did you mean latency?"),
        (("--arms", "chat", "--by", "model"), "--arms and --by exclude each other"),
        (("--arms", "chat", "--watch"), "--arms and --watch exclude each other"),
        (("--arms", "chat", "--metric", ""), "'' is neither a metric nor the name of a score"),
        (("--metric", "cost"), "name the task: --arms TASK"),
        (("--arms", "chat", "--since", "soon"), "--since: 'soon' is not a valid time"),
        (("--arms", "chat", "--ledger", "gone.db"), "--ledger gone.db: there is no such file"),
    ],
)
def test_what_cannot_be_is_refused_on_the_command_line(ledger, arguments, message):
    """Wrong names, options that do not go together, times and files: exit code 2, and how to mend it."""
    write_records(ledger, crowd({FIRST: "0.001"}, users=1))
    result = run_cli("usage", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_ledgers_of_other_salts_are_refused(ledger, tmp_path):
    """Their users cannot be told to be the same: exit code 3, with both files."""
    write_records(ledger, crowd({FIRST: "0.001"}, users=1))
    write_records(tmp_path / "host.db", crowd({SECOND: "0.001"}, users=1))
    result = run_cli(*ARMS, "--ledger", tmp_path / "host.db")
    assert result.exit_code == 3
    assert f"{ledger} and {tmp_path / 'host.db'} have different salts" in result.stderr


def test_the_api_has_the_same_document(work, ledger):
    """GET /api/ai/arms/{task} is what the command prints, and refuses what it refuses."""
    moment = datetime.now(UTC) - timedelta(hours=2)
    write_records(ledger, crowd({FIRST: "0.001", SECOND: "0.0006"}, moment=moment))
    query = {"timezone": "UTC", "until": (moment + timedelta(hours=1)).isoformat()}
    options = [word for name, value in query.items() for word in (f"--{name}", value)]
    printed = run_cli(*ARMS, *options, "--metric", "latency", "--json").json
    assert [arm["users"] for arm in printed["arms"]] == [60, 60]
    with serving(work) as served:
        answer = served.get("/api/ai/arms/chat", metric="latency", **query)
        assert conforming(answer.content, "ArmsDocument")
        assert answer.json() == printed
        assert served.get("/api/ai/arms/chta").status_code == 404
        assert served.get("/api/ai/arms/chat", metric="beauty").status_code == 409
        assert served.get("/api/ai/arms/chat", since="soon").status_code == 409
        assert served.get("/api/ai/arms/chat", by="model").status_code == 422
        assert served.get("/api/ai/arms/chat", metric=["cost", "latency"]).status_code == 422
