"""The tool's own settings: where they are read, which count, and what is said about the others."""

from collections.abc import Callable

import pytest
from projects import SMALL, workspace_of

from model_manager.config.settings import PREFIX
from model_manager.config.settings_check import check_settings
from model_manager.core.assignments import Binding
from model_manager.errors import ExitCode, SettingsError


def test_without_settings_there_are_defaults():
    """Who sets nothing waits two minutes, tries twice more, and trusts nobody."""
    settings = workspace_of().settings
    assert (settings.timeout, settings.retries, settings.trust, settings.models_file) == (120, 2, False, None)


def test_the_environment_wins_over_env_local_and_that_over_env():
    """Each setting is taken from the strongest place that says it and is not blank."""
    files = {
        ".env": "MODEL_MANAGER_TIMEOUT=1\nMODEL_MANAGER_RETRIES=1\nMODEL_MANAGER_PROJECT=shop\n",
        ".env.local": "MODEL_MANAGER_TIMEOUT=2\nMODEL_MANAGER_RETRIES=0\nMODEL_MANAGER_PROJECT= \n",
    }
    settings = workspace_of(files, env={"MODEL_MANAGER_TIMEOUT": " 3 ", "MODEL_MANAGER_RETRIES": " "}).settings
    assert (settings.timeout, settings.retries, settings.project) == (3, 0, "shop")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("MODEL_MANAGER_TIMEOUT=soon", "unable to parse string as a number, got 'soon'"),
        ("MODEL_MANAGER_TIMEOUT=0", "should be greater than 0, got '0'"),
        ("MODEL_MANAGER_TIMEOUT=nan", "got 'nan'"),
        ("MODEL_MANAGER_RETRIES=2.5", "got '2.5'"),
        ("MODEL_MANAGER_RETRIES=-1", "should be greater than or equal to 0, got '-1'"),
        ("MODEL_MANAGER_RETRIES=11", "should be less than or equal to 10, got '11'"),
        ("MODEL_MANAGER_TIMEOUT=3600.5", "should be less than or equal to 3600, got '3600.5'"),
        ("MODEL_MANAGER_TIMEOUT=1.2.3", "got '1.2.3'"),
        ("MODEL_MANAGER_TIMEOUT=.", "got '.'"),
    ],
)
def test_a_wrong_setting_names_its_variable_and_line(line, words):
    """A value that cannot be meant is an error of configuration with the place it stands in."""
    with pytest.raises(SettingsError) as caught:
        workspace_of({".env": f"# c\n{line}\n"})
    assert caught.value.exit_code == ExitCode.CONFIGURATION
    assert f".env:2: {line.partition('=')[0]}: " in caught.value.message
    assert words in caught.value.message


def outcome(read: Callable[[], object]) -> tuple[type, object]:
    """What was read, with its type, or what was said instead."""
    try:
        value = read()
    except SettingsError as error:
        return SettingsError, error.message
    return type(value), value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name in ("TIMEOUT", "RETRIES")
        for value in ("0", "1", "007", "10", "11", "1.", "1.5", ".5", "5.0", "0.0", "3600", "3600.01", "1e2", "+1",
                      "-1", "1_0", "٣", "½", "inf", "nan", "9" * 12, "9" * 13, "9" * 5000)
    ]
    + [("TRUST", value) for value in ("0", "1", "true", "false", "True", "yes", "off", "2", "maybe")]
    + [("SERVER_TOKEN", value) for value in ("t0ken", "\udcff", "é")],
)  # fmt: skip
def test_the_quick_reading_is_what_pydantic_says(name, value):
    """A value means the same, and is refused in the same words, as pydantic alone would have it."""
    variable, key = f"{PREFIX}{name}", name.lower()
    by_pydantic = outcome(lambda: check_settings(PREFIX, {variable: Binding(value=value)})[key])
    assert outcome(lambda: getattr(workspace_of(env={variable: value}).settings, key)) == by_pydantic


def test_all_wrong_settings_are_told_at_once():
    """One run shows every wrong setting."""
    with pytest.raises(SettingsError) as caught:
        workspace_of(env={"MODEL_MANAGER_TIMEOUT": "x", "MODEL_MANAGER_RETRIES": "y"})
    assert [problem.key for problem in caught.value.problems] == ["MODEL_MANAGER_TIMEOUT", "MODEL_MANAGER_RETRIES"]
    assert {problem.file for problem in caught.value.problems} == {"the environment"}


