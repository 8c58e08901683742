"""`serve` as a process: how it begins, what it says, how it ends; and what it costs those who do not serve."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from command_line import environment, run_cli
from model_server import Answer, Request, model_server, saying
from serving import CATALOGUE, TOKEN

MODULES = ("fastapi", "starlette", "uvicorn", "pydantic", "model_manager.server")


#: The command, where calls under way may take an hour to end when the server is stopped.
PATIENT = (
    "from model_manager.server import run; run.STOP_S = 3600; from model_manager.__main__ import main; main()"
)


@contextmanager
def process(*words: str, program: str | None = None, **env: str) -> Iterator[tuple[subprocess.Popen, dict]]:
    """A server in a process of its own, and what it says when it is ready; `program` stands for the command."""
    module = ["-c", program] if program else ["-m", "model_manager"]
    command = [sys.executable, *module, "serve", "--port", "0", "--json", *words]
    running = subprocess.Popen(
        command, env=environment(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        line = running.stdout.readline()  # one line is all: more would have to be waited for
        assert line, running.stderr.read()
        yield running, json.loads(line)
    finally:
        running.kill()
        running.communicate()


def client_of(ready: dict) -> httpx.Client:
    token = ready["login_url"].partition("token=")[2] if ready["login_url"] else TOKEN
    return httpx.Client(
        base_url=ready["url"], headers={"Authorization": f"Bearer {token}"}, verify=False, timeout=20
    )


def answers(url: str) -> bool:
    """Whether a server takes new connections."""
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).is_success
    except httpx.TransportError:  # refused, or cut off where it closes just now
        return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_when_it_is_told_to(work, number, code):
    """It answers to its own token, not to one of .env, logs on stderr, and ends at a signal, though somebody listens."""
    (work / ".env").write_text(f"MODEL_MANAGER_SERVER_TOKEN={TOKEN}\n")
    with process() as (running, ready), client_of(ready) as client:
        assert client.get("/api/ai/tasks").json()["schema"] == 1
        of_the_file = client.get("/api/ai/tasks", headers={"Authorization": f"Bearer {TOKEN}"})
        assert of_the_file.status_code == 401
        with client.stream("GET", "/api/ai/events") as stream:
            lines = stream.iter_lines()
            next(lines)
            running.send_signal(number)
            assert "data" not in "".join(lines)  # which has an end
        out, err = running.communicate(timeout=40)
        assert (running.returncode, out) == (code, "")
        assert '127.0.0.1 "GET /api/ai/tasks" 200' in err
        assert "Traceback" not in err
        assert TOKEN not in err


def test_a_call_under_way_may_end(work):
    """A stop lets a live test end by itself; nothing new is taken."""
    begun, free = threading.Event(), threading.Event()

    def slow(request: Request, answer: Answer) -> None:
        begun.set()
        free.wait(20)
        answer.say(request, "At last.")

    with model_server(slow) as models:
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
        with process("--no-access-log") as (running, ready), client_of(ready) as client:
            found: list[httpx.Response] = []
            body = {"model": "alpha"}
            asking = threading.Thread(target=lambda: found.append(client.post("/api/ai/models/test", json=body)))
            asking.start()
            assert begun.wait(30)
            running.send_signal(signal.SIGTERM)
            while answers(ready["url"]):
                time.sleep(0.02)
            free.set()
            asking.join(30)
            _, err = running.communicate(timeout=40)
    assert found[0].json()["results"][0]["text"] == "At last."
    assert (running.returncode, "Stopping: 1 live test in progress" in err) == (0, True)
    assert '"POST' not in err


def test_a_second_ctrl_c_ends_it_at_once(work):
    """Who presses Ctrl-C again does not wait for a provider, however long calls under way may take."""
    begun, free = threading.Event(), threading.Event()

    def endless(_: Request, __: Answer) -> None:
        begun.set()
        free.wait(60)

    with model_server(endless) as models:
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
        with process(program=PATIENT) as (running, ready), client_of(ready) as client:

            def ask() -> None:
                with suppress(httpx.TransportError):
                    client.post("/api/ai/models/test", json={"model": "alpha", "retries": 0})

            asking = threading.Thread(target=ask)
            asking.start()
            assert begun.wait(30)
            running.send_signal(signal.SIGINT)
            assert any(line.startswith("Stopping: 1 live test") for line in running.stderr)
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=40)
            asking.join(30)
            assert not free.is_set()
        free.set()
    assert running.returncode == 130
    assert "Traceback" not in err


def test_half_a_request_does_not_hold_it_up():
    """A client that never sends the rest of its body is told that the server stops, which then ends, and is no bug."""
    with process(MODEL_MANAGER_SERVER_TOKEN=TOKEN) as (running, ready):
        address = urlsplit(ready["url"])
        with socket.create_connection((address.hostname, address.port)) as client:
            head = (
                f"PUT /api/ai/tasks/chat HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {TOKEN}\r\n"
                "Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
            )
            client.sendall(head.encode())
            assert client.recv(10_000).startswith(b"HTTP/1.1 100 ")  # now it waits for the body
            client.sendall(b'{"route":')
            running.send_signal(signal.SIGTERM)
            said = client.recv(10_000)
            # The client keeps its line open all the while.
            _, err = running.communicate(timeout=60)
    assert said.startswith(b"HTTP/1.1 503 ")
    assert (running.returncode, "Exception" in err, "Traceback" in err) == (0, False, False)


def test_what_it_says_to_people():
    """Without --json: the address and the link on stdout, hints on stderr."""
    command = [sys.executable, "-m", "model_manager", "serve", "--port", "0"]
    running = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    first, second = running.stdout.readline(), running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=40)
    url = first.removeprefix("Listening at ").strip()
    assert second.startswith(f"Log in:     {url}/login?token=")
    assert err == "Press Ctrl-C to stop\n"


def test_a_port_in_use():
    """Another server's port is explained."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        result = run_cli("serve", "--port", port)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: port {port} of 127.0.0.1 is already in use\nHint: ")
    assert "--port; 0 takes any free one" in result.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_no_other_machine_gets_in_without_a_token(host):
    """An address that others can reach is refused without a token, before anything listens."""
    result = run_cli("serve", "--host", host, "--port", "0")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a token is needed" in result.stderr
    assert "MODEL_MANAGER_SERVER_TOKEN" in result.stderr


