"""The scripts in completions/ are what the command line is, no more and no less; and they can be installed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import run_cli
from shell_terminal import COMPLETIONS, SCRIPTS

from model_manager._version import __version__
from model_manager.cli.completion import command_line
from model_manager.commands.completion import SHELLS
from model_manager.commands.completion_install import MAN_PAGE
from model_manager.rendering.shells.man import man_page
from model_manager.rendering.shells.scripts import script_of

FILES = {**SCRIPTS, "powershell": "model-manager.ps1"}
LINE = command_line()
NAMES = {name for command in LINE.commands for option in command.options for name in option.names} | {
    name for option in LINE.options for name in option.names
}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_files_are_up_to_date(shell):
    """`model-manager completion --all completions` would change nothing."""
    assert (COMPLETIONS / FILES[shell]).read_text() == script_of(shell, LINE)


def test_the_man_page_is_up_to_date():
    """The page in completions/ is what `completion --all` makes, and neither man nor groff complains about it."""
    page = COMPLETIONS / MAN_PAGE
    assert page.read_text() == man_page(LINE, __version__)
    if groff := shutil.which("groff"):
        command = [groff, "-man", "-ww", "-Tutf8", "-rLL=80n", page]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert done.stderr == ""
        shown = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
        for command in LINE.commands:
            assert f"model-manager {command.name}" in shown
            for example in command.examples:
                assert example in shown


@pytest.mark.parametrize("shell", SHELLS)
def test_printing_a_script(shell):
    """`completion SHELL` prints the very file."""
    assert run_cli("completion", shell).stdout == (COMPLETIONS / FILES[shell]).read_text()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_option_and_choice_is_there_and_nothing_else(shell):
    """Each command's part has its options, what they take, and the choices; no option is there that does not exist."""
    text = (COMPLETIONS / FILES[shell]).read_text()
    made = text if shell != "bash" else " ".join(re.findall(r"options=\((.*?)\)", text))
    mentioned = set(re.findall(r"(?<![\w-])(--[a-z][a-z0-9-]+|-[A-Za-z])(?=[\s'\\:,)]|$)", made))
    options = {name for name in mentioned if name in NAMES}
    assert options == NAMES
    if shell == "bash":
        assert mentioned == NAMES
    for command in LINE.commands:
        assert re.search(rf"(?<![\w-]){command.name}(?![\w-])", text)
        for option in command.options:
            for choice in option.choices:
                assert re.search(rf"(?<![\w-]){choice}(?![\w-])", text)


def test_bash_knows_each_command_by_its_options():
    """Each command's list of options is the command's own."""
    text = (COMPLETIONS / FILES["bash"]).read_text()
    said = dict(re.findall(r"^        (\S+)\) options=\((.*?)\) ;;$", text, re.MULTILINE))
    assert {name: options.split() for name, options in said.items() if name != "''"} == {
        command.name: [name for option in command.options for name in option.names] for command in LINE.commands
    }


def test_help_lists_what_completes():
    """Every command of the help is completed, and the other way round."""
    help_text = run_cli("--help").stdout
    commands = help_text.partition("Everyday:")[2].partition("Options:")[0]
    listed = re.findall(r"^  ([a-z-]+)  ", commands, re.MULTILINE)
    assert listed == [command.name for command in LINE.commands]


def test_powershell_runs_nothing_that_it_read():
    """The script for PowerShell, which cannot be run here, evaluates no text, and its brackets and quotes close."""
    text = (COMPLETIONS / FILES["powershell"]).read_text()
    assert not re.search(r"invoke-expression|\biex\b|scriptblock\]::create", text, re.IGNORECASE)
    code = "\n".join(line for line in text.split("\n") if not line.startswith("#"))
    bare = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"`]|`.|\$\(.*?\))*\"", "", code)
    for opening, closing in ("()", "{}", "[]"):
        assert bare.count(opening) == bare.count(closing)
    assert "'" not in bare


