"""Rows of sources as facts: exact numbers, the traps of each source, and nothing that no price can be."""

import json
from datetime import date
from decimal import Decimal

import pytest
from fact_server import LISTS, SAMPLES, as_bytes, sample
from hypothesis import given
from hypothesis import strategies as st

from model_manager.config.catalogue.update import tables
from model_manager.config.catalogue.update.rows import SourceRow
from model_manager.config.catalogue.update.sources import SOURCES, kind_of
from model_manager.core import source_values as values
from model_manager.core.source_error import SourceError

ON = date(2026, 11, 28)
#: Anything that JSON can hold.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
AMOUNTS = st.decimals(min_value=0, max_value=1, places=12, allow_nan=False, allow_infinity=False)


def facts(name: str, model_id: str, document=None):
    """The facts of one row of a sample, or of a document of its kind."""
    rows = SOURCES[name].parse(sample(name) if document is None else document, ON)
    return next(row.facts for row in rows if row.model_id == model_id)


def read(text: str):
    return values.parse_json(text.encode())


def test_a_float_in_the_text_is_an_exact_decimal():
    """1e-07 per token is 0.1 per million, to the last digit."""
    found = facts("litellm", "claude-haiku-5-5")
    assert str(found["price.input"]) == "0.1"
    assert str(found["price.cache_write"]) == "0.125"
    assert str(found["price.tiers.100000.cache_write_1h"]) == "1"


@given(AMOUNTS)
def test_a_price_per_token_is_multiplied_without_rounding(amount):
    """Whatever the number, as JSON number or as text, a million times it is exact."""
    for text in (f"{amount:e}", f'"{amount:f}"'):
        found = values.per_token(read(text))
        assert found is None or found == amount * 10**6
    assert values.per_token(read(f"{amount:f}")) == amount * 10**6


def test_an_amount_per_token_may_have_as_many_digits_as_the_price():
    """The digits that a price may have are those per million tokens: six more per token are not too many."""
    assert values.per_token(read("1.23456789012345678e-7")) == Decimal("0.123456789012345678")
    assert values.per_token(read("1.234567890123456789e-7")) is None
    for beyond in ("1e999999", "1e-999999", '"1e400"'):
        assert values.per_token(read(beyond)) is None


@given(JSON)
def test_no_value_makes_a_number_that_is_negative_or_none(value):
    """Amounts and counts are finite and not negative, whatever stands there."""
    for found in (values.number(value), values.per_token(value), values.count(value)):
        assert found is None or (Decimal(found).is_finite() and found >= 0)


@given(st.sampled_from(sorted(SOURCES)), JSON)
def test_no_document_breaks_a_mapping(name, document):
    """Whatever a document holds, rows come of it or none, and every amount is one that a price can be."""
    for row in SOURCES[name].parse(document, ON):
        assert isinstance(row, SourceRow)
        assert all(not isinstance(value, Decimal) or value >= 0 for value in row.facts.values())


@given(st.data())
def test_no_value_in_a_row_breaks_a_mapping(data):
    """Any value in the place of any other of a genuine row is taken or left out."""
    name = data.draw(st.sampled_from(["models.dev", "litellm", "genai-prices", "openrouter"]))
    document = sample(name)
    node, key = document, None
    while isinstance(node, dict | list) and node:
        parent = node
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        node = node[key]
    parent[key] = data.draw(JSON)
    for row in SOURCES[name].parse(document, ON):
        assert all(not isinstance(value, Decimal) or value >= 0 for value in row.facts.values())


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999999999999999999999",
        "9" * 5000,
        "[" * 100_000,
        '{"a": 1',
        "",
        "\ufeff{",
    ],
)
def test_what_is_no_json_is_refused(text):
    """Constants, endless numbers, deep nesting and cut texts are errors of the source."""
    with pytest.raises(SourceError):
        read(text)


@pytest.mark.parametrize(
    "text", ["-1", '"-1"', "true", "null", '"abc"', '"1_0"', '"0x1"', "1e300", '" 1"', '"1e9999"']
)
def test_what_is_no_amount_is_not_said(text):
    """Negative, absurd and odd numbers count as nothing said."""
    assert values.number(read(text)) is None


def test_models_dev_gives_prices_tiers_and_limits():
    """Tiers come from `tiers`, never from what repeats them for another bound."""
    found = facts("models.dev", "gpt-5.4")
    assert (found["price.input"], found["price.output"]) == (Decimal("2.5"), 15)
    assert found["price.tiers.272000.input"] == 5
    assert not [name for name in found if "200000" in name]
    assert (found["context_window"], found["max_input"], found["max_output"]) == (1_050_000, 922_000, 128_000)
    assert found["capabilities.vision"] is True


