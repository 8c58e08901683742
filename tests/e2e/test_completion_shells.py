"""TAB in real shells: what is offered, what is started for it, and that nothing is ever wrong or harmful."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell_terminal import SHELLS, Terminal

CATALOGUE = """
[providers.acme]
name = "Acme"
wire = "openai"
base_url = "http://127.0.0.1:9/v1"

[models."acme/large:v1.2"]
name = "Acme Large"
provider = "acme"
aliases = ["big@acme"]
price = { input = 0.5, output = 1.5 }

[models."acme/small"]
provider = "acme"

[models."acme/lost"]
provider = "acme"
retires = 2020-01-01

[tasks.support]
purpose = "Answers to customers"
model = "acme/small"

[tasks.summary]
model = "acme/small"
"""
LONG_AGO = time.time() - 3600


def write(path: Path, text: str, age: int = 0) -> None:
    path.write_text(text)
    os.utime(path, (LONG_AGO + age, LONG_AGO + age))


@pytest.fixture
def project(work: Path) -> Path:
    """A directory with a catalogue of its own, files and a directory."""
    write(work / "models.toml", CATALOGUE)
    (work / "notes for all.txt").write_text("")
    (work / "subdirectory").mkdir()
    return work


@pytest.fixture(params=SHELLS)
def terminal(request: pytest.FixtureRequest, project: Path) -> Iterator[Terminal]:
    """A shell in the project."""
    opened = Terminal(request.param, project)
    yield opened
    opened.close()


#: What is typed after `model-manager `, and what TAB makes of it.
CASES = {
    "li": "list ",
    "inf": "info ",
    "--vers": "--version ",
    "list --recom": "list --recommended ",
    "list --capability vis": "list --capability vision ",
    "list --capability=vis": "list --capability=vision ",
    "list --sort rel": "list --sort released ",
    "list --provider ac": "list --provider acme ",
    "list --task supp": "list --task support ",
    "cost --per mo": "cost --per month ",
    "cost acme/small acme/la": "cost acme/small acme/large:v1.2 ",
    "info acme/la": "info acme/large:v1.2 ",
    "info acme/large:v": "info acme/large:v1.2 ",
    "info acme/large:v1.": "info acme/large:v1.2 ",
    "info big@": "info big@acme ",
    "info supp": "info support ",
    "info acme/lo": "info acme/lo",
    "info groq/gpt-oss-1": "info groq/gpt-oss-120b ",
    "test -m acme/sm": "test -m acme/small ",
    "test --model=acme/la": "test --model=acme/large:v1.2 ",
    "test -m acme/small acme/la": "test -m acme/small acme/la",
    "test acme/small acme/la": "test acme/small acme/la",
    "assign supp": "assign support ",
    "assign support acme/la": "assign support acme/large:v1.2 ",
    "assign support acme/small,acme/la": "assign support acme/small,acme/large:v1.2 ",
    "assign support acme/small+acme/la": "assign support acme/small+acme/large:v1.2 ",
    "assign support 90:acme/la": "assign support 90:acme/large:v1.2 ",
    "assign support=acme/la": "assign support=acme/large:v1.2 ",
    "assign support=90:acme/small+10:acme/la": "assign support=90:acme/small+10:acme/large:v1.2 ",
    "assign support=acme/small,acme/large:v1.2,acme/sm": "assign support=acme/small,acme/large:v1.2,acme/small ",
    "assign support=acme/small summ": "assign support=acme/small summary=",
    "assign --unset support summ": "assign --unset support summary ",
    "assign --default acme/la": "assign --default acme/large:v1.2 ",
    "-C subdir": "-C subdirectory/",
    "--json info acme/la": "--json info acme/large:v1.2 ",
    "list --max-price ac": "list --max-price ac",
    "info -- acme/la": "info -- acme/large:v1.2 ",
    "completion fi": "completion fish ",
    "nonsense acme/la": "nonsense acme/la",
}


def test_what_tab_makes_of_a_line(terminal):
    """Commands, options, choices, models, aliases, tasks, providers, routes and directories complete in place."""
    made = {typed: terminal.press_tab(f"model-manager {typed}") for typed in CASES}
    # With a directory, shells differ in whether they put the slash behind it at once.
    expected = {typed: f"model-manager {line}" for typed, line in CASES.items()}
    assert {typed: line for typed, line in made.items() if line != expected[typed]} == {}


def test_files_complete_where_a_file_is_asked_for(terminal):
    """A file's name is offered behind --file, quoted as the shell does it, and nowhere else."""
    assert re.sub(r"[\\'\"]", "", terminal.press_tab("model-manager cost --file no")).endswith(
        "notes for all.txt "
    )
    assert terminal.press_tab("model-manager info no") == "model-manager info no"


