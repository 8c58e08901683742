"""Help: short, in groups, examples first, never wider than 80 columns; and every error says what to type next."""

import re

import pytest
import typer
from command_line import run_cli

from model_manager.cli.completion import command_line
from model_manager.cli.help_pages import WIDTH, in_words
from model_manager.cli.shared import COMMANDS, GROUPS, app, load_command
from model_manager.cli.wording import PROGRAM, next_step
from model_manager.errors import (
    AssignmentRefusedError,
    CatalogueError,
    EnvFileError,
    LedgerError,
    ModelManagerError,
    ProviderError,
    SettingsError,
    UsageError,
)

LINE = {command.name: command for command in command_line().commands}
#: Typer's names of types, its brackets, and what it puts behind required arguments.
TYPE_NAMES = re.compile(r"<\w+|\blist\[|\bTEXT\.\.\.|\bINTEGER\b|\bFLOAT\b|\[required\]|<=|>=|\[\[")


def help_of(name: str) -> str:
    """A command's help, or for an empty name the main one, as it is on a wide terminal."""
    root = typer.main.get_command(app)
    settings = {**root.context_settings, "terminal_width": None}
    with typer.Context(root, info_name=PROGRAM, **settings) as outer:
        if not name:
            return root.get_help(outer)
        with typer.Context(load_command(name), info_name=name, parent=outer, **settings) as inner:
            return load_command(name).get_help(inner)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_each_help_is_narrow_and_shows_examples_first(name, monkeypatch):
    """No line is wider than 80 columns on a wide terminal, examples come before options, no type of Python is shown."""
    monkeypatch.setenv("COLUMNS", "200")
    text = help_of(name)
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []
    assert not TYPE_NAMES.search(text)
    assert 0 < text.index("Examples:\n") < text.index("ptions")
    assert len(text[: text.index("Examples:\n")].splitlines()) <= 5


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_of_the_command_and_its_options_exist(name):
    """Each example runs this program with this command, and each option in it is one of the command's."""
    options = {word for option in LINE[name].options for word in option.names}
    assert LINE[name].examples
    for example in LINE[name].examples:
        assert f"{PROGRAM} " in example
        own = re.split(r" [|>] |\)", example[example.index(f"{PROGRAM} ") :])[0]
        words = own.split()
        assert name in words
        assert {word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)} <= options


def test_the_main_help_has_each_command_once_with_its_whole_summary():
    """Commands stand in their groups, and no summary is cut."""
    text = help_of("")
    for title, names in GROUPS.items():
        section = text.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        assert re.findall(r"^  (\S+)  +(.+)$", section, re.MULTILINE) == [
            (name, LINE[name].help) for name in names
        ]
    assert not [command.help for command in LINE.values() if command.help.endswith(("...", "…"))]


def test_limits_are_in_words():
    """Limits of numbers are said without comparison signs."""
    assert in_words("[default: 1; 1<=x<=1000]") == "[default: 1; 1-1000]"
    assert in_words("[0.1<=x<=3600.0]") == "[0.1-3600]"
    assert in_words("[x>=1]") == "[at least 1]"


def test_help_version_and_nothing_at_all():
    """`help`, `help COMMAND`, -V and a bare call show what they should, and wrong names are answered."""
    assert run_cli("help").stdout == run_cli("--help").stdout
    assert run_cli("help", "assign").stdout == run_cli("assign", "-h").stdout
    assert run_cli("-V").stdout == run_cli("--version").stdout == run_cli("-V", "list").stdout
    wrong = run_cli("help", "asign")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "Error: there is no command 'asign'\nHint: did you mean assign?\n",
    )
    bare = run_cli()
    assert (bare.exit_code, bare.stdout) == (2, "")
    assert len(bare.stderr.splitlines()) < 15
    assert f"{PROGRAM} help COMMAND" in bare.stderr


@pytest.mark.parametrize(
    "error",
    [
        ModelManagerError("x"), UsageError("x"), CatalogueError("x"), SettingsError("x"), EnvFileError("x"),
        LedgerError("x"), AssignmentRefusedError("x"), ProviderError("auth", "x"),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_every_error_has_a_next_step(error):
    """Also an error that carries no hint of its own is followed by what to do."""
    step = next_step(error, "assign")
    assert "{" not in step
    assert PROGRAM in step or "run the command again" in step
    for named in re.findall(rf"{PROGRAM} (?:help )?(\w+)", step):
        assert named in COMMANDS


@pytest.mark.parametrize(
    "args",
    [("list", "--nope"), ("lsit",), ("info",), ("list", "x"), ("cost", "--per", "week"), ("assign", "chat")],
)
def test_wrong_usage_names_the_next_command(args):
    """Whoever finds the mistake, this program or its parser, a line says what to type."""
    done = run_cli(*args)
    assert done.exit_code == 2
    assert re.search(rf"^(Hint: .+|Try '{PROGRAM}.* -h' for help\.)$", done.stderr, re.MULTILINE)
