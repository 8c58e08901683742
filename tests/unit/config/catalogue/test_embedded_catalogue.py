"""The catalogue that is shipped: that it loads, contradicts itself nowhere, and advises only what works."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from each_of import each_of

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.models import CAPABILITIES, Model
from model_manager.core.pricing import Price, Rates
from model_manager.core.routing.grammar import NAME, parse_route

CATALOGUE = embedded_catalogue()
MODELS = tuple(CATALOGUE.models.values())
#: The day after the facts were checked: the tests do not go bad when models do.
TODAY = date(2026, 11, 29)
LONG_CONTEXT = 200_000
ORIGINAL_MODELS = {
    "claude-3-5-sonnet": "claude-3-5-sonnet-20241022",
    "claude-3-haiku": "claude-3-haiku-20240307",
    "gpt-4-turbo": "gpt-4-turbo",
    "gpt-3.5-turbo": "gpt-3.5-turbo",
    "llama-3.3-70b": "llama-3.3-70b-versatile",
}
PROVIDERS_WITH_MODELS = [
    "anthropic",
    "openai",
    "openai-responses",
    "groq",
    "google",
    "mistral",
    "xai",
    "deepseek",
    "cerebras",
    "together",
    "openrouter",
    "ollama",
    "moonshotai",
    "zai",
    "lmstudio",
    "fireworks",
    "perplexity",
    "cohere",
    "alibaba",
    "minimax",
    "meta",
]
every_model = each_of(MODELS, lambda model: model.id)


def named(name: str) -> Model:
    model = CATALOGUE.find(name)
    assert model is not None, f"{name} is not in the catalogue"
    return model


def rows(price: Price) -> Iterator[Rates]:
    """Every row of a price, with what it leaves out taken from the base row."""
    yield price.rates
    for part in (*price.tiers, *price.changes, *([price.peak] if price.peak else [])):
        yield part.rates.over(price.rates)


def test_it_holds_every_model_of_the_research():
    """200 models of twenty-one providers are listed."""
    assert len(MODELS) == 200
    assert list(dict.fromkeys(model.provider for model in MODELS)) == PROVIDERS_WITH_MODELS


def test_models_are_grouped_by_provider_and_then_by_lifecycle():
    """What one can use today comes before what is ending, and retired models come last."""
    order = ["active", "preview", "legacy", "deprecated", "retired"]
    keys = [(PROVIDERS_WITH_MODELS.index(m.provider), order.index(m.status(TODAY))) for m in MODELS]
    assert keys == sorted(keys)
    assert [provider for provider in CATALOGUE.providers if provider in PROVIDERS_WITH_MODELS] == (
        PROVIDERS_WITH_MODELS
    )


@pytest.mark.parametrize(("name", "model_id"), ORIGINAL_MODELS.items())
def test_the_models_the_project_began_with_are_known(name, model_id):
    """The first five models resolve by their old names, priced, retired and with a successor."""
    model = named(name)
    assert model.model_id == model_id
    assert model.status(TODAY) == "retired"
    assert model.price
    assert model.best_for
    assert model.replacement


def test_llama_3_3_70b_means_the_one_on_groq():
    """The bare name means Groq, where the project had it; another host's goes by its own prefix."""
    assert named("llama-3.3-70b").provider == "groq"
    assert named("cerebras/llama-3.3-70b").provider == "cerebras"


@pytest.mark.parametrize(
    ("alias", "model_id"),
    {
        "haiku": "claude-haiku-5-5",
        "sonnet": "claude-sonnet-5-5",
        "opus": "claude-opus-5-5",
        "fable": "claude-fable-5-2",
        "mixtral-8x7b-32768": "groq/mixtral-8x7b-32768",
        "groq/openai/gpt-oss-120b": "groq/gpt-oss-120b",
        "openrouter/anthropic/claude-opus-5.5": "openrouter/claude-opus-5.5",
        "openai/gpt-5-pro": "gpt-5-pro",
    }.items(),
)
def test_short_and_wire_names_resolve(alias, model_id):
    """Aliases and provider/model_id lead to the model one would expect."""
    assert named(alias).id == model_id


def test_no_name_has_two_meanings():
    """Ids, aliases, tasks and provider/model_id never clash, in any spelling of case."""
    names = [name.lower() for name in (*CATALOGUE.names(), *CATALOGUE.tasks)]
    assert len(names) == len(set(names))
    for model in MODELS:
        assert CATALOGUE.find(f"{model.provider}/{model.model_id}") is model


@every_model
def test_names_can_be_part_of_a_route(model):
    """Every id and alias parses as a route of one model."""
    for name in (model.id, *model.aliases):
        assert NAME.fullmatch(name)
        assert parse_route(name).names == (name,)


