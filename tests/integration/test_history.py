"""The history of assignments through the command line and the HTTP API: who changed what when, and undo."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import run_cli
from contract import conforming
from serving import CATALOGUE, TOKEN, Served, serving

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz012345"
#: `LC_TIME` makes a process of its own, which reads `TZ` when it starts.
ENV = {"LOGNAME": "ada", "TZ": "Asia/Kolkata", "LC_TIME": "C"}


@pytest.fixture
def project(work: Path) -> Path:
    (work / "models.toml").write_text(CATALOGUE.format(url="http://127.0.0.1:9"))
    return work


@pytest.fixture
def served(project: Path) -> Iterator[Served]:
    with serving(project) as running:
        yield running


def history_of(task: str, *args: str) -> list[dict]:
    result = run_cli("info", task, "--history", "--json", *args)
    assert (result.exit_code, result.stderr) == (0, "")
    return conforming(result.stdout, "TaskInfoDocument")["task"]["history"]


def values(history: list[dict]) -> list[tuple]:
    return [(one["variable"], one["old"], one["new"], one["undone"]) for one in history]


def log_files() -> list[Path]:
    return list(Path(os.environ["XDG_STATE_HOME"]).rglob("*.jsonl"))


@pytest.mark.usefixtures("project")
def test_assign_and_undo_are_in_it():
    """The latest change comes first, with its author; the undo is one, and what it took back is marked."""
    before = datetime.now(UTC)
    run_cli("assign", "chat", "lab/beta", env=ENV)
    run_cli("assign", "--default", "alpha", env=ENV)
    run_cli("assign", "--undo", env=ENV)
    found = history_of("chat")
    assert values(found) == [
        ("AI_DEFAULT_MODEL", "alpha", None, False),
        ("AI_DEFAULT_MODEL", None, "alpha", True),
        ("AI_CHAT_MODEL", None, "lab/beta", False),
    ]
    assert (found[0]["undoes"], found[1]["undoes"]) == (found[1]["at"], None)
    assert {(one["via"], one["file"], one["by"].partition("@")[0]) for one in found} == {("cli", ".env", "ada")}
    assert before <= datetime.fromisoformat(found[2]["at"]) <= datetime.now(UTC)
    assert values(history_of("listening")) == values(found)[:2]


@pytest.mark.usefixtures("project")
def test_the_terminal_shows_it():
    """A line a change in local time; an empty history says what it would not have."""
    assert "in an editor is not recorded" in run_cli("info", "chat", "--history").stdout
    run_cli("assign", "chat", "lab/beta", env=ENV)
    found = history_of("chat")[0]
    shown = run_cli("info", "chat", "--history", env=ENV).lines[-1]
    words = shown.partition("  ")[2].strip()
    assert words == f"not set → lab/beta, by {found['by']}, in .env"
    local = datetime.fromisoformat(f"{shown.partition('  ')[0]}+05:30")
    assert local == datetime.fromisoformat(found["at"]).replace(microsecond=0)


@pytest.mark.usefixtures("project")
def test_it_costs_nothing_unless_asked():
    """Without the option there is no history in the document; a model has none."""
    run_cli("assign", "chat", "lab/beta")
    assert "history" not in run_cli("info", "chat", "--json").json["task"]
    result = run_cli("info", "alpha", "--history")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: --history: alpha is a model: only tasks have a history\nHint: ")


def test_several_files_are_one_history(project):
    """Changes of .env and .env.local are listed together, also when the file is gone."""
    run_cli("assign", "chat", "lab/beta")
    (project / ".env.local").touch()
    run_cli("assign", "chat", "alpha")
    (project / ".env.local").unlink()
    assert [one["file"] for one in history_of("chat")] == [".env.local", ".env"]
    (project / "other.env").touch()
    assert history_of("chat", "--env-file", "other.env") == []


@pytest.mark.usefixtures("project")
def test_a_key_never_lands_in_it():
    """A key that was pasted in place of a model, of a known shape or a known value, is hidden."""
    Path(".env").write_text("OPENAI_API_KEY=plain-words-nobody-guesses\n")
    run_cli("assign", "chat", KEY, "--force")
    run_cli("assign", "chat", "plain-words-nobody-guesses", "--force")
    (path,) = log_files()
    assert KEY[8:] not in path.read_text()
    assert "plain-words" not in path.read_text()
    assert values(history_of("chat")) == [
        ("AI_CHAT_MODEL", "***", "***", False),
        ("AI_CHAT_MODEL", None, "***", False),
    ]


@pytest.mark.usefixtures("project")
def test_a_broken_history_is_told_and_nothing_more():
    """What cannot be read is a warning of `info`; assigning works as ever."""
    run_cli("assign", "chat", "lab/beta")
    (path,) = log_files()
    path.write_bytes(b"\x00\xff{\n")
    result = run_cli("info", "chat", "--history")
    assert result.exit_code == 0
    assert "1 line cannot be read" in result.stderr
    path.unlink()
    path.mkdir()
    result = run_cli("assign", "chat", "alpha")
    assert (result.exit_code, Path(".env").read_text()) == (0, "AI_CHAT_MODEL=alpha\n")
    assert result.stderr.count("Warning") == result.stderr.count("not in the history") == 1


def test_the_api_tells_who_changed_what(served):
    """A program's change, a removal, and one of the command line, with the task's tag."""
    served.send("PUT", "/api/ai/tasks/chat", {"route": "lab/beta"})
    served.send("PUT", "/api/ai/tasks/chat", {"route": "alpha", "dry_run": True})
    run_cli("assign", "chat", "alpha,lab/beta")
    served.send("DELETE", "/api/ai/tasks/chat")
    answer = served.get("/api/ai/tasks/chat/history")
    found = conforming(answer.content, "HistoryDocument")
    assert values(found["history"]) == [
        ("AI_CHAT_MODEL", "alpha,lab/beta", None, False),
        ("AI_CHAT_MODEL", "lab/beta", "alpha,lab/beta", False),
        ("AI_CHAT_MODEL", None, "lab/beta", False),
    ]
    assert [one["via"] for one in found["history"]] == ["api", "cli", "api"]
    assert found["history"][0]["by"] == "API client 127.0.0.1"
    assert (found["task"], found["can_undo"], found["warnings"]) == ("chat", True, [])
    tasks = served.get("/api/ai/tasks").json()["tasks"]
    assert answer.headers["etag"] == tasks[0]["etag"]
    assert found["history"] == history_of("chat")


def test_a_login_is_told_from_a_program(served):
    """What comes with the cookie of a login was done on the page."""
    with served.client(Authorization="") as browser:
        browser.get("/login", params={"token": TOKEN})
        assert browser.put("/api/ai/tasks/chat", json={"route": "lab/beta"}).status_code == 200
    assert served.get("/api/ai/tasks/chat/history").json()["history"][0]["via"] == "page"


def test_the_last_change_is_taken_back(served):
    """Undo answers as `assign --undo` does, once, and only with the tag of what was read."""
    served.env.write_text("AI_CHAT_MODEL=alpha\n")
    old = served.send("PUT", "/api/ai/tasks/chat", {"route": "alpha,lab/beta"}).headers["etag"]
    tag = served.send("PUT", "/api/ai/tasks/chat", {"route": "lab/beta"}).headers["etag"]
    late = served.send("POST", "/api/ai/tasks/chat/undo", if_match=old)
    assert (late.status_code, late.json()["kind"]) == (412, "changed")
    plan = served.send("POST", "/api/ai/tasks/chat/undo?dry_run=true", if_match=tag).json()
    assert plan == run_cli("assign", "--undo", "--dry-run", "--json").json
    assert (plan["written"], served.env.read_text()) == (False, "AI_CHAT_MODEL=lab/beta\n")
    done = served.send("POST", "/api/ai/tasks/chat/undo", if_match=tag)
    assert conforming(done.content, "AssignDocument") == {**plan, "written": True}
    assert served.env.read_text() == "AI_CHAT_MODEL=alpha,lab/beta\n"
    assert done.headers["etag"] == old
    found = served.get("/api/ai/tasks/chat/history").json()
    assert ([one["undone"] for one in found["history"]], found["can_undo"]) == ([False, True, False], False)
    again = served.send("POST", "/api/ai/tasks/chat/undo", if_match=old)
    assert (again.status_code, again.json()["kind"]) == (409, "refused")


def test_another_tasks_change_is_not_taken_back(served):
    """A task's undo takes back no change that others see; one of the default is every task's."""
    served.send("PUT", "/api/ai/tasks/chat", {"route": "lab/beta"})
    refused = served.send("POST", "/api/ai/tasks/listening/undo")
    assert refused.status_code == 409
    assert "its last change was of AI_CHAT_MODEL, not of listening" in refused.json()["detail"]
    assert served.get("/api/ai/tasks/listening/history").json()["can_undo"] is False
    assert served.env.read_text() == "AI_CHAT_MODEL=lab/beta\n"
    run_cli("assign", "--default", "alpha")
    assert served.send("POST", "/api/ai/tasks/listening/undo").json()["written"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/ai/tasks/nothing/history", None, 404),
        ("POST", "/api/ai/tasks/nothing/undo", None, 404),
        ("POST", "/api/ai/tasks/chat/undo", None, 409),
        ("POST", "/api/ai/tasks/chat/undo", {"dry_run": True}, 422),
        ("POST", "/api/ai/tasks/chat/undo?dry=true", None, 422),
        ("GET", "/api/ai/tasks/chat/history?all=true", None, 422),
        ("DELETE", "/api/ai/tasks/chat/history", None, 405),
    ],
)
def test_what_cannot_be_asked(served, method, path, body, status):
    """Unknown tasks, nothing to undo, bodies and parameters that there are none of."""
    answer = served.send(method, path, body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_server_that_only_reads_undoes_nothing(project):
    """`--read-only` shows the history and plans an undo, and refuses to do it."""
    run_cli("assign", "chat", "lab/beta")
    with serving(project, read_only=True) as served:
        assert served.get("/api/ai/tasks/chat/history").json()["can_undo"] is True
        assert served.send("POST", "/api/ai/tasks/chat/undo?dry_run=true").status_code == 200
        assert served.send("POST", "/api/ai/tasks/chat/undo").status_code == 403
    assert json.loads(log_files()[0].read_text())["new"] == "lab/beta"
    assert Path(".env").read_text() == "AI_CHAT_MODEL=lab/beta\n"
