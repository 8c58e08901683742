"""Providers' lists of models, read from recorded answers."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from model_manager.core.model_lists import ListedModel, NotAListError, read_page
from model_manager.core.pricing import Rates
from model_manager.core.source_values import parse_json

RECORDED = Path(__file__).parents[3] / "support" / "provider_lists"


def listed(name: str) -> dict[str, ListedModel]:
    """The models of a recorded list, by id."""
    page = read_page(parse_json((RECORDED / f"{name}.json").read_bytes()))
    return {model.model_id: model for model in page.models}


def row(**fields: object) -> ListedModel:
    """The model of a list of one row."""
    return read_page({"data": [{"id": "m", **fields}]}).models[0]


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.json")), ids=lambda path: path.stem)
def test_every_recorded_list_has_models_with_ids(path):
    """Each recorded list is read, and every row has an id."""
    models = listed(path.stem)
    assert models
    assert all(models)


def test_limits_and_capabilities_of_anthropic():
    """Anthropic's list has limits and capabilities, and 1970 is no release date."""
    model = listed("anthropic")["claude-haiku-4-5-20251001"]
    assert (model.context_window, model.max_output, model.released) == (200_000, 64_000, None)
    assert model.capabilities == ("structured-output", "reasoning", "vision", "pdf")


def test_a_date_in_the_past_does_not_retire_a_model():
    """Anthropic's `retires_at` is a date; only `lifecycle` says that it is over."""
    past = row(retires_at="2026-01-02T00:00:00Z", lifecycle="deprecated")
    assert (past.retires, past.is_retired) == (date(2026, 1, 2), False)
    assert row(lifecycle="retired").is_retired


def test_gemini_ids_lose_their_prefix_and_embeddings_do_not_chat():
    """Gemini's ids come without `models/`, and what generates no content is no chat model."""
    models = listed("gemini")
    assert models["gemini-3.6-flash"].context_window == 1_048_576
    assert models["gemini-3.6-flash"].is_chat is True
    assert models["gemini-embedding-001"].is_chat is False


def test_prices_per_token_become_exact_prices_per_million():
    """Groq's and OpenRouter's texts per token become decimals per million, with tiers."""
    price = listed("groq")["openai/gpt-oss-120b"].price
    assert price is not None
    assert price.rates == Rates(input=Decimal("0.15"), output=Decimal("0.6"), cache_read=Decimal("0.075"))
    tiered = listed("openrouter")["openai/gpt-5.6-sol"].price
    assert tiered is not None
    assert [(tier.above, tier.rates.output) for tier in tiered.tiers] == [(272_000, Decimal(45))]


def test_a_router_has_no_price_and_2098_is_never():
    """OpenRouter's -1 is no price and no chat model of its own, and its date of 2098 no retirement."""
    models = listed("openrouter")
    assert (models["openrouter/auto"].price, models["openrouter/auto"].is_chat) == (None, False)
    assert models["z-ai/glm-5-turbo"].retires is None
    assert models["z-ai/glm-4.5"].retires == date(2026, 12, 31)


def test_prices_of_xai_are_cents_per_hundred_million():
    """Integers of xAI are cents per 100 million tokens, and the higher rate holds from the threshold on."""
    price = row(
        prompt_text_token_price=12500,
        cached_prompt_text_token_price=2000,
        completion_text_token_price=25000,
        prompt_text_token_price_long_context=25000,
        completion_text_token_price_long_context=50000,
        long_context_threshold=200000,
    ).price
    assert price is not None
    assert price.rates == Rates(input=Decimal("1.25"), output=Decimal("2.5"), cache_read=Decimal("0.2"))
    assert price.tiers[0].inclusive
    assert price.tiers[0].rates.input == Decimal("2.5")


def test_a_bare_array_and_prices_per_million():
    """Together's list is a bare array with prices per million and a type."""
    page = read_page(
        [
            {"id": "a/chat", "type": "chat", "context_length": 8192, "pricing": {"input": 3, "output": 7}},
            {"id": "b/pictures", "type": "image"},
        ]
    )
    chat, pictures = page.models
    assert chat.price is not None
    assert chat.price.rates == Rates(input=Decimal(3), output=Decimal(7))
    assert (chat.is_chat, pictures.is_chat) == (True, False)


