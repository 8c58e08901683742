"""Budgets from end to end: calls that are refused or take another route, whichever way they are made and end."""

import asyncio
import io
import json
import logging
import os
import threading
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from command_line import run_cli
from contract import conforming
from ledger_calls import a_context, a_reply, read_all, read_calls, write_records
from model_server import by_model, model_server, refusing, saying
from readme import README
from service_calls import WAYS, ask
from serving import serving

from model_manager import AIService, ProviderError, RouteError
from model_manager.config.budgets import budgets_of
from model_manager.config.directories import user_directory
from model_manager.config.workspace import open_workspace
from model_manager.core.redaction import Redactor
from model_manager.ledger.budgets.standings import read_standings
from model_manager.ledger.records import record_of_reply
from model_manager.ledger.reports.reader import LedgerReader
from model_manager.ledger.storage import writers
from model_manager.rendering.tables.budgets import budgets_table
from model_manager.rendering.tables.console import make_console

LEDGER = Path("state", "model-manager", "ledger", "ledger.db")
#: What a call costs: 100 tokens for a dollar and 20 for ten dollars a million.
COST = Decimal("0.0003")
USAGE = (100, 20)
CATALOGUE = """
[providers.local]
wire = "openai"
base_url = "{url}"
key = "none"
[models.dear]
provider = "local"
price = {{ input = 1, output = 10 }}
[models.cheap]
provider = "local"
price = {{ input = 0.1, output = 1 }}
[models.free]
provider = "local"
price = {{ input = 0, output = 0 }}
[models.unknown]
provider = "local"
[models.down]
provider = "local"
price = {{ input = 1, output = 10 }}
[models.slow]
provider = "local"
price = {{ input = 1, output = 10 }}
[models.cut]
provider = "local"
price = {{ input = 1, output = 10 }}
[tasks]
t = {{ model = "dear" }}
gratis = {{ model = "free" }}
chain = {{ model = "dear,free" }}
mystery = {{ model = "unknown" }}
rescued = {{ model = "down,cheap" }}
slowly = {{ model = "slow" }}
broken = {{ model = "cut" }}
"""


@pytest.fixture
def ledger(clean_machine):
    return clean_machine / LEDGER


@pytest.fixture
def gate():
    """Slow answers come when this is set."""
    opened = threading.Event()
    yield opened
    opened.set()


@pytest.fixture
def server(gate):
    def slow(request, answer):
        if request.body.get("stream"):
            answer.piece("He", request.model)
        gate.wait()
        answer.say(request, "llo", usage=USAGE)

    def cut(request, answer):
        answer.piece("He", request.model)
        answer.hang_up()

    answering = saying("Hello", usage=USAGE)
    script = by_model(
        {**dict.fromkeys(("dear", "cheap", "free", "unknown"), answering), "slow": slow, "cut": cut}
        | {"down": refusing(503, "no")}
    )
    with model_server(script) as running:
        yield running


@pytest.fixture
def application(work, server):
    """Writes the project's catalogue with budgets."""

    def write(*budgets):
        (work / "models.toml").write_text(CATALOGUE.format(url=server.url) + "\n".join(budgets))

    return write


def budget(limit, then="refuse", name="all", **keys):
    """A budget a month as it stands in models.toml."""
    lines = [f"[budgets.{name}]", f"limit = {limit}", 'per = "month"', f'then = "{then}"']
    return "\n".join([*lines, *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]) + "\n"


def held(ledger):
    """The rows of what is held, once all that was put is written."""
    writers.end_all(60)
    return read_all(ledger, "SELECT task, amount_pico FROM holds")


def standing(name="all"):
    """A budget as `usage --json` has it."""
    writers.end_all(60)
    found = run_cli("usage", "--json").json["budgets"]
    return next(one for one in found if one["name"] == name)


def refused(service, *words, way="chat", **options):
    """The error of a call that a budget refuses."""
    writers.end_all(60)
    with pytest.raises(ProviderError) as caught:
        ask(service, way, *words, **options)
    assert (caught.value.kind, caught.value.attempts) == ("budget", 0)
    return caught.value


@pytest.mark.parametrize("way", WAYS)
def test_a_call_that_does_not_fit_is_refused(application, server, ledger, way):
    """The error names the budget, what is spent and held, the limit and when it resets; nothing was sent."""
    application(budget("0.0012"))
    with AIService(retries=0) as service:
        assert ask(service, way, "t", max_tokens=100).text == "Hello"
        error = refused(service, "t", way=way, max_tokens=100)
    assert (error.retryable, error.status) == (False, None)
    for words in ("budget all of work", "$0.0012 a month", "$0.0003 spent", "$0 held", "it resets at 20"):
        assert words in error.message
    assert error.hint == "raise its limit (models.toml:34), or lower `max_tokens`"
    assert len(server.requests) == len(read_calls(ledger)) == 1
    assert held(ledger) == []