@every_model
def test_every_price_says_where_it_is_from_and_when_it_was_checked(model):
    """A price has an input and an output rate, a source and a day."""
    assert model.price
    assert model.price.rates.input is not None
    assert model.price.rates.output is not None
    assert model.source
    assert model.checked in {date(2026, 11, 22), date(2026, 11, 28)}


@every_model
def test_rates_are_in_the_usual_order(model):
    """Reading a cache never costs more than input, nor input than output; writing to it costs no less than input."""
    assert model.price
    for rates in rows(model.price):
        assert rates.input is not None
        assert rates.output is not None
        assert (rates.cache_read or Decimal(0)) <= rates.input <= rates.output
        writes = [rates.cache_write, rates.cache_write_1h, rates.cache_write_12h]
        known = [rates.input, *(rate for rate in writes if rate is not None)]
        assert known == sorted(known)


@every_model
def test_longer_prompts_and_peak_hours_cost_more(model):
    """Tiers and peak hours restate every rate that the base row states, and each at a higher price."""
    assert model.price
    base = model.price.rates.stated()
    for part in (*model.price.tiers, *([model.price.peak] if model.price.peak else [])):
        assert part.rates.stated().keys() == base.keys()
        assert all(rate > base[name] for name, rate in part.rates.stated().items())


@every_model
def test_capabilities_are_in_order_and_agree_with_the_limits(model):
    """Capabilities are listed once, in the order of their definition, and long-context follows from the window."""
    for words in (model.capabilities, model.lacks):
        assert list(words) == sorted(set(words), key=CAPABILITIES.index)
    assert model.has("chat")
    if model.context_window is not None:
        assert model.has("long-context") is (model.context_window >= LONG_CONTEXT)


@every_model
def test_what_is_not_retired_says_what_it_is_best_for(model):
    """A reader who chooses finds a few words on every model that still answers."""
    if model.status(TODAY) != "retired":
        assert model.best_for
        assert len(model.best_for) <= 60


@every_model
def test_replacements_lead_to_a_model_that_will_stay(model):
    """Whatever is ending or superseded names a successor, and following successors ends at one that is neither."""
    seen = [model]
    while seen[-1].replacement:
        seen.append(named(seen[-1].replacement))
        assert len(seen) < 10, "the chain goes in a circle"
    assert seen[-1].status(TODAY) in ("active", "preview")


def test_recommended_models_are_current_and_well_known():
    """Ten to fourteen models are recommended, none of them on the way out or priced by hearsay."""
    recommended = [model for model in MODELS if model.recommended]
    assert 10 <= len(recommended) <= 14
    for model in recommended:
        assert model.status(TODAY) == "active"
        assert "price" not in model.certainty


@pytest.mark.parametrize(
    ("name", "certainty"),
    {
        "gpt-6.2-astra": None,
        "gpt-6.2-sol": None,
        "gemini-4-carbon": None,
        "gemini-4-hydrogen": None,
        "gemini-4-neon": None,
        "gpt-5.6-sol": "disputed",
        "deepseek-chat": "disputed",
        "openrouter/gemini-3.8-flash": "disputed",
        "mistral-large-latest": "disputed",
        "openrouter/gpt-6.2-sol": "single",
        "muse-ember-1.0": "single",
        "sonar": "single",
        "claude-opus-5-5": None,
    }.items(),
)
def test_uncertain_prices_are_marked(name, certainty):
    """A price that nobody could confirm does not look like one that was."""
    assert named(name).certainty.get("price") == certainty


@pytest.mark.parametrize(
    ("name", "fact", "certainty"),
    [
        ("claude-opus-4-5", "retires", "single"),
        ("groq/qwen3.6-27b", "retires", "derived"),
        ("gpt-5.3-codex", "retires", None),
        ("mistral-large-2512", "retires", "single"),
        ("gemini-4-argon", "max_output", "disputed"),
        ("gemini-4-carbon", "price_changes", "web"),
        ("glm-4.7", "context_window", "single"),
        ("ministral-3b-2512", "max_output", None),
    ],
)
def test_other_facts_say_how_certain_they_are(name, fact, certainty):
    """A date or limit that fewer than two independent sources give is marked, and one that they agree on is not."""
    assert named(name).certainty.get(fact) == certainty


@pytest.mark.parametrize(
    "name",
    [
        "mistral-large-latest",
        "mistral-medium-latest",
        "mistral-small-latest",
        "magistral-medium-latest",
        "magistral-small-latest",
        "ministral-8b-latest",
        "codestral-latest",
        "chat-latest",
    ],
)
def test_a_name_that_moves_at_its_provider_is_sent_as_it_is(name):
    """No fixed model is asked for in place of the newest one."""
    assert named(name).model_id == name