def test_what_the_script_knows_needs_no_process(terminal):
    """Commands, options and choices are completed by the shell itself, which starts nothing for them."""
    lines = ("li", "list --so", "list --sort rel", "list --capability=vis", "--vers", "completion fi")
    for typed in lines:
        terminal.press_tab(f"model-manager {typed}")
    before = terminal.children()
    for typed in lines:
        terminal.press_tab(f"model-manager {typed}")
    assert terminal.children() == before
    assert terminal.calls() == 0


def test_words_of_files_take_one_process(terminal):
    """Models, tasks, providers and routes are asked of the program, once for each TAB."""
    lines = (
        "info acme/la",
        "assign support=90:acme/small,acme/la",
        "list --provider ac",
        "info supp",
        "-C . info acme/la",
    )
    for typed in lines:
        terminal.press_tab(f"model-manager {typed}")
    assert terminal.calls() == len(lines)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_shell_may_match_in_its_own_ways(shell, project):
    """Where no word begins as typed, the shell gets all: fish finds parts of words, zsh does as it is set to."""
    terminal = Terminal(shell, project)
    if shell == "zsh":
        terminal.run("zstyle ':completion:*' matcher-list '' 'l:|=* r:|=*'")
    assert "acme/large:v1.2" in terminal.listed("model-manager info large:v1")
    assert "acme/large:v1.2" in terminal.listed("model-manager assign support=90:large:v1")
    terminal.close()


def test_an_edit_counts_at_once(terminal, project):
    """A model that was added is offered, one that was removed is not; also when the file's time went backwards."""
    terminal.press_tab("model-manager info acme/la")
    write(project / "models.toml", CATALOGUE.replace("acme/small", "acme/tiny"), age=10)
    assert terminal.press_tab("model-manager info acme/ti") == "model-manager info acme/tiny "
    assert terminal.press_tab("model-manager info acme/sm") == "model-manager info acme/sm"
    write(project / "models.toml", CATALOGUE, age=-50)
    assert terminal.press_tab("model-manager info acme/sm") == "model-manager info acme/small "


def test_a_deleted_catalogue_is_noticed(terminal, project):
    """Without models.toml its models are gone; when it is back, they are back."""
    terminal.press_tab("model-manager info acme/la")
    (project / "models.toml").unlink()
    assert terminal.press_tab("model-manager info acme/la") == "model-manager info acme/la"
    assert terminal.press_tab("model-manager info groq/gpt-oss-1") == "model-manager info groq/gpt-oss-120b "
    write(project / "models.toml", CATALOGUE, age=5)
    assert terminal.press_tab("model-manager info acme/la") == "model-manager info acme/large:v1.2 "


def test_an_env_file_may_name_the_catalogue(terminal, project):
    """MODEL_MANAGER_MODELS_FILE in .env counts, and so does its end."""
    write(project / "other.toml", CATALOGUE.replace("acme/", "other/"))
    write(project / ".env", "MODEL_MANAGER_MODELS_FILE=other.toml\n")
    assert terminal.press_tab("model-manager info other/sm") == "model-manager info other/small "
    assert terminal.press_tab("model-manager info acme/sm") == "model-manager info acme/sm"
    (project / ".env").unlink()
    assert terminal.press_tab("model-manager info acme/sm") == "model-manager info acme/small "


def test_options_that_name_files_count(terminal, project):
    """Behind -C and --models-file, the words are those of that directory or file."""
    write(project / "subdirectory" / "models.toml", CATALOGUE.replace("acme/", "below/"))
    line = "model-manager -C subdirectory info below/sm"
    assert terminal.press_tab(line) == f"{line}all "
    line = "model-manager info --models-file=subdirectory/models.toml below/sm"
    assert terminal.press_tab(line) == f"{line}all "


def test_a_broken_catalogue_breaks_nothing(terminal, project):
    """With a models.toml that cannot be read, the other layers' models are offered, and no error is seen."""
    write(project / "models.toml", "[models.\nnonsense")
    assert terminal.press_tab("model-manager info groq/gpt-oss-1") == "model-manager info groq/gpt-oss-120b "
    assert "rror" not in terminal.screen
    assert "Traceback" not in terminal.screen


def test_a_cache_that_cannot_be_written_costs_only_time(terminal, project):
    """Where words cannot be kept, the answer is the same."""
    (project / "file").write_text("")
    terminal.run(f"export XDG_CACHE_HOME={project}/file")
    for _ in range(2):
        assert terminal.press_tab("model-manager info acme/la") == "model-manager info acme/large:v1.2 "
        assert "rror" not in terminal.screen


@pytest.mark.parametrize(
    "output", ["", "nonsense", "\\0377\\0376\\n\\n\\t\\n"], ids=["nothing", "no line end", "binary"]
)
def test_a_program_that_prints_something_else_breaks_nothing(terminal, output):
    """Whatever a program of that name prints and however it ends, the line stays as it is and no error is seen."""
    terminal.replace_program(f"printf '%b' '{output}'; echo trouble >&2; exit 3")
    assert terminal.press_tab("model-manager info acme/la") == "model-manager info acme/la"
    assert not re.search("rror|nvalid|trouble", terminal.screen)


