"""`like`: accounts and regions of a provider, and the same model under another id or at another provider."""

from decimal import Decimal

import pytest
from projects import SMALL, catalogue_of

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.models import Catalogue
from model_manager.errors import CatalogueError

EMBEDDED = embedded_catalogue()
ACCOUNT = '[providers.openai-b]\nlike = "openai"\napi_key_env = ["OPENAI_B_API_KEY"]\n'
BASE = """
extends = false
[providers.one]
name = "One"
wire = "openai"
base_url = "https://one.example/v1"
base_url_env = { name = "ONE_URL", append = "/v1" }
api_key_env = ["ONE_KEY"]
auth = "x-api-key"
aliases = ["uno"]
docs_url = "https://one.example/docs"
parameters = { max_tokens = "max_completion_tokens", headers = { X-One = "1" } }
[models.first]
provider = "one"
model_id = "first-2026"
aliases = ["fst"]
capabilities = ["chat"]
context_window = 1000
recommended = true
best_for = "Firsts"
status = "legacy"
retires = 2030-01-01
replacement = "none"
source = "a table"
checked = 2026-11-22
certainty = { price = "single", max_output = "web" }
parameters = { temperature = false }
price = { input = 1, output = 2 }
"""


def problems_of(project: str, user: str | None = None) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        catalogue_of(project, user=user)
    return [str(problem) for problem in caught.value.problems]


def small(text: str) -> Catalogue:
    return catalogue_of(BASE + text)


def test_an_account_shares_all_but_keys_and_variables():
    """Wire, URL, header of the key, parameters and links are taken over; names, key and variables are its own."""
    one, two = small('[providers.two]\nlike = "one"\napi_key_env = ["TWO_KEY"]').providers.values()
    for name in ("wire", "base_url", "auth", "parameters", "docs_url"):
        assert getattr(two, name) == getattr(one, name)
    assert (two.id, two.name, two.aliases, two.api_key_env) == ("two", "two", (), ("TWO_KEY",))
    assert (two.base_url_env, two.base_url_append, two.key) == ("TWO_BASE_URL", "", "required")


def test_what_an_account_says_itself_comes_first():
    """Own keys win; parameters and headers are merged key by key."""
    text = '[providers.two]\nlike = "one"\nname = "Two"\nbase_url = "https://two.example/v1/"\nkey = "none"\n'
    text += 'parameters = { max_tokens = "max_tokens", headers = { X-Two = "2" } }'
    two = small(text).providers["two"]
    assert (two.name, two.base_url, two.key, two.wire) == ("Two", "https://two.example/v1", "none", "openai")
    assert two.parameters == {"max_tokens": "max_tokens", "headers": {"X-One": "1", "X-Two": "2"}}


def test_an_account_without_a_key_of_its_own_is_refused():
    """The other account's key is never used in its place: the file has to name one, or say that none is needed."""
    (problem,) = problems_of(BASE + '[providers.two-b]\nlike = "one"\n')
    assert problem.startswith(
        "models.toml:29: providers.two-b.api_key_env: is missing: like does not inherit a key ("
    )
    assert 'for example api_key_env = ["TWO_B_API_KEY"])' in problem
    assert small('[providers.two]\nlike = "one"\nkey = "none"').providers["two"].api_key_env == ()


@pytest.mark.parametrize(("key", "own", "expected"), [("optional", True, "optional"), ("none", True, "required"), ("none", False, "none")])  # fmt: skip
def test_whether_a_key_is_needed_is_taken_over(key, own, expected):
    """A local server's account needs a key as much as the server does, but a key that is named is sent."""
    text = (
        f'extends = false\n[providers.one]\nwire = "openai"\nbase_url = "http://127.0.0.1:1/v1"\nkey = "{key}"\n'
    )
    text += '[providers.two]\nlike = "one"\n' + ('api_key_env = ["TWO_KEY"]\n' if own else "")
    assert catalogue_of(text).providers["two"].key == expected


def test_plain_http_is_not_taken_over():
    """What the user allows one provider says nothing of another."""
    user = '[providers.lan]\nwire = "openai"\nbase_url = "http://10.0.0.1/v1"\nkey = "none"\nallow_http = true\n'
    found = catalogue_of("", user=user + '[providers.lan-b]\nlike = "lan"\nbase_url = "http://10.0.0.2/v1"\n')
    assert (found.providers["lan"].allow_http, found.providers["lan-b"].allow_http) == (True, False)


def test_a_model_takes_over_facts_and_price():
    """Under another id, at another provider: facts, price and where it is from; no names, advice or lifecycle."""
    other = '[providers.two]\nwire = "openai"\nbase_url = "https://two.example"\n'
    found = small(f'{other}[models.mine]\nlike = "first"\nprovider = "two"')
    first, mine = found.models["first"], found.models["mine"]
    for name in ("capabilities", "context_window", "best_for", "source", "checked", "price", "parameters"):
        assert getattr(mine, name) == getattr(first, name)
    assert mine.certainty == first.certainty
    assert (mine.id, mine.model_id, mine.provider, mine.aliases) == ("mine", "mine", "two", ())
    assert (mine.recommended, mine.stage, mine.retires, mine.replacement) == (False, None, None, None)


