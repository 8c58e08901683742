"""What providers and files say is shown and never obeyed: no escapes, C1 codes, bidi overrides or markup get through."""

import json
from pathlib import Path

import pytest
from command_line import run_cli, run_in_terminal
from model_server import Answer, Request, by_model, model_server, saying
from projects import write

#: Every kind of character that a terminal acts on, and Rich markup, which must come out as it is.
ACTING = "\x1b[31m\x1b]0;t\x07\x9b2J\x85\u202e\u2066\u061c\x00\x08\x7f\u2028"
#: What is not seen: zero widths, tags, further variants, and letters without a shape.
UNSEEN = "\u200b\u200e\u2060\ufeff\u3164\u115f\U000e0041\U000e0100"
MARKUP = "[bold red]x[/bold red][link=http://e]:smile:[/"
NASTY = f"{MARKUP}{ACTING}{UNSEEN}end"
FORBIDDEN = {char for char in ACTING if not char.isprintable()} | set(UNSEEN)


def assert_harmless(shown: str) -> None:
    """Nothing that a terminal would act on besides colours, which are switched off, and line ends."""
    assert FORBIDDEN & set(shown) == set(), shown
    assert "Traceback" not in shown


def in_terminal(*args: str, **env: str) -> str:
    """What a terminal gets from a command."""
    return run_in_terminal(*args, columns=200, rows=60, env={"NO_COLOR": "1", "TERM": "dumb", **env})[1]


def toml(text: str) -> str:
    """A TOML string of any text: JSON's escapes are TOML's but for pairs of surrogates, and DEL, which has none."""
    escaped = "".join(char if ord(char) > 0xFFFF else json.dumps(char)[1:-1] for char in text)
    return '"' + escaped.replace("\x7f", "\\u007f") + '"'


CATALOGUE = f"""
default_model = "m"
[providers.local]
name = {toml(NASTY)}
wire = "openai"
base_url = "http://127.0.0.1:9/v1"
api_key_env = ["LOCAL_API_KEY"]
[models.m]
provider = "local"
name = {toml(NASTY)}
model_id = {toml(NASTY)}
best_for = {toml(NASTY)}
notes = {toml(NASTY)}
source = {toml(NASTY)}
max_output = 10
capabilities = ["chat"]
[models.m.certainty]
{toml(NASTY)} = {toml(NASTY)}
[tasks.chat]
purpose = {toml(NASTY)}
requires = ["chat"]
[scenarios.s]
title = {toml(NASTY)}
model = "m"
why = {toml(NASTY)}
"""


def catalogue_that_loads(work: Path) -> None:
    """The catalogue, without the lines that a check refuses."""
    lines = CATALOGUE.replace(f"[models.m.certainty]\n{toml(NASTY)} = {toml(NASTY)}\n", "")
    write(work, "models.toml", lines)
    write(work, ".env", f"LOCAL_API_KEY=kq7-wWx4TzR9uVbN2mLp8s\nAI_CHAT_MODEL='m,{MARKUP}\x1b[31m\u202e'\n")