def test_free_calls_pass(application, ledger):
    """A model that costs nothing is called whatever was spent, and nothing is held for it."""
    application(budget("0"))
    with AIService() as service:
        assert service.chat("gratis", "Hello").text == "Hello"
        refused(service, "t")
    assert held(ledger) == []


def test_a_cheaper_option_of_the_route_is_tried(application):
    """An option that does not fit is passed over for the next one, and the reply says so."""
    application(budget("0.0005"))
    with AIService() as service:
        reply = service.chat("chain", "Hello", max_tokens=100)
    assert reply.model == "free"
    assert reply.reason == "fallback after dear: budget"
    assert "dear: budget (budget all of work has no room" in reply.warnings[0]


def test_a_route_that_does_not_fit_at_all(application):
    """Where no option fits, the error of the route is of kind budget and has all refusals."""
    application(budget("0.00005"))
    with AIService() as service:
        error = refused(service, "t", route="dear,cheap", max_tokens=100)
    assert isinstance(error, RouteError)
    assert [failure.kind for failure in error.failures] == ["budget", "budget"]


@pytest.mark.parametrize("way", WAYS)
def test_calls_take_the_route_of_a_budget(application, ledger, way):
    """Once a budget is used up its route is followed: the reply says so, and the ledger has the truth."""
    application(budget("0.0005", then="cheap"))
    with AIService(retries=0) as service:
        reply = ask(service, way, "t", max_tokens=100)
    assert (reply.model, reply.route, reply.reason) == ("cheap", "cheap", "fallback after dear: budget")
    assert "budget all of work has no room" in reply.warnings[0]
    writers.end_all(60)
    (row,) = read_calls(ledger)
    assert (row["model"], row["route"], row["task"], row["position"]) == ("cheap", "cheap", "t", 0)
    assert held(ledger) == []


def test_the_route_of_a_budget_keeps_to_the_other_budgets(application):
    """A budget's own route need not fit it, but every other budget that refuses."""
    application(budget("0.0005", then="cheap"), budget("0.00005", name="hard"))
    with AIService() as service:
        error = refused(service, "t", max_tokens=100)
    assert "budget hard of work has no room for a call of cheap" in str(error.failures[-1])


def test_a_route_that_the_project_does_not_know(work, server):
    """Where a project has none of the models of the user's budget, calls that do not fit are refused."""
    mine = user_directory(os.environ)
    mine.mkdir(parents=True)
    (mine / "models.toml").write_text(budget("0", then="claude-haiku-5-5"))
    (work / "models.toml").write_text("extends = false\n" + CATALOGUE.format(url=server.url))
    with AIService() as service:
        assert "budget all has no room for a call of dear" in refused(service, "t").message


def test_an_unknown_price(application):
    """Calls without a known price pass, or are refused where the budget says so."""
    application(budget("0"))
    with AIService() as service:
        assert service.chat("mystery", "Hello").text == "Hello"
    assert standing()["unpriced_calls"] == 1
    application(budget("1000", then="warn", unpriced="refuse"))
    with AIService() as service:
        error = refused(service, "mystery")
        assert service.chat("t", "Hello").text == "Hello"
    assert error.message == (
        "budget all of work refuses calls without a known price, and that of unknown is unknown"
    )


def test_budgets_of_tasks_and_of_projects(application, ledger, monkeypatch):
    """A budget of tasks counts their calls alone, a project's budget those of the project, the user's all."""
    mine = user_directory(os.environ)
    mine.mkdir(parents=True)
    (mine / "models.toml").write_text(budget("0.0015", tasks=["t"]))
    application(budget("0.0015", then="warn"))
    with AIService() as service:
        service.chat("t", "Hello", max_tokens=100)
        service.create_chat_completion("dear", "Hello", max_tokens=100)
    monkeypatch.setenv("MODEL_MANAGER_PROJECT", "other")
    with AIService() as service:
        service.chat("t", "Hello", max_tokens=100)
        refused(service, "t", max_tokens=100)
        # The user's is used up, by two projects, for this task alone.
        service.chat("rescued", "Hello", max_tokens=100)
    writers.end_all(60)
    found = run_cli("usage", "--json", env={"MODEL_MANAGER_PROJECT": "work"}).json["budgets"]
    assert [(one["name"], one["project"], one["tasks"], one["spent_usd"]) for one in found] == [
        ("all", None, ["t"], 0.0006),
        ("all", "work", [], 0.0006),
    ]
    assert held(ledger) == []


