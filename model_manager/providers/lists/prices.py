"""Prices in providers' lists, to exact US dollars per million tokens. Pure.

Each form has its own fields, so no unit is guessed: `prompt` and `completion` are dollars per token and mostly
texts, `input` and `output` dollars per million, `*_token_price` cents per 100 million.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

from model_manager.core.pricing import EXACT, Price, Rates, Tier
from model_manager.providers.wires.payload import amount, count, decode, mapping, sequence

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
_TOKENS = Decimal(1_000_000)
#: 12500 cents for 100 million tokens are 1.25 dollars for a million.
_CENTS_PER_100_MILLION = Decimal("0.0001")
_MOST_LETTERS = 40
#: Whole numbers up to here are written without an exponent.
_MOST_DIGITS = 12


def price_of(row: Mapping[str, Any]) -> Price | None:
    """The price of a row; None where it has none, where it is said to vary, or where it is not one price.

    Zero is kept only where another rate of the row is not zero: rows of nothing but zeros mean a subscription as
    often as a gift.
    """
    if price := _in_cents(row):
        return price
    stated = mapping(row.get("pricing")) or _only_hosts_pricing(row)
    if _negative(stated):
        return None
    if base := _rates(stated, _PER_TOKEN, _TOKENS):
        tiers = (_tier(mapping(override)) for override in sequence(stated.get("overrides")))
        return Price(rates=base, tiers=tuple(sorted((tier for tier in tiers if tier), key=lambda one: one.above)))
    base = _rates(stated, _PER_MILLION, Decimal(1))
    return Price(rates=base) if base else None


def hosts(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The hosts that serve a model behind a router, those that work now."""
    found = (mapping(host) for host in sequence(row.get("providers")))
    return [host for host in found if host.get("status") in (None, "live")]


def is_router(row: Mapping[str, Any]) -> bool:
    """Whether the row chooses among others: its price is -1."""
    return _negative(mapping(row.get("pricing")))


def _only_hosts_pricing(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the hosts of a row charge, if all that say so agree."""
    found = [pricing for host in hosts(row) if (pricing := mapping(host.get("pricing")))]
    return found[0] if found and all(pricing == found[0] for pricing in found) else {}


def _in_cents(row: Mapping[str, Any]) -> Price | None:
    base = _rates(row, _CENTS, _CENTS_PER_100_MILLION)
    if base is None:
        return None
    above = count(row.get("long_context_threshold"))
    longer = _rates(row, _LONG_CENTS, _CENTS_PER_100_MILLION)
    # xAI charges the higher rate from the threshold on.
    tiers = (Tier(above=above, rates=longer, inclusive=True),) if above and longer else ()
    return Price(rates=base, tiers=tiers)


def _tier(override: Mapping[str, Any]) -> Tier | None:
    """The rates above a length of the prompt; an override by the hour of the day is no tier."""
    above = count(override.get("min_prompt_tokens"))
    rates = _rates(override, _PER_TOKEN, _TOKENS)
    return Tier(above=above, rates=rates) if above and rates else None


def _rates(row: Mapping[str, Any], names: Mapping[str, str], unit: Decimal) -> Rates | None:
    """The rates that a row states, or None if it states no input or output, or zeros alone."""
    stated = dict(_stated(row, names, unit))
    if not {"input", "output"} & set(stated) or not any(stated.values()):
        return None
    return Rates(**stated)


def _stated(row: Mapping[str, Any], names: Mapping[str, str], unit: Decimal) -> Iterator[tuple[str, Decimal]]:
    for rate, name in names.items():
        if (value := _number(row.get(name))) is not None and value >= 0:
            with localcontext(EXACT):
                exact = value * unit
            yield rate, _plain(exact)


def _negative(pricing: Mapping[str, Any]) -> bool:
    return any((value := _number(pricing.get(name))) is not None and value < 0 for name in _PER_TOKEN.values())


def _number(value: object) -> Decimal | None:
    """A number, or the number that a text holds."""
    if isinstance(value, str):
        if len(value) > _MOST_LETTERS:
            return None
        try:
            value = decode(value)
        except ValueError:
            return None
    sign = -1 if isinstance(value, int | Decimal) and not isinstance(value, bool) and value < 0 else 1
    found = amount(value * sign) if sign < 0 and isinstance(value, int | Decimal) else amount(value)
    return None if found is None else found * sign


def _plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros."""
    normal = value.normalize(EXACT)
    is_short = normal == normal.to_integral_value() and normal.adjusted() < _MOST_DIGITS
    return normal.quantize(Decimal(1)) if is_short else normal
