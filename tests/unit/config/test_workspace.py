"""A directory as the tool sees it: which place wins, what it hides, and where calls would go."""

import os
from datetime import date
from pathlib import Path

import pytest
from projects import SMALL, workspace_of, write

from model_manager.config.workspace import open_workspace
from model_manager.core.assignments import Assignment
from model_manager.errors import EnvFileError, SettingsError, UsageError

ON = date(2026, 11, 23)


def chat_of(files=None, env=None, **options) -> Assignment:
    """The assignment of the task chat."""
    return next(
        found for found in workspace_of(files, env=env, **options).assignments(ON) if found.task.name == "chat"
    )


def codes(assignment: Assignment) -> list[str]:
    """What is wrong with it, but for the missing key."""
    return [problem.code for problem in assignment.problems if problem.code != "missing_key"]


#: Every place that can name a model for chat, the strongest first.
ALL = {
    "env": {"AI_CHAT_MODEL": "a1", "AI_DEFAULT_MODEL": "d1"},
    ".env.local": "AI_DEFAULT_MODEL=d2\nAI_CHAT_MODEL=a2\n",
    ".env": "AI_CHAT_MODEL=a3\n\nAI_DEFAULT_MODEL=d3\n",
    "models.toml": "default_model = 'haiku'\n[tasks.chat]\nmodel = 'opus'\n",
}
ORDER = [
    ("a1", "AI_CHAT_MODEL in the environment"),
    ("a2", "AI_CHAT_MODEL in .env.local:2"),
    ("a3", "AI_CHAT_MODEL in .env:1"),
    ("d1", "AI_DEFAULT_MODEL in the environment"),
    ("d2", "AI_DEFAULT_MODEL in .env.local:1"),
    ("d3", "AI_DEFAULT_MODEL in .env:3"),
    ("opus", "tasks.chat.model in models.toml:3"),
    ("haiku", "default_model in models.toml:1"),
]


def test_the_strongest_place_wins_and_tells_what_it_hides():
    """The order of places is the documented one, and every value that loses is told with its source."""
    files = {name: text for name, text in ALL.items() if name != "env"}
    found = chat_of(files, ALL["env"])
    assert found.source is not None
    told = [(found.text, found.source.text), *((item.value, item.source.text) for item in found.shadowed)]
    assert told == ORDER


@pytest.mark.parametrize("blank", ["", " ", "\t", '"  "'])
def test_blank_values_do_not_count(blank):
    """A variable that is set to nothing is as if it were not set."""
    files = {".env.local": f"AI_CHAT_MODEL={blank}\n", ".env": "AI_CHAT_MODEL=haiku\n"}
    found = chat_of(files, {"AI_CHAT_MODEL": "  ", "AI_DEFAULT_MODEL": ""})
    assert found.text == "haiku"
    assert found.source is not None
    assert found.source.text == "AI_CHAT_MODEL in .env:1"


def test_without_anything_the_embedded_catalogue_decides():
    """The last source is the embedded catalogue, which hides nothing but the default."""
    found = chat_of()
    assert found.source is not None
    assert (found.source.kind, found.source.file, found.source.text) == (
        "catalogue",
        None,
        "the embedded catalogue",
    )


def test_a_task_without_any_model_says_which_variable_to_set():
    """Where nobody names a model, that is a problem with the way out."""
    found = chat_of({"models.toml": SMALL + "[tasks.chat]\n"})
    assert (found.text, found.model, found.source) == (None, None, None)
    assert [problem.message for problem in found.problems] == ["no model: set AI_CHAT_MODEL or AI_DEFAULT_MODEL"]


def test_the_last_named_env_file_wins_and_the_usual_ones_are_not_read():
    """`--env-file` replaces .env.local and .env; of several, the last one is used."""
    files = {".env": "AI_CHAT_MODEL=x\n", ".env.local": "AI_CHAT_MODEL=y\n"}
    files |= {"one.env": "AI_CHAT_MODEL=haiku\nA=1\n", "two.env": "AI_CHAT_MODEL=opus\n"}
    found = chat_of(files, env_files=[Path("one.env"), Path("two.env")])
    assert found.text == "opus"
    assert [item.source.text for item in found.shadowed][:1] == ["AI_CHAT_MODEL in one.env:1"]
    assert "x" not in [item.value for item in found.shadowed]


def test_a_named_file_must_be_there():
    """A file or directory of the command line that does not exist is wrong usage."""
    for options in ({"env_files": [Path("gone.env")]}, {"models_file": Path("gone.toml")}):
        with pytest.raises(UsageError, match=r"there is no file gone\.\w+"):
            workspace_of(**options)
    with pytest.raises(UsageError, match="`directory`: there is no directory gone"):
        open_workspace(Path("gone"), environ={})


