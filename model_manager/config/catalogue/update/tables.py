"""The price tables that people keep: models.dev, LiteLLM's map and genai-prices."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from model_manager.config.catalogue.update.rows import SourceRow, capability_facts, price_facts, stated
from model_manager.core import source_values as take
from model_manager.core.litellm_fields import CAPABILITY_FIELDS, RATE_FIELDS
from model_manager.core.source_values import Fact

_MODELS_DEV_RATES = ("input", "output", "cache_read", "cache_write")
_MODALITIES = {"image": "vision", "audio": "audio", "pdf": "pdf"}
#: What concerns us of LiteLLM's rates: those for batches, priorities and regions are other prices.
_LITELLM_RATES = {field: ours for ours, field in RATE_FIELDS.items()}
_LITELLM_TIER = re.compile(r"(.+)_above_(\d{1,6})k_tokens")
_LITELLM_NO_MODELS = {"sample_spec", "fallback_generalizations"}
_LITELLM_MODES = {"chat", "completion", "responses"}
_GENAI_RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
}


def models_dev(document: Any, _on: date) -> Iterator[SourceRow]:
    """Rows of models.dev: US dollars per million tokens. Of tiers only `tiers` is read, not what repeats them."""
    for provider, entry in take.table(document).items():
        for model_id, row in take.table(take.table(entry).get("models")).items():
            yield SourceRow(provider, model_id, _models_dev_facts(take.table(row)))


def _models_dev_facts(row: Mapping[str, Any]) -> dict[str, Fact]:
    cost, limit = take.table(row.get("cost")), take.table(row.get("limit"))
    inputs = take.words(take.table(row.get("modalities")).get("input"))
    tiers = {
        size: {name: take.number(tier.get(name)) for name in _MODELS_DEV_RATES}
        for tier in take.rows(cost.get("tiers"))
        if take.table(tier.get("tier")).get("type") == "context"
        and (size := take.count(take.table(tier.get("tier")).get("size")))
    }
    limits = {
        "context_window": take.count(limit.get("context")),
        "max_input": take.count(limit.get("input")),
        "max_output": take.count(limit.get("output")),
        "released": take.day_or_month(row.get("release_date")),
        "knowledge_cutoff": take.day_or_month(row.get("knowledge")),
    }
    has = [
        ("function-calling", row.get("tool_call")),
        ("structured-output", row.get("structured_output")),
        ("reasoning", row.get("reasoning")),
        *((word, name in inputs) for name, word in _MODALITIES.items()),
    ]
    return (
        price_facts({name: take.number(cost.get(name)) for name in _MODELS_DEV_RATES}, tiers)
        | stated(limits)
        | capability_facts(has)
    )


def litellm(document: Any, _on: date) -> Iterator[SourceRow]:
    """Rows of LiteLLM's map: US dollars per token, keys with or without the provider before a slash."""
    for key, row in take.table(document).items():
        row = take.table(row)  # noqa: PLW2901 - nothing else of it is used
        provider = take.text(row.get("litellm_provider"))
        if provider and key not in _LITELLM_NO_MODELS and take.text(row.get("mode")) in _LITELLM_MODES:
            yield SourceRow(provider, key.removeprefix(f"{provider}/"), _litellm_facts(row))


def _litellm_facts(row: Mapping[str, Any]) -> dict[str, Fact]:
    base = {ours: take.per_token(row.get(key)) for key, ours in _LITELLM_RATES.items()}
    tiers: dict[int, dict[str, Decimal | None]] = {}
    for key, value in row.items():
        if (found := _LITELLM_TIER.fullmatch(key)) and (ours := _LITELLM_RATES.get(found[1])):
            tiers.setdefault(int(found[2]) * 1000, {})[ours] = take.per_token(value)
    most_in, most_out = take.count(row.get("max_input_tokens")), take.count(row.get("max_output_tokens"))
    # In a thousand rows the input's limit stands for the output's as well.
    limits = {"max_input": most_in, "max_output": most_out if most_out != most_in else None}
    has = [(word, row.get(field)) for word, field in CAPABILITY_FIELDS.items()]
    # One price for some hours of the day is not to be compared with one for the others.
    price = {} if row.get("off_peak_pricing") else price_facts(base, tiers)
    ends = {"retires": take.day(row.get("deprecation_date"))}
    return price | stated({**limits, **ends}) | capability_facts(has)


def genai_prices(document: Any, on: date) -> Iterator[SourceRow]:
    """Rows of genai-prices, its second format: US dollars per million tokens, some from a day on."""
    for provider in take.rows(document):
        for row in take.rows(provider.get("models")):
            if (name := take.text(provider.get("id"))) and (model_id := take.text(row.get("id"))):
                facts = stated({"context_window": take.count(row.get("context_window"))})
                yield SourceRow(name, model_id, _genai_price(row.get("prices"), on) | facts)


def _genai_price(prices: Any, on: date) -> dict[str, Fact]:
    """The price of a day; none where it depends on the hour."""
    if isinstance(prices, list):
        chosen: Any = None
        for entry in take.rows(prices):
            constraint = take.table(entry.get("constraint"))
            if "start_time" in constraint or "end_time" in constraint:
                return {}
            start = take.day(constraint.get("start_date"))
            if not constraint or (start and start <= on):
                chosen = entry.get("prices")
        prices = chosen
    base: dict[str, Decimal | None] = {}
    tiers: dict[int, dict[str, Decimal | None]] = {}
    for key, ours in _GENAI_RATES.items():
        said = take.table(prices).get(key)
        base[ours] = take.number(take.table(said).get("base") if isinstance(said, dict) else said)
        for tier in take.rows(take.table(said).get("tiers")):
            if start_at := take.count(tier.get("start")):
                tiers.setdefault(start_at, {})[ours] = take.number(tier.get("price"))
    return price_facts(base, tiers)
