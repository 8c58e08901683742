"""`export shell`: real shells read what is printed as it was meant, whatever stands in it."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from io import StringIO

import pytest
from command_line import environment, run_cli
from dotenv import dotenv_values
from projects import write

from model_manager.commands.exports.shell import DIALECTS
from model_manager.rendering.exports.shells import ASSIGNMENTS

VALUES = {
    "QUOTES": """a'b"c''d""",
    "EXPANSIONS": "$HOME ${HOME} $(echo no) `echo no` ~ *",
    "HISTORY": "!! !a wow!",
    "BACKSLASHES": r"\ \\ \n \' end\\",
    "LINES": "one\ntwo\n\nfour",
    "WORDS": "  a;b && c | d > /dev/null & # no comment ",
    "EQUALS": "=ls",
    "UNICODE": "ünïcödé 模型 🙂 \u2018typographic\u2019",
    "EMPTY": "",
    "ROUTE": "90:claude-sonnet-5-5+10:gemini-3.8-flash,groq/gpt-oss-120b",
}
#: The arguments with which each shell runs a script, and its dialect; an interactive one expands more.
SHELLS = {
    "sh": (("sh", "-c"), "posix"),
    "bash": (("bash", "--norc", "-c"), "posix"),
    "bash interactive": (("bash", "--norc", "-ic"), "posix"),
    "zsh": (("zsh", "-f", "-c"), "posix"),
    "zsh interactive": (("zsh", "-f", "-ic"), "posix"),
    "fish": (("fish", "--no-config", "-c"), "fish"),
}
SHOW = f"{shlex.quote(sys.executable)} -c 'import os; print(ascii(dict(os.environ)))'"
#: How each dialect is read in, as README and the help have it.
READ = {"posix": 'eval "$({command})"', "fish": "{command} | source"}
COMMAND = f"{shlex.quote(sys.executable)} -m model_manager export shell --dialect"
FILES = {
    ".env": "AI_CHAT_MODEL=90:haiku+10:gpt-6.1-sol , groq/gpt-oss-20b\nAI_RECOMMENDATIONS_MODEL=90:haiku\nAI_DEFAULT_MODEL=sonnet\n",
}
EXPECTED = {
    "AI_CHAT_MODEL": "90:haiku+10:gpt-6.1-sol,groq/gpt-oss-20b",
    "AI_MOOD_SEARCH_MODEL": "sonnet",
    "AI_PREFERENCE_MODEL": "sonnet",
    "AI_DEFAULT_MODEL": "sonnet",
}