def test_litellm_has_models_only():
    """Samples, embeddings and containers are no models, and a limit that stands for both is none of the output's."""
    rows = {(row.provider, row.model_id): row for row in tables.litellm(sample("litellm"), ON)}
    names = {model_id for _, model_id in rows}
    assert names.isdisjoint(
        {"sample_spec", "fallback_generalizations", "text-embedding-3-small", "openai/container"}
    )
    assert rows["gemini", "gemini-4-hydrogen"].facts["price.input"] == Decimal("1.5")
    assert rows["openai", "gpt-4o-mini"].facts["retires"] == date(2027, 1, 14)
    assert not [name for name in rows["deepseek", "deepseek-v4-pro"].facts if name.startswith("price")]


def test_genai_prices_leaves_prices_by_the_hour_out():
    """A price that depends on the hour is not said; one from a day on is that of the day."""
    assert not [name for name in facts("genai-prices", "deepseek-chat") if name.startswith("price")]
    prices = [
        {"prices": {"input_mtok": 3, "output_mtok": 6}},
        {"constraint": {"start_date": "2026-11-01"}, "prices": {"input_mtok": 2, "output_mtok": 4}},
        {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 1, "output_mtok": 2}},
    ]
    document = [{"id": "openai", "models": [{"id": "m", "prices": prices}]}]
    assert facts("genai-prices", "m", document)["price.input"] == 2


def test_openrouter_has_texts_and_minus_one_for_no_price():
    """Prices are texts per token; routers have none; "never" is no date."""
    row = {"id": "a", "pricing": {"prompt": "-1", "completion": "-1"}, "expiration_date": "2098-12-31"}
    assert not list(SOURCES["openrouter"].parse({"data": [row]}, ON))
    found = facts("openrouter", "openai/gpt-5.6-sol")
    assert found["price.tiers.272000.cache_write"] == Decimal("12.5")
    row = {"id": "a", "pricing": {"prompt": "0.000001", "completion": "0.000002", "discount": "0.5"}}
    assert facts("openrouter", "a", {"data": [row]}) == {}


def test_zero_for_input_and_output_is_all_that_is_said_of_a_price():
    """Of a row that costs nothing, other rates are not believed; zero for a cache is unknown."""
    document = {"x": {"models": {"m": {"cost": {"input": 0, "output": 0, "cache_read": 1}}}}}
    assert facts("models.dev", "m", document) == {"price.input": 0, "price.output": 0}
    document = {"x": {"models": {"m": {"cost": {"input": 1, "output": 2, "cache_read": 0}}}}}
    assert facts("models.dev", "m", document) == {"price.input": 1, "price.output": 2}


def test_xai_counts_in_cents_per_hundred_million():
    """12500 is 1.25 dollars per million tokens."""
    row = {
        "id": "grok",
        "prompt_text_token_price": 12500,
        "completion_text_token_price": 25000,
        "prompt_text_token_price_long_context": 40000,
        "long_context_threshold": 200_000,
    }
    (found,) = SOURCES["xai"].parse({"models": [row]}, ON)
    assert found.facts == {
        "price.input": Decimal("1.25"),
        "price.output": Decimal("2.5"),
        "price.tiers.200000.input": 4,
    }


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("anthropic", LISTS / "anthropic.json"),
        ("openai", LISTS / "openai.json"),
        ("google", LISTS / "gemini.json"),
        ("groq", LISTS / "groq.json"),
        ("mistral", LISTS / "mistral.json"),
        ("openrouter", LISTS / "openrouter.json"),
        ("models.dev", SAMPLES / "models-dev.api.json"),
        ("litellm", SAMPLES / "litellm.model_prices.json"),
        ("genai-prices", SAMPLES / "genai-prices.v2.data.json"),
    ],
)
def test_the_shape_of_a_document_tells_its_source(name, file):
    """A genuine document of each source is recognised, and has rows."""
    document = read(file.read_text())
    assert kind_of(document).name == name
    assert list(SOURCES[name].parse(document, ON))


@pytest.mark.parametrize("document", [{}, [], None, 1, "x", [1], {"data": []}, {"models": [1]}, {"a": {"b": 1}}])
def test_an_unknown_shape_is_refused(document):
    """What is like no source is not taken for one."""
    with pytest.raises(SourceError, match="unknown format"):
        kind_of(document)


def test_groq_leaves_what_writes_no_text_out():
    """Speech recognition has no price per token and is no model here."""
    rows = {row.model_id: row.facts for row in SOURCES["groq"].parse(read((LISTS / "groq.json").read_text()), ON)}
    assert "whisper-large-v3-turbo" not in rows
    assert rows["openai/gpt-oss-120b"]["price.cache_read"] == Decimal("0.075")


def test_documents_are_written_with_their_digits():
    """The helper that makes changed samples writes a decimal as it was read."""
    document = {"a": Decimal("1E-7"), "b": [Decimal("0.10")]}
    assert json.loads(as_bytes(document), parse_float=str) == {"a": "1E-7", "b": ["0.10"]}