@pytest.mark.parametrize(
    ("alias", "model_id"),
    [("mistral-medium", "mistral-medium-latest"), ("mistral-medium-3", "mistral-medium-2604")],
)
def test_a_bare_name_moves_and_one_with_a_version_does_not(alias, model_id):
    """The name of a family asks for its newest model, that of a generation for the model behind it."""
    assert named(alias).model_id == model_id


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        *((name, "pdf") for name in ("gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5.1", "gpt-5.2")),
        *((name, "pdf") for name in ("gpt-5.4-mini", "gpt-5.4-nano")),
        *((name, "vision") for name in ("ministral-3b-2512", "ministral-8b-2512")),
    ],
)
def test_abilities_that_a_source_had_left_out_are_known(name, capability):
    """A list that does not mention an ability does not deny it: other sources have it."""
    assert named(name).has(capability)


@pytest.mark.parametrize("provider", ["lmstudio", "moonshotai", "zai"])
def test_providers_that_had_a_row_alone_have_models(provider):
    """A provider can be used with what the catalogue has, without a models.toml."""
    assert any(model.provider == provider and model.status(TODAY) == "active" for model in MODELS)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("mistral-small-2603", "context_window", 262_144),
        ("ministral-3b-2512", "max_output", 131_072),
        ("gpt-6-cyber", "max_input", 922_000),
        ("openrouter/gemini-4-neon", "max_output", None),
    ],
)
def test_limits_are_those_of_the_latest_check(name, field, value):
    """Limits follow the sources, and one that no source really gives is unknown."""
    assert getattr(named(name), field) == value


@pytest.mark.parametrize(
    ("name", "rate", "dollars"),
    [
        ("openrouter/gemini-3.8-flash", "input", "0.825"),
        ("gpt-6-cyber", "cache_write_12h", "50"),
        ("kimi-k3.1-pro", "cache_write_1h", "4"),
        ("sonar", "request", "0.012"),
        ("sonar-pro", "request", "0.014"),
        ("sonar-reasoning-pro", "request", "0.014"),
        ("mistral-large-latest", "output", "2.1"),
    ],
)
def test_prices_are_those_of_the_latest_check(name, rate, dollars):
    """Prices that moved, longer cache lives and fees for each request are in the rows."""
    price = named(name).price
    assert price
    assert getattr(price.rates, rate) == Decimal(dollars)


@pytest.mark.parametrize(
    ("name", "on", "status"),
    [
        ("claude-opus-4-5", date(2026, 11, 22), "active"),
        ("claude-opus-4-5", date(2026, 11, 23), "deprecated"),
        ("claude-opus-4-5", date(2027, 1, 22), "retired"),
        ("together/llama-3.3-70b-instruct-turbo", date(2026, 10, 22), "retired"),
        ("gpt-5.3-codex", TODAY, "deprecated"),
        ("gpt-5.3-codex", date(2027, 4, 1), "retired"),
        ("groq/qwen3.6-27b", TODAY, "retired"),
        ("grok-build-0.1", TODAY, "legacy"),
        ("mistral-medium-2604", date(2027, 4, 30), "active"),
        ("o1", TODAY, "retired"),
        ("claude-sonnet-4-5", date(2026, 11, 29), "deprecated"),
        ("claude-sonnet-4-5", date(2026, 11, 30), "retired"),
        ("gpt-5.4-nano", TODAY, "deprecated"),
        ("deepseek-v4-flash", date(2026, 9, 9), "active"),
        ("deepseek-v4-flash", TODAY, "deprecated"),
        ("claude-opus-5", TODAY, "legacy"),
        ("groq/qwen3.8-27b", TODAY, "preview"),
        ("groq/qwen3-32b", TODAY, "retired"),
    ],
)
def test_the_lifecycle_follows_from_the_dates(name, on, status):
    """A model is retired from its very last day on, and ending as soon as that is announced."""
    assert named(name).status(on) == status


@pytest.mark.parametrize(
    ("name", "moment", "rate"),
    [
        ("gemini-4-argon", datetime(2026, 11, 30, 23, 59, tzinfo=UTC), "2"),
        ("gemini-4-argon", datetime(2026, 12, 1, tzinfo=UTC), "4"),
        ("gemini-3.8-flash", datetime(2027, 1, 1, tzinfo=UTC), "1.5"),
        ("deepseek-v4-pro", datetime(2026, 11, 23, 2, tzinfo=UTC), "1.32"),
        ("deepseek-v4-pro", datetime(2026, 11, 23, 5, tzinfo=UTC), "0.66"),
        ("deepseek-v4-pro", datetime(2026, 11, 22, 2, tzinfo=UTC), "0.66"),
    ],
)
def test_prices_change_when_they_were_announced_to(name, moment, rate):
    """Introductory prices end on their day, and peak hours are weekdays only."""
    price = named(name).price
    assert price
    assert price.at(moment).input == Decimal(rate)
