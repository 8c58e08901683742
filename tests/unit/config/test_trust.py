"""Keys stay with the hosts they belong to: every way in which a cloned project could get one of the user's."""

from pathlib import Path

import pytest
from projects import SMALL, workspace_of, write

from model_manager.commands import trust
from model_manager.config.trust import claims_of
from model_manager.config.trust_record import trust_file, write_grants
from model_manager.core.hosts import is_loopback, same_host
from model_manager.errors import CatalogueError, ProviderError, SettingsError

KEY = "sk-the-users-own-key"
EVIL = "https://evil.example/v1"
OWN = "https://api.openai.com/v1"
#: A project's provider that would like to have a token of the user's.
GREEDY = f"""
[providers.greedy]
wire = "openai"
base_url = "{EVIL}"
api_key_env = ["SOME_TOKEN"]
[models.bait]
provider = "greedy"
"""


def endpoint_of(files, env=None, model="gpt-6-luna", **options):
    """Where a call of the user's would go who has an OpenAI key in the environment."""
    environment = {"OPENAI_API_KEY": KEY, "SOME_TOKEN": KEY} if env is None else env
    workspace = workspace_of(files, env=environment, **options)
    found = workspace.catalogue.find(model)
    assert found is not None
    return workspace.endpoint(found)


def refusal_of(files, env=None, **options) -> ProviderError:
    """The refusal of such a call, which must not repeat the key."""
    with pytest.raises(ProviderError) as caught:
        endpoint_of(files, env, **options)
    assert caught.value.kind == "untrusted"
    assert KEY not in str(caught.value) + str(caught.value.hint)
    return caught.value


def test_without_a_project_the_key_goes_to_the_providers_host():
    """The catalogue's own host needs no flag."""
    endpoint = endpoint_of({})
    assert endpoint.base_url == OWN
    assert endpoint.key is not None
    assert endpoint.key.reveal() == KEY


@pytest.mark.parametrize(
    ("files", "model", "named"),
    [
        ({"models.toml": f'[providers.openai]\nbase_url = "{EVIL}"'}, "gpt-6-luna", "models.toml:2"),
        ({"models.toml": GREEDY}, "bait", "models.toml:4"),
        ({".env": f"OPENAI_BASE_URL={EVIL}"}, "gpt-6-luna", "OPENAI_BASE_URL in .env:1"),
        ({".env.local": f"OPENAI_BASE_URL={EVIL}"}, "gpt-6-luna", "OPENAI_BASE_URL in .env.local:1"),
        (
            {"models.toml": '[providers.openai.base_url_env]\nname = "OTHER"', ".env": f"OTHER={EVIL}"},
            "gpt-6-luna",
            "OTHER in .env:1",
        ),
        ({".env": "MODEL_MANAGER_MODELS_FILE=x.toml", "x.toml": GREEDY}, "bait", "x.toml:4"),
        ({".env": f"MODEL_MANAGER_TRUST=1\nOPENAI_BASE_URL={EVIL}"}, "gpt-6-luna", "OPENAI_BASE_URL in .env:2"),
        ({".env": f"MODEL_MANAGER_trust=1\nOPENAI_BASE_URL={EVIL}"}, "gpt-6-luna", "OPENAI_BASE_URL in .env:2"),
        # The host of another provider is not this one's.
        (
            {"models.toml": '[providers.openai]\nbase_url = "https://openrouter.ai/api/v1"'},
            "gpt-6-luna",
            "models.toml:2",
        ),
        # An own provider, an own catalogue: what is one's own is the embedded catalogue's word only.
        ({"models.toml": "extends = false\n" + GREEDY}, "bait", "models.toml:5"),
    ],
)
def test_a_project_cannot_send_the_users_key_elsewhere(files, model, named):
    """A key of the environment is refused to a host that a project's file names, with host, file and way out."""
    error = refusal_of(files, model=model)
    assert f"_{'TOKEN' if model == 'bait' else 'KEY'} is not sent to https://" in error.message
    assert error.message.endswith(f", named by {named}")
    assert (
        error.hint == "to allow it, use `trust` for this run, or run model-manager trust to allow it permanently"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com.evil.example/v1",
        "https://api.openai.com./v1",
        "https://api.openai.com:8443/v1",
        "https://127.0.0.1.evil.example/v1",
        "https://localhost.evil.example/v1",
        "https://0.0.0.0/v1",
        "https://2130706433/v1",
        "https://evil.example/api.openai.com",
    ],
)
def test_a_host_that_looks_like_another_is_another(url):
    """Neither a longer name, another port nor a number in disguise passes for the provider or this machine."""
    refusal_of({".env": f"OPENAI_BASE_URL={url}"})
    refusal_of({"models.toml": f'[providers.openai]\nbase_url = "{url}"'})


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com@evil.example/v1",
        "https://api.openai.com:x@evil.example/v1",
        "https://evil.example\\@api.openai.com/v1",
        "https://api.openai.com\\.evil.example/v1",
        "https://api.openai.com:443443/v1",
        "https://api.openai.com?@evil.example/v1",
        "https://api.openai.com#@evil.example/v1",
        "https://api.open\u0430i.com/v1",
        "https://api.openai.com%2eevil.example/v1",
        "https://api.openai.com\t.evil.example",
        "javascript:alert(1)",
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_refused(url):
    """A base URL with user, backslash, query, fragment or foreign letters is no base URL, wherever it is said."""
    with pytest.raises(SettingsError):
        endpoint_of({".env": f"OPENAI_BASE_URL='{url}'\n"})
    with pytest.raises((CatalogueError, SettingsError)):
        endpoint_of({".env": "", "models.toml": f"[providers.openai]\nbase_url = '{url}'"})


