"""`test` in front of a person and in a pipe: text as it comes, progress, Ctrl-C, tables that fit, harmless output."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pexpect
import pytest
from command_line import environment, run_cli
from model_server import KEY, Answer, ModelServer, Request, by_model, in_turn, model_server, refusing, saying
from socket_queues import wait_until_read

COMMAND = [sys.executable, "-m", "model_manager", "test"]
LONGEST_S = 20
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@contextmanager
def terminal(*args: str, width: int = 100, **env: str) -> Iterator[pexpect.spawn]:
    """The command in a pseudo-terminal of this width."""
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *args],
        env={**environment(env), "TERM": "xterm-256color"},
        dimensions=(40, width),
        encoding="utf-8",
        timeout=LONGEST_S,
        echo=False,
    )
    try:
        yield child
    finally:
        child.close(force=True)


def finished(child: pexpect.spawn) -> tuple[int | None, str]:
    """The exit code, and what else was shown."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


class Gate:
    """A server script that says one piece, waits to be let on, and says the rest."""

    def __init__(self, first: str = "first piece,", rest: str = " the rest") -> None:
        self.first, self.rest = first, rest
        self.opened = threading.Event()
        self.waiting = threading.Event()

    def __call__(self, request: Request, answer: Answer) -> None:
        answer.piece(self.first, request.model)
        self.waiting.set()
        self.opened.wait(LONGEST_S)
        answer.say(request, self.rest)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def gated(gate: Gate, work: Path) -> Iterator[ModelServer]:
    """A server with the model `slow`, which waits at the gate, and `quick`."""
    with model_server(by_model({"slow": gate, "quick": saying("done at once")})) as server:
        server.project(work, "slow", "quick")
        yield server
        gate.opened.set()


# Text as it comes


def test_text_appears_as_it_comes(gated: ModelServer, gate: Gate) -> None:
    """On a terminal the first piece is there before the server has sent the second."""
    with terminal("slow", "hi") as child:
        child.expect_exact("first piece,")
        assert not gate.opened.is_set()
        gate.opened.set()
        exit_code, shown = finished(child)
    assert exit_code == 0
    assert shown.startswith(" the rest\r\nslow answered, stop, 10 tokens in, 5 out, $0.00006, first text ")
    assert "key LOCAL_API_KEY" in shown
    assert len(gated.requests) == 1


def start(*args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), bufsize=0
    )


def read(stream: IO[bytes] | None, size: int) -> bytes:
    assert stream is not None
    content = b""
    while len(content) < size and (more := stream.read(size - len(content))):
        content += more
    return content


def test_text_appears_as_it_comes_in_a_pipe(gated: ModelServer, gate: Gate) -> None:
    """In a pipe too: the reader has the first piece while the server holds back the second."""
    with start("slow", "hi") as process:
        assert read(process.stdout, 12) == b"first piece,"
        gate.opened.set()
        out, _ = process.communicate(timeout=LONGEST_S)
    assert out == b" the rest\n"
    assert process.returncode == 0
    assert gated.requests[0].body["stream"] is True


# Exact in a pipe, harmless on a terminal

TEXTS = {
    "plain": ["one line"],
    "its own end": ["a line\n"],
    "blank lines": ["\n\n  two\n\n"],
    "wide": ["漢字 and 😀", "👩‍👩‍👧", " ﷽ Ω"],
    "controls": ["a\x00b\x1b[2Jc\x9bd\x07", "\x1b]0;title\x07"],
    "carriage": ["1\r\n2\r3"],
    "markup": ["[bold]not bold[/bold] :smile: \\[x]"],
    "separators": ["a\u2028b\u0085c\x0cd\ve"],
}


@pytest.mark.parametrize(("name", "options"), [*((name, []) for name in TEXTS), ("controls", ["--no-stream"])])
def test_bytes_are_exact_in_a_pipe(work: Path, name: str, options: list[str]) -> None:
    """A pipe gets the model's bytes as they are, and one line feed at the end if there is none."""
    text = "".join(TEXTS[name])
    with model_server(saying(*TEXTS[name])) as server:
        server.project(work)
        done = subprocess.run(
            [*COMMAND, "m", "hi", *options], capture_output=True, env=environment(), check=True, timeout=LONGEST_S
        )
    assert done.stdout == text.encode() + (b"" if text.endswith("\n") else b"\n")


def test_a_long_answer(work: Path) -> None:
    """An answer of 200 KB in thousands of pieces arrives whole."""
    pieces = [f"{number:06d} 漢字\n" for number in range(13_000)]
    with model_server(saying(*pieces)) as server:
        server.project(work)
        result = run_cli("test", "m", "hi")
    assert result.exit_code == 0
    assert result.stdout == "".join(pieces)


