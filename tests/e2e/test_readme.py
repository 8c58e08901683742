"""README shows what really happens: its examples are run, in order, in one project.

UPDATE_README=1 writes what the commands print now in place of what stands there.
"""

import os
import re
import shlex
import textwrap
import tomllib

import yaml
from command_line import run_cli
from experiment_calls import an_experiment
from ledger_calls import write_records
from model_server import model_server, saying
from projects import write
from readme import README

from model_manager.cli.shared import COMMANDS
from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.base_urls import variables_of
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


def test_the_first_commands_configure_an_application(work):
    """From OPENAI_MODEL in .env to another model, by the commands of README's beginning, and back by --undo."""
    section = README.read_text().partition("\n## From `OPENAI_MODEL` to configured\n")[2]
    commands = [line.partition("  #")[0] for line in _SHELL.search(section)[1].splitlines()]
    write(work, ".env", "# the application's\nOPENAI_MODEL=gpt-4o\nOPENAI_API_KEY=kq7-0123456789abcdef\n")
    write(work, "app.py", 'import os\n\nmodel = os.environ["OPENAI_MODEL"]\n')
    with model_server(saying("Hello!")) as server:
        for command in commands:
            words = shlex.split(command)[1:] + (["--yes"] if command.startswith("model-manager init") else [])
            result = run_cli(*words, env={"OPENAI_BASE_URL": server.url})
            assert (words[0], result.exit_code) == (words[0], 0), result.stderr
    assert (work / ".env").read_text().splitlines()[:2] == ["# the application's", "OPENAI_MODEL=gpt-6-luna"]
    assert run_cli("assign", "--undo").exit_code == 0
    assert run_cli("info", "chat", "--json").json["task"]["route"] == "gpt-4o"


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


def test_the_accounts_and_deployments_of_readme_are_accepted(work):
    """The deployment, the second account and the proxy that README shows load, with price, key variable and route."""
    blocks = [block for block in _TOML.findall(README.read_text()) if "like = " in block]
    (work / "models.toml").write_text("".join(blocks))

    document = run_cli("list", "--all", "--json").json
    models = {model["id"]: model for model in document["models"]}
    providers = {provider["id"]: provider for provider in document["providers"]}
    prices = {name: model["price"] and model["price"]["input"] for name, model in models.items()}

    assert prices["azure/gpt-6.1-sol"] == prices["sol-b"] == prices["gpt-6.1-sol"]
    assert (prices["bedrock/gpt-oss-120b"], prices["gemini-on-vertex"]) == (None, prices["gemini-3.8-flash"])
    assert models["azure/gpt-6.1-sol"]["model_id"] == "my-deployment"
    assert (providers["openai-b"]["key_env"], providers["openai-b"]["base_url"]) == (
        "OPENAI_B_API_KEY",
        providers["openai"]["base_url"],
    )
    (task,) = document["tasks"]
    assert {problem["code"] for problem in task["problems"]} <= {"missing_key", "no_base_url"}


def test_the_providers_of_readme_are_those_of_the_catalogue():
    """Every row of the table of providers has the key and the variables that the catalogue has, and none is left out."""
    catalogue = embedded_catalogue()
    section = README.read_text().partition("\n## Providers, accounts")[2].partition("\n## ")[0]
    shown = {}
    for _, names, key, more in re.findall(r"^\| (.*?) \| (`.*?) \| (.*?) \| ?(.*?) ?\|$", section, re.MULTILINE):
        shown |= dict.fromkeys(re.findall(r"`(.*?)`", names), (key, more))
    listed = {model.provider for model in catalogue.models.values()}
    assert set(catalogue.providers) <= {*shown, *listed, "moonshotai", "zai"}
    for name, (key, more) in shown.items():
        provider = catalogue.providers[name]
        assert key == "none needed" if provider.key == "optional" else key.strip("`") == provider.api_key_env[0]
        if variables := variables_of(provider.base_url or f"${{{provider.base_url_env}}}"):
            assert all(variable in more for variable in variables)


def test_the_routes_of_readme_are_accepted(work):
    """The task with preferences and auto that README shows works."""
    block = next(block for block in _TOML.findall(README.read_text()) if "auto" in block)
    (work / "models.toml").write_text(block)
    hard, easy = (run_cli("route", "support", prompt, "--json").json for prompt in ("Prove P = NP.", "hi"))
    assert (hard["complexity"]["tier"], easy["complexity"]["tier"]) == ("complex", "simple")


def test_the_defaults_of_auto_are_those_that_readme_shows(work):
    """The thresholds and weights of the reference are the defaults, and its table is accepted with its commented line."""
    block = _TOML.findall(README.read_text().partition("\n## `auto`\n")[2])[0]
    task = '[tasks.support]\nmodel = "auto,haiku"\npurpose = "Answers"\n'
    tiers = '[tasks.support.auto]\nsimple = "haiku"\ncomplex = "claude-sonnet-5-5"\n'
    own = block.replace("# words", "words").replace("      beside", "  # beside")
    (work / "models.toml").write_text(task + own.replace("[tasks.support.auto]\n", tiers))
    assert run_cli("route", "support", "terraform", "--json").json["complexity"]["score"]
    auto = tomllib.loads(block)["tasks"]["support"]["auto"]
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


def test_the_way_to_a_proxy_is_one(work):
    """The commands that README shows write a configuration, which the proxy's file mounts, and the task names its model."""
    section = README.read_text().partition("\n## Beyond one machine\n")[2].partition("\n## ")[0]
    toml, compose = (re.search(rf"```{kind}\n(.*?)```", section, re.DOTALL)[1] for kind in ("toml", "yaml"))
    routes = re.search(r"model-manager (export shell.*) > proxy/.env", section)[1]
    command = re.search(r"model-manager (-C proxy export litellm.*?)  ", section)[1]
    write(work, "models.toml", '[tasks.chat]\nmodel = "haiku"\n')
    write(work, ".env", f"AI_CHAT_MODEL=90:haiku+10:sonnet\nANTHROPIC_API_KEY={'k' * 20}\n")
    write(work, "proxy/models.toml", (work / "models.toml").read_text())
    write(work, "proxy/.env", run_cli(*shlex.split(routes)).stdout)

    assert run_cli(*shlex.split(command)).exit_code == 0
    write(work, "models.toml", textwrap.dedent(toml))
    write(work, ".env", "")
    configuration = yaml.safe_load((work / "proxy" / "litellm.yaml").read_text())
    services = yaml.safe_load(compose)["services"]
    mounted, inside, _ = services["litellm"]["volumes"][0].split(":")
    assert (work / mounted).is_file()
    assert services["litellm"]["command"] == ["--config", inside]
    assert set(services["litellm"]["depends_on"]) == set(services) - {"litellm"}
    assert services["litellm"]["environment"]["REDIS_HOST"] in services
    assert [entry["litellm_params"]["weight"] for entry in configuration["model_list"]] == [90, 10]
    proxied = run_cli("list", "--json").json["tasks"][0]
    assert proxied["model"] == "proxy/chat"
    assert (
        configuration["model_list"][0]["model_name"]
        == run_cli("info", "proxy/chat", "--json").json["model"]["model_id"]
    )


def test_the_catalogue_is_as_large_as_it_says():
    """README and CHANGELOG count the models, and the providers that have some."""
    models = embedded_catalogue().models.values()
    counted = f"{len(models)} models of {len({model.provider for model in models})} providers"
    for page in (README, README.with_name("CHANGELOG.md")):
        assert counted in " ".join(page.read_text(encoding="utf-8").split())