@pytest.mark.parametrize(
    "url", ["https://API.OpenAI.com/v1", "https://api.openai.com:443/v1", "https://api.openai.com/v2/x"]
)
def test_the_providers_own_host_needs_no_flag(url):
    """The same scheme, host and port are the provider's own, however they are written."""
    assert endpoint_of({".env": f"OPENAI_BASE_URL={url}"}).base_url == url


def test_a_catalogue_that_extends_nothing_may_name_the_providers_own_host():
    """The provider's own host stays its own when a project leaves out the embedded catalogue."""
    text = SMALL.replace("acme", "openai").replace("https://api.openai.example/v1", OWN).replace("ACME", "OPENAI")
    assert endpoint_of({"models.toml": text}, model="m").base_url == OWN


@pytest.mark.parametrize(
    "url", ["http://localhost:8080/v1", "http://127.0.0.1:1/v1", "http://127.9.9.9/v1", "http://[::1]:1/v1"]
)
def test_this_machine_needs_no_flag(url):
    """A project may send a provider's key to a server on loopback, also without https."""
    assert endpoint_of({".env": f"OPENAI_BASE_URL={url}"}).base_url == url
    assert endpoint_of({"models.toml": f'[providers.openai]\nbase_url = "{url}"'}).base_url == url


def test_this_machine_does_not_get_a_key_that_only_the_project_knows():
    """Whoever listens on a port of this machine gets no token that the user's catalogue has never heard of."""
    greedy = GREEDY.replace(EVIL, "http://127.0.0.1:8080/v1")
    assert (
        "SOME_TOKEN is not sent to http://127.0.0.1:8080/v1"
        in refusal_of({"models.toml": greedy}, model="bait").message
    )
    assert endpoint_of({"models.toml": greedy}, model="bait", trust=True).key.reveal() == KEY


def test_who_trusts_a_project_says_so():
    """`--trust` and MODEL_MANAGER_TRUST=1 in the environment let a project's host have the key."""
    files = {".env": f"OPENAI_BASE_URL={EVIL}"}
    assert endpoint_of(files, trust=True).base_url == EVIL
    for value in (
        "1",
        EVIL,
        f"https://a.example, {EVIL}/",
        EVIL.replace("evil", "EVIL").replace("/v1", ":443/v1"),
    ):
        assert endpoint_of(files, {"OPENAI_API_KEY": KEY, "MODEL_MANAGER_TRUST": value}).base_url == EVIL


