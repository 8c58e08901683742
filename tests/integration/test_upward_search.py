"""A project's files above the current directory, inside its repository: the same for every interface."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from command_line import environment, run_cli
from serving import CATALOGUE, TOKEN

from model_manager import AIService, get_model_for_task


@pytest.fixture
def below(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in a repository whose root has models.toml and .env; it is current."""
    (work / ".git").mkdir()
    (work / "models.toml").write_text(CATALOGUE.format(url="http://127.0.0.1:9/v1"))
    (work / ".env").write_text("\n\nAI_CHAT_MODEL=lab/beta\n")
    place = work / "packages" / "app"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    return place


def tasks_of(document: dict) -> dict[str, tuple[str, str]]:
    """Model and source of each task of a document."""
    return {task["task"]: (task["model"], task["source"]["text"]) for task in document["tasks"]}


@pytest.mark.usefixtures("below")
def test_the_command_line_and_the_words_for_tab():
    """`list` names the file above by its relative path and line; TAB knows the models above."""
    assert tasks_of(run_cli("list", "--json").json)["chat"] == ("lab/beta", "AI_CHAT_MODEL in ../../.env:3")
    assert "lab/beta" in run_cli("__words", "model").stdout


def test_a_named_directory_is_meant_alone(below):
    """With -C or `directory` nothing above counts, though the directory is the current one."""
    assert "lab/beta" not in run_cli("-C", ".", "list", "--ids").stdout
    assert "lab/beta" not in run_cli("__words", "model", "-C", ".").stdout
    with AIService(directory=below) as service:
        assert service.get_model_for_task("chat").id != "lab/beta"


@pytest.mark.usefixtures("below")
def test_the_library():
    """A service without a directory, and the function of the package, find the same."""
    with AIService() as service:
        assert service.get_model_for_task("chat").id == "lab/beta"
    assert get_model_for_task("chat").id == "lab/beta"


@pytest.mark.usefixtures("below")
def test_the_server():
    """`serve` finds the same and says where it stands."""
    with subprocess.Popen(
        [sys.executable, "-m", "model_manager", "serve", "--port", "0", "--json"],
        env=environment({"MODEL_MANAGER_SERVER_TOKEN": TOKEN}),
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            url = json.loads(running.stdout.readline())["url"]
            answer = httpx.get(
                f"{url}/api/ai/tasks", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60, trust_env=False
            )
        finally:
            running.kill()
    assert tasks_of(answer.json())["chat"] == ("lab/beta", "AI_CHAT_MODEL in ../../.env:3")


def test_assign_changes_the_file_above(below):
    """An assignment goes to the .env that was found, and its undoing too."""
    path = below.parents[1] / ".env"
    assert "wrote ../../.env" in run_cli("assign", "chat", "alpha").stdout
    assert path.read_text() == "\n\nAI_CHAT_MODEL=alpha\n"
    assert run_cli("assign", "--undo").exit_code == 0
    assert path.read_text() == "\n\nAI_CHAT_MODEL=lab/beta\n"
    assert not (below / ".env").exists()