def test_hosts_that_differ_give_no_price():
    """A price that differs by host is none, and hosts that do not work do not count."""
    cheap = {"provider": "x", "status": "live", "pricing": {"input": 1, "output": 2}}
    dear = {"provider": "y", "status": "live", "pricing": {"input": 3, "output": 4}}
    assert row(providers=[cheap, dear]).price is None
    assert row(providers=[cheap, {**dear, "status": "error"}]).price is not None


@pytest.mark.parametrize("more", [{"discount": "0.5"}, {"overrides": [{"utc_start": 8, "prompt": "0.000009"}]}])
def test_a_price_that_varies_is_none(more):
    """A price by the hour of the day, or one with a discount, is not the price."""
    assert row(pricing={"prompt": "0.000001", "completion": "0.000002", **more}).price is None


def test_a_field_of_an_end_that_is_null_says_that_there_is_none():
    """Lists that give every model's end say with null that none is known; others say nothing with it."""
    assert [row(retires_at=None).says_end, row(expiration_date=None).says_end, row().says_end] == [
        True,
        False,
        False,
    ]
    assert row(expiration_date="2026-12-31").says_end


def test_a_replacement_that_is_no_name_is_left_out():
    """What replaces a model is a name as models have them, or nothing."""
    assert row(deprecation_replacement_model='x"\ny = 1').replacement is None


def test_zero_alone_is_no_price():
    """A row of nothing but zeros is unknown, as subscriptions write it too."""
    assert row(pricing={"prompt": "0", "completion": "0"}).price is None
    free_input = row(pricing={"prompt": "0", "completion": "0.000001"}).price
    assert free_input is not None
    assert free_input.rates.input == 0


def test_mistral_says_when_a_model_ends_and_what_replaces_it():
    """Mistral's deprecation is a date with a replacement, and aliases are rows of their own."""
    models = listed("mistral")
    assert models["mistral-medium-2508"].retires == date(2026, 8, 31)
    assert models["mistral-medium-2508"].replacement == "mistral-medium-3-5"
    assert models["mistral-large-2512"].aliases == ("mistral-large-latest",)


def test_the_window_of_a_local_server_is_what_it_was_started_with():
    """llama.cpp's n_ctx counts, not what the model was trained with."""
    (model,) = listed("llamacpp").values()
    assert model.context_window == 4096


@pytest.mark.parametrize(
    ("envelope", "mark"),
    [
        ({"has_more": True, "last_id": "b"}, "b"),
        ({"has_more": False, "last_id": "b"}, None),
        ({"nextPageToken": "t"}, "t"),
        ({}, None),
    ],
)
def test_the_mark_of_the_next_page(envelope, mark):
    """A page names the next one only if there is one."""
    assert read_page({"data": [], **envelope}).next_page == mark


@pytest.mark.parametrize("document", [None, "text", 5, {}, {"data": "x"}, {"error": {"message": "no"}}])
def test_what_is_no_list_is_refused(document):
    """An answer without an array of models is no list."""
    with pytest.raises(NotAListError):
        read_page(document)


@pytest.mark.parametrize(
    "fields",
    [
        {"pricing": {"prompt": "NaN", "completion": "1e999999999"}},
        {"pricing": {"prompt": [], "completion": {}}},
        {"context_length": "many", "aliases": [None, 3], "created": 10**30},
        {"retires_at": "soon", "providers": "none", "architecture": 7},
        {"retires_at": "0001-01-01T00:00:00+05:00", "created": "9999-12-31T23:00:00-05:00"},
    ],
)
def test_values_of_wrong_types_count_as_absent(fields):
    """A row with nonsense in it is a row without these facts."""
    model = row(**fields)
    facts = (model.price, model.context_window, model.aliases, model.released, model.retires)
    assert facts == (None, None, (), None, None)
