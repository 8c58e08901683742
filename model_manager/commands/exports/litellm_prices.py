"""A price as LiteLLM's `model_info` has it: US dollars per token, and fields by threshold for tiers."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from model_manager.commands.exports.litellm_peak import off_peak_pricing
from model_manager.commands.exports.losses import Loss
from model_manager.core.litellm_fields import RATE_FIELDS
from model_manager.core.models import Model
from model_manager.core.pricing import EXACT, TOKENS_PER_PRICE_UNIT, Price, Rates, Tier, plain

#: Their fields by ours; a tier's get its threshold behind them. Of writes for twelve hours the Router counts none.
FIELDS = {ours: field for ours, field in RATE_FIELDS.items() if ours != "cache_write_12h"}
#: The provider of theirs whose tiers begin at their threshold; all others' begin above it.
INCLUSIVE_PREFIX = "xai"
_THOUSAND = 1000


def price_fields(model: Model, prefix: str, moment: datetime) -> Mapping[str, object]:
    """The price of a moment; nothing where it is unknown: then LiteLLM's own table counts.

    Args:
        model: whose price.
        prefix: the provider's name in LiteLLM.
        moment: changes from then on are left out.
    """
    price = model.price
    if price is None or not _is_known(price, moment):
        return {}
    peak = price.peak if price.peak and not price.tiers else None
    base = price.on(moment)
    fields = dict(_row(peak.rates.over(base) if peak else base))
    if peak and base.cache_write_1h is None:
        # Off-peak there is no field for it: it then follows the rate of the shorter writes.
        del fields[FIELDS["cache_write_1h"]]
    for tier in sorted(price.tiers, key=lambda tier: tier.above):
        fields |= _row(tier.rates.over(base), suffix=f"_above_{_threshold(tier, prefix)}_tokens")
    return {**fields, "off_peak_pricing": off_peak_pricing(peak, _row(base))} if peak else fields


def price_losses(model: Model, moment: datetime) -> Iterator[Loss]:
    """What a model's price has and LiteLLM has no field for."""
    price = model.price
    if price is None or not _is_known(price, moment):
        yield Loss(model.id, "its price is unknown here: LiteLLM uses its own, if it has one")
        return
    for change in sorted(price.changes, key=lambda change: change.start):
        if change.start > moment:
            day = change.start.astimezone(UTC).date()
            yield Loss(model.id, f"its price changes on {day}: export again from then on")
    if price.peak and price.tiers:
        yield Loss(model.id, "the price of its peak hours, as it also has tiers by the length of the prompt")
    rows = (price.on(moment), *(tier.rates for tier in price.tiers))
    if any(row.request for row in rows):
        yield Loss(model.id, "the fee for each request")
    if any(row.cache_write_12h is not None for row in rows):
        yield Loss(model.id, "the rate of cache writes that are kept for twelve hours")


def _is_known(price: Price, moment: datetime) -> bool:
    base = price.on(moment)
    return base.input is not None and base.output is not None


def _row(rates: Rates, suffix: str = "") -> Iterator[tuple[str, Decimal]]:
    """A row's fields, those of caches always: what is left out would be taken from LiteLLM's own table."""
    write = rates.input if rates.cache_write is None else rates.cache_write
    whole = replace(
        rates,
        cache_read=rates.input if rates.cache_read is None else rates.cache_read,
        cache_write=write,
        cache_write_1h=write if rates.cache_write_1h is None else rates.cache_write_1h,
    )
    for name, rate in whole.stated().items():
        if name in FIELDS:
            yield FIELDS[name] + suffix, plain(rate.scaleb(-TOKENS_PER_PRICE_UNIT, EXACT))


def _threshold(tier: Tier, prefix: str) -> str:
    """The bound of a tier in the sense that LiteLLM has for this provider."""
    above = tier.above + (prefix == INCLUSIVE_PREFIX) * (not tier.inclusive)
    above -= (prefix != INCLUSIVE_PREFIX) * tier.inclusive
    return f"{above // _THOUSAND}k" if above % _THOUSAND == 0 else str(above)