@pytest.mark.parametrize("value", ["0", "https://evil.example", f"{EVIL}/x", "http://evil.example/v1"])
def test_a_base_url_is_trusted_with_its_path(value):
    """Tenants share hosts: another path, scheme or host is not what was trusted."""
    refusal_of({".env": f"OPENAI_BASE_URL={EVIL}"}, {"OPENAI_API_KEY": KEY, "MODEL_MANAGER_TRUST": value})


def test_the_user_may_name_any_host():
    """A host that the environment, the user's own catalogue, or one that the user names, has may have the key."""
    assert endpoint_of({}, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": EVIL}).base_url == EVIL
    assert endpoint_of({}, user=GREEDY, model="bait").base_url == EVIL
    greedy = {"x.toml": GREEDY.replace("SOME_TOKEN", "OPENAI_API_KEY")}
    assert endpoint_of(greedy, model="bait", models_file=Path("x.toml")).base_url == EVIL
    named = {"OPENAI_API_KEY": KEY, "MODEL_MANAGER_MODELS_FILE": "x.toml"}
    assert endpoint_of({}, named, model="bait").base_url == EVIL


def test_what_a_project_makes_of_the_users_url_is_the_projects():
    """A project that renames the variable or lengthens the URL chooses the host as if it had named it."""
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": OWN, "SOME_URL": EVIL}
    error = refusal_of({"models.toml": '[providers.openai]\nbase_url_env = { name = "SOME_URL" }'}, env)
    assert "SOME_URL in the environment" in error.message


@pytest.mark.parametrize("append", [".evil.example", "@evil.example/v1"])
def test_what_a_project_appends_cannot_change_the_host(append):
    """The text behind a base URL is a path."""
    with pytest.raises(CatalogueError):
        endpoint_of({"models.toml": f'[providers.openai]\nbase_url_env = {{ append = "{append}" }}'})


def test_a_project_over_the_users_own_provider_is_still_a_project():
    """A host that a project names is a project's, also for a provider of the user's own catalogue."""
    user = GREEDY.replace("greedy", "corp").replace(EVIL, "https://llm.corp.example/v1")
    project = {"models.toml": f'[providers.corp]\nbase_url = "{EVIL}"'}
    assert "models.toml:2" in refusal_of(project, user=user, model="bait").message


def test_a_key_that_came_with_the_project_may_go_where_the_project_says():
    """Key and host belong together if they stand in one and the same .env file."""
    files = {".env": f"OPENAI_API_KEY=sk-of-the-project\nOPENAI_BASE_URL={EVIL}"}
    key = endpoint_of(files, {}).key
    assert key is not None
    assert key.reveal() == "sk-of-the-project"


@pytest.mark.parametrize(
    "files",
    [
        {".env": f"OPENAI_BASE_URL={EVIL}", ".env.local": "OPENAI_API_KEY=sk-x"},
        {".env.local": f"OPENAI_BASE_URL={EVIL}", ".env": "OPENAI_API_KEY=sk-x"},
        {"models.toml": f'[providers.openai]\nbase_url = "{EVIL}"', ".env": "OPENAI_API_KEY=sk-x"},
    ],
)
def test_a_key_in_another_file_is_not_the_hosts(files):
    """A pull request that changes one file does not get the key that a deployment keeps in another."""
    refusal_of(files, {})


@pytest.mark.parametrize(
    "lines",
    [
        "OPENAI_API_KEY=${ANTHROPIC_API_KEY}",
        "OPENAI_API_KEY=x${ANTHROPIC_API_KEY}",
        "A=${ANTHROPIC_API_KEY}\nOPENAI_API_KEY=${A}",
        "OPENAI_API_KEY=${NONE:-${ANTHROPIC_API_KEY}}\nOPENAI_API_KEY=${ANTHROPIC_API_KEY:-x}",
    ],
)
def test_a_key_that_a_file_takes_from_the_environment_is_the_users(lines):
    """${NAME} in a .env does not make a key of the user's the project's."""
    files = {".env": f"{lines}\nOPENAI_BASE_URL={EVIL}"}
    refusal_of(files, {"ANTHROPIC_API_KEY": KEY})


def test_a_url_cannot_carry_a_key():
    """A project's URL with a variable of the user's in it is refused, without a key to send as well."""
    files = {
        "models.toml": GREEDY.replace('api_key_env = ["SOME_TOKEN"]', 'key = "none"'),
        ".env": "GREEDY_BASE_URL=https://evil.example/${OPENAI_API_KEY}",
    }
    error = refusal_of(files, model="bait")
    assert "would send ${OPENAI_API_KEY} from your environment" in error.message


def test_a_url_cannot_carry_a_key_in_its_host_or_through_another_name():
    """The same holds for the host and for a variable that takes it from another one."""
    files = {
        "models.toml": GREEDY.replace('api_key_env = ["SOME_TOKEN"]', 'key = "none"'),
        ".env": "A=${OPENAI_API_KEY}\nGREEDY_BASE_URL=https://${A}.evil.example/v1",
    }
    assert "would send ${OPENAI_API_KEY}" in refusal_of(files, model="bait").message


def test_a_link_does_not_make_the_users_file_the_projects(clean_machine, work):
    """A .env that leads out of the directory holds the user's keys."""
    write(clean_machine, "home/secrets.env", f"OPENAI_API_KEY={KEY}\n")
    (work / ".env.local").symlink_to(clean_machine / "home" / "secrets.env")
    assert "OPENAI_API_KEY is not sent" in refusal_of({".env": f"OPENAI_BASE_URL={EVIL}"}, {}).message
    (work / ".env").unlink()
    refusal_of({"models.toml": f'[providers.openai]\nbase_url = "{EVIL}"'}, {})


def test_a_file_named_from_elsewhere_holds_the_users_keys(clean_machine):
    """A key in an `--env-file` outside the directory does not go to a project's host."""
    secrets = write(clean_machine, "home/secrets.env", f"OPENAI_API_KEY={KEY}\n")
    refusal_of({"models.toml": f'[providers.openai]\nbase_url = "{EVIL}"'}, {}, env_files=[secrets])


def test_a_key_is_not_sent_without_encryption():
    """Plain http to another machine is refused to the provider's own name and to the user's own URL."""
    downgraded = {".env": "OPENAI_BASE_URL=http://api.openai.com/v1"}
    assert "api.openai.com" in refusal_of(downgraded).message
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://llm.corp.example/v1"}
    error = refusal_of({}, env)
    assert "over plain http (OPENAI_BASE_URL in the environment)" in error.message
    assert error.hint == "use https, or set MODEL_MANAGER_ALLOW_HTTP=openai in the environment"


def test_trust_is_not_leave_to_send_a_key_without_encryption():
    """`--trust` lets a project choose the host, but plain http has its own switch."""
    files = {".env": "OPENAI_BASE_URL=http://llm.corp.example/v1\nMODEL_MANAGER_ALLOW_HTTP=openai"}
    assert "over plain http" in refusal_of(files, trust=True).message
    env = {"OPENAI_API_KEY": KEY, "MODEL_MANAGER_ALLOW_HTTP": "openai"}
    assert endpoint_of(files, env, trust=True).base_url == "http://llm.corp.example/v1"


def test_the_users_catalogue_may_allow_plain_http():
    """`allow_http` in the user's own catalogue holds for that provider."""
    user = '[providers.openai]\nbase_url = "http://llm.corp.example/v1"\nallow_http = true'
    assert endpoint_of({}, user=user).base_url == "http://llm.corp.example/v1"


def test_no_key_no_refusal():
    """Where no key would be sent, a project may name any host."""
    text = GREEDY.replace('api_key_env = ["SOME_TOKEN"]', "")
    endpoint = endpoint_of({"models.toml": text}, model="bait")
    assert (endpoint.base_url, endpoint.key) == (EVIL, None)


def test_a_missing_key_names_the_variables_to_set():
    """A call without its key is refused as such, before anything else is looked at."""
    with pytest.raises(ProviderError) as caught:
        endpoint_of({".env": f"OPENAI_BASE_URL={EVIL}\nOPENAI_API_KEY=  "}, {})
    assert caught.value.kind == "missing_key"
    assert caught.value.hint == "add OPENAI_API_KEY to .env, or set it in the environment"


def test_a_key_is_stripped_of_white_space():
    """A line end in a variable does not become a part of the key."""
    key = endpoint_of({}, {"OPENAI_API_KEY": f" {KEY}\r\n"}).key
    assert key is not None
    assert key.reveal() == KEY
    assert KEY not in repr(key) + str(key)


def test_a_call_that_is_only_shown_has_no_key():
    """What `--curl` shows is made with a placeholder, whoever names the host."""
    workspace = workspace_of({".env": f"OPENAI_BASE_URL={EVIL}"}, env={"OPENAI_API_KEY": KEY})
    endpoint = workspace.unsent_endpoint(workspace.catalogue.models["gpt-6-luna"])
    assert endpoint.base_url == EVIL
    assert endpoint.key is not None
    assert endpoint.key.reveal() != KEY


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost", True),
        ("http://LOCALHOST:1/x", True),
        ("http://127.0.0.1", True),
        ("http://[::1]", True),
        ("http://localhost.", False),
        ("http://0.0.0.0", False),
        ("http://10.0.0.1", False),
        ("http://127.1", False),
        ("http://0x7f000001", False),
        ("http://[::ffff:127.0.0.1]", False),
        ("http://localhost.evil.example", False),
    ],
)
def test_loopback_is_what_cannot_be_anything_else(url, here):
    """Only names and addresses that always mean this machine count as it."""
    assert is_loopback(url) is here


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("https://a.example", "https://A.example/x", True),
        ("https://a.example:443", "https://a.example", True),
        ("http://a.example:80", "http://a.example", True),
        ("http://a.example", "https://a.example", False),
        ("http://a.example:443", "https://a.example:443", False),
        ("https://a.example:444", "https://a.example", False),
        ("https://b.a.example", "https://a.example", False),
        ("https://a.example", None, False),
    ],
)
def test_hosts_agree_in_scheme_name_and_port(url, other, same):
    """Two URLs have the same host if nothing but their paths differ."""
    assert same_host(url, other) is same


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("example.com", "http://example.com:11434"),
        ("example.com:80", "http://example.com:80"),
        ("example.com/ollama", "http://example.com:11434/ollama"),
        ("http://example.com", "http://example.com"),
        ("https://example.com/a/b/", "https://example.com/a/b"),
        ("127.0.0.1:1", "http://127.0.0.1:1"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:1", "http://127.0.0.1:1"),
        ("http://0.0.0.0:1/x", "http://127.0.0.1:1/x"),
        ("10.0.0.0:1", "http://10.0.0.0:1"),
        ("::1", "http://[::1]:11434"),
        ("::", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:5", "http://[::1]:5"),
        ("[::]:5", "http://[::1]:5"),
        ("http://[::]", "http://[::1]"),
        ("fe80::5", "http://[fe80::5]:11434"),
        ("'example.com:5'", "http://example.com:5"),
    ],
)
def test_a_host_of_ollama_may_lack_scheme_and_port(host, url):
    """OLLAMA_HOST is read as Ollama reads it; an address to listen at is that of this machine."""
    workspace = workspace_of(env={"OLLAMA_HOST": host})
    assert workspace.destination(workspace.catalogue.providers["ollama"]).base_url == url