def test_with_a_token_other_machines_get_in():
    """With a token of one's own, never printed, it listens there, and says that nothing is encrypted."""
    with process("--host", "0.0.0.0", MODEL_MANAGER_SERVER_TOKEN=TOKEN) as (running, ready):
        assert ready["login_url"] is None
        assert ready["url"].startswith("http://127.0.0.1:")
        assert httpx.get(f"{ready['url']}/healthz").status_code == 200
        with client_of(ready) as client:
            assert client.get("/api/ai/tasks").status_code == 200
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=40)
    assert "without encryption" in err
    assert TOKEN not in str(ready) + out + err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--host", "203.0.113.5"], 2, "is not an address of this machine"),
        (["--host", "no such host"], 2, "is not an address of this machine"),
        (["--port", "70000"], 2, "--port"),
        (["--max-cost", "lots"], 2, "--max-cost"),
        (["--max-cost", "-1"], 2, "--max-cost"),
        (["-C", "nowhere"], 2, "-C: there is no directory nowhere"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_served(words, code, said):
    """One clear error for what cannot be."""
    result = run_cli("serve", "--port", "0", *words, env={"MODEL_MANAGER_SERVER_TOKEN": TOKEN})
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_catalogue_at_the_start(work):
    """At the start there is nothing to serve: the mistakes are told, and it ends."""
    (work / "models.toml").write_text("[broken")
    result = run_cli("serve", "--port", "0")
    assert (result.exit_code, "models.toml:1" in result.stderr) == (3, True)


def test_without_the_extra():
    """Who has not installed the extra is told how to."""
    program = (
        "import sys; sys.modules['fastapi'] = None; sys.argv = ['model-manager', 'serve'];"
        "from model_manager.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "serve needs the extra [server] (fastapi is not installed)" in done.stderr
    assert "pip install 'llm-model-manager[server]'" in done.stderr


def test_who_does_not_serve_does_not_pay():
    """No other command loads anything of the extra, nor does the help."""
    commands = (["list"], ["list", "--json"], ["--help"], ["serve", "--help"], ["assign", "chat", "gpt-6-luna"])
    program = (
        "import contextlib, sys\n"
        "from model_manager.__main__ import main\n"
        f"for words in {commands}:\n"
        "    sys.argv = ['model-manager', *words]\n"
        "    with contextlib.suppress(SystemExit): main()\n"
        f"    loaded = [name for name in {MODULES} if name in sys.modules]\n"
        "    print('loaded by', *words, loaded, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    told = [line for line in done.stderr.splitlines() if line.startswith("loaded by")]
    assert told == [f"loaded by {' '.join(words)} []" for words in commands]


def test_a_browser_is_opened(tmp_path):
    """`--open` shows the login link in the browser of the environment."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    browser.chmod(0o755)
    with process("--open", BROWSER=str(browser)) as (_, ready):
        for _ in range(1000):
            if seen.exists() and seen.read_text().strip():
                break
            time.sleep(0.02)
        assert seen.read_text().strip() == ready["login_url"]


def test_editors_of_all_kinds_at_once(work):
    """Two clients of the API and the command line change tasks of one .env at the same time: nothing is lost."""
    tasks = [f"t{number}" for number in range(6)]
    with model_server(saying("Hello.")) as models:
        extra = "".join(f'[tasks.{task}]\nmodel = "alpha"\n' for task in tasks)
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url) + extra)
        (work / ".env").write_text("# mine\nOTHER=1\n")
        with process() as (_, ready):

            def by_http(task: str) -> None:
                with client_of(ready) as client:
                    for route in ("alpha", "lab/beta") * 4:
                        etag = next(
                            one for one in client.get("/api/ai/tasks").json()["tasks"] if one["task"] == task
                        )["etag"]
                        answer = client.put(
                            f"/api/ai/tasks/{task}", json={"route": route}, headers={"If-Match": etag}
                        )
                        assert answer.status_code == 200, answer.text

            def by_hand(task: str) -> None:
                for route in ("alpha", "lab/beta"):
                    assert run_cli("assign", task, route).exit_code == 0

            with ThreadPoolExecutor(6) as pool:
                list(pool.map(lambda task: (by_hand if task in ("t4", "t5") else by_http)(task), tasks))
    lines = Path(".env").read_text().splitlines()
    assert lines[:2] == ["# mine", "OTHER=1"]
    assert sorted(lines[2:]) == [f"AI_{task.upper()}_MODEL=lab/beta" for task in tasks]
    assert sorted(path.name for path in work.iterdir()) == [".env", "models.toml"]
