"""`like` and variables in base URLs open no way for a project to a key, a header or a trusted host of the user's."""

from dataclasses import replace

import pytest
from projects import workspace_of

from model_manager.commands import trust
from model_manager.config.trust_record import trust_file, write_grants
from model_manager.core.endpoints import Endpoint
from model_manager.errors import CatalogueError, ProviderError

KEY, OTHER = "kq7-the-users-own-key", "kq7-the-projects-key"
OPENAI, EVIL = "https://api.openai.com/v1", "https://evil.example/v1"
MODEL = '[models.m]\nlike = "gpt-6-luna"\nprovider = "openai-b"\n'
ACCOUNT = '[providers.openai-b]\nlike = "openai"\napi_key_env = ["OPENAI_B_API_KEY"]\n'
CORP = (
    '[providers.corp]\nwire = "openai"\nbase_url = "https://llm.corp.example/v1"\napi_key_env = ["CORP_API_KEY"]\n'
)
ENVIRONMENT = {"OPENAI_API_KEY": KEY, "OPENAI_B_API_KEY": KEY, "CORP_API_KEY": KEY, "SOME_TOKEN": KEY}


def endpoint_of(project: str, *, user: str = "", env_file: str = "", **env: str) -> Endpoint:
    workspace = workspace_of({"models.toml": project, ".env": env_file}, user=user, env={**ENVIRONMENT, **env})
    return workspace.endpoint(workspace.catalogue.models["m"])


def refusal_of(project: str, *, user: str = "", env_file: str = "", **env: str) -> str:
    with pytest.raises(ProviderError) as caught:
        endpoint_of(project, user=user, env_file=env_file, **env)
    assert caught.value.kind == "untrusted"
    assert KEY not in str(caught.value)
    return caught.value.message


def test_the_users_account_gets_its_own_key_at_the_providers_host():
    """What the user's file says needs no permission; the other account's key stays where it belongs."""
    endpoint = endpoint_of("", user=ACCOUNT + MODEL, OPENAI_B_API_KEY=OTHER)
    assert (endpoint.base_url, endpoint.key and endpoint.key.reveal()) == (OPENAI, OTHER)


def test_a_projects_account_uses_a_key_of_its_own():
    """The key that came with the project goes to the provider's own host without a question."""
    endpoint = endpoint_of(ACCOUNT + MODEL, env_file=f"OPENAI_B_API_KEY={OTHER}", OPENAI_B_API_KEY="")
    assert (endpoint.base_url, endpoint.key and endpoint.key.reveal()) == (OPENAI, OTHER)


@pytest.mark.parametrize("variable", ["OPENAI_B_API_KEY", "SOME_TOKEN"])
def test_a_projects_account_cannot_pick_a_key_of_the_environment(variable):
    """Which of the user's variables goes to the provider is not for the project to say, until it is trusted."""
    project = ACCOUNT.replace("OPENAI_B_API_KEY", variable) + MODEL
    assert refusal_of(project) == f"{variable} is not sent to {OPENAI}: only models.toml:3 allows it"
    workspace = workspace_of({"models.toml": project}, env=ENVIRONMENT)
    (found,) = [one for one in trust.run(workspace).destinations if one.provider == "openai-b"]
    assert (found.variable, found.base_url, found.line) == (variable, OPENAI, 3)
    assert found.grant
    write_grants(trust_file(workspace.environ), {found.grant})
    assert endpoint_of(project).key
    write_grants(trust_file(workspace.environ), {replace(found.grant, base_url=EVIL)})
    assert refusal_of(project)


def test_a_projects_account_cannot_name_the_providers_key():
    """The variable of the key is the provider's alone."""
    with pytest.raises(CatalogueError) as caught:
        endpoint_of(ACCOUNT.replace("OPENAI_B_API_KEY", "OPENAI_API_KEY") + MODEL)
    assert "a project's file may not name OPENAI_API_KEY here" in str(caught.value.problems[0])


