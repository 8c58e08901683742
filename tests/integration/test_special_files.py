"""FIFOs, devices and huge files in the place of .env and models.toml, met by running programs: told, never waited for."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from command_line import environment, run_cli
from serving import CATALOGUE, TOKEN

from model_manager import AIService

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


def put_back(path: Path, text: str) -> None:
    """Put a file in the place of whatever `replace_by` put there."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()
    path.write_text(text)


@pytest.mark.parametrize("name", FILES)
def test_a_running_server_answers_and_stops(project, name):
    """The server says what is wrong, answers other questions, recovers, and ends at a SIGTERM while it is wrong."""
    text = (project / name).read_text()
    with serve() as (running, client):
        assert client.get("/api/ai/tasks").status_code == 200
        for kind in ("huge", "directory", "endless", "fifo"):
            replace_by(project / name, kind)
            for _ in range(3):  # a lock that the first left would hold up the second
                answer = client.get("/api/ai/tasks")
                assert (answer.status_code, name in answer.text) == (503, True), answer.text
            assert client.get("/healthz").status_code == 200
            if kind != "fifo":
                put_back(project / name, text)
                assert client.get("/api/ai/tasks").status_code == 200
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=LONGEST_S)
    assert running.returncode == 0
    assert "Traceback" not in err


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_running_application_keeps_what_it_had(project, name, kind, caplog):
    """A service whose file is replaced under it answers as before, in every thread, with one warning that names it."""
    with AIService() as service, ThreadPoolExecutor(8) as pool:
        assert service.get_model_for_task("chat").id == "lab/beta"
        replace_by(project / name, kind)
        found = [pool.submit(service.get_model_for_task, "chat") for _ in range(40)]
        assert {one.result(LONGEST_S).id for one in found} == {"lab/beta"}
        assert name in str(service.problem)
    assert caplog.text.count("an invalid change is ignored") <= 1


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
