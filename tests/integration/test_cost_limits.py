"""The cost limits of live tests from end to end: `test --max-cost`, and the hourly limit that servers share."""

import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from command_line import environment, run_cli
from ledger_calls import read_all
from model_server import model_server
from serving import CATALOGUE, TOKEN, serving

from model_manager.ledger.storage import writers

LONG_S = 120
LEDGER = Path("state", "model-manager", "ledger", "ledger.db")
#: What a call of `alpha` may cost with 990 tokens of output, and what it does cost.
WORST, COST = Decimal("0.01003"), Decimal("0.0003")
ALPHA = {"model": "alpha", "prompt": "Hi", "max_tokens": 990}
#: A server of its own process; it says where it is.
SERVER = f"""
import sys
from decimal import Decimal
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1] / "support")!r})
from serving import serving
with serving(Path.cwd(), max_cost=Decimal(sys.argv[1])) as running:
    print(running.url, flush=True)
    input()
"""


@pytest.fixture
def gate():
    """Answers come when this is set."""
    opened = threading.Event()
    yield opened
    opened.set()


@pytest.fixture
def models(work, gate):
    def script(request, answer):
        if request.body.get("stream"):
            answer.piece("He", request.model)
        gate.wait()
        answer.say(request, "llo", usage=(100, 20))

    with model_server(script) as running:
        (work / "models.toml").write_text(CATALOGUE.format(url=running.url))
        yield running


@pytest.fixture
def processes():
    """Starts servers in processes of their own: the process and its URL."""
    running = []

    def start(limit):
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(limit)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in running:
        process.kill()
        process.communicate()


def spending(url):
    """What a server says is spent and held."""
    found = httpx.get(f"{url}/api/ai/server", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=LONG_S)
    return tuple(Decimal(str(found.json()["spending"][name])) for name in ("spent_usd", "reserved_usd"))


def ask(url, body=ALPHA):
    """Make a live test of one call at a server; its result."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(f"{url}/api/ai/models/test", json=body, headers=headers, timeout=LONG_S)
    return answer.json()["results"][0]


def wait_for_requests(models, count):
    """Wait until the models were asked so often."""
    until = time.monotonic() + LONG_S
    while len(models.requests) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_the_limit_outlasts_the_server(work, models, gate):
    """A server that is started again within the hour goes on with what its predecessor has left."""
    gate.set()
    limit = WORST + COST
    for _ in range(2):
        with serving(work, max_cost=limit) as served:
            assert ask(served.url)["ok"] is True
    with serving(work, max_cost=limit) as served:
        assert spending(served.url) == (2 * COST, 0)
        error = ask(served.url)["error"]
    assert (error["kind"], len(models.requests)) == ("budget", 2)
    assert f"of the cost limit of ${limit} an hour is left: ${2 * COST} spent, $0 held" in error["message"]
    assert error["hint"] == "lower `max_tokens` or raise the server's cost limit"
    assert 3000 < error["retry_after_s"] <= 3600


def test_servers_share_the_limit(clean_machine, models, gate, processes):
    """Of 16 calls at each of two servers as many are made as fit together by their worst cases; nothing stays held."""
    limit = 6 * WORST
    urls = [processes(limit)[1] for _ in range(2)]
    with ThreadPoolExecutor(32) as pool:
        calls = [pool.submit(ask, urls[number % 2]) for number in range(32)]
        wait_for_requests(models, 6)
        assert [spending(url) for url in urls] == [(0, 6 * WORST)] * 2
        # The others wait, and take the room that is given back: an answer costs far less than it may.
        gate.set()
        kinds = Counter((one.result()["error"] or {"kind": "ok"})["kind"] for one in calls)
    assert set(kinds) <= {"ok", "budget"}
    spent = kinds["ok"] * COST
    assert [spending(url) for url in urls] == [(spent, 0)] * 2
    assert spent <= limit
    assert len(models.requests) == kinds["ok"] >= 6
    assert read_all(clean_machine / LEDGER, "SELECT count(*) FROM holds") == [(0,)]


def test_a_killed_server_holds_nothing(models, gate, processes):
    """What a server held counts no more when it was killed with calls under way: another has the room at once."""
    limit = 4 * WORST
    victim, victims_url = processes(limit)
    _, url = processes(limit)
    with ThreadPoolExecutor(8) as pool:
        lost = [pool.submit(ask, victims_url) for _ in range(4)]
        wait_for_requests(models, 4)
        assert spending(url) == (0, limit)
        victim.kill()
        victim.wait(LONG_S)
        others = [pool.submit(ask, url) for _ in range(4)]
        wait_for_requests(models, 8)
        assert spending(url) == (0, limit)
        gate.set()
        assert [one.result()["ok"] for one in others] == [True] * 4
        assert all(isinstance(one.exception(), httpx.HTTPError) for one in lost)
    assert spending(url) == (4 * COST, 0)


@pytest.mark.usefixtures("models")
def test_a_client_that_leaves(work):
    """A call whose client has gone is ended: nothing stays held, and it counts with the most that it may have cost."""
    with serving(work, max_cost=2 * WORST) as served:
        with (
            served.client(Accept="text/event-stream") as client,
            client.stream("POST", "/api/ai/models/test", json=ALPHA) as stream,
        ):
            lines = stream.iter_lines()
            assert next(line for line in lines if line.startswith("event: text"))
            assert spending(served.url) == (0, WORST)
        until = time.monotonic() + LONG_S
        while (found := spending(served.url))[1]:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert found == (WORST, 0)


@pytest.mark.parametrize("place", ["off", "/dev/null/ledger.db"], ids=["off", "unusable"])
@pytest.mark.usefixtures("models")
def test_without_a_ledger_the_limits_hold(work, gate, monkeypatch, place):
    """Both limits are kept to in memory: the server's from its start on, that of `test` for its run."""
    gate.set()
    monkeypatch.setenv("MODEL_MANAGER_LEDGER", place)
    with serving(work, max_cost=WORST) as served:
        assert ask(served.url)["ok"] is True
        assert spending(served.url) == (COST, 0)
        assert ask(served.url)["error"]["kind"] == "budget"
    with serving(work, max_cost=WORST) as served:
        assert ask(served.url)["ok"] is True
    words = ("test", "alpha", "Hi", "--max-tokens", "990", "--max-cost")
    assert run_cli(*words, str(WORST)).exit_code == 0
    assert "more than the whole cost limit" in run_cli(*words, str(WORST / 2)).stderr