@pytest.mark.parametrize(
    ("project", "user", "url"),
    [
        (f'{ACCOUNT}base_url = "{EVIL}"\n{MODEL}', "", EVIL),
        (f'[providers.openai]\nbase_url = "{EVIL}"\n{ACCOUNT}{MODEL}', "", EVIL),
        (f'[providers.openai]\nbase_url = "{EVIL}"\n', ACCOUNT + MODEL, EVIL),
        (f'[providers.openai-b]\nbase_url = "{EVIL}"\n', ACCOUNT + MODEL, EVIL),
        ('[providers.openai-b]\nlike = "corp"\n', ACCOUNT + MODEL + CORP, "https://llm.corp.example/v1"),
        (
            f'[providers.x]\nwire = "openai"\nkey = "none"\nbase_url = "{EVIL}"\n[providers.openai-b]\nlike = "x"\n',
            ACCOUNT + MODEL,
            EVIL,
        ),
        (
            f'[providers.x]\nlike = "openai"\nkey = "none"\nbase_url = "{EVIL}"\n'
            '[providers.openai-b]\nlike = "x"\napi_key_env = ["OPENAI_B_API_KEY"]\n' + MODEL,
            "",
            EVIL,
        ),
        (f'[providers.openai-b.base_url_env]\nname = "U"\n{MODEL}', ACCOUNT, EVIL),
    ],
    ids=["own URL", "the provider's URL", "below the user's", "over the user's", "another", "by another", "chain", "variable"],
)  # fmt: skip
def test_no_way_of_a_project_leads_a_key_to_another_host(project, user, url):
    """By its own URL, by the provider's, by another `like`, a chain or a variable: the key is refused there."""
    message = refusal_of(project, user=user, env_file=f"U={EVIL}", U="")
    assert message.startswith(f"OPENAI_B_API_KEY is not sent to {url}, named by ")


def test_trust_does_not_go_from_one_account_to_another():
    """What was trusted for a provider is not trusted for another one that is like it."""
    project = f'[providers.openai]\nbase_url = "{EVIL}"\n'
    workspace = workspace_of({"models.toml": project}, user=ACCOUNT + MODEL, env=ENVIRONMENT)
    grants = {one.grant for one in trust.run(workspace, ["OpenAI"]).destinations if one.grant}
    assert {grant.provider for grant in grants} == {"openai"}
    write_grants(trust_file(workspace.environ), grants)
    assert refusal_of(project, user=ACCOUNT + MODEL)


def test_a_projects_headers_do_not_come_along_by_like():
    """Headers of a project reach only hosts that it names itself, also those of the provider that is like another."""
    own = '[providers.openai-b.parameters]\nheaders = { X-Tenant = "evil" }\n'
    of_the_other = '[providers.openai.parameters]\nheaders = { X-Tenant = "evil" }\n'
    for project, user in ((own, ACCOUNT + MODEL), (of_the_other, ACCOUNT + MODEL), (ACCOUNT + own + MODEL, "")):
        message = refusal_of(project, user=user)
        assert "are not sent to https://api.openai.com/v1 with OPENAI_B_API_KEY" in message
    of_a_model = '[models.gpt-6-luna.parameters]\nheaders = { X-Tenant = "evil" }\n'
    assert "the headers in models.toml:2" in refusal_of(of_a_model, user=ACCOUNT + MODEL)


def test_the_users_headers_do_not_go_along_with_a_projects_like():
    """A header of the user's may be a key: neither a provider nor a model of a project takes it elsewhere."""
    secret = f'parameters = {{ headers = {{ X-Gateway-Token = "{KEY}" }}, temperature = false }}\n'
    extras = f'options = {{ seed = 1, extra_headers = {{ X-Gateway-Token = "{KEY}" }}, extra_body = {{ t = "{KEY}" }} }}\n'
    users_model = f'[models.own]\nprovider = "corp"\n{secret}{extras}'
    for project in (
        f'[providers.x]\nlike = "corp"\nkey = "none"\nbase_url = "{EVIL}"\n[models.m]\nprovider = "x"\n',
        f'[providers.x]\nwire = "openai"\nkey = "none"\nbase_url = "{EVIL}"\n[models.m]\nlike = "own"\nprovider = "x"\n',
    ):
        endpoint = endpoint_of(project, user=CORP + secret + users_model)
        assert endpoint.parameters == {"temperature": False}
        assert KEY not in repr(endpoint.model.options)
    mine = endpoint_of("", user=CORP + users_model + '[models.m]\nlike = "own"\nprovider = "corp"\n')
    assert mine.parameters["headers"] == {"X-Gateway-Token": KEY}


