"""A model as a source describes it: its names there, and facts by our names of fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from model_manager.core.source_values import Fact

#: Rates of a price by our names; None: not said.
SaidRates = Mapping[str, Decimal | None]
#: Rates for which sources write zero where they do not know.
_CACHE = ("cache_read", "cache_write", "cache_write_1h", "cache_write_12h")
_PER_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A model of a source.

    Attributes:
        provider: who serves it, as the source calls that.
        model_id: its id there.
        facts: by field, dotted: `price.input`, `price.tiers.272000.input`, `capabilities.vision`.
    """

    provider: str
    model_id: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


def stated(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts that are said at all."""
    return {name: value for name, value in facts.items() if value is not None}


def price_facts(base: SaidRates, tiers: Mapping[int, SaidRates] | None = None) -> dict[str, Fact]:
    """The facts of a price. Zero for a cache is how sources say that they do not know.

    Where input and output cost nothing, nothing else of the price is believed: most such rows are subscriptions.
    """
    if not any(base.get(name) for name in ("input", "output")):
        return stated({f"price.{name}": base.get(name) for name in ("input", "output")})
    facts = _rates("price", base)
    for above, rates in sorted((tiers or {}).items()):
        facts |= _rates(f"price.tiers.{tier_bound(above)}", rates)
    return facts


def _rates(path: str, rates: SaidRates) -> dict[str, Fact]:
    return {
        f"{path}.{name}": rate for name, rate in rates.items() if rate is not None and (rate or name not in _CACHE)
    }


def tier_bound(above: int) -> int:
    """The bound of a tier by its round name: sources write 271,999 for "from 272,000 on"."""
    return above + 1 if (above + 1) % _PER_THOUSAND == 0 else above


def capability_facts(words: Iterable[tuple[str, object]]) -> dict[str, Fact]:
    """The capabilities that a row says the model has; that one is not mentioned says nothing."""
    return {f"capabilities.{word}": True for word, has in words if has is True}