def test_another_directory_is_read_as_if_started_in_it(work):
    """With -C, files are looked for in that directory, and relative names count from it."""
    write(work, "sub/.env", "AI_CHAT_MODEL=haiku\n")
    write(work, "sub/extra.env", "AI_CHAT_MODEL=opus\n")
    write(work, "sub/models.toml", "[models.here]\nprovider = 'openai'\n")
    write(work, ".env", "AI_CHAT_MODEL=wrong\n")
    workspace = open_workspace(Path("sub"), environ={})
    assert "here" in workspace.catalogue.models
    assert workspace.assignments(ON)[0].text == "haiku"
    named = open_workspace(Path("sub"), environ={}, env_files=[Path("extra.env")])
    assert named.assignments(ON)[0].text == "opus"
    assert named.file_to_write() == "extra.env"


def test_a_file_that_cannot_be_read_is_an_error_of_its_own(work):
    """A .env that is a directory is told with the way out."""
    (work / ".env").mkdir()
    with pytest.raises(EnvFileError, match=r"\.env is a directory"):
        workspace_of()


@pytest.mark.parametrize(
    ("names", "written"),
    [([], ".env"), ([".env"], ".env"), ([".env.local"], ".env.local"), ([".env", ".env.local"], ".env.local")],
)
def test_assignments_are_written_to_env_local_if_there_is_one(names, written):
    """The file to change is .env.local where it exists, else .env."""
    assert workspace_of(dict.fromkeys(names, "")).file_to_write() == written


@pytest.mark.parametrize(
    ("route", "model"),
    [
        ("haiku", "claude-haiku-5-5"),
        ("claude-haiku-5-5", "claude-haiku-5-5"),
        ("anthropic/claude-haiku-5-5", "claude-haiku-5-5"),
        ("20:haiku+80:opus,gpt-6-luna", "claude-opus-5-5"),
        ("haiku+opus", "claude-haiku-5-5"),
        ("haiku, gpt-6-luna", "claude-haiku-5-5"),
    ],
)
def test_the_model_of_an_assignment_is_the_main_one_of_its_route(route, model):
    """A task's model is the largest share of its route's first option."""
    found = chat_of(env={"AI_CHAT_MODEL": route})
    assert (found.model.id if found.model else None) == model
    assert codes(found) == []


@pytest.mark.parametrize("route", ["auto", "auto,haiku", "haiku,auto"])
def test_auto_needs_a_table_to_choose_from(route):
    """A task without an auto table cannot have its model chosen by the query; that is said before a call fails."""
    assert codes(chat_of(env={"AI_CHAT_MODEL": route})) == ["no_auto_table"]


@pytest.mark.parametrize("text", ["50:haiku", "a b", "haiku,", "9" * 5000 + ":x", "'haiku", "\udcff"])
def test_a_route_that_does_not_parse_is_a_problem_and_no_crash(text):
    """A wrong route in a variable is told with the task; nothing else is affected."""
    found = chat_of(env={"AI_CHAT_MODEL": text})
    assert (found.text, found.route, found.model) == (text.strip(), None, None)
    assert codes(found) == ["invalid_route"]


def test_every_name_of_a_route_is_looked_at():
    """Unknown and retired models are found in fallbacks and splits, too."""
    found = chat_of(env={"AI_CHAT_MODEL": "haiku,nobody,50:gpt-4-turbo+50:gpt-3.5-turbo"})
    assert found.model is not None
    assert {"unknown_model", "retired"} <= set(codes(found))
    assert [problem.model for problem in found.problems if problem.code == "retired"] == [
        "gpt-4-turbo",
        "gpt-3.5-turbo",
    ]
    assert found.problems[1].message == "option 2: nobody is not in the catalogue"


def test_a_model_that_cannot_do_the_task_is_an_error():
    """Known lacks are told, unknown abilities are not held against a model."""
    text = """
    [models.small]
    provider = "ollama"
    capabilities = ["chat"]
    lacks = ["vision"]
    context_window = 1_000
    price = { input = 5, output = 5 }
    [tasks.chat]
    model = "small"
    requires = ["chat", "vision", "audio"]
    min_context = 2_000
    max_price = 4
    """
    found = chat_of({"models.toml": text})
    assert codes(found) == ["lacks_capability", "context_too_small", "too_expensive"]


@pytest.mark.parametrize(
    ("dates", "code", "words"),
    [
        ("retires = 2026-11-23", "retired", "m retired on 2026-11-23; use haiku"),
        ("retires = 2026-11-24", "retires_soon", "m retires in 1 day (2026-11-24); use haiku"),
        ("retires = 2026-12-23", "retires_soon", "m retires in 30 days (2026-12-23); use haiku"),
        ("retires = 2026-12-24", "deprecated", "m is deprecated, retires on 2026-12-24; use haiku"),
        ("deprecated = 2026-11-01", "deprecated", "m is deprecated; use haiku"),
        (
            "deprecated = 2026-12-01\nretires = 2026-12-02",
            "retires_soon",
            "m retires in 9 days (2026-12-02); use haiku",
        ),
        ("deprecated = 2027-01-01\nretires = 2028-01-01", None, None),
        ("", None, None),
    ],
)
def test_a_model_on_its_way_out_is_told_once(dates, code, words):
    """A retired, soon retired or deprecated model is one problem with the day and the replacement."""
    text = f"[models.m]\nprovider = 'ollama'\nreplacement = 'haiku'\n{dates}\n[tasks.chat]\nmodel = 'm'\n"
    found = chat_of({"models.toml": text})
    assert [(problem.code, problem.message) for problem in found.problems] == ([(code, words)] if code else [])


