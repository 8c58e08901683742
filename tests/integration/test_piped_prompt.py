"""`test` without a prompt: what a pipe or a file on standard input holds is the prompt; nothing waits for ever."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from command_line import environment, run_cli, run_in_terminal
from model_server import ModelServer, model_server, saying

from model_manager.cli import piped

FIXED = "Say hello in one short sentence."


@pytest.fixture
def server(work) -> Iterator[ModelServer]:
    with model_server(saying("fine")) as running:
        running.project(work)
        with (work / "models.toml").open("a") as file:
            file.write('[tasks.chat]\nmodel = "m"\n')
        yield running


def prompts(server: ModelServer) -> list[str]:
    return [request.body["messages"][-1]["content"] for request in server.requests]


@pytest.mark.parametrize("words", [["m"], ["--task", "chat"], ["-m", "m"]], ids=" ".join)
def test_a_pipe_is_the_prompt(server, words):
    """With one model or a task and no prompt, the pipe is read, as it is."""
    result = run_cli("test", *words, stdin="the diff\n")
    assert (result.exit_code, prompts(server)) == (0, ["the diff\n"]), result.stderr


@pytest.mark.parametrize("given", ["", " \n"], ids=["nothing", "blank"])
def test_an_empty_pipe_is_none(server, given):
    """A pipe that ends without a word leaves the fixed prompt."""
    run_cli("test", "m", stdin=given)
    assert prompts(server) == [FIXED]


def test_a_prompt_on_the_command_line_leaves_the_pipe_alone(server, work):
    """With a prompt argument, standard input is not read: it may belong to the loop of a script around it."""
    (work / "loop").write_text("one\ntwo\n")
    program = f'while read -r word; do {sys.executable} -m model_manager test m "$word"; done <loop'
    subprocess.run(["sh", "-c", program], env=environment(), check=True, capture_output=True, timeout=60)
    assert prompts(server) == ["one", "two"]


def test_several_models_leave_the_pipe_alone(server):
    """Several models, as a job of CI has them, get the fixed prompt."""
    run_cli("test", "-m", "m", "-m", "m", stdin="not this")
    assert set(prompts(server)) == {FIXED}


def test_a_file_is_the_prompt(server, work):
    """`< FILE` is read like a pipe."""
    (work / "prompt.txt").write_text("from a file")
    with (work / "prompt.txt").open() as file:
        command = [sys.executable, "-m", "model_manager", "test", "m"]
        subprocess.run(command, stdin=file, env=environment(), check=True, capture_output=True, timeout=60)
    assert prompts(server) == ["from a file"]


@pytest.mark.parametrize("redirection", ["</dev/null", "<&-", ""], ids=["null", "closed", "inherited null"])
def test_what_is_no_pipe_is_not_waited_for(server, redirection):
    """The null device and a closed standard input leave the fixed prompt at once."""
    command = f"{sys.executable} -m model_manager test m {redirection}"
    done = subprocess.run(
        ["sh", "-c", command],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert prompts(server) == [FIXED]
    assert "Waiting" not in done.stderr


def test_a_terminal_is_not_waited_for(server):
    """In front of a person who types nothing the fixed prompt is sent."""
    code, shown = run_in_terminal("test", "m")
    assert (code, prompts(server)) == (0, [FIXED])
    assert "Waiting" not in shown


@pytest.fixture
def pipe(monkeypatch) -> Iterator[int]:
    """Standard input is a pipe; its other end, and no patience."""
    monkeypatch.setattr(piped, "_TOLD_AFTER_S", 0.01)
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield writing
        os.close(writing)


def test_a_silent_pipe_is_told_and_then_given_up(pipe, monkeypatch):
    """A pipe that nobody writes to or closes, as jobs inherit one, ends in the fixed prompt and a warning."""
    assert pipe
    monkeypatch.setattr(piped, "_PATIENCE_S", 0.01)
    said: list[str] = []
    assert piped.piped_prompt(said.append) is None
    assert [line.partition(" ")[0] for line in said] == ["Waiting", "Warning:"]


def test_a_slow_pipe_is_waited_for(pipe, monkeypatch):
    """It is said what is waited for, and what comes then is the prompt."""
    monkeypatch.setattr(piped, "_PATIENCE_S", 20.0)
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        os.write(pipe, b"late")
        os.dup2(os.open(os.devnull, os.O_WRONLY), pipe)  # closes the pipe

    assert piped.piped_prompt(say) == "late"
    assert len(said) == 1


def test_an_endless_pipe_is_refused(server):
    """More than a prompt can be is an error at once."""
    command = f"yes | {sys.executable} -m model_manager test m"
    done = subprocess.run(
        ["sh", "-c", command], env=environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: the prompt on stdin is larger than 16 MiB\n")
    assert prompts(server) == []


def test_a_pipe_of_bytes_is_refused(server):
    """What is no text is no prompt."""
    result = run_cli("test", "m", stdin=b"\xff\xfe")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: the prompt on stdin is not valid UTF-8 (byte 1)\n")
    assert prompts(server) == []