@pytest.mark.parametrize("output", [20, 990], ids=["cheap", "dear"])
def test_sixty_four_calls_of_one_run(work, clean_machine, gate, output):
    """Of 64 calls at once never more are under way than fit by their worst cases, and what is left over is used."""
    most, lock, under_way = 10, threading.Lock(), []
    peaks = []

    def script(request, answer):
        with lock:
            under_way.append(request)
            peaks.append(len(under_way))
        if len(peaks) >= most:
            gate.set()
        gate.wait(LONG_S)
        with lock:
            under_way.remove(request)
        answer.say(request, "Hello", usage=(100, output))

    with model_server(script) as running:
        (work / "models.toml").write_text(CATALOGUE.format(url=running.url))
        limit = most * WORST
        words = ("--repeat", "64", "--concurrency", "64", "--max-tokens", "990", "--max-cost", str(limit))
        report = run_cli("test", "alpha", "Hi", *words, "--json").json
    assert max(peaks) <= most
    kinds = Counter((one["error"] or {"kind": "ok"})["kind"] for one in report["results"])
    cost = (100 + 10 * output) * Decimal("0.000001")
    assert kinds["ok"] * cost <= limit
    assert kinds == {"ok": 64} if output == 20 else kinds == {"ok": most, "budget": 64 - most}
    writers.end_all(LONG_S)
    assert read_all(
        clean_machine / LEDGER, "SELECT (SELECT count(*) FROM holds) + (SELECT count(*) FROM spending)"
    ) == [(0,)]


def test_free_models_and_unknown_prices(work, models, gate):
    """A model that costs nothing is called whatever the limit is; one of which nobody knows what it costs is not."""
    gate.set()
    catalogue = (work / "models.toml").read_text()
    free = '[models.free]\nprovider = "local"\nprice = { input = 0, output = 0 }\n'
    (work / "models.toml").write_text(catalogue + free + '[models.unknown]\nprovider = "local"\n')
    assert run_cli("test", "free", "Hi", "--max-cost", "0").exit_code == 0
    shown = run_cli("test", "unknown", "Hi", "--max-cost", "9")
    assert "the cost of unknown is unknown, so the cost limit cannot be enforced" in shown.stderr
    assert len(models.requests) == 1
