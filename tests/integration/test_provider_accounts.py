"""Accounts, deployments and addresses of a customer's own, against a server on this machine."""

import json
from urllib.parse import urlsplit

import pytest
from command_line import run_cli
from model_server import ModelServer, model_server, refusing, saying

from model_manager import AIService, ProviderError

KEY_A, KEY_B = "kq7-account-a-wWx4TzR9uV", "kq7-account-b-bN2mLp8sQe"


def accounts(server: ModelServer, extra: str = "") -> str:
    """A provider, a second account of it, a model at each, and a task that shares its calls among them."""
    return f"""
[providers.maker]
wire = "openai"
base_url = "{server.url}"
api_key_env = ["MAKER_API_KEY"]
parameters = {{ max_tokens = "max_completion_tokens" }}
[providers.maker-b]
like = "maker"
api_key_env = ["MAKER_B_API_KEY"]
[models.large]
provider = "maker"
model_id = "large-2026"
price = {{ input = 1, output = 10 }}
[models.large-b]
like = "large"
provider = "maker-b"
model_id = "large-2026"
[tasks.chat]
model = "large+large-b"
{extra}"""


@pytest.fixture
def keys(monkeypatch, user_models):
    """The user's catalogue file, and the keys of both accounts in the environment."""
    monkeypatch.setenv("MAKER_API_KEY", KEY_A)
    monkeypatch.setenv("MAKER_B_API_KEY", KEY_B)
    user_models.parent.mkdir(parents=True, exist_ok=True)
    return user_models


def keys_of(server: ModelServer) -> set[str]:
    return {request.headers["authorization"].removeprefix("Bearer ") for request in server.requests}


def test_a_balanced_route_shares_calls_among_two_accounts(keys):
    """Each account's calls carry its own key, ask for the same model, and have the price of the first."""
    with model_server(saying("fine")) as server:
        keys.write_text(accounts(server))
        with AIService(ledger="off") as service:
            replies = [service.chat("chat", "hi", max_tokens=9) for _ in range(40)]
    assert keys_of(server) == {KEY_A, KEY_B}
    assert {request.model for request in server.requests} == {"large-2026"}
    assert {request.body.get("max_completion_tokens") for request in server.requests} == {9}
    assert {reply.provider for reply in replies} == {"maker", "maker-b"}
    assert len({reply.cost_usd for reply in replies}) == 1
    assert replies[0].cost_usd


def test_an_account_at_its_limit_leaves_the_other_one_alone(keys):
    """A 429 cools the account down that got it: the same model at the same address has another limit for the other."""

    def script(request, answer):
        if KEY_A in request.headers["authorization"]:
            answer.refuse(429, "slow down", "rate_limit_exceeded")
        else:
            answer.say(request, "fine")

    with model_server(script) as server:
        keys.write_text(accounts(server))
        with AIService(ledger="off") as service:
            providers = [service.chat("chat", "hi").provider for _ in range(12)]
    refused = [request for request in server.requests if KEY_A in request.headers["authorization"]]
    assert providers == ["maker-b"] * 12
    assert len(refused) <= 1


def test_an_account_whose_key_is_wrong_is_followed_by_the_other(keys):
    """In a chain the second account is another provider's, so that a refused key is rescued, with a warning."""

    def script(request, answer):
        if KEY_A in request.headers["authorization"]:
            answer.refuse(401, "Incorrect API key", "invalid_api_key")
        else:
            answer.say(request, "fine")

    with model_server(script) as server:
        keys.write_text(accounts(server, '[tasks.safe]\nmodel = "large,large-b"\n'))
        with AIService(ledger="off") as service:
            reply = service.chat("safe", "hi")
    assert (reply.provider, reply.text) == ("maker-b", "fine")
    assert any("large" in warning for warning in reply.warnings), reply.warnings