def test_without_the_program_nothing_happens(terminal):
    """When model-manager is gone, the static words complete, models do not, and no error is seen."""
    terminal.run("export PATH=/usr/bin:/bin")
    assert terminal.press_tab("model-manager inf") == "model-manager info "
    assert terminal.press_tab("model-manager info acme/la") == "model-manager info acme/la"
    assert not re.search("ound|mpty|nvalid|rror", terminal.screen)


HOSTILE = (
    "$(touch canary)",
    "`touch canary`",
    "x;touch canary",
    "*",
    "%F{red}",
    "-n",
    "${x:=y}",
    "(touch canary)",
)


def test_names_in_files_are_data(terminal, project):
    """Nothing that a catalogue holds or the program prints is run or expanded, whatever it looks like."""
    names = "".join(f"[models.'{name}']\nprovider = 'openai'\nname = '{name}'\n" for name in HOSTILE)
    write(project / "models.toml", CATALOGUE.replace("Acme Large", "$(touch canary) `touch canary`") + names)
    terminal.listed("model-manager info ")
    write(
        project / "models.toml", CATALOGUE.replace("Acme Large", "$(touch canary) `touch canary` %F{red}"), age=3
    )
    terminal.press_tab("model-manager info acme/la")
    terminal.listed("model-manager info acme/l")
    planted = project / "planted"
    planted.write_text("".join(f"{name}\t{name}\n" for name in HOSTILE))
    terminal.replace_program(f"cat '{planted}'")
    for typed in ("", "$", "`", "x", "-", "*", "%"):
        terminal.press_tab(f"model-manager test -m {typed}", 2)
    terminal.press_tab("model-manager assign support='$(t")
    assert not (project / "canary").exists()
    assert terminal.press_tab("model-manager inf") == "model-manager info "


def test_two_shells_at_once(project):
    """Shells of all kinds that press TAB at once, while the catalogue changes, see only what it says."""
    shells = [Terminal(shell, project) for shell in SHELLS]
    for round_ in range(4):
        name = f"state{round_}"
        write(project / "models.toml", CATALOGUE.replace("acme/small", f"acme/{name}"), age=round_)
        for terminal in shells:
            terminal.child.send(f"model-manager info acme/{name[:5]}\t\x1d")
        for terminal in shells:
            terminal.child.expect(r"<<(.*?)>>\r?\n")
            assert terminal.child.match.group(1) == f"model-manager info acme/{name} "
    for terminal in shells:
        terminal.close()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_meanings_are_shown(shell, project):
    """Zsh and fish show what options and models are: their help, name and price."""
    terminal = Terminal(shell, project)
    assert "Only recommended models" in terminal.listed("model-manager list --")
    listed = terminal.listed("model-manager info acme/")
    assert "Acme Large" in listed
    assert "$0.5/$1.5" in listed
    assert "acme/lost" not in listed
    terminal.close()


@pytest.mark.parametrize(
    "settings",
    [
        "set -u",
        "set -e",
        "shopt -s nullglob failglob nocasematch extglob",
        "IFS=:,",
        "COMP_WORDBREAKS=' \t\n'",
        "LC_ALL=C",
    ],
)
def test_bash_may_be_set_as_it_likes(settings, project):
    """Neither strict modes nor odd globbing nor other word breaks disturb it."""
    terminal = Terminal("bash", project)
    terminal.run(settings)
    assert terminal.press_tab("model-manager info acme/la") == "model-manager info acme/large:v1.2 "
    line = "model-manager assign support=90:acme/small,acme/la"
    assert terminal.press_tab(line) == f"{line}rge:v1.2 "
    terminal.close()


@pytest.mark.parametrize("settings", ["setopt ksharrays nounset shwordsplit nullglob extendedglob", "IFS=:,"])
def test_zsh_may_be_set_as_it_likes(settings, project):
    """Options that change how zsh reads words do not disturb it."""
    terminal = Terminal("zsh", project)
    terminal.run(settings)
    line = "model-manager assign support=90:acme/small,acme/la"
    assert terminal.press_tab(line) == f"{line}rge:v1.2 "
    terminal.close()


def test_bash_leaves_nothing_behind(project):
    """Completing sets no variable of the shell."""
    terminal = Terminal("bash", project)
    terminal.run("compgen -v | grep -v -x -E 'COMP.*|READLINE.*|_' >before")
    terminal.press_tab("model-manager assign support=90:acme/small,acme/la")
    terminal.run("compgen -v | grep -v -x -E 'COMP.*|READLINE.*|_' >after")
    assert (project / "before").read_text() == (project / "after").read_text()
    terminal.close()