def test_an_unknown_setting_is_a_warning_with_a_hint():
    """A misspelt setting is told, with what was probably meant."""
    workspace = workspace_of({".env": "\nMODEL_MANAGER_TIMOUT=5\n"})
    assert workspace.warnings == (
        "MODEL_MANAGER_TIMOUT in .env:2 is not a setting of model-manager; did you mean MODEL_MANAGER_TIMEOUT?",
    )
    assert workspace.settings.timeout == 120


@pytest.mark.parametrize("name", ["TRUST", "ALLOW_HTTP", "SERVER_TOKEN", "METRICS_TOKEN", "LEDGER", "USER_SALT"])
def test_a_checkout_cannot_trust_itself(name):
    """Settings that make a project trusted count only in the process environment, and the attempt is told."""
    workspace = workspace_of({".env": f"MODEL_MANAGER_{name}=1\n"})
    assert not workspace.trusted
    assert not workspace.settings.allows_http("openai")
    assert (workspace.settings.server_token, workspace.settings.metrics_token, workspace.settings.ledger) == (
        None,
    ) * 3
    assert workspace.warnings == (
        f"MODEL_MANAGER_{name} in .env is ignored: it can only be set in the process environment",
    )


@pytest.mark.parametrize(
    "name",
    ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8765_TCP", "PORT_8765_TCP_ADDR",
     "PORT_8765_TCP_PORT", "PORT_8765_TCP_PROTO", "PORT_53_UDP"],
)  # fmt: skip
def test_what_kubernetes_sets_for_a_service_of_this_name_is_no_mistake(name):
    """Every container gets variables for each service; in a file they would be a mistake."""
    assert workspace_of(env={f"MODEL_MANAGER_{name}": "10.0.0.1"}).warnings == ()
    assert len(workspace_of({".env": f"MODEL_MANAGER_{name}=x\n"}).warnings) == 1


def test_base_urls_may_be_trusted_for_a_run():
    """MODEL_MANAGER_TRUST takes base URLs, separated by commas, and says what is wrong with others."""
    settings = workspace_of(env={"MODEL_MANAGER_TRUST": "https://a.example/v1, http://b.example:1,"}).settings
    assert settings.trust == ("https://a.example/v1", "http://b.example:1")
    with pytest.raises(SettingsError, match="MODEL_MANAGER_TRUST: Input should be 1, 0, or base URLs") as caught:
        workspace_of(env={"MODEL_MANAGER_TRUST": "https://a.example,ftp://b", "MODEL_MANAGER_TIMEOUT": "x"})
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    "name", ["MODEL_MANAGER_Trust", "MODEL_MANAGER_trust", "model_manager_trust", "Model_Manager_TRUST"]
)
def test_another_case_is_another_name(name):
    """A setting in other letters is none: it must not slip past what is checked by name."""
    workspace = workspace_of({".env": f"{name}=1\n"}, env={name: "1"})
    assert not workspace.trusted
    assert not workspace.settings.trust


@pytest.mark.parametrize(
    ("value", "provider", "allowed"),
    [
        ("acme", "acme", True),
        ("x, acme", "acme", True),
        ("1", "acme", True),
        ("all", "acme", True),
        ("acm", "acme", False),
        ("", "acme", False),
    ],
)
def test_plain_http_is_allowed_by_provider(value, provider, allowed):
    """MODEL_MANAGER_ALLOW_HTTP lists providers, or says all."""
    assert workspace_of(env={"MODEL_MANAGER_ALLOW_HTTP": value}).settings.allows_http(provider) is allowed


def test_the_server_token_shows_itself_to_nobody():
    """The token is neither in the settings' repr nor in what is printed."""
    workspace = workspace_of(env={"MODEL_MANAGER_SERVER_TOKEN": "t0ken-of-mine"})
    assert "t0ken" not in repr(workspace.settings)
    assert workspace.redactor()("the t0ken-of-mine is") == "the *** is"


def test_a_catalogue_may_be_named_by_a_setting():
    """MODEL_MANAGER_MODELS_FILE names the catalogue, relative to the directory."""
    workspace = workspace_of({".env": "MODEL_MANAGER_MODELS_FILE=c/m.toml\n", "c/m.toml": SMALL})
    assert list(workspace.catalogue.models) == ["m"]


def test_a_catalogue_that_a_setting_names_must_be_there():
    """A missing catalogue is laid to the variable and line that name it."""
    with pytest.raises(SettingsError) as caught:
        workspace_of({".env": "MODEL_MANAGER_MODELS_FILE=gone.toml\n"})
    assert caught.value.message == "MODEL_MANAGER_MODELS_FILE in .env:1: there is no file gone.toml"
