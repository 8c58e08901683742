"""Providers as LiteLLM names them, and the base URLs that have to be written for it."""

import pytest
from projects import workspace_of

from model_manager.commands.exports import litellm
from model_manager.core.quantities import noon, parse_moment

MOMENT = parse_moment("2026-11-28")
#: A model of each provider, what LiteLLM calls it, and what else is written: with no variable set but these.
CASES = [
    ("anthropic", {}, "anthropic/m", {"api_key": "os.environ/ANTHROPIC_API_KEY"}),
    ("google", {}, "gemini/m", {"api_key": "os.environ/GOOGLE_API_KEY"}),
    ("google", {"GEMINI_API_KEY": "k" * 20}, "gemini/m", {"api_key": "os.environ/GEMINI_API_KEY"}),
    ("openai", {}, "openai/m", {"api_key": "os.environ/OPENAI_API_KEY"}),
    ("openai-responses", {}, "openai/responses/m", {"api_key": "os.environ/OPENAI_API_KEY"}),
    ("groq", {}, "groq/m", {"api_key": "os.environ/GROQ_API_KEY"}),
    ("mistral", {}, "mistral/m", {"api_key": "os.environ/MISTRAL_API_KEY"}),
    ("xai", {}, "xai/m", {"api_key": "os.environ/XAI_API_KEY"}),
    (
        "deepseek",
        {},
        "deepseek/m",
        {"api_base": "https://api.deepseek.com/v1", "api_key": "os.environ/DEEPSEEK_API_KEY"},
    ),
    ("cerebras", {}, "cerebras/m", {"api_key": "os.environ/CEREBRAS_API_KEY"}),
    (
        "together",
        {},
        "together_ai/m",
        {"api_base": "https://api.together.xyz/v1", "api_key": "os.environ/TOGETHER_API_KEY"},
    ),
    ("openrouter", {}, "openrouter/m", {"api_key": "os.environ/OPENROUTER_API_KEY"}),
    ("ollama", {}, "ollama_chat/m", {"api_base": "http://127.0.0.1:11434"}),
    ("ollama", {"OLLAMA_HOST": "gpu:1"}, "ollama_chat/m", {"api_base": "http://gpu:1"}),
    ("moonshotai", {}, "moonshot/m", {"api_key": "os.environ/MOONSHOT_API_KEY"}),
    ("zai", {}, "zai/m", {"api_key": "os.environ/ZAI_API_KEY"}),
    ("lmstudio", {}, "lm_studio/m", {"api_base": "http://127.0.0.1:1234/v1"}),
    (
        "azure",
        {},
        "azure/m",
        {
            "api_base": "os.environ/AZURE_OPENAI_ENDPOINT",
            "api_key": "os.environ/AZURE_OPENAI_API_KEY",
            "api_version": "v1",
        },
    ),
    (
        "azure",
        {"AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com"},
        "azure/m",
        {
            "api_base": "https://r.openai.azure.com",
            "api_key": "os.environ/AZURE_OPENAI_API_KEY",
            "api_version": "v1",
        },
    ),
    (
        "bedrock",
        {},
        "bedrock/m",
        {"api_key": "os.environ/AWS_BEARER_TOKEN_BEDROCK", "aws_region_name": "os.environ/AWS_REGION"},
    ),
    (
        "bedrock-anthropic",
        {},
        "bedrock/m",
        {"api_key": "os.environ/AWS_BEARER_TOKEN_BEDROCK", "aws_region_name": "os.environ/AWS_REGION"},
    ),
    (
        "bedrock",
        {"BEDROCK_BASE_URL": "https://b.example/v1"},
        "openai/m",
        {"api_base": "https://b.example/v1", "api_key": "os.environ/AWS_BEARER_TOKEN_BEDROCK"},
    ),
    ("cloudflare", {}, "cloudflare/m", {"api_key": "os.environ/CLOUDFLARE_API_TOKEN"}),
    ("fireworks", {}, "fireworks_ai/m", {"api_key": "os.environ/FIREWORKS_API_KEY"}),
    ("perplexity", {}, "perplexity/m", {"api_key": "os.environ/PERPLEXITY_API_KEY"}),
    ("cohere", {}, "cohere_chat/m", {"api_key": "os.environ/CO_API_KEY"}),
    (
        "huggingface",
        {},
        "openai/m",
        {"api_base": "https://router.huggingface.co/v1", "api_key": "os.environ/HF_TOKEN"},
    ),
    ("nvidia", {}, "nvidia_nim/m", {"api_key": "os.environ/NVIDIA_API_KEY"}),
    (
        "alibaba",
        {},
        "dashscope/m",
        {
            "api_base": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            "api_key": "os.environ/DASHSCOPE_API_KEY",
        },
    ),
    ("minimax", {}, "minimax/m", {"api_key": "os.environ/MINIMAX_API_KEY"}),
    ("meta", {}, "openai/m", {"api_base": "https://api.meta.ai/v1", "api_key": "os.environ/META_API_KEY"}),
    ("vercel", {}, "vercel_ai_gateway/m", {"api_key": "os.environ/AI_GATEWAY_API_KEY"}),
    ("vllm", {}, "hosted_vllm/m", {"api_base": "http://127.0.0.1:8000/v1"}),
    ("llamacpp", {}, "llamafile/m", {}),
    (
        "litellm",
        {},
        "litellm_proxy/m",
        {"api_base": "http://127.0.0.1:4000/v1", "api_key": "os.environ/LITELLM_PROXY_API_KEY"},
    ),
    ("openai-b", {}, "openai/m", {"api_key": "os.environ/B_API_KEY"}),
    ("groq-b", {}, "groq/m", {"api_key": "os.environ/B_API_KEY"}),
    ("keyless", {}, "openai/m", {"api_base": "http://127.0.0.1:9/v1", "api_key": "not-needed"}),
    (
        "claude-gateway",
        {},
        "anthropic/m",
        {"api_base": "https://gateway.example", "api_key": "os.environ/B_API_KEY"},
    ),
    (
        "openai",
        {"OPENAI_BASE_URL": "https://gateway.example/v1/"},
        "openai/m",
        {"api_base": "https://gateway.example/v1", "api_key": "os.environ/OPENAI_API_KEY"},
    ),
    (
        "google",
        {"GOOGLE_GEMINI_BASE_URL": "https://gateway.example"},
        "gemini/m",
        {"api_base": "https://gateway.example/v1beta", "api_key": "os.environ/GOOGLE_API_KEY"},
    ),
]
OWN = """
[providers.openai-b]
like = "openai"
api_key_env = ["B_API_KEY"]
[providers.groq-b]
like = "groq"
api_key_env = ["B_API_KEY"]
[providers.keyless]
wire = "openai"
base_url = "http://127.0.0.1:9/v1"
key = "none"
[providers.claude-gateway]
wire = "anthropic"
base_url = "https://gateway.example"
api_key_env = ["B_API_KEY"]
auth = "bearer"
"""


