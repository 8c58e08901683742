"""README shows what really happens: its examples are run, in order, in one project.

UPDATE_README=1 writes what the commands print now in place of what stands there.
"""

import os
import re
import shlex
import tomllib

from command_line import run_cli
from experiment_calls import an_experiment
from ledger_calls import write_records
from readme import README

from model_manager.cli.shared import COMMANDS
from model_manager.core.routing.auto import THRESHOLDS, WEIGHTS

_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
_TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
_SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_ENVIRONMENT = {"COLUMNS": "100"}


def _run(block: str) -> str:
    """A console block with what its commands print now, on both streams as a terminal shows them."""
    shown = []
    for line in block.splitlines():
        if line.startswith("$ "):
            words = shlex.split(line.removeprefix("$ "))
            program = words.index("model-manager")
            variables = dict(word.split("=", 1) for word in words[:program])
            result = run_cli(*words[program + 1 :], env={**_ENVIRONMENT, **variables})
            shown += [line, *(result.stderr + result.stdout).splitlines()]
    return "\n".join(shown) + "\n"


def test_the_examples_print_what_readme_shows():
    """Every command of a console block, run in order, prints exactly what stands below it."""
    text = README.read_text()
    now = _CONSOLE.sub(lambda block: f"```console\n{_run(block[1])}```", text)
    if os.environ.get("UPDATE_README"):
        README.write_text(now)
    assert now == text


def test_the_comparison_of_arms_is_what_is_printed(clean_machine):
    """The arms that README shows are those of an experiment that is made anew and read from its ledger."""
    ledger = clean_machine / "experiment.db"
    write_records(ledger, list(an_experiment()))
    text = README.read_text()
    start = text.index("$ model-manager usage --arms")
    block = text[start : text.index("```", start)]
    words = shlex.split(block.splitlines()[0].removeprefix("$ model-manager "))
    result = run_cli(*words, env={**_ENVIRONMENT, "MODEL_MANAGER_LEDGER": str(ledger)})
    now = f"{block.splitlines()[0]}\n{result.stderr}{result.stdout}"
    if os.environ.get("UPDATE_README"):
        README.write_text(text.replace(block, now))
    assert now == block


def test_the_catalogue_of_readme_is_accepted(work):
    """The models.toml that README shows defines a model and a task that work."""
    block = next(block for block in _TOML.findall(README.read_text()) if "providers" in block)
    (work / "models.toml").write_text(block)

    task = run_cli("info", "support", "--json").json["task"]

    assert (task["model"], [problem["code"] for problem in task["problems"]]) == ("acme-large", ["missing_key"])
    assert tomllib.loads(block)["providers"]["acme"]["wire"] == "openai"


def test_the_routes_of_readme_are_accepted(work):
    """The task with preferences and auto that README shows works, and its commented lines are the defaults."""
    block = next(block for block in _TOML.findall(README.read_text()) if "auto" in block)
    (work / "models.toml").write_text(block)
    hard, easy = (run_cli("route", "support", prompt, "--json").json for prompt in ("Prove P = NP.", "hi"))
    assert (hard["complexity"]["tier"], easy["complexity"]["tier"]) == ("complex", "simple")

    shown = tomllib.loads(block.replace("#             ", " ").replace(",\n ", ", ").replace("# ", ""))
    auto = shown["tasks"]["support"]["auto"]
    assert (auto["thresholds"], auto["weights"]) == (dict(THRESHOLDS), dict(WEIGHTS))


def test_every_file_that_readme_links_to_exists():
    """No link within the repository is broken."""
    links = set(re.findall(r"\]\((?!https?:|#)([^)]+)\)", README.read_text()))
    assert links
    assert {link for link in links if not (README.parent / link).exists()} == set()


def test_every_option_that_readme_names_exists():
    """No option of the prose or of a shell block is unknown to the command line."""
    known: set[str] = set()
    for name in ((), *((command,) for command in COMMANDS)):
        known |= set(re.findall(r"--[a-z][a-z-]+", run_cli(*name, "--help").stdout))
    own = set(re.findall(r"`[^`\n]*?(--[a-z][a-z-]+)", README.read_text()))
    for block in _SHELL.findall(README.read_text()):
        for line in block.splitlines():
            own |= set(re.findall(r"--[a-z][a-z-]+", line)) if "model-manager" in line else set()

    assert own - known == set()
