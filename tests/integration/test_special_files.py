"""FIFOs, devices and huge files in the place of .env and models.toml, met by running programs: told, never waited for."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from command_line import environment, run_cli
from serving import CATALOGUE, TOKEN

#: Where a program that waits for a file that gives nothing is given up.
LONGEST_S = 60
KINDS = ("fifo", "endless", "huge", "directory")
FILES = (".env", "models.toml")


@pytest.fixture
def project(work: Path) -> Path:
    (work / "models.toml").write_text(CATALOGUE.format(url="http://127.0.0.1:9/v1"))
    (work / ".env").write_text("AI_CHAT_MODEL=lab/beta\n")
    return work


def replace_by(path: Path, kind: str) -> None:
    """Put something in the place of a file that cannot be read to its end."""
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "directory":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(5 << 30)


@contextmanager
def serve(*words: str, **env: str) -> Iterator[tuple[subprocess.Popen, httpx.Client]]:
    """`serve` as a process, and a client of it."""
    running = subprocess.Popen(
        [sys.executable, "-m", "model_manager", "serve", "--port", "0", "--json", *words],
        env=environment({"MODEL_MANAGER_SERVER_TOKEN": TOKEN, **env}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = running.stdout.readline()
        assert line, running.stderr.read()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(
            base_url=json.loads(line)["url"], headers=headers, verify=False, timeout=LONGEST_S
        ) as client:
            yield running, client
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_command_ends_with_one_error(project, name, kind):
    """The command line names the file and what it is, with exit code 3, and changes nothing."""
    replace_by(project / name, kind)
    for words in (["list"], ["assign", "chat", "alpha"]):
        result = run_cli(*words)
        assert result.exit_code == 3
        assert result.stderr.startswith("Error: ")
        assert name in result.stderr
        assert "Traceback" not in result.stderr
        assert len(result.stderr.splitlines()) <= 3


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_running_server_answers_and_stops(project, name, kind):
    """The server says what is wrong, answers other questions, and ends at a SIGTERM."""
    with serve() as (running, client):
        assert client.get("/api/ai/tasks").status_code == 200
        replace_by(project / name, kind)
        for _ in range(3):  # a lock that the first left would hold up the second
            answer = client.get("/api/ai/tasks")
            assert (answer.status_code, name in answer.text) == (503, True), answer.text
        assert client.get("/healthz").status_code == 200
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=LONGEST_S)
    assert running.returncode == 0
    assert "Traceback" not in err


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_running_application_keeps_what_it_had(name, kind):
    """A service whose file is replaced under it answers as before, in every thread, with one warning that names it."""
    program = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_special_files import replace_by
from model_manager import AIService
service = AIService()
before = service.get_model_for_task("chat").id
replace_by(Path({name!r}), {kind!r})
with ThreadPoolExecutor(8) as pool:
    after = set(pool.map(lambda _: service.get_model_for_task("chat").id, range(40)))
print(before, *after)
print(service.problem)
service.close()
"""
    support = Path(__file__).parents[1] / "support"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment({"PYTHONPATH": str(support)}),
        capture_output=True,
        text=True,
        check=True,
        timeout=LONGEST_S,
    )
    models, problem = done.stdout.splitlines()
    assert models == "lab/beta lab/beta"
    assert name in problem
    assert done.stderr.count("an invalid change is ignored") <= 1


def test_a_server_whose_directory_is_deleted_answers_and_stops(project, tmp_path):
    """Where the directory goes away under a running server, it goes on with what it had, and ends at a SIGTERM."""
    place = tmp_path / "gone"
    place.mkdir()
    (place / "models.toml").write_text((project / "models.toml").read_text())
    with serve("-C", str(place)) as (running, client):
        assert client.get("/api/ai/tasks").status_code == 200
        (place / "models.toml").unlink()
        place.rmdir()
        answer = client.get("/api/ai/tasks")
        assert "Traceback" not in answer.text
        assert client.get("/healthz").status_code == 200
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=LONGEST_S)
    assert (running.returncode, "Traceback" in err) == (0, False)