def test_at_the_same_provider_a_model_takes_over_the_lifecycle():
    """The same model under another id ends when the provider ends it."""
    mine = small('[models.mine]\nlike = "fst"\nprovider = "one"\nmodel_id = "deployment"').models["mine"]
    assert (mine.model_id, mine.stage, str(mine.retires), mine.replacement) == (
        "deployment", "legacy", "2030-01-01", "none",
    )  # fmt: skip


def test_at_another_account_of_the_provider_a_model_takes_over_the_lifecycle():
    """An account is the same provider, whose models end on the same day."""
    text = '[providers.two]\nlike = "one"\nkey = "none"\n[models.mine]\nlike = "first"\nprovider = "two"'
    assert str(small(text).models["mine"].retires) == "2030-01-01"


def test_an_own_price_displaces_the_other_with_its_source():
    """A price of one's own, of either kind, takes its provenance with it; other facts stay."""
    for text, rate in (("price = { input = 3 }", 3), ("cost_per_1k_tokens = 0.004", 4)):
        mine = small(f'[models.mine]\nlike = "first"\nprovider = "one"\n{text}').models["mine"]
        assert mine.price
        assert (mine.price.rates.input, mine.source, mine.checked) == (Decimal(rate), None, None)
        assert (dict(mine.certainty), mine.context_window) == ({"max_output": "web"}, 1000)


def test_unset_takes_away_what_like_would_give():
    """In the file of the `like` or in a later one, until a value is given again."""
    mine = small('[models.mine]\nlike = "first"\nprovider = "one"\nunset = ["price", "retires"]').models["mine"]
    assert (mine.price, mine.source, mine.retires, mine.stage) == (None, None, None, "legacy")

    user = '[models.mine]\nlike = "haiku"\nprovider = "openrouter"\n'
    project = '[models.mine]\nunset = ["price", "max_output"]\nmax_output = 5'
    mine = catalogue_of(project, user=user).models["mine"]
    assert (mine.price, mine.max_output) == (None, 5)
    assert mine.context_window == EMBEDDED.models["claude-haiku-5-5"].context_window
    assert catalogue_of('[models.mine]\nunset = ["like"]', user=user).models["mine"].price is None


def test_like_means_what_the_other_has_become():
    """A project's change of a model is taken over by the user's `like`, whichever file came first."""
    user = '[models.mine]\nlike = "claude-haiku-5-5"\nprovider = "openrouter"\n'
    project = "[models.claude-haiku-5-5]\nprice = { input = 7, output = 8 }\n"
    price = catalogue_of(project, user=user).models["mine"].price
    assert price
    assert price.rates.input == 7


def test_chains_are_followed():
    """A model that is like one that is like another; the order in the file does not matter."""
    text = (
        '[models.c]\nlike = "b"\nprovider = "one"\n[models.b]\nlike = "first"\nprovider = "one"\nmax_output = 9\n'
    )
    c = small(text).models["c"]
    assert (c.context_window, c.max_output, c.model_id) == (1000, 9, "c")


def test_inherited_values_are_copies():
    """What one model's table changes afterwards is not changed in the one that it is like."""
    found = small('[models.mine]\nlike = "first"\nprovider = "one"\nparameters = { headers = { X-A = "1" } }')
    assert found.models["mine"].parameters == {"temperature": False, "headers": {"X-A": "1"}}
    assert found.models["first"].parameters == {"temperature": False}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            '[models.m]\nlike = "frist"\nprovider = "one"',
            ["models.toml:30: models.m.like: there is no model 'frist' (did you mean first or fst?)"],
        ),
        (
            '[providers.two]\nlike = "uno"\nkey = "none"',
            ["models.toml:30: providers.two.like: there is no provider 'uno'"],
        ),
        ('[models.m]\nlike = "m"\nprovider = "one"', ["models.toml:30: models.m.like: goes in a circle: m → m"]),
        (
            '[models.a]\nlike = "b"\nprovider = "one"\n[models.b]\nlike = "a"\nprovider = "one"',
            ["models.toml:33: models.b.like: goes in a circle: a → b → a"],
        ),
        (
            '[providers.a]\nlike = "b"\n[providers.b]\nlike = "c"\n[providers.c]\nlike = "b"',
            ["models.toml:34: providers.c.like: goes in a circle: b → c → b"],
        ),
        ('[models.m]\nlike = 5\nprovider = "one"', ["models.toml:30: models.m.like: expected text, got 5"]),
        (
            '[models.m]\nlike = "first"',
            ['models.toml:29: models.m.provider: is missing (like does not take it over: provider = "one")'],
        ),
        ('[providers.two]\nwire = "openai"', ["models.toml:29: providers.two.base_url: is missing"]),
        (
            '[providers.uno]\nkey = "none"',
            ["models.toml:29: providers.uno: uno is another name of one (to change that provider, write [providers.one])"],
        ),
    ],
    ids=["model", "alias", "itself", "circle", "circle behind", "type", "provider", "no url", "other name"],
)  # fmt: skip
def test_mistakes_are_told_once_and_where_they_stand(text, problems):
    """An unknown target and a circle have file, key and line; what follows from them is not told as well."""
    assert problems_of(BASE + text) == problems