def test_a_shell_that_is_not_known_is_refused():
    """A wrong shell is wrong usage, with what may be meant."""
    done = run_cli("completion", "fsh")
    assert done.exit_code == 2
    assert "did you mean" in done.stderr
    assert "fish" in done.stderr


def test_an_install_wants_a_shell():
    """--install alone is wrong usage."""
    assert run_cli("completion", "--install").exit_code == 2


def test_the_state_is_told(clean_machine):
    """Without a shell it says which script is installed and whether it is old."""
    run_cli("completion", "fish", "--install")
    run_cli("completion", "zsh", "--install")
    old = clean_machine / "data" / "zsh" / "site-functions" / "_model-manager"
    old.write_text(old.read_text().replace("stamp ", "stamp 0"))
    shells = json.loads(run_cli("completion", "--json").stdout)["shells"]
    assert [(one["shell"], one["installed"], one["current"]) for one in shells] == [
        ("bash", False, False),
        ("zsh", True, False),
        ("fish", True, True),
        ("powershell", False, False),
    ]
    table = run_cli("completion").stdout
    assert re.search(r"zsh +old", table)
    assert re.search(r"fish +current", table)


def test_installing_twice_changes_nothing(clean_machine):
    """The second time it says that it is up to date; an older script is replaced."""
    bashrc = clean_machine / "home" / ".bashrc"
    bashrc.write_text("# mine, without a line end")
    assert "wrote" in run_cli("completion", "bash", "--install").stderr
    text = bashrc.read_text()
    assert text.startswith("# mine, without a line end\n[ ! -f ")
    again = run_cli("completion", "bash", "--install", "--json")
    assert "is up to date" in again.stderr
    assert json.loads(again.stdout)["written"] is False
    assert bashrc.read_text() == text
    script = Path(json.loads(again.stdout)["path"])
    script.write_text("# old")
    assert "replaced" in run_cli("completion", "bash", "--install").stderr
    assert script.read_text() == script_of("bash", LINE)


def test_a_link_to_dotfiles_stays_a_link(clean_machine):
    """Those who keep .bashrc elsewhere find the line there."""
    elsewhere = clean_machine / "dotfiles"
    elsewhere.write_text("")
    (clean_machine / "home" / ".bashrc").symlink_to(elsewhere)
    run_cli("completion", "bash", "--install")
    assert (clean_machine / "home" / ".bashrc").is_symlink()
    assert "model-manager" in elsewhere.read_text()


def test_a_directory_that_cannot_be_written_is_said(work):
    """An error names the file and is no traceback."""
    (work / "file").write_text("")
    done = run_cli("completion", "--all", "file/below")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert "file/below" in done.stderr


@pytest.mark.parametrize(
    ("shell", "start", "question", "answer"),
    [
        ("bash", ["bash", "-i", "-c"], "complete -p model-manager", "_model_manager"),
        ("zsh", ["zsh", "-i", "-c"], "echo $_comps[model-manager]", "_model_manager"),
        ("fish", ["fish", "-i", "-c"], 'complete -C "model-manager inf"', "info"),
    ],
)
def test_a_new_shell_has_it(shell, start, question, answer):
    """After --install, an interactive shell of that kind completes model-manager."""
    run_cli("completion", shell, "--install")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "TERM": "dumb"}
    done = subprocess.run(
        [*start, question],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert answer in done.stdout


def test_zsh_finds_it_on_fpath(clean_machine):
    """A package's file in a directory of fpath is loaded by compinit and completes."""
    functions = clean_machine / "functions"
    functions.mkdir()
    (functions / "_model-manager").write_text((COMPLETIONS / "_model-manager").read_text())
    script = f"fpath=({functions} $fpath); autoload -Uz compinit; compinit -u -D; echo $_comps[model-manager]; whence -w _model-manager"
    done = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "_model-manager\n_model-manager: function\n"
