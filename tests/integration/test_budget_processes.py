"""Budgets that several processes share: 64 clients at once, and processes that are killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from command_line import environment, run_cli
from ledger_calls import read_all
from model_server import model_server

from model_manager.ledger.storage import writers

LONG_S = 120
LEDGER = Path("state", "model-manager", "ledger", "ledger.db")
CATALOGUE = """
[providers.local]
wire = "openai"
base_url = "{url}"
key = "none"
[models.m]
provider = "local"
price = {{ input = 1, output = 10 }}
[tasks.t]
model = "m"
[budgets.shared]
limit = {limit}
per = "month"
then = "refuse"
"""
#: What a call of the program may cost, and what it does cost.
ESTIMATE, COST = Decimal("0.001002"), Decimal("0.0003")
#: Calls from sixteen threads; a line for each as soon as it has ended.
PROGRAM = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from model_manager import AIService, ProviderError

def call(_):
    try:
        service.chat("t", "Hello", max_tokens=100)
        os.write(1, b"ok\\n")
    except ProviderError as error:
        os.write(1, error.kind.encode() + b"\\n")

with AIService(retries=0) as service, ThreadPoolExecutor(int(sys.argv[1])) as pool:
    list(pool.map(call, range(int(sys.argv[1]))))
"""


class Clients:
    """Processes that make calls, and the words that tell how those ended."""

    def __init__(self):
        self.processes = []
        self.words = Counter()
        self._changed = threading.Condition()
        self._readers = []

    def start(self, calls):
        """Another process that makes so many calls at once."""
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(calls)], env=environment(), stdout=subprocess.PIPE, text=True
        )
        self.processes.append(process)
        reader = threading.Thread(target=self._read, args=(process,))
        reader.start()
        self._readers.append(reader)
        return process

    def _read(self, process):
        for line in process.stdout:
            with self._changed:
                self.words[line.strip()] += 1
                self._changed.notify_all()

    def wait_for(self, word, count):
        """Wait until so many calls have ended like this."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.words[word] >= count, LONG_S), self.words

    def end(self):
        """Wait for all of them."""
        for process in self.processes:
            process.wait(LONG_S)
        for reader in self._readers:
            reader.join(LONG_S)
        for process in self.processes:
            process.stdout.close()


@pytest.fixture
def clients():
    running = Clients()
    yield running
    for process in running.processes:
        process.kill()
    running.end()


@pytest.fixture
def gate():
    """Answers come when this is set."""
    opened = threading.Event()
    yield opened
    opened.set()


@pytest.fixture
def server(gate):
    def script(request, answer):
        gate.wait()
        answer.say(request, "Hello", usage=(100, 20))

    with model_server(script) as running:
        yield running


def standing():
    """The budget, as another process sees it."""
    (found,) = run_cli("usage", "--json").json["budgets"]
    return Decimal(str(found["spent_usd"])), Decimal(str(found["held_usd"]))


def wait_until(condition):
    """Wait for what happens in another process or thread."""
    until = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_sixty_four_clients_in_four_processes(work, server, gate, clients):
    """As many calls are made as fit by their estimates, whoever asks first, and nothing stays held."""
    (work / "models.toml").write_text(CATALOGUE.format(url=server.url, limit="0.0205"))
    for _ in range(4):
        clients.start(16)
    clients.wait_for("budget", 44)
    wait_until(lambda: len(server.requests) == 20)
    assert standing() == (0, 20 * ESTIMATE)
    gate.set()
    clients.end()
    assert clients.words == {"budget": 44, "ok": 20}
    assert len(server.requests) == 20
    assert standing() == (20 * COST, 0)


def test_killed_processes_hold_nothing(work, clean_machine, server, gate, clients):
    """What a process held counts no more when it was killed with its calls under way: others have the room at once."""
    (work / "models.toml").write_text(CATALOGUE.format(url=server.url, limit="0.0082"))
    victim = clients.start(8)
    wait_until(lambda: len(server.requests) == 8)
    assert standing() == (0, 8 * ESTIMATE)
    clients.start(2)
    clients.wait_for("budget", 2)

    victim.send_signal(signal.SIGKILL)
    victim.wait(LONG_S)
    assert standing() == (0, 0)
    clients.start(8)
    wait_until(lambda: len(server.requests) == 16)
    assert standing() == (0, 8 * ESTIMATE)
    gate.set()
    clients.end()
    assert clients.words == {"budget": 2, "ok": 8}
    assert standing() == (8 * COST, 0)
    # The rows of the dead are removed as soon as somebody is refused.
    clients.start(12)
    clients.end()
    writers.end_all(LONG_S)
    assert read_all(clean_machine / LEDGER, "SELECT count(*) FROM holds") == [(0,)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_child_after_a_fork(work, server, gate):
    """A child that was forked while its parent holds money keeps to the same budget, and gives back its own alone."""
    (work / "models.toml").write_text(CATALOGUE.format(url=server.url, limit="0.0025"))
    code = """
import os, threading
from model_manager import AIService, ProviderError
service = AIService(retries=0)
thread = threading.Thread(target=lambda: service.chat("t", "Hello", max_tokens=100))
thread.start()
input()
child = os.fork()
print("forked", flush=True) if child else None
if not child:
    kinds = []
    def call():
        try: service.chat("t", "Hello", max_tokens=100); kinds.append("ok")
        except ProviderError as error: kinds.append(error.kind)
    threads = [threading.Thread(target=call) for _ in range(2)]
    [one.start() for one in threads]; [one.join() for one in threads]
    from model_manager.ledger.storage import writers
    writers.end_all(60)
    os._exit(0 if sorted(kinds) == ["budget", "ok"] else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
thread.join()
service.close()
raise SystemExit(code)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        wait_until(lambda: len(server.requests) == 1)
        process.stdin.write("\n")
        process.stdin.flush()
        wait_until(lambda: len(server.requests) == 2)
        gate.set()
        process.communicate(timeout=LONG_S)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
    assert standing() == (2 * COST, 0)