def test_a_deployment_is_called_below_the_endpoint_of_its_variable(work):
    """Azure's way: the address from AZURE_OPENAI_ENDPOINT alone, the deployment's name, the price of the model."""
    (work / "models.toml").write_text(
        '[models.mine]\nlike = "gpt-6.1-sol"\nprovider = "azure"\nmodel_id = "my-deployment"\n'
    )
    with model_server(saying("fine")) as server:
        host = server.url.removesuffix("/v1")
        env = {"AZURE_OPENAI_ENDPOINT": f"{host}/", "AZURE_OPENAI_API_KEY": KEY_A}
        result = run_cli("test", "mine", "hi", "--json", env=env)
    (one,) = json.loads(result.stdout)["results"]
    (request,) = server.requests
    assert (result.exit_code, one["text"], one["cost_usd"] > 0) == (0, "fine", True), result.stderr
    assert (request.path, request.model) == ("/openai/v1/chat/completions", "my-deployment")
    assert request.headers["authorization"] == f"Bearer {KEY_A}"
    assert "max_completion_tokens" in request.body
    assert "max_tokens" not in request.body


def test_an_account_in_the_path_comes_from_the_environment(keys, monkeypatch):
    """Cloudflare's way: a variable is one segment of the path, and the rest of the address stays."""
    monkeypatch.setenv("MAKER_ACCOUNT", "0a1b2c")
    with model_server(saying("fine")) as server:
        keys.write_text(accounts(server).replace(server.url, f"{server.url}/accounts/${{MAKER_ACCOUNT}}/ai/v1"))
        with AIService(ledger="off") as service:
            assert service.chat("chat", "hi").text == "fine"
    (request,) = server.requests
    assert request.path == "/v1/accounts/0a1b2c/ai/v1/chat/completions"
    assert request.headers["host"] == urlsplit(server.url).netloc


def test_without_its_variable_an_option_is_passed_over(keys):
    """A machine where the account is not set calls the next option; alone, the error names the variable."""
    with model_server(saying("fine")) as server:
        text = accounts(server, '[tasks.safe]\nmodel = "there,large"\n[tasks.alone]\nmodel = "there"\n')
        text += '[providers.away]\nlike = "maker"\nkey = "none"\nbase_url = "https://${AWAY_REGION}.maker.example/v1"\n'
        keys.write_text(text + '[models.there]\nlike = "large"\nprovider = "away"\n')
        with AIService(ledger="off") as service:
            assert service.chat("safe", "hi").provider == "maker"
            with pytest.raises(
                ProviderError, match="no away base URL: set AWAY_REGION in the environment"
            ) as caught:
                service.chat("alone", "hi")
        shown = run_cli("info", "there")
        listed = run_cli("list", "--provider", "away")
        tested = run_cli("test", "there", "hi")
    assert caught.value.kind == "missing_key"
    assert (shown.exit_code, "set AWAY_REGION in the environment" in shown.stdout) == (0, True), shown.stderr
    assert (listed.exit_code, "no away base URL" in listed.stdout + listed.stderr) == (0, True)
    assert (tested.exit_code, "set AWAY_REGION in the environment" in tested.stderr) == (4, True), tested.stderr


def test_a_fault_of_the_host_concerns_both_accounts(keys):
    """When the host itself fails, the other account at it is left alone as well: the backup elsewhere answers."""
    with model_server(refusing(503, "down")) as broken, model_server(saying("fine")) as server:
        text = accounts(broken, '[tasks.safe]\nmodel = "large,large-b,backup"\n')
        text += f'[providers.other]\nwire = "openai"\nkey = "none"\nbase_url = "{server.url}"\n'
        keys.write_text(text + '[models.backup]\nprovider = "other"\n')
        with AIService(ledger="off", retries=0) as service:
            first, second = service.chat("safe", "hi"), service.chat("safe", "hi")
    assert (first.provider, second.provider) == ("other", "other")
    assert len(broken.requests) <= 2
