"""Where a provider has its base URL from: the catalogue, variables in it, or a variable alone."""

from datetime import UTC, datetime

import pytest
from projects import workspace_of

from model_manager.commands import info, trust
from model_manager.commands import list as listing
from model_manager.config.workspace import Workspace
from model_manager.errors import CatalogueError, ProviderError, SettingsError

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
#: A model at each provider whose base URL depends on the machine.
MODELS = "".join(
    f'[models.at-{provider}]\nlike = "gpt-6.1-sol"\nprovider = "{provider}"\n'
    for provider in ("azure", "bedrock", "bedrock-anthropic", "cloudflare")
)
TASK = '[tasks.chat]\nmodel = "at-azure"\n'
KEYS = {"AZURE_OPENAI_API_KEY": "k", "AWS_BEARER_TOKEN_BEDROCK": "k", "CLOUDFLARE_API_TOKEN": "k"}


def workspace(**env: str) -> Workspace:
    return workspace_of({"models.toml": MODELS + TASK}, env=env)


def url_of(provider: str, **env: str) -> str:
    found = workspace(**KEYS, **env)
    return found.endpoint(found.catalogue.models[f"at-{provider}"]).base_url


@pytest.mark.parametrize(
    ("provider", "env", "url"),
    [
        ("azure", {"AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com/"}, "https://acme.openai.azure.com/openai/v1"),
        ("azure", {"AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com/openai/v1/"}, "https://acme.openai.azure.com/openai/v1"),
        ("bedrock", {"AWS_REGION": "eu-west-1"}, "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1"),
        ("bedrock", {"BEDROCK_BASE_URL": "https://vpc.example/v1"}, "https://vpc.example/v1"),
        ("bedrock-anthropic", {"AWS_REGION": "us-east-1"}, "https://bedrock-mantle.us-east-1.api.aws/anthropic"),
        ("cloudflare", {"CLOUDFLARE_ACCOUNT_ID": "0a1b"}, "https://api.cloudflare.com/client/v4/accounts/0a1b/ai/v1"),
    ],
)  # fmt: skip
def test_the_environment_completes_a_base_url(provider, env, url):
    """A resource, a region and an account come from the variables that the providers' own tools read."""
    assert url_of(provider, **env) == url


@pytest.mark.parametrize(
    ("provider", "env", "message"),
    [
        ("azure", {}, "no Azure OpenAI base URL: set AZURE_OPENAI_ENDPOINT"),
        ("bedrock", {}, "no Amazon Bedrock base URL: set AWS_REGION in the environment"),
        ("bedrock", {"AWS_REGION": "a.b"}, "no Amazon Bedrock base URL: AWS_REGION in the environment is not one part"),
        ("cloudflare", {"CLOUDFLARE_ACCOUNT_ID": "a/b"}, "base URL: CLOUDFLARE_ACCOUNT_ID in the environment is not"),
    ],
)  # fmt: skip
def test_a_call_without_a_base_url_says_which_variable_to_set(provider, env, message):
    """It fails as one without a key does, so that the other options of a route are taken."""
    with pytest.raises(ProviderError, match=message) as caught:
        url_of(provider, **env)
    assert caught.value.kind == "missing_key"
    assert caught.value.hint
    assert "a.b" not in str(caught.value)


def test_a_variable_that_holds_no_url_is_told_with_an_example():
    """Where the catalogue has no URL to show, the example is one of its form."""
    with pytest.raises(SettingsError) as caught:
        url_of("azure", AZURE_OPENAI_ENDPOINT="acme")
    assert caught.value.hint == "for example https://host.example/openai/v1"


def test_what_has_no_base_url_is_not_ready():
    """In the list, for the task, in the details, and where models are searched; with the variable to set."""
    found = workspace(**KEYS)
    report = listing.run(found, listing.Filters(all=True), NOON.date())
    azure = next(row for row in report.providers if row.provider.id == "azure")
    problem = "no Azure OpenAI base URL: set AZURE_OPENAI_ENDPOINT"
    assert (azure.base_url, azure.ready, [one.message for one in azure.findings]) == (None, False, [problem])
    assert not any(row.ready for row in report.models if row.model.id.startswith("at-"))
    (chat,) = report.tasks
    assert [(one.code, one.message) for one in chat.problems] == [("no_base_url", f"at-azure: {problem}")]
    assert problem in report.warnings

    details = info.run(found, "at-azure", NOON)
    assert isinstance(details, info.ModelInfo)
    assert (details.destination, details.row.ready) == (None, False)
    assert [(one.code, one.message) for one in details.problems] == [("no_base_url", problem)]


def test_providers_that_nobody_uses_are_no_reason_for_a_warning():
    """Without a key for them, that they have no base URL is said with the provider and nowhere else."""
    report = listing.run(workspace_of(), listing.Filters(), NOON.date())
    assert report.warnings == ()
    assert {row.provider.id for row in report.providers if row.base_url is None} == {
        "azure", "bedrock", "bedrock-anthropic", "cloudflare",
    }  # fmt: skip


def test_trust_leaves_out_what_has_no_base_url():
    """Nothing would be sent there, so there is nothing to ask about."""
    assert trust.run(workspace(**KEYS)).destinations == ()


@pytest.mark.parametrize(
    "url",
    ["https://${}.example", "https://${A-B}.example", "https://h.example:${PORT}/v1", "https://${A}@h.example", "${URL}",
     "https://h.example/?x=${A}", "https://$A.example", "http${S}://h.example", "https://${SOME_API_KEY}.example"],
)  # fmt: skip
def test_variables_stand_for_parts_of_host_and_path_only(url):
    """Not for a scheme, a user, a port or a query, and no variable that looks like a key's."""
    with pytest.raises(CatalogueError, match="1 problem") as caught:
        workspace_of(user=f'[providers.u]\nwire = "openai"\nkey = "none"\nbase_url = "{url}"\n')
    assert caught.value.problems[0].key == "providers.u.base_url"


def test_lists_take_other_names_of_providers():
    """A filter means the provider, whichever of its names is typed."""
    for name in ("google", "gemini", "Google"):
        report = listing.run(workspace_of(), listing.Filters(providers=[name]), NOON.date())
        assert {row.model.provider for row in report.models} == {"google"}