def test_other_base_urls_are_taken_as_they_are():
    """Only the slash at their end goes, and what the provider appends is added."""
    workspace = workspace_of(
        {
            "models.toml": '[providers.p]\nwire = "openai"\nbase_url = "https://p.example"\nbase_url_env.append = "/v1"\n'
        },
        env={"P_BASE_URL": "https://q.example/", "OPENAI_BASE_URL": "example.com"},
    )
    destination = workspace.destination(workspace.catalogue.providers["p"])
    assert (destination.base_url, destination.named_by) == (
        "https://q.example/v1",
        "P_BASE_URL in the environment",
    )
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL in the environment"):
        workspace.destination(workspace.catalogue.providers["openai"])


CORP = """
[providers.corp]
wire = "openai"
base_url = "https://llm.corp.example/v1"
api_key_env = ["CORP_API_KEY"]
[models.m]
provider = "corp"
"""


def test_a_project_cannot_give_a_provider_another_providers_key():
    """A variable that holds another provider's key makes the file invalid, which no trust lifts."""
    for project in (
        '[providers.corp]\napi_key_env = ["OPENAI_API_KEY"]',
        GREEDY.replace("SOME_TOKEN", "OPENAI_API_KEY"),
        "extends = false" + GREEDY.replace("SOME_TOKEN", "CORP_API_KEY"),
    ):
        with pytest.raises(CatalogueError) as caught:
            endpoint_of({"models.toml": project}, user=CORP, model="m", trust=True)
        (problem,) = caught.value.problems
        assert problem.message.startswith("a project's file may not name ")
        assert problem.line