def test_the_usual_answer_counts_where_no_limit_is_given(application, gate, ledger):
    """Without `max_tokens` a thousand tokens of output held at first, then as many as the task's answers had."""
    application(budget("100"))
    amounts = []
    for _ in range(2):
        with AIService() as service:
            chunks = service.stream("slowly", "Hello")
            next(chunks)
            amounts += read_all(ledger, "SELECT amount_pico FROM holds")
            gate.set()
            assert list(chunks)
        writers.forget_all()
        gate.clear()
    assert amounts == [(10_002_000_000,), (202_000_000,)]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_stays_held_after_a_failure(application, ledger, way):
    """A refusal of the provider, a fallback and a stream that breaks off give back what was held."""
    application(budget("1"))
    with AIService(retries=0) as service:
        assert ask(service, way, "rescued").model == "cheap"
        if "stream" in way:
            with pytest.raises(ProviderError, match="ended"):
                ask(service, way, "broken")
    assert held(ledger) == []


def test_a_stream_that_is_not_read_on(application, ledger):
    """While an answer comes money is held, and none any more once its reader has left."""
    application(budget("1"))
    with AIService() as service:
        chunks = service.stream("slowly", "Hello", max_tokens=100)
        next(chunks)
        ((task, amount),) = read_all(ledger, "SELECT task, amount_pico FROM holds")
        assert (task, amount) == ("slowly", 1_002_000_000)
        chunks.close()
    assert held(ledger) == []


def test_a_cancelled_task(application, server, ledger):
    """A task that is cancelled while it waits for its answer gives back what was held."""
    application(budget("1"))

    async def give_up():
        async with AIService() as service:
            calls = [asyncio.create_task(service.achat("slowly", "Hello")) for _ in range(3)]
            while len(server.requests) < len(calls):  # noqa: ASYNC110 - it is in another thread
                await asyncio.sleep(0.01)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    asyncio.run(give_up())
    assert held(ledger) == []


def test_a_call_that_is_never_sent_gives_back_at_once(application, ledger):
    """What is found to be wrong after the money was held, and before anything is sent, holds nothing."""
    application(budget("1"))
    with AIService() as service, pytest.raises(ProviderError) as caught:
        service.chat("t", "Hello", total_timeout=1e-9)
    assert (caught.value.kind, caught.value.attempts) == ("timeout", 0)
    for thread in threading.enumerate():
        if thread.name == "model-manager holds":
            thread.join()
    assert held(ledger) == []
    assert read_calls(ledger) == []


def test_sixty_four_tasks_at_once(application, server, gate, ledger):
    """Of 64 calls of an event loop as many are made as fit, by their estimates, and the others are refused."""
    application(budget("0.0205"))

    async def all_at_once():
        async with AIService() as service:
            calls = [asyncio.create_task(service.achat("slowly", "Hello", max_tokens=100)) for _ in range(64)]
            refusals = asyncio.Semaphore(0)
            for call in calls:
                call.add_done_callback(lambda _: refusals.release())
            for _ in range(44):
                await refusals.acquire()
            gate.set()
            return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(all_at_once())
    assert [getattr(one, "kind", "ok") for one in outcomes].count("budget") == 44
    assert len(server.requests) == 20
    assert held(ledger) == []
    assert Decimal(str(standing()["spent_usd"])) == 20 * COST


def test_without_a_ledger_calls_pass(application, tmp_path, caplog):
    """Where nothing is recorded, or nothing can be, calls are made, with one warning."""
    application(budget("0"))
    (tmp_path / "file").write_text("no directory")
    with caplog.at_level(logging.WARNING, "model_manager"):
        for place, words in (("off", "calls are not recorded"), (tmp_path / "file" / "l.db", "cannot be used")):
            with AIService(ledger=place) as service:
                assert service.chat("t", "Hello").text == service.chat("t", "Hello").text == "Hello"
            told = [one for one in caplog.messages if one.startswith("budgets are not enforced") and words in one]
            assert len(told) == 1


def test_a_change_of_the_file_counts_for_the_next_call(application):
    """A running application keeps to budgets that are added, changed and taken away."""
    application()
    with AIService() as service:
        service.chat("t", "Hello")
        application(budget("0"))
        refused(service, "t")
        application(budget("10"))
        service.chat("t", "Hello")