def test_a_long_chain_is_refused():
    """More than ten steps are a mistake of whoever wrote them, and cost time."""

    def links(count: int) -> str:
        return "".join(f'[models.m{n}]\nlike = "m{n + 1}"\nprovider = "one"\n' for n in range(count))

    end = '[models.m{}]\nlike = "first"\nprovider = "one"\n'
    assert small(links(8) + end.format(8)).models["m0"].context_window == 1000
    (problem, *_) = problems_of(BASE + links(5000) + end.format(5000))
    assert "like: goes through more than 10 others" in problem


def test_a_file_that_drops_the_layers_below_has_nothing_to_be_like():
    """After `extends = false` the embedded providers are unknown."""
    assert "there is no provider 'openai'" in problems_of("extends = false\n" + ACCOUNT)[0]


def test_a_base_url_may_come_from_a_named_variable_alone():
    """A provider needs no base URL if it names the variable that has one; the default name does not count."""
    text = '[providers.two]\nwire = "openai"\nkey = "none"\nbase_url_env = {{ {} }}\n'
    two = small(text.format('name = "TWO_ENDPOINT", append = "/v1"')).providers["two"]
    assert (two.base_url, two.base_url_env, two.base_url_append) == (None, "TWO_ENDPOINT", "/v1")
    assert "providers.two.base_url: is missing" in problems_of(BASE + text.format('append = "/v1"'))[0]


def test_an_account_of_such_a_provider_needs_a_url_of_its_own():
    """Its variable is not taken over, so there would be none."""
    text = '[providers.azure-b]\nlike = "azure"\napi_key_env = ["AZURE_B_API_KEY"]\n'
    assert "providers.azure-b.base_url: is missing" in problems_of(text)[0]
    found = catalogue_of(text + 'base_url_env = { name = "AZURE_B_ENDPOINT", append = "/openai/v1" }')
    assert found.providers["azure-b"].parameters == EMBEDDED.providers["azure"].parameters


@pytest.mark.parametrize(
    ("name", "provider"),
    {
        "gemini": "google",
        "Google": "google",
        "azure": "azure",
        "bedrock": "bedrock",
        "huggingface": "huggingface",
        "Hugging Face": "huggingface",
        "nvidia_nim": "nvidia",
        "fireworks_ai": "fireworks",
        "dashscope": "alibaba",
        "together_ai": "together",
        "vercel_ai_gateway": "vercel",
        "hosted_vllm": "vllm",
        "litellm_proxy": "litellm",
        "lm_studio": "lmstudio",
        "moonshot": "moonshotai",
        "perplexity": "perplexity",
        "cohere_chat": "cohere",
        "Z.ai": "zai",
    }.items(),
)
def test_other_programs_names_of_providers_are_known(name, provider):
    """The names for people and LiteLLM's are accepted for the ids."""
    found = EMBEDDED.find_provider(name)
    assert found
    assert found.id == provider


def test_other_names_stand_before_the_slash_and_in_files():
    """In the name of a model, in a route of a file, and as a model's provider; an id comes before another's name."""
    model = EMBEDDED.find("gemini/gemini-3.8-flash")
    assert model
    assert (model.id, model) == ("gemini-3.8-flash", EMBEDDED.find("Google/gemini-3.8-flash"))
    assert EMBEDDED.find("nobody/gemini-3.8-flash") is None
    text = '[models.mine]\nprovider = "gemini"\n[tasks.t]\nmodel = "gemini/gemini-3.8-flash,gemini/mine"\n'
    found = catalogue_of(text)
    assert found.models["mine"].provider == "google"
    own = catalogue_of(SMALL + '[providers.uno]\nwire = "openai"\nbase_url = "https://u.example"\nname = "acme"\n')
    assert [own.find_provider(name).id for name in ("acme", "uno")] == ["acme", "uno"]


def test_the_first_provider_keeps_a_name():
    """A project cannot take over another name of the embedded catalogue: a word that is typed means what it meant."""
    text = '[providers.mine]\nwire = "openai"\nbase_url = "https://u.example"\naliases = ["gemini"]\n'
    found = catalogue_of(text).find_provider("gemini")
    assert found
    assert found.id == "google"


@pytest.mark.parametrize("alias", ["a/b", "", "50:x", 5])
def test_another_name_cannot_contain_what_separates_names(alias):
    """A slash ends a provider's name, and a percentage begins a share."""
    shown = f'"{alias}"' if isinstance(alias, str) else alias
    assert "expected a provider's name" in problems_of(BASE + f'[providers.two]\nlike = "one"\nkey = "none"\naliases = [{shown}]')[0]  # fmt: skip