@pytest.mark.parametrize("name", ["MODEL_MANAGER_SERVER_TOKEN", "MODEL_MANAGER_USER_KEY", "PASSWORD"])
def test_a_project_cannot_name_any_variable_as_a_key(name):
    """Our own settings and what is named like no key are refused in a project's file, and fine in the user's."""
    greedy = GREEDY.replace("SOME_TOKEN", name)
    with pytest.raises(CatalogueError):
        endpoint_of({"models.toml": greedy}, trust=True)
    assert endpoint_of({"models.toml": ""}, {name: KEY}, user=greedy, model="bait").key.reveal() == KEY


def test_a_variable_that_only_a_project_names_is_not_sent_to_the_users_hosts():
    """A token of the user's does not go to a provider of the catalogue because a project says so."""
    project = {"models.toml": '[providers.corp]\napi_key_env = ["SOME_TOKEN"]'}
    error = refusal_of(project, user=CORP, model="m")
    assert "SOME_TOKEN is not sent to https://llm.corp.example/v1: only models.toml:2" in error.message
    assert endpoint_of(project, user=CORP, model="m", trust=True).key.reveal() == KEY
    files = {**project, ".env": "SOME_TOKEN=sk-of-the-project"}
    assert endpoint_of(files, {}, user=CORP, model="m").key.reveal() == "sk-of-the-project"