@pytest.mark.parametrize("name", [b"caf\xe9", b"x" * 250], ids=["not-utf-8", "long"])
def test_a_directory_whose_name_the_ledger_cannot_keep(clean_machine, server, monkeypatch, name):
    """A project's budget counts its calls, and is in the metrics, whatever its directory is called."""
    directory = Path(os.fsdecode(os.path.join(os.fsencode(clean_machine), name)))  # noqa: PTH118 - bytes
    try:
        directory.mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    monkeypatch.chdir(directory)
    (directory / "models.toml").write_text(CATALOGUE.format(url=server.url) + budget("0.0012"))
    with AIService() as service:
        assert service.chat("t", "Hello", max_tokens=100).text == "Hello"
        refused(service, "t", max_tokens=100)
    with serving(directory) as running:
        answer = running.get("/metrics")
        assert (answer.status_code, "model_manager_budget_spent_usd" in answer.text) == (200, True)
        (found,) = running.get("/api/ai/budgets").json()["budgets"]
    assert found["spent_usd"] == 0.0003


def test_a_time_limit_beyond_all_dates(application, ledger):
    """A call that may last for ever is made and counted like any other."""
    application(budget("1"))
    with AIService() as service:
        assert service.chat("t", "Hello", total_timeout=1e12).text == "Hello"
    assert held(ledger) == []
    assert standing()["spent_usd"] == 0.0003


def test_a_project_cannot_loosen_the_budgets_of_the_user(work, server):
    """Neither a budget of the same name, nor `extends = false`, nor a catalogue that `.env` names does that."""
    mine = user_directory(os.environ)
    mine.mkdir(parents=True)
    (mine / "models.toml").write_text(budget("0"))
    catalogue = "extends = false\n" + CATALOGUE.format(url=server.url)
    (work / "models.toml").write_text(catalogue + budget("1000"))
    with AIService() as service:
        assert "budget all has no room" in refused(service, "t").message
    (work / "models.toml").rename(work / "other.toml")
    (work / ".env").write_text("MODEL_MANAGER_MODELS_FILE=other.toml\n")
    with AIService() as service:
        assert "budget all has no room" in refused(service, "t").message
    # Their owner may.
    with AIService(models_file="other.toml") as service:
        assert service.chat("t", "Hello").text == "Hello"


def test_alerts_are_given_once(application, caplog):
    """A warning tells that a budget is nearly used up, another that it is exceeded, each once a period."""
    application(budget("0.0009", then="warn", warn=0.5))
    with caplog.at_level(logging.WARNING, "model_manager"):
        for _ in range(5):
            with AIService() as service:
                service.chat("t", "Hello")
            writers.forget_all()
    told = [message for message in caplog.messages if message.startswith("budget")]
    assert [message.partition(";")[0] for message in told] == [
        "budget all of work is nearly used up: $0.0006 of $0.0009 (monthly) spent",
        "budget all of work is exceeded: $0.0009 of $0.0009 (monthly) spent",
    ]


def test_live_tests_count_and_are_refused(application, server):
    """`test` spends from the same budgets, says on stderr when one is used up, and is refused when it is."""
    application(budget("0.0012", warn=0.2))
    first = run_cli("test", "dear", "Hi", "--max-tokens", "100", "--json")
    assert (first.exit_code, first.json["passed"]) == (0, 1)
    assert "budget all of work is nearly used up: $0.0003 of $0.0012" in first.stderr
    second = run_cli("test", "dear", "Hi", "--max-tokens", "100", "--json")
    (result,) = second.json["results"]
    assert (second.exit_code, result["error"]["kind"], result["attempts"]) == (1, "budget", 0)
    assert result["error"]["hint"].endswith("or lower --max-tokens")
    assert len(server.requests) == 1


def test_usage_tells_where_budgets_stand(application):
    """The document of `usage` has each budget, the table a line for it, and `--fail-over` an exit code."""
    application(budget("0.0004", warn=0.5, then="warn"), budget("3", name="day", tasks=["t"]))
    with AIService() as service:
        service.chat("t", "Hello")
    writers.end_all(60)
    text = run_cli("usage", "--json", "--since", "2020-01-01", "--until", "2020-01-02").stdout
    first, second = conforming(text, "UsageDocument")["budgets"]
    assert (first["spent_usd"], first["held_usd"], first["state"]) == (COST, 0, "warn")
    assert (second["tasks"], second["limit_usd"], second["state"], second["per"]) == (["t"], 3, "ok", "month")
    table = run_cli("usage", "--timezone", "UTC").stdout
    assert "all     all calls of work  $0.0004 a month" in table
    assert run_cli("usage", "--fail-over", "0.0003").exit_code == 0
    over = run_cli("usage", "--fail-over", "0.0002")
    assert (over.exit_code, over.stderr) == (1, "The calls of this report cost $0.0003, more than $0.0002.\n")