def test_a_terminal_gets_no_controls(work: Path) -> None:
    """On a terminal nothing that a model says is acted on: escapes, C1 codes and bells show as what they are."""
    with model_server(saying(*TEXTS["controls"], " \u202e漢字\r\n")) as server:
        server.project(work)
        with terminal("m", "hi") as child:
            exit_code, shown = finished(child)
    assert exit_code == 0
    assert shown.startswith(r"a\x00b\x1b[2Jc\x9bd\x07\x1b]0;title\x07 \u202e漢字" + "\r\nm answered")


def test_a_table_gets_no_controls(work: Path) -> None:
    """Neither an answer nor an error in a table moves the cursor or is read as markup."""
    scripts = {"a": saying("[red]x[/red]\x1b[2J\x9b"), "b": refusing(400, "\x1b[2J[bold]bad\x07")}
    with model_server(by_model(scripts)) as server:
        server.project(work, "a", "b")
        with terminal("-m", "a", "-m", "b", "hi", NO_COLOR="1") as child:
            _, shown = finished(child)
    assert "\x1b[2J" not in shown
    assert "\x9b" not in shown
    assert "\x07" not in shown
    assert r"[red]x[/red]\x1b[2J\x9b" in shown


def test_a_reader_that_has_enough(gated: ModelServer, gate: Gate) -> None:
    """`| head -c 1` ends quietly, whatever comes after the first byte."""
    assert gated.url
    with start("slow", "hi") as process:
        read(process.stdout, 1)
        assert process.stdout
        process.stdout.close()
        gate.opened.set()
        assert read(process.stderr, 1 << 20) == b""
        assert process.wait(LONGEST_S) == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_the_output(work: Path, encoding: str) -> None:
    """A stdout whose encoding lacks a character gets an escape in its place, not an error."""
    with model_server(saying("漢")) as server:
        server.project(work)
        result = run_cli("test", "m", "hi", env={"PYTHONIOENCODING": encoding})
        several = run_cli("test", "-m", "m", "--repeat", "2", "hi", env={"PYTHONIOENCODING": encoding})
    assert result.exit_code == several.exit_code == 0
    assert result.stdout == ("漢\n" if encoding == "utf-8" else "\\u6f22\n")


# Standard input


@pytest.mark.parametrize(
    ("stdin", "exit_code", "said"),
    [
        ("Grüß\n".encode(), 0, "answered"),
        (b"", 2, "the prompt is empty"),
        (b" \n", 2, "the prompt is empty"),
        (b"ok \xff", 2, "the prompt on stdin is not valid UTF-8 (byte 4)"),
    ],
)
def test_a_prompt_on_stdin(work: Path, stdin: bytes, exit_code: int, said: str) -> None:
    """- reads the prompt from stdin, as it is; one that is empty or not UTF-8 is refused before any call."""
    with model_server(saying("hi")) as server:
        server.project(work)
        result = run_cli("test", "-m", "m", "-", stdin=stdin)
    assert result.exit_code == exit_code
    assert said in result.stderr
    assert [request.body["messages"][0]["content"] for request in server.requests] == (
        ["Grüß\n"] if exit_code == 0 else []
    )


# Several calls


def test_progress(gated: ModelServer, gate: Gate) -> None:
    """While several calls run, a terminal shows how many are done and what is waited for; then the table."""
    assert gated.url
    with terminal("-m", "quick", "-m", "slow", "hi") as child:
        child.expect_exact("1 of 2 done; calling slow")
        gate.opened.set()
        exit_code, shown = finished(child)
    assert exit_code == 0
    assert "2 of 2 calls answered, $0.00012 total" in ESCAPES.sub("", shown)


def test_a_wait_does_not_spoil_the_progress(work: Path) -> None:
    """A notice stands on a line of its own, above the progress."""
    let_on = threading.Event()

    def busy(_: Request, answer: Answer) -> None:
        let_on.wait(LONGEST_S)
        answer.refuse(503, "busy")

    with model_server(by_model({"a": in_turn(busy, saying("hi")), "b": saying("hi")})) as server:
        server.project(work, "a", "b")
        with terminal("-m", "a", "-m", "b", "hi") as child:
            child.expect_exact("1 of 2 done; calling a")
            let_on.set()
            exit_code, shown = finished(child)
    assert exit_code == 0
    line = next(line for line in shown.split("\r\n") if "waiting 0." in line)
    # What the progress had drawn on this line is erased before the notice is written.
    assert re.search(r"\x1b\[2K[^⠀-⣿]*a: waiting 0\.\d s: local answered HTTP 503", line)