def exported(provider, env):
    """The report of one task whose model is a provider's."""
    model = f'[models.m]\nprovider = "{provider}"\nmodel_id = "m"\n[tasks.t]\nmodel = "m"\n'
    return litellm.run(workspace_of({}, user=OWN + model, env=env), MOMENT)


@pytest.mark.parametrize(("provider", "env", "model", "more"), CASES)
def test_each_provider_has_its_name_and_address(provider, env, model, more):
    """The prefix, the key's variable, and an `api_base` only where LiteLLM's own is another one."""
    (group,) = exported(provider, env).groups
    params = dict(group.deployments[0].params)
    params.pop("additional_drop_params", None)
    assert params == {"model": model, **more}


def test_every_provider_of_the_catalogue_has_a_case():
    """None of the embedded catalogue is left out of the cases."""
    assert set(workspace_of().catalogue.providers) <= {provider for provider, *_ in CASES}


def test_the_proxy_is_told_which_variables_it_needs():
    """The master key, keys, and the parts of URLs that the proxy makes itself are named."""
    assert exported("bedrock", {}).variables == ("LITELLM_MASTER_KEY", "AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION")
    assert exported("cloudflare", {}).variables == (
        "LITELLM_MASTER_KEY",
        "CLOUDFLARE_API_TOKEN",
        "CLOUDFLARE_ACCOUNT_ID",
    )
    assert exported("azure", {}).variables == (
        "LITELLM_MASTER_KEY",
        "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_ENDPOINT",
    )