def test_a_missing_key_is_a_warning_that_names_the_variable():
    """The first of a provider's variables that is set counts; without any, that is told."""
    text = '[providers.openai]\napi_key_env = ["FIRST_KEY", "SECOND_KEY"]\n[tasks.chat]\nmodel = "gpt-6-luna"'
    missing = chat_of({"models.toml": text}, {"FIRST_KEY": " "})
    assert [p.message for p in missing.problems] == ["gpt-6-luna has no key: set FIRST_KEY or SECOND_KEY"]
    workspace = workspace_of({".env": "SECOND_KEY=x\n"}, env={"FIRST_KEY": ""})
    assert workspace.key(workspace.catalogue.providers["openai"]).variable == "SECOND_KEY"
    assert workspace.is_ready(workspace.catalogue.providers["openai"])


@pytest.mark.parametrize(
    ("policy", "ready"),
    [('key = "required"', False), ('key = "optional"', True), ('key = "none"', True), ("", False)],
)
def test_a_provider_is_ready_if_it_needs_no_key(policy, ready):
    """A provider whose variables are named needs a key unless it says otherwise."""
    workspace = workspace_of({"models.toml": SMALL.replace("[models.m]", f"{policy}\n[models.m]")})
    assert workspace.is_ready(workspace.catalogue.providers["acme"]) is ready


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("10.0.0.5", "http://10.0.0.5:11434"),
        ("10.0.0.5:80", "http://10.0.0.5:80"),
        ("gpu.example", "http://gpu.example:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("[::]:8080", "http://[::1]:8080"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("'10.0.0.5'", "http://10.0.0.5:11434"),
        ("http://gpu.example", "http://gpu.example"),
        ("https://gpu.example/ollama/", "https://gpu.example/ollama"),
        ("http://0.0.0.0:11434", "http://127.0.0.1:11434"),
    ],
)
def test_ollama_host_may_be_short(host, url):
    """OLLAMA_HOST is read as Ollama reads it."""
    workspace = workspace_of(env={"OLLAMA_HOST": host})
    assert workspace.destination(workspace.catalogue.providers["ollama"]).base_url == url


def test_a_base_url_variable_means_what_the_sdk_means_by_it():
    """Where an SDK's variable holds the host alone, the rest is appended."""
    text = SMALL.replace("[models.m]", 'base_url_env = { name = "ACME_HOST", append = "/openai/v1" }\n[models.m]')
    workspace = workspace_of({"models.toml": text, ".env": "ACME_HOST=https://eu.acme.example/\n"})
    to = workspace.destination(workspace.catalogue.providers["acme"])
    assert to.base_url == "https://eu.acme.example/openai/v1"
    assert to.named_by == "ACME_HOST in .env:1"


def test_a_variable_without_a_usable_url_is_told_with_its_place():
    """What is no URL is an error of configuration, not a call to nowhere."""
    workspace = workspace_of({".env": "\nOPENAI_BASE_URL=api.openai.com\n"})
    with pytest.raises(SettingsError) as caught:
        workspace.destination(workspace.catalogue.providers["openai"])
    assert caught.value.message.startswith("OPENAI_BASE_URL in .env:2: expected a URL such as https://host/path")


def test_every_key_is_hidden_in_what_is_shown():
    """The redactor knows the keys of all places, whichever provider is used."""
    files = {".env": "ANTHROPIC_API_KEY=sk-ant-12345\n"}
    redact = workspace_of(files, env={"OPENAI_API_KEY": " sk-oai-67890 ", "GROQ_API_KEY": "abc"}).redactor()
    assert redact("a sk-ant-12345 b sk-oai-67890 c abc") == "a *** b *** c abc"


def test_a_workspace_shows_no_key():
    """Neither a workspace's repr nor a binding's holds what variables hold."""
    workspace = workspace_of({".env": "ANTHROPIC_API_KEY=sk-ant-12345\n"}, env={"OPENAI_API_KEY": "sk-oai-67890"})
    shown = repr(workspace) + repr(workspace.destination(workspace.catalogue.providers["anthropic"]))
    assert "anthropic" in shown
    assert "12345" not in shown
    assert "67890" not in shown


def test_nothing_is_written_to_the_environment():
    """Reading a directory leaves the process environment alone."""
    before = dict(os.environ)
    workspace_of({".env": "OPENAI_API_KEY=sk-12345\nAI_CHAT_MODEL=haiku\n"})
    assert dict(os.environ) == before