COMMANDS = [
    ["list"],
    ["list", "--scenarios"],
    ["info", "m"],
    ["info", "chat"],
    ["cost", "m"],
    ["assign", "chat", "m", "--dry-run"],
    ["test", "m", "hi", "--retries", "0", "-vv"],
    ["test", "-m", "m", "--repeat", "2", "hi", "--retries", "0"],
    ["test", "m", NASTY.replace("\x00", ""), "--curl"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_words_of_files_do_nothing(work: Path, command: list[str]) -> None:
    """Names, purposes, notes, ids and values of files are harmless on a terminal and in a pipe, on stdout and stderr."""
    catalogue_that_loads(work)
    shown = in_terminal(*command)
    assert_harmless(shown)
    if "--curl" not in command:
        piped = run_cli(*command)
        assert_harmless(piped.stdout + piped.stderr)
        assert "a bug in" not in piped.stderr
    if command == ["info", "m"]:
        assert "[bold red]x[/bold red][link=http://e]:smile:[/\\x1b[31m" in shown.replace("\r\n", "")


@pytest.mark.parametrize(
    "lines",
    [
        f"[models.m]\nprovider = {toml(NASTY)}\n",
        f"[models.{toml(NASTY)}]\nmodel_id = 'x'\n",
        f"[tasks.{toml(NASTY)}]\npurpose = 'x'\n",
        f"[models.m]\nprovider = 'openai'\n{toml(NASTY)} = 1\n",
        f"[models.m]\nprovider = 'openai'\naliases = [{toml(NASTY)}]\n",
        f"default_model = {toml(NASTY)}\n",
        CATALOGUE,
        "[models.m]\nname = '\x1b[31m'\n",
        "\x1b[31m = 1\n",
    ],
)
def test_a_complaint_about_a_file_does_nothing(work: Path, lines: str) -> None:
    """What is wrong in a catalogue is quoted harmlessly, in the error and in its JSON."""
    write(work, "models.toml", lines)
    for options in ([], ["--json"]):
        assert_harmless(in_terminal("list", *options))
        result = run_cli("list", *options)
        assert result.exit_code == 3
        assert_harmless(result.stdout + result.stderr)


def test_names_of_files_and_variables_do_nothing(work: Path) -> None:
    """Names of .env files, catalogues, directories and variables are quoted harmlessly, as are lines that do not parse."""
    nasty = f"{MARKUP.replace('/', '')}\x1b[31m\u202e\x9b"
    write(work, nasty, f"MODEL_MANAGER_{nasty}=1\nAI_CHAT_MODEL={nasty}\n\x1b[2J '\n")
    for args in (
        ["--env-file", nasty, "list", "-v"],
        ["--env-file", nasty, "info", "chat"],
        ["--env-file", nasty, "assign", "chat", "haiku", "--dry-run"],
        ["--models-file", nasty, "list"],
        ["-C", nasty, "list"],
        ["--env-file", f"{nasty}2", "list"],
        ["cost", "--file", f"{nasty}2"],
        ["list", "--task", nasty],
        ["assign", nasty, nasty],
        ["assign", "chat", nasty],
    ):
        assert_harmless(in_terminal(*args))
        result = run_cli(*args)
        assert_harmless(result.stdout + result.stderr)


def nasty_everywhere(_: Request, answer: Answer) -> None:
    """An answer each of whose parts is nasty."""
    call = {"index": 0, "id": NASTY, "function": {"name": NASTY, "arguments": NASTY}}
    delta = {"content": NASTY, "tool_calls": [call]}
    answer.event({"id": NASTY, "model": NASTY, "choices": [{"index": 0, "delta": delta}]})
    answer.event({"choices": [{"index": 0, "delta": {}, "finish_reason": NASTY}]})
    answer.event("[DONE]")


def nasty_refusal(_: Request, answer: Answer) -> None:
    answer.json({"error": {"message": NASTY, "code": NASTY, "type": NASTY, "param": NASTY}}, 400)


def nasty_headers(_: Request, answer: Answer) -> None:
    raw = "\x1b[31m\x9b2J\x7f"
    answer.json(b"\x1b[2J<html>\x9b", 503, x_request_id=raw, Location=raw, Server=raw, Content_Type=raw)


def nasty_stream(_: Request, answer: Answer) -> None:
    answer.piece("so far")
    answer.event({"error": {"message": NASTY, "code": NASTY}})


def nasty_garbage(_: Request, answer: Answer) -> None:
    answer.event(ACTING.replace("\x85", "").replace("\u2028", ""))


def nasty_filter(_: Request, answer: Answer) -> None:
    answer.event({"choices": [{"index": 0, "delta": {"refusal": NASTY}, "finish_reason": "content_filter"}]})
    answer.event("[DONE]")


SCRIPTS = {
    "everywhere": nasty_everywhere,
    "refusal": nasty_refusal,
    "headers": nasty_headers,
    "stream": nasty_stream,
    "garbage": nasty_garbage,
    "filter": nasty_filter,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_words_of_providers_do_nothing(work: Path, name: str) -> None:
    """Texts, names, ids, reasons, arguments, headers and errors of a provider are harmless, with -vv and in tables too."""
    with model_server(SCRIPTS[name]) as server:
        server.project(work, "a", "b")
        for args in (["a", "hi"], ["a", "hi", "-vv"], ["-m", "a", "-m", "b", "hi", "-vv"], ["a", "hi", "--json"]):
            assert_harmless(in_terminal("test", *args, "--retries", "0"))
        result = run_cli("test", "a", "hi", "-vv", "--json", "--retries", "0")
        assert len(server.requests) == 6
    assert_harmless(result.stdout + result.stderr)
    assert "a bug in" not in result.stderr


def test_no_line_of_a_provider_passes_for_ours(work: Path) -> None:
    """A line feed in what a provider reports cannot begin a line that reads as ours."""
    forged = "x\nError: forged\r\nHint: forged"
    scripts = {
        "a": lambda _, answer: answer.json({"error": {"message": forged, "code": forged}}, 400, x_request_id="r"),
        "b": saying("hi", finish=forged),
        "c": lambda _, answer: answer.json(forged.encode(), 500),
    }
    with model_server(by_model(scripts)) as server:
        server.project(work, *scripts)
        for model in scripts:
            result = run_cli("test", model, "hi", "-vv", "--retries", "0")
            assert not any(
                line.startswith(("Error: forged", "Hint: forged")) for line in result.stderr.splitlines()
            )


def test_a_long_answer_is_shown_whole_on_a_terminal(work: Path) -> None:
    """200 KB of untrusted text appear whole on a terminal, escapes made visible."""
    with model_server(saying(*(f"{number:05d}\x1b[2J " for number in range(16_000)))) as server:
        server.project(work)
        shown = in_terminal("test", "m", "hi").replace("\r", "").replace("\n", "")
    assert_harmless(shown)
    assert all(f"{number:05d}\\x1b[2J " in shown for number in (0, 1, 7_999, 15_998, 15_999))
    assert shown.count("\\x1b[2J ") == 16_000