def test_usage_without_readable_budgets(application, work):
    """A mistake in the catalogue hides the budgets and not what was spent."""
    application()
    with AIService() as service:
        service.chat("t", "Hello")
    writers.end_all(60)
    (work / "models.toml").write_text("[budgets.x]\n")
    found = run_cli("usage", "--json")
    assert (found.exit_code, found.json["totals"]["calls"], found.json["budgets"]) == (0, 1, [])
    assert found.json["notes"] == ["the budgets cannot be read: 2 problems in models.toml"]


def test_budgets_over_http(application, work):
    """`GET /api/ai/budgets` has the same objects as `usage`."""
    application(budget("0.0004", warn=0.5))
    with AIService() as service:
        service.chat("t", "Hello", max_tokens=5)
    writers.end_all(60)
    with serving(work) as served:
        answer = served.get("/api/ai/budgets")
        usage = served.get("/api/ai/usage").json()
    document = conforming(answer.content, "BudgetsDocument")
    assert (document["schema"], document["budgets"][0]["state"]) == (1, "warn")
    assert answer.json()["budgets"] == usage["budgets"]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("limit = 5", 1, 'budgets.x.per: is missing (for example per = "month")'),
        ('per = "day"', 1, "budgets.x.limit: is missing (for example limit = 50 (US dollars))"),
        ('limit = -5\nper = "day"', 2, "budgets.x.limit: expected a number of at least 0, got -5"),
        ('limit = 5\nper = "moth"', 3, "one of day week month, got 'moth'; did you mean month?"),
        ('limit = 5\nper = "day"\nthn = "warn"', 4, "budgets.x.thn: unknown key (did you mean then?)"),
        ('limit = 5\nper = "day"\nthen = "refuze"', 4, "there is no model 'refuze' (did you mean refuse?)"),
        ('limit = 5\nper = "day"\nwarn = 80', 4, "expected a fraction between 0 and 1, got 80"),
        ('limit = 5\nper = "day"\nunpriced = "warn"', 4, "expected one of ignore refuse, got 'warn'"),
        ('limit = 5\nper = "day"\ntasks = ["chatt"]', 4, "there is no task 'chatt' (did you mean chat?)"),
    ],
)
def test_mistakes_of_budgets(work, text, line, problem):
    """Each mistake is told with its file, line, key and what was probably meant."""
    (work / "models.toml").write_text(f"[budgets.x]\n{text}\n")
    assert tomllib.loads(text)
    found = run_cli("list")
    assert found.exit_code == 3
    (told,) = [one for one in found.stderr.splitlines() if one.startswith("  models.toml:")]
    assert f"models.toml:{line}: " in told
    assert problem in told


def test_readme_shows_budgets_as_they_are_drawn(work, tmp_path):
    """The budgets of README, with the calls of a month, give the table that README shows."""
    text = README.read_text()
    section = text[text.index("## Budgets") :]
    tasks = "[tasks]\nchat = {}\ncode = {}\n"
    (work / "models.toml").write_text(tasks + section.partition("```toml\n")[2].partition("```")[0])
    records = []
    for day in range(1, 28):
        for task, cost in (("chat", "2.81"), ("code", "0.55"), (None, "0.0821")):
            context = a_context(task=task, moment=datetime(2026, 11, day, 15, tzinfo=UTC))
            records.append(record_of_reply(context, a_reply(context, cost_usd=Decimal(cost))))
    write_records(tmp_path / "ledger.db", records, "work")
    out = io.StringIO()
    console = make_console(out, color=False, redact=Redactor(()))
    console.width = 100
    budgets = [replace(one, project=None) for one in budgets_of(open_workspace(work))]
    with LedgerReader(tmp_path / "ledger.db") as reader:
        console.print(
            budgets_table(console, read_standings([reader], budgets, datetime(2026, 11, 27, 18, tzinfo=UTC)))
        )
    drawn = "\n".join(line.rstrip() for line in out.getvalue().splitlines())
    shown = section.partition("```text\n")[2].partition("\n```")[0]
    if os.environ.get("UPDATE_README"):
        README.write_text(text.replace(shown, drawn))
        shown = drawn
    assert drawn == shown
