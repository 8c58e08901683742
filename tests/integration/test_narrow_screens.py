"""Screens of forty columns: every row can be read, and nothing of it is lost."""

import re

import pytest
from command_line import run_cli, run_in_terminal
from model_server import KEY, model_server, saying

NARROW = 40
CATALOGUE = """
extends = false
[providers.acme]
wire = "openai"
base_url = "https://api.acme.example/v1"
[models.a-model-with-quite-a-long-name]
provider = "acme"
context_window = 128_000
capabilities = ["chat"]
best_for = "everything"
[models.a-model-with-quite-a-long-name.price]
input = 1.25
output = 10
[models.short]
provider = "acme"
[tasks.chat]
purpose = "Conversations"
model = "a-model-with-quite-a-long-name"
[scenarios.all]
title = "All there is"
model = "short"
"""
COMMANDS = {
    "list": ("a-model-with-quite-a-long-name", "Input 1.25", "Output 10.00", "Size 128k", "chat"),
    "list --scenarios": ("All there is", "short"),
    "cost": ("a-model-with-quite-a-long-name", "Cost $0.34375", "Compared reference", "Cost ?"),
    "info short": ("short", "provider", "acme"),
    "info chat": ("chat", "a-model-with-quite-a-long-name", "AI_CHAT_MODEL"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_rows_become_lines(work, command):
    """Names, labels and figures are whole, in lines that fit, on a terminal and with COLUMNS in a pipe."""
    (work / "models.toml").write_text(CATALOGUE)
    shown = run_in_terminal(*command.split(), columns=NARROW, env={"NO_COLOR": "1", "TERM": "dumb"})[1]
    piped = run_cli(*command.split(), env={"COLUMNS": str(NARROW)}).stdout
    assert max(map(len, shown.splitlines())) <= NARROW
    for text in (shown, piped):
        words = " ".join(text.split())
        for expected in COMMANDS[command]:
            assert expected in words


def test_the_calls_of_test_and_their_usage(work):
    """The table of several calls, and what the ledger says of them, fit too."""
    with model_server(saying("fine")) as server:
        server.project(work, "one-model", "another-model")
        env = {"NO_COLOR": "1", "TERM": "dumb"}
        words = ("test", "-m", "one-model", "-m", "another-model", "hi")
        tested = run_in_terminal(*words, columns=NARROW, env=env)[1]
        used = run_in_terminal("usage", "--by", "model", columns=NARROW, env=env)[1]
    assert KEY not in tested
    assert "\u2713 another-model" in tested.splitlines()
    assert re.search(r"^another-model +fine$", tested.replace("\r", ""), re.MULTILINE)
    assert "one-model" in used.splitlines()
    assert "Calls 1, Input 10, Output 5" in " ".join(used.split())
    assert max(map(len, used.splitlines())) <= NARROW


def test_a_wide_screen_has_a_table(work):
    """From sixty columns on, the rows are a table's."""
    (work / "models.toml").write_text(CATALOGUE)
    shown = run_in_terminal("cost", columns=80, env={"NO_COLOR": "1", "TERM": "dumb"})[1]
    assert any(line.split()[:2] == ["Model", "Cost"] for line in shown.splitlines())


def test_older_models_are_folded_on_a_terminal_only(work):
    """`cost` counts legacy models that no task uses, unless they are named or asked for; a pipe has them all."""
    older = (
        '[models.older]\nname = "Older"\nprovider = "acme"\nstatus = "legacy"\nprice = { input = 1, output = 2 }\n'
    )
    used = older.replace("older", "used").replace("Older", "Used")
    (work / "models.toml").write_text(CATALOGUE + older + used + '[tasks.old]\nmodel = "used"\n')
    env = {"NO_COLOR": "1", "TERM": "dumb"}
    folded, whole, named = (
        run_in_terminal("cost", *words, columns=80, env=env)[1] for words in ((), ("--all",), ("older",))
    )
    assert "1 older model (legacy or deprecated) hidden (--all)" in folded
    names = [[line.split()[0] for line in shown.splitlines() if line.strip()] for shown in (folded, whole, named)]
    assert [("older" in found, "used" in found) for found in names] == [(False, True), (True, True), (True, False)]
    assert "older" in [line.split()[0] for line in run_cli("cost").stdout.splitlines()]
    refused = run_cli("cost", "older,used")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (2, "Hint: name them one by one: older used")
