"""What a command loads and draws before its user sees something: no more than it needs."""

import json
import subprocess
import sys

import pytest
from command_line import environment, run_cli, run_in_terminal

HEAVY = {"typer", "rich", "pydantic", "httpx", "json", "re", "typing", "dataclasses", "tomllib"}


def loaded(*arguments: str) -> set[str]:
    """The packages that a command imports."""
    script = (
        "from model_manager.__main__ import main\ntry: main()\nexcept SystemExit as end: assert not end.code\n"
        "sys.stderr.write('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{script}", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
        timeout=60,
    )
    return set(done.stderr.splitlines()[-1].split())


def test_the_version_is_told_without_loading_anything():
    """`--version` imports none of the heavy modules, and says the same as the whole command line does."""
    assert loaded("--version") & HEAVY == set()
    assert run_cli("--version").stdout == run_cli("--no-color", "--version").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--json"],
        ["list", "--provider", "groq", "--sort", "price", "--capability", "chat", "--max-price", "1"],
        ["cost", "haiku", "--input", "1k", "--json"],
        ["info", "haiku", "--on", "2026-11-23"],
        ["assign", "chat", "haiku", "--dry-run"],
    ],
)
def test_words_and_flags_need_no_pydantic(arguments):
    """Where nothing has to be made of words but words, what makes other things of them is not loaded."""
    assert "pydantic" not in loaded(*arguments)


@pytest.mark.parametrize("command", [["list", "--json"], ["info", "haiku", "--json"], ["cost", "--json"]])
def test_settings_in_their_usual_form_need_no_pydantic(command, monkeypatch):
    """Variables of ours in the environment, as people write them, make no command load what checks odd ones."""
    usual = {"TIMEOUT": "60", "RETRIES": "1", "TRUST": "1", "ALLOW_HTTP": "all", "LEDGER": "a.db", "TIMOUT": "5"}
    for name, value in usual.items():
        monkeypatch.setenv(f"MODEL_MANAGER_{name}", value)
    assert "pydantic" not in loaded(*command)


@pytest.mark.parametrize(
    "command",
    [["list"], ["info", "haiku"], ["cost"], ["test", "haiku"], ["assign", "chat", "haiku"], ["route", "chat"]],
)
def test_every_command_refuses_a_wrong_setting(command, monkeypatch):
    """A setting that is not valid is the same error for every command, whether or not it uses the setting."""
    monkeypatch.setenv("MODEL_MANAGER_RETRIES", "many")
    done = run_cli(*command)
    assert done.exit_code == 3
    assert "MODEL_MANAGER_RETRIES: Input should be a valid integer" in done.stderr
    assert "got 'many'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["test", "haiku", "--temperature", "hot"], "--temperature"),
        (["test", "haiku", "--temperature", "3"], "--temperature"),
        (["test", "haiku", "--retries", "many"], "--retries"),
        (["test", "haiku", "--repeat", "0"], "--repeat"),
        (["info"], "MODEL|TASK"),
        (["list", "--sort"], "--sort"),
        (["list", "surplus"], "surplus"),
        (["list", "--sort", ""], "sort"),
    ],
)
def test_what_is_no_word_is_still_checked(arguments, said):
    """Numbers, their bounds and what is required are refused as ever."""
    done = run_cli(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_word_that_is_nearly_a_command_is_told():
    """Though commands are loaded one by one, a slip is compared with all of them."""
    done = run_cli("lst")
    assert done.exit_code == 2
    assert "'list'" in done.stderr


def models(count: int) -> str:
    return "".join(f'[models.own-{number:05}]\nprovider = "openai"\n' for number in range(count))


@pytest.mark.parametrize("command", ["list", "cost"])
def test_a_terminal_gets_no_endless_table(work, command):
    """On a terminal a table ends after 500 models, and says so; a pipe gets all of them."""
    (work / "models.toml").write_text(models(1200))
    everything = run_cli(command).stdout
    assert everything.count("own-0") == 1200
    assert "The first" not in everything
    _, shown = run_in_terminal(command, columns=120, rows=50)
    assert "Showing 500 of 1," in shown
    assert shown.count("own-0") <= 500


def test_ten_thousand_models_take_little_memory(work):
    """Ten thousand models are listed as JSON within 120 MiB, read or recalled."""
    (work / "models.toml").write_text(models(10_000))
    script = (
        "import resource, subprocess, sys\n"
        "listed = subprocess.run([sys.executable, '-m', 'model_manager', 'list', '--json'], check=True, stdout=subprocess.PIPE)\n"
        "print(listed.stdout.count(b'\"model_id\"'), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
        )
        count, peak = map(int, done.stdout.split())
        assert count > 10_000
        assert peak < 120


def test_keys_are_hidden_wherever_a_document_has_them(work, monkeypatch):
    """The quick look at a whole document misses no key, also not one that JSON escapes."""
    secret = 'kéy"with\\odd/characters'
    monkeypatch.setenv("ANTHROPIC_API_KEY", secret)
    name = json.dumps(f"holds {secret} and sk-ant-0123456789abcdefghij")
    (work / "models.toml").write_text(f'[models.own]\nprovider = "openai"\nname = {name}\n')
    done = run_cli("info", "own", "--json")
    assert done.json["model"]["name"] == "holds *** and ***"