def test_a_key_that_is_sent_in_another_way_is_lost():
    """LiteLLM sends Anthropic's key as x-api-key, whatever a gateway wants."""
    losses = [str(loss) for loss in exported("claude-gateway", {}).losses]
    assert "m: its key as bearer: LiteLLM sends it as x-api-key" in losses


def test_a_proxy_of_a_proxy_is_warned_of():
    """A route that leads to a proxy already may lead in a circle."""
    (warning,) = exported("litellm", {}).warnings
    assert warning.startswith("t: m is a LiteLLM proxy already")


@pytest.mark.parametrize("count", [5, 7])
def test_a_long_chain_is_followed_to_its_end(count):
    """LiteLLM gives up after five groups unless it is told to go on."""
    names = [f"m{index}" for index in range(count + 1)]
    models = "".join(f'[models.{name}]\nprovider = "groq"\nmodel_id = "{name}"\n' for name in names)
    report = litellm.run(workspace_of({}, user=f'{models}[tasks.t]\nmodel = "{",".join(names)}"\n'), MOMENT)
    router = report.settings["router_settings"]
    assert router.get("max_fallbacks") == (None if count == 5 else 7)
    assert router["fallbacks"] == [{"t": [f"t-option-{index}" for index in range(2, count + 2)]}]


PRICES = """
[models.m]
provider = "groq"
[models.m.price]
input = 1
output = 2
cache_write_12h = 3
request = 0.01
[[models.m.price.changes]]
from = 2026-11-01
output = 4
[[models.m.price.changes]]
from = 2026-12-01
output = 8
[models.n]
provider = "xai"
[models.n.price]
input = 1
output = 2
[[models.n.price.tiers]]
above = 200_000
input = 3
[[models.n.price.tiers]]
above = 300_001
inclusive = true
input = 4
[models.n.price.peak]
days = "daily"
utc = ["01:00-02:00"]
input = 9
[models.u]
provider = "groq"
[tasks.t]
model = "m+n+u"
"""


def test_what_a_price_has_and_litellm_has_not_is_lost():
    """Changes to come, fees by request, writes of twelve hours, peaks beside tiers and unknown prices are said."""
    report = litellm.run(workspace_of({}, user=PRICES), MOMENT)
    info = [one.info for one in report.groups[0].deployments]
    losses = {str(loss) for loss in report.losses}

    assert str(info[0]["output_cost_per_token"]) == "0.000004"
    assert not {name for name in info[2] if "cost" in name}
    assert losses >= {
        "m: its price changes on 2026-12-01: export again from then on",
        "m: the fee for each request",
        "m: the rate of cache writes that are kept for twelve hours",
        "n: the price of its peak hours, as it also has tiers by the length of the prompt",
        "u: its price is unknown here: LiteLLM uses its own, if it has one",
    }


def test_bounds_of_tiers_are_in_the_sense_of_the_provider():
    """LiteLLM begins xAI's tiers at the bound and all others' above it."""
    report = litellm.run(workspace_of({}, user=PRICES), MOMENT)
    names = {name for name in report.groups[0].deployments[1].info if name.startswith("input_cost")}
    assert names == {
        "input_cost_per_token",
        "input_cost_per_token_above_200001_tokens",
        "input_cost_per_token_above_300001_tokens",
    }
    assert noon(MOMENT.date()) == MOMENT