def environment_after(shell, script):
    """The environment of a program that a shell starts after a script."""
    words, _ = SHELLS[shell]
    program = shutil.which(words[0])
    assert program, f"{words[0]} is not installed"
    done = subprocess.run(
        [program, *words[1:], f"{script}\n{SHOW}"],
        env=environment({"HISTFILE": "", "TERM": "dumb"}),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, done.stderr
    return ast.literal_eval(lines[-1])


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_any_value_as_it_is(work, shell):
    """Quotes, expansions, line ends, exclamation marks and letters of all kinds arrive unchanged."""
    dialect = SHELLS[shell][1]
    text = "".join(ASSIGNMENTS[dialect](f"MM_{name}", value) for name, value in VALUES.items())
    write(work, "script", text)
    found = environment_after(shell, READ[dialect].format(command="cat script"))

    assert {name: found.get(f"MM_{name}") for name in VALUES} == VALUES


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_takes_the_routes_over(work, shell):
    """The way that the help shows sets each task's variable, and what does not parse is a comment that harms nothing."""
    for name, text in FILES.items():
        write(work, name, text)
    dialect = SHELLS[shell][1]
    found = environment_after(shell, READ[dialect].format(command=f"{COMMAND} {dialect} 2>/dev/null"))

    assert {name: value for name, value in found.items() if name.startswith("AI_")} == EXPECTED


def test_lines_that_are_joined_lose_no_variable(work):
    """An eval without quotes, which makes one line of all, sets the variables all the same."""
    for name, text in FILES.items():
        write(work, name, text)
    found = environment_after("sh", f"eval $({COMMAND} posix 2>/dev/null)")
    assert {name: value for name, value in found.items() if name.startswith("AI_")} == EXPECTED


def test_powershell_is_quoted_by_its_rules():
    """In single quotes PowerShell changes nothing but doubled quotes, of which it knows five; there is no binary here."""
    for value in VALUES.values():
        line = ASSIGNMENTS["powershell"]("MM_X", value)
        inner = re.fullmatch(
            "\\$env:MM_X = '((?:[^'\u2018\u2019\u201a\u201b]|(['\u2018\u2019\u201a\u201b])\\2)*)'\n", line
        )
        assert inner
        assert re.sub("(['\u2018\u2019\u201a\u201b])\\1", r"\1", inner[1]) == value


@pytest.mark.parametrize("name", [name for name in VALUES if name not in {"EXPANSIONS", "LINES"}])
def test_dotenv_reads_values_back(name):
    """python-dotenv reads a line back as it was meant."""
    text = ASSIGNMENTS["dotenv"](f"MM_{name}", VALUES[name])
    assert dotenv_values(stream=StringIO(text)) == {f"MM_{name}": VALUES[name]}


def test_a_dotenv_file_of_routes_is_plain(work):
    """Routes need no quotes, so that programs that know none (docker --env-file, systemd) read them too."""
    for name, text in FILES.items():
        write(work, name, text)
    result = run_cli("export", "shell", "--dialect", "dotenv")
    lines = [line for line in result.lines if not line.startswith("#")]

    assert dict(line.split("=", 1) for line in lines) == EXPECTED
    assert dotenv_values(stream=StringIO(result.stdout)) == EXPECTED


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_does_not_parse_is_a_comment(work, dialect):
    """A broken route is one comment, in which no line end or escape of its value counts, and a line on stderr."""
    write(work, ".env", 'AI_CHAT_MODEL="90:haiku\\nexport EVIL=1\\r; touch evil"\n')
    result = run_cli("export", "shell", "--dialect", dialect)
    comments = [line for line in result.lines if line.startswith("#")]

    assert result.exit_code == 0
    assert comments
    assert comments[0].startswith("# not set: chat: AI_CHAT_MODEL in .env:1")
    assert all(re.match(r"#|(export |set -gx |\$env:)?AI_[A-Z_]+", line) for line in result.lines)
    assert "Not exported: chat: AI_CHAT_MODEL in .env:1" in result.stderr


def test_a_variable_that_tasks_share_is_set_only_where_they_agree(work):
    """One variable for two tasks with different routes would change one of them: it is left out, and said."""
    tasks = "".join(
        f"[tasks.{name}]\nenv = 'AI_BOTH'\nmodel = '{model}'\n"
        for name, model in (("a", "haiku"), ("b", "sonnet"))
    )
    write(work, "models.toml", tasks)
    apart = run_cli("export", "shell")
    together = run_cli("export", "shell", env={"AI_BOTH": "haiku"})

    assert apart.stdout.startswith("# not set: AI_BOTH: its tasks have different routes")
    assert together.stdout == "export AI_BOTH='haiku'\n"


def test_the_document_has_the_text_and_what_is_lost(work):
    """--json has the very text, the variables, and what is not among them."""
    write(work, ".env", "AI_CHAT_MODEL=90:haiku\n")
    plain = run_cli("export", "shell", "--dialect", "fish")
    document = run_cli("export", "shell", "--dialect", "fish", "--json").json

    assert document["text"] == plain.stdout
    assert (document["format"], document["dialect"], document["written"], document["file"]) == (
        "shell",
        "fish",
        False,
        None,
    )
    assert document["variables"] == ["AI_RECOMMENDATIONS_MODEL", "AI_MOOD_SEARCH_MODEL", "AI_PREFERENCE_MODEL"]
    assert [loss["subject"] for loss in document["lost"]] == ["chat"]
    assert os.environ.get("AI_CHAT_MODEL") is None
