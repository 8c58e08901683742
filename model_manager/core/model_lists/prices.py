"""Prices in providers' lists, to exact US dollars per million tokens. Pure.

Each form has its own fields, so no unit is guessed: `prompt` and `completion` are dollars per token and mostly
texts, `input` and `output` dollars per million, `*_token_price` cents per 100 million.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from model_manager.core.pricing import TOKENS_PER_PRICE_UNIT, Price, Rates, Tier
from model_manager.core.source_values import count, number, per_token, rows, table

_PER_TOKEN = {
    "input": "prompt",
    "output": "completion",
    "cache_read": "input_cache_read",
    "cache_write": "input_cache_write",
    "cache_write_1h": "input_cache_write_1h",
}
_PER_MILLION = {"input": "input", "output": "output", "cache_read": "cached_input"}
_CENTS = {
    "input": "prompt_text_token_price",
    "output": "completion_text_token_price",
    "cache_read": "cached_prompt_text_token_price",
}
_LONG_CENTS = {rate: f"{name}_long_context" for rate, name in _CENTS.items()}
#: Beginnings of the keys of an override that holds for some hours of the day.
_HOURS = "utc_"
#: 12500 cents for 100 million tokens are 1.25 dollars for a million: 10^-4 times as many.
_CENTS_SCALE = -4


def price_of(row: Mapping[str, Any]) -> Price | None:
    """The price of a row; None where it has none, where it is said to vary, or where it is not one price.

    Zero is kept only where another rate of the row is not zero: rows of nothing but zeros mean a subscription as
    often as a gift.
    """
    if price := _in_cents(row):
        return price
    stated = table(row.get("pricing")) or _only_hosts_pricing(row)
    overrides = list(rows(stated.get("overrides")))
    if _negative(stated) or _varies(stated, overrides):
        return None
    if base := _rates(stated, _PER_TOKEN, TOKENS_PER_PRICE_UNIT):
        tiers = (tier for override in overrides if (tier := _tier(override)))
        return Price(rates=base, tiers=tuple(sorted(tiers, key=lambda one: one.above)))
    base = _rates(stated, _PER_MILLION, 0)
    return Price(rates=base) if base else None


def hosts(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The hosts that serve a model behind a router, those that work now."""
    return [host for host in rows(row.get("providers")) if host.get("status") in (None, "live")]


def is_router(row: Mapping[str, Any]) -> bool:
    """Whether the row chooses among others: its price is -1."""
    return _negative(table(row.get("pricing")))


def _varies(pricing: Mapping[str, Any], overrides: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the price depends on the hour of the day, or a discount is taken off that will end."""
    by_hour = any(name.startswith(_HOURS) for override in overrides for name in override)
    return by_hour or bool(number(pricing.get("discount")))


def _only_hosts_pricing(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the hosts of a row charge, if all that say so agree."""
    found = [pricing for host in hosts(row) if (pricing := table(host.get("pricing")))]
    return found[0] if found and all(pricing == found[0] for pricing in found) else {}


def _in_cents(row: Mapping[str, Any]) -> Price | None:
    base = _rates(row, _CENTS, _CENTS_SCALE)
    if base is None:
        return None
    above = count(row.get("long_context_threshold"))
    longer = _rates(row, _LONG_CENTS, _CENTS_SCALE)
    # xAI charges the higher rate from the threshold on.
    tiers = (Tier(above=above, rates=longer, inclusive=True),) if above and longer else ()
    return Price(rates=base, tiers=tiers)


def _tier(override: Mapping[str, Any]) -> Tier | None:
    """The rates above a length of the prompt."""
    above = count(override.get("min_prompt_tokens"))
    rates = _rates(override, _PER_TOKEN, TOKENS_PER_PRICE_UNIT)
    return Tier(above=above, rates=rates) if above and rates else None


def _rates(row: Mapping[str, Any], names: Mapping[str, str], scale: int) -> Rates | None:
    """The rates that a row states, or None if it states no input or output, or zeros alone."""
    stated = dict(_stated(row, names, scale))
    if not {"input", "output"} & set(stated) or not any(stated.values()):
        return None
    return Rates(**stated)


def _stated(row: Mapping[str, Any], names: Mapping[str, str], scale: int) -> Iterator[tuple[str, Decimal]]:
    for rate, name in names.items():
        if (value := per_token(row.get(name), scale)) is not None:
            yield rate, value


def _negative(pricing: Mapping[str, Any]) -> bool:
    said = (
        str(value) for name in _PER_TOKEN.values() if isinstance(value := pricing.get(name), str | int | Decimal)
    )
    return any(text.startswith("-") and number(text[1:]) for text in said)