def test_a_project_may_name_the_keys_that_are_the_providers_own():
    """A variable that the user's catalogue names as well is the provider's, whoever names it last."""
    project = {"models.toml": '[providers.corp]\napi_key_env = ["CORP_API_KEY"]'}
    assert endpoint_of(project, {"CORP_API_KEY": KEY}, user=CORP, model="m").key.reveal() == KEY
    user = CORP.replace('"CORP_API_KEY"', '"CORP_API_KEY", "SOME_TOKEN"')
    project = {"models.toml": '[providers.corp]\napi_key_env = ["SOME_TOKEN"]'}
    assert endpoint_of(project, user=user, model="m").key.reveal() == KEY


HEADERS = 'parameters.headers = { X-Upstream = "https://evil.example" }'


@pytest.mark.parametrize("table", ["providers.corp", "models.m"])
def test_a_projects_headers_do_not_go_beside_the_users_key(table):
    """A gateway of the user's takes from headers where it passes a request on: a project's go to its own hosts only."""
    project = {"models.toml": f"[{table}]\n{HEADERS}"}
    error = refusal_of(project, {"CORP_API_KEY": KEY}, user=CORP, model="m")
    assert (
        "the headers in models.toml:2 are not sent to https://llm.corp.example/v1 with CORP_API_KEY"
        in error.message
    )
    assert endpoint_of(project, {"CORP_API_KEY": KEY}, user=CORP, model="m", trust=True).parameters["headers"]
    assert endpoint_of({"models.toml": ""}, {"CORP_API_KEY": KEY}, user=f"{CORP}\n{HEADERS}", model="m")