def test_no_progress_in_a_pipe(work: Path) -> None:
    """Where stderr is no terminal there is no progress, and a table has no escapes."""
    with model_server(saying("hi")) as server:
        server.project(work, "a", "b")
        result = run_cli("test", "-m", "a", "-m", "b", "hi", env={"TERM": "xterm-256color"})
    assert "\x1b" not in result.stdout + result.stderr
    assert result.stderr == "Keys: LOCAL_API_KEY\n"
    assert [line.split()[1] for line in result.lines[1:3]] == ["a", "b"]


LONG = "a-model-with-a-rather-long-name"


def test_the_table_fits(work: Path) -> None:
    """No line is wider than the screen; ids, times, costs and the kind of an error are whole; bars where there is room."""
    scripts = {
        LONG: saying("A long answer of many words. " * 30),
        "broken": refusing(401, "this key is not one of ours, look at https://example.org/keys " * 3),
    }
    with model_server(by_model(scripts)) as server:
        server.project(work, *scripts)
        shown = {
            width: run_cli("test", "-m", LONG, "-m", "broken", "hi", env={"COLUMNS": str(width)})
            for width in (50, 80, 140)
        }
    for width, result in shown.items():
        assert result.exit_code == 4
        assert max(map(len, result.lines)) <= width
        if width > 50:
            assert re.search(rf"✓ {LONG} .*\d ms .*\$0\.00006", result.stdout)
        assert re.search(rf"\n{LONG}\n  A long answer of many", result.stdout)
        assert "\n✗ broken\n  auth: local answered HTTP 401: this key" in result.stdout
        assert "\n  Hint: check the key: LOCAL_API_KEY in .env:1\n" in result.stdout
        assert ("█" in result.stdout) is (width > 50)
        assert re.search(r"Cost +In +Out", result.stdout) is None or width >= 100


def test_a_prompt_that_is_a_models_name(work: Path) -> None:
    """A prompt that is a model's or a task's name is sent as the prompt, with a hint on stderr; the JSON stays the same."""
    with model_server(saying("hi")) as server:
        server.project(work, "a", "b")
        for args in (["-m", "a", "b"], ["a", "b", "--json"], ["--task", "chat", "b"]):
            result = run_cli("test", *args, env={"AI_CHAT_MODEL": "a"})
            assert result.exit_code == 0
            assert result.stderr.startswith(
                "Hint: 'b' is sent as the prompt; to call the model of this name: model-manager test -m b\n"
            )
            assert "--json" not in args or result.json["results"][0]["text"] == "hi"
        assert "Hint" not in run_cli("test", "-m", "a", "a b").stderr
        hint = (
            "Hint: 'chat' is sent as the prompt; to call the task of this name: model-manager test --task chat\n"
        )
        assert run_cli("test", "a", "chat").stderr.startswith(hint)
    sent = [(request.model, request.body["messages"][0]["content"]) for request in server.requests]
    assert sent == [("a", "b")] * 3 + [("a", "a b"), ("a", "chat")]


def test_words_in_the_wrong_place(work: Path) -> None:
    """Further words, and a prompt without a model, are refused with the ways out."""
    alone = run_cli("test", "Say hello", cwd=work)
    assert (alone.exit_code, alone.stdout) == (2, "")
    assert alone.stderr.startswith("Error: 'Say hello' is no model's name\nHint: name a model before the prompt")
    result = run_cli("test", "-m", "haiku", "sonnet", "opus", cwd=work)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "Hint: put it in quotes; each further model takes -m"


# Ctrl-C


def interrupted(child: pexpect.spawn) -> tuple[int | None, str]:
    """Press Ctrl-C; the end has to come while the servers still say nothing."""
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


def test_an_interrupted_answer_is_kept(gated: ModelServer) -> None:
    """Ctrl-C in the middle of a stream leaves the text on the screen, says what it cost at least, and ends with 130."""
    assert gated.url
    with terminal("slow", "hi") as child:
        child.expect_exact("first piece,")
        exit_code, shown = interrupted(child)
    assert exit_code == 130
    assert "Error: cancelled: interrupted" in shown
    assert "slow was cut off, about " in shown
    assert "Traceback" not in shown


def test_an_interrupted_wait(work: Path) -> None:
    """Ctrl-C during a wait before another attempt ends at once."""
    with model_server(refusing(503, "busy", Retry_After="30")) as server:
        server.project(work)
        with terminal("m", "hi") as child:
            child.expect_exact("waiting 30.0 s")
            exit_code, shown = interrupted(child)
    assert exit_code == 130
    assert "Error: cancelled: interrupted" in shown