@pytest.mark.parametrize(
    "url",
    ["https://${HOME}.evil.example/v1", "https://evil.example/${AWS_SECRET}/v1", "https://x.${OPENAI_API_KEY}"],
)
def test_a_projects_base_url_has_no_variables(url):
    """What is in the user's environment cannot become a part of a host or path of a project's."""
    with pytest.raises(CatalogueError) as caught:
        endpoint_of(f'{ACCOUNT}base_url = "{url}"\n{MODEL}')
    assert any("providers.openai-b.base_url" in str(problem) for problem in caught.value.problems)


def test_the_variables_of_the_users_base_url_come_from_the_process_alone():
    """A project's .env gives none of them a value; that of the process makes the URL the user's own."""
    user = CORP.replace("llm.corp", "llm.${CORP_REGION}.corp") + '[models.m]\nprovider = "corp"\n'
    with pytest.raises(ProviderError, match="no corp base URL: set CORP_REGION in the environment"):
        endpoint_of("", user=user, env_file="CORP_REGION=evil")
    assert endpoint_of("", user=user, CORP_REGION="eu").base_url == "https://llm.eu.corp.example/v1"
    own = "CORP_BASE_URL=https://llm.eu.corp.example/v1/team"
    assert endpoint_of("", user=user, env_file=own, CORP_REGION="eu").key
    message = refusal_of("", user=user, env_file=own, CORP_REGION="us")
    assert message.startswith("CORP_API_KEY is not sent to https://llm.eu.corp.example/v1/team")


HEADERS = "Kq7HeaderKeyOfTheUser99"
PLAIN = '[providers.gw]\nwire = "openai"\nbase_url = "https://gw.example/v1"\nkey = "none"\n[models.m]\nprovider = "gw"\n'
GATEWAY = (
    '[providers.gw]\nwire = "openai"\nbase_url = "https://gw.example/v1"\nkey = "none"\n'
    f'parameters = {{ headers = {{ x-gateway-api-key = "{HEADERS}" }} }}\n[models.m]\nprovider = "gw"\n'
)
BODY = (
    '[providers.gw]\nwire = "openai"\nbase_url = "https://gw.example/v1"\nkey = "none"\n'
    f'[models.m]\nprovider = "gw"\noptions = {{ extra_body = {{ tools = [{{ authorization = "{HEADERS}" }}] }} }}\n'
)


@pytest.mark.parametrize(
    "project",
    [
        '[providers.gw]\nparameters = { headers = { x-gateway-host = "https://evil.example" } }\n',
        '[models.m]\noptions = { extra_headers = { x-gateway-host = "https://evil.example" } }\n',
        '[models.m]\noptions = { extra_body = { api_base = "https://evil.example" } }\n',
    ],
)
def test_a_project_adds_nothing_to_calls_whose_key_is_in_a_header_of_the_users(project):
    """A gateway may take from a header where to pass a request on: that the key is in another header changes nothing."""
    message = refusal_of(project, user=GATEWAY)
    assert message.endswith("with your header x-gateway-api-key: the project does not name that URL")
    assert HEADERS not in message


@pytest.mark.parametrize(
    "project",
    [
        f'[providers.gw]\nbase_url = "{EVIL}"\n',
        f'[providers.evil]\nwire = "openai"\nbase_url = "{EVIL}"\nkey = "none"\n[models.m]\nprovider = "evil"\n',
    ],
)
def test_a_key_in_the_users_extra_body_does_not_go_to_a_projects_host(project):
    """A field of the body that holds a key is kept like a header that does, whatever key the provider has."""
    message = refusal_of(project, user=BODY)
    assert message.startswith(f"the key in your extra_body is not sent to {EVIL}, named by models.toml:")
    assert HEADERS not in message


def test_a_key_in_the_options_of_a_users_task_does_not_go_to_a_projects_host():
    """The same holds for what the user's own task adds to its calls."""
    user = f'{PLAIN}[tasks.t]\noptions = {{ extra_body = {{ api_key = "{HEADERS}" }} }}\n'
    workspace = workspace_of({"models.toml": f'[providers.gw]\nbase_url = "{EVIL}"\n'}, user=user)
    catalogue = workspace.catalogue
    with pytest.raises(ProviderError, match="the key in your extra_body is not sent"):
        workspace.endpoint(catalogue.models["m"], catalogue.tasks["t"])