def test_a_projects_further_fields_do_not_go_beside_the_users_key():
    """They are called what they are."""
    project = {"models.toml": '[models.m.options]\nextra_body = { webhook = "https://evil.example" }'}
    error = refusal_of(project, {"CORP_API_KEY": KEY}, user=CORP, model="m")
    assert "the fields of the body in models.toml:2 are not sent" in error.message


def test_headers_do_not_come_along_by_naming_the_users_gateway_once_more():
    """The user's gateway stays the user's where the project names it too; a provider's own host is no gateway."""
    for url in ("https://llm.corp.example/v1", "https://llm.corp.example/v1/more"):
        own = {"models.toml": f'[providers.corp]\nbase_url = "{url}"\n{HEADERS}'}
        error = refusal_of(own, {"CORP_API_KEY": KEY}, user=CORP, model="m")
        assert "your own models.toml names that host" in error.message
    titled = f'[providers.openai]\nbase_url = "{OWN}"\n{HEADERS}'
    assert endpoint_of({"models.toml": titled}).parameters["headers"]


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        ("/v1", True),
        ("/v1/", True),
        ("/v1/chat", True),
        ("", False),
        ("/v2", False),
        ("/v10", False),
        ("/tenants/evil/v1", False),
        ("/v1/../evil", False),
        ("/v1/%2E%2e/evil", False),
        ("/v1/..%2fevil", False),
        ("/v1/..", False),
    ],
)
def test_another_tenant_of_the_users_gateway_gets_no_key(path, is_own):
    """Of a host that the user's file names, only its path and what is below is the user's."""
    url = f"https://llm.corp.example{path}"
    for files in (
        {"models.toml": f'[providers.corp]\nbase_url = "{url}"'},
        {"models.toml": "", ".env": f"CORP_BASE_URL={url}"},
    ):
        if is_own:
            assert endpoint_of(files, {"CORP_API_KEY": KEY}, user=CORP, model="m").base_url == url.rstrip("/")
        else:
            refusal_of(files, {"CORP_API_KEY": KEY}, user=CORP, model="m")


# What is remembered


@pytest.fixture
def remember():
    """Remembers what a project would have sent, as `trust` does."""

    def remember(**options):
        workspace = workspace_of(env={"OPENAI_API_KEY": KEY, "SOME_TOKEN": KEY}, **options)
        grants = {
            claim.grant
            for provider in workspace.catalogue.providers.values()
            if not workspace.base_url_problem(provider)
            for claim in claims_of(workspace.destination(provider))
        }
        write_grants(trust_file(workspace.environ), grants)

    return remember


def test_what_is_remembered_needs_no_flag(remember):
    """A URL that was trusted as this file names it gets this key from then on."""
    refusal_of({".env": f"OPENAI_BASE_URL={EVIL}"})
    remember()
    assert endpoint_of({".env": f"# moved\nOPENAI_BASE_URL={EVIL}/"}).base_url == EVIL


@pytest.mark.parametrize(
    "files",
    [
        {".env": "OPENAI_BASE_URL=https://evil.example/v2"},
        {".env": "OPENAI_BASE_URL=https://evil.example/v1/x"},
        {".env": "OPENAI_BASE_URL=http://evil.example/v1"},
        {".env": "", ".env.local": f"OPENAI_BASE_URL={EVIL}"},
        {".env": "", "models.toml": f'[providers.openai]\nbase_url = "{EVIL}"'},
        {".env": f"OPENAI_BASE_URL={EVIL}", "models.toml": '[providers.openai]\napi_key_env = ["OTHER_KEY"]'},
    ],
)
def test_only_what_was_trusted_is_remembered(remember, files):
    """Another path, file or variable has to be trusted by itself."""
    write(Path(), ".env", f"OPENAI_BASE_URL={EVIL}")
    remember()
    assert endpoint_of({}).base_url == EVIL
    refusal_of(files, {"OPENAI_API_KEY": KEY, "OTHER_KEY": KEY})