def test_an_interruption_before_the_first_word(work: Path) -> None:
    """Ctrl-C while the server has said nothing ends at once, for one call and for several."""
    asked, let_go = threading.Semaphore(0), threading.Event()

    def silent(_: Request, __: Answer) -> None:
        asked.release()
        let_go.wait(LONGEST_S)

    with model_server(silent) as server:
        server.project(work, "a", "b")
        for models in (["a"], ["a", "b"]):
            with terminal(*(word for model in models for word in ("-m", model)), "hi") as child:
                assert all(asked.acquire(timeout=LONGEST_S) for _ in models)
                exit_code, shown = interrupted(child)
            assert exit_code == 130
            assert "cancelled: interrupted" in ESCAPES.sub("", shown)
        let_go.set()


def test_several_interrupted(gated: ModelServer) -> None:
    """Ctrl-C with several calls under way shows the table of what is there, and the cursor comes back."""
    assert gated.url
    with terminal("-m", "quick", "-m", "slow", "hi") as child:
        child.expect_exact("1 of 2 done")
        exit_code, shown = interrupted(child)
    plain = ESCAPES.sub("", shown)
    assert exit_code == 130
    assert re.search(r"✓ quick .*\$0\.00006", plain)
    assert re.search(r"quick +done at once\s", plain)
    assert re.search(r"✗ slow\s+cancelled: interrupted \(partial answer: first piece,\)", plain)
    assert "\x1b[?25h" in shown


def test_interrupted_json(gated: ModelServer, gate: Gate) -> None:
    """Interrupted under --json, the object is complete and holds the text so far."""
    assert gated.url
    with start("-m", "quick", "-m", "slow", "hi", "--json", "--concurrency", "1") as process:
        assert gate.waiting.wait(LONGEST_S)
        wait_until_read(
            urlsplit(gated.url).port or 0
        )  # the piece counts as arrived when the process has taken it in
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONGEST_S)
    document = json.loads(out)
    assert process.returncode == 130
    assert [result["ok"] for result in document["results"]] == [True, False]
    assert document["results"][1]["text"] == "first piece,"
    assert document["results"][1]["error"]["kind"] == "cancelled"
    assert b"Traceback" not in err


# One call's words


def test_the_key_is_named_when_a_call_fails(work: Path) -> None:
    """A refused key is named by the variable that held it, not only by those that could."""
    with model_server(refusing(401, "bad key")) as server:
        server.project(work, api_key_env='["OTHER_API_KEY", "LOCAL_API_KEY"]')
        result = run_cli("test", "m", "hi")
    assert result.exit_code == 4
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "Error: auth: local answered HTTP 401: bad key",
        "Hint: check the key: LOCAL_API_KEY in .env:1",
        "Key: LOCAL_API_KEY",
    ]


def test_a_missing_key(work: Path) -> None:
    """Without a key nothing is sent; all variables that could hold it are named, and the exit code is 4."""
    with model_server(saying("hi")) as server:
        server.project(work)
        work.joinpath(".env").write_text(f"LOCAL_API_KEY={os.linesep}")
        result = run_cli("test", "m", "hi")
    assert result.exit_code == 4
    assert "missing_key" in result.stderr
    assert "LOCAL_API_KEY" in result.stderr
    assert server.requests == []


@pytest.mark.parametrize(
    ("value", "exit_code"), [("http://", 3), ("not a url", 3), ("ftp://x/y", 3), ("http://127.0.0.1:9/v1", 5)]
)
def test_a_base_url_that_is_wrong(work: Path, value: str, exit_code: int) -> None:
    """A base URL that is none ends with 3 and names variable, file and line; one where nobody listens ends with 5."""
    work.joinpath(".env").write_text(f"# mine\nOPENAI_BASE_URL={value}\nOPENAI_API_KEY={KEY}\n")
    result = run_cli("test", "gpt-6.1-sol", "hi", "--retries", "0")
    assert result.exit_code == exit_code
    assert exit_code == 5 or "OPENAI_BASE_URL in .env:2" in result.stderr
    assert KEY not in result.stderr


def test_a_tool_call_is_an_answer(work: Path) -> None:
    """A tool call without text is printed as a call, and is fine."""

    def tool(_: Request, answer: Answer) -> None:
        call = {"id": "1", "type": "function", "function": {"name": "look\x1b", "arguments": '{"at": 1}'}}
        message = {"role": "assistant", "tool_calls": [call]}
        answer.json({"model": "m", "choices": [{"message": message, "finish_reason": "tool_calls"}]})

    with model_server(tool) as server:
        server.project(work)
        result = run_cli("test", "m", "hi", "--no-stream")
    assert result.exit_code == 0
    assert result.stdout == 'look\\x1b({"at": 1})\n'