def test_headers_are_trusted_as_they_are():
    """A pull request that changes a trusted file's headers sends them nowhere with the user's key."""
    project, env = f"[providers.corp]\n{HEADERS}", {"CORP_API_KEY": KEY}
    refusal_of({"models.toml": project}, env, user=CORP, model="m")
    workspace = workspace_of(env=env, user=CORP)
    report = trust.run(workspace)
    trust.remember(workspace, report)
    assert endpoint_of({}, env, user=CORP, model="m").parameters["headers"]
    refusal_of({"models.toml": project.replace("evil", "worse")}, env, user=CORP, model="m")


def test_another_checkout_is_another_project(remember, clean_machine, monkeypatch):
    """The same file elsewhere is not trusted."""
    write(Path(), ".env", f"OPENAI_BASE_URL={EVIL}")
    remember()
    (clean_machine / "other").mkdir()
    monkeypatch.chdir(clean_machine / "other")
    refusal_of({".env": f"OPENAI_BASE_URL={EVIL}"})


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"trusted": [{}]}', '{"trusted": [{"file": 1}]}', "\x00"])
def test_a_record_that_cannot_be_understood_is_named(remember, content):
    """A damaged record is an error with its file, not a silent refusal."""
    write(Path(), ".env", f"OPENAI_BASE_URL={EVIL}")
    remember()
    path = trust_file(workspace_of().environ)
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"trust\.json: is not in the format that the trust command writes"):
        endpoint_of({})


def test_a_record_that_others_can_write_does_not_count(remember):
    """What another user of the machine may have written trusts nobody."""
    write(Path(), ".env", f"OPENAI_BASE_URL={EVIL}")
    remember()
    path = trust_file(workspace_of().environ)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o622)
    with pytest.raises(SettingsError, match="other users can write it"):
        endpoint_of({})


#: The user's gateway takes its key in a header of its own.
GATEWAY = """
[providers.gateway]
wire = "openai"
base_url = "https://gateway.example/v1"
[providers.gateway.parameters.headers]
x-gateway-token = "t0ken-of-the-user-0123"
[models.behind]
provider = "gateway"
"""


@pytest.mark.parametrize(
    "files",
    [
        {"models.toml": f'[providers.gateway]\nbase_url = "{EVIL}"'},
        {"models.toml": f'[providers.gateway]\nbase_url = "{EVIL}"\nparameters = {{ headers = {{ x-a = "b" }} }}'},
        {".env": f"GATEWAY_BASE_URL={EVIL}"},
    ],
)
def test_a_header_of_the_users_that_holds_a_key_does_not_go_where_a_project_says(files):
    """A secret in a header is worth as much as one in a variable."""
    error = refusal_of(files, {}, model="behind", user=GATEWAY)
    assert f"your header x-gateway-token is not sent to {EVIL}" in error.message


def test_another_provider_of_a_project_has_no_header_of_the_users():
    """What the user said of one provider is nothing that another one inherits."""
    mine = f'[providers.mine]\nwire = "openai"\nbase_url = "{EVIL}"\n[models.behind]\nprovider = "mine"'
    endpoint = endpoint_of({"models.toml": mine}, {}, model="behind", user=GATEWAY)
    assert "x-gateway-token" not in endpoint.parameters.get("headers", {})


def test_a_header_of_the_users_goes_where_the_user_says():
    """Nothing is asked about."""
    endpoint = endpoint_of({}, {}, model="behind", user=GATEWAY)
    assert "x-gateway-token" in endpoint.parameters["headers"]
