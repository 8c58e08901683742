"""Why a change is not written unless its model is named: rules against prices that no provider would make."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from model_manager.config.catalogue.update.comparison import FactChange, facts_of
from model_manager.config.catalogue.validators import cache_rate, rate
from model_manager.core.models import Model
from model_manager.core.pricing import plain_text
from model_manager.core.source_values import Fact

_MOST_PRICE_RATIO = Decimal("1.5")
_MOST_LIMIT_RATIO = 2
_MOST_CACHE_WRITE_RATIO = Decimal("2.5")
_BASE_RATES = ("input", "output")
_CACHE_WRITES = ("cache_write", "cache_write_1h", "cache_write_12h")
_LIMITS = ("context_window", "max_input", "max_output")


def with_holds(model: Model, changes: Sequence[FactChange], now: datetime) -> list[FactChange]:
    """The changes of a model, with the reasons for which they are held.

    What is settled is judged together, as it would be written together: one suspicious change holds the others.
    """
    known = facts_of(model, now)
    single = [_judged(change, model, known, now, (change,)) for change in changes if not change.is_settled]
    settled = [change for change in changes if change.is_settled]
    judged = [_judged(change, model, known, now, settled) for change in settled]
    judged = [_with_rest(change, changes, known) for change in judged]
    if culprit := next((change for change in judged if change.held), None):
        also = f"held with {culprit.field}"
        judged = [change if change.held else replace(change, held=also) for change in judged]
    order = {change.field: index for index, change in enumerate(changes)}
    return sorted((*single, *judged), key=lambda change: order[change.field])


def _judged(
    change: FactChange, model: Model, known: Mapping[str, Fact], now: datetime, together: Sequence[FactChange]
) -> FactChange:
    if problem := _impossible(change, model):
        return replace(change, held=problem, is_possible=False)
    after = {**known, **{one.field: one.new for one in together}}
    reasons = (
        _suspicious_rate(change),
        _suspicious_limit(change),
        _suspicious_end(change, now),
        _earlier_price(change, model, now),
        _uneven(change, after),
    )
    return replace(change, held=next((reason for reason in reasons if reason), None))


def _impossible(change: FactChange, model: Model) -> str | None:
    """Why the catalogue could not hold it, or None."""
    if change.field == "retires" and model.deprecated and change.new is not None:
        is_before = str(change.new) < model.deprecated.isoformat()
        return f"it is deprecated from {model.deprecated} on" if is_before else None
    if contradiction := _contradiction(change, model):
        return contradiction
    if not isinstance(change.new, Decimal):
        return None
    check: Callable[[Any], str | None] = rate if _rate_name(change) in _BASE_RATES else cache_rate
    return check(change.new)


def _rate_name(change: FactChange) -> str | None:
    path = change.field.split(".")
    return path[-1] if path[0] == "price" else None


def _suspicious_rate(change: FactChange) -> str | None:
    name = _rate_name(change)
    if name is None:
        return None
    if change.new is None:
        return (
            "the tier would be removed" if change.field.startswith("price.tiers") else "the price would be removed"
        )
    old, new = change.old, change.new
    if not new and not old and name in _BASE_RATES:
        return "zero often means unknown"
    if not new and isinstance(old, Decimal):
        return f"from {plain_text(old)} to 0: zero often means unknown"
    if name in _BASE_RATES and isinstance(old, Decimal) and isinstance(new, Decimal) and old:
        return _ratio_reason(old, new, _MOST_PRICE_RATIO)
    return None


def _ratio_reason(old: Decimal, new: Decimal, most: Decimal) -> str | None:
    if new > old * most or new * most < old:
        return f"over {most}× {'more' if new > old else 'less'}"
    return None


def _suspicious_limit(change: FactChange) -> str | None:
    old, new = change.old, change.new
    if change.field not in _LIMITS or not isinstance(old, int) or not isinstance(new, int):
        return None
    return _ratio_reason(Decimal(old), Decimal(new), Decimal(_MOST_LIMIT_RATIO))


def _suspicious_end(change: FactChange, now: datetime) -> str | None:
    if change.field != "retires":
        return None
    if change.new is None:
        return "the retirement would be withdrawn"
    day = change.new
    return "the date is in the past" if str(day) < now.date().isoformat() else None


def _contradiction(change: FactChange, model: Model) -> str | None:
    kind, _, word = change.field.partition(".")
    return "the catalogue says that the model lacks it" if kind == "capabilities" and word in model.lacks else None


def _earlier_price(change: FactChange, model: Model, now: datetime) -> str | None:
    """Sources that lag behind still have the price before a change that the catalogue knows."""
    name = _rate_name(change)
    if name is None or model.price is None or change.field != f"price.{name}":
        return None
    begun = [row.start for row in model.price.changes if row.start <= now]
    if begun and getattr(model.price.rates, name) == change.new:
        return f"the price before {max(begun).date()}"
    return None


def _uneven(change: FactChange, after: Mapping[str, Fact]) -> str | None:
    """Rates that do not go together, once everything is written."""
    name = _rate_name(change)
    if name is None:
        return None
    path = change.field.removesuffix(f".{name}")
    input_, output, read, *writes = (
        value if isinstance(value := after.get(f"{path}.{rate}"), Decimal) else None
        for rate in ("input", "output", "cache_read", *_CACHE_WRITES)
    )
    if input_ is None:
        return None
    if output is not None and output < input_:
        return "output would cost less than input"
    if read is not None and read > input_:
        return "reading a cache would cost more than input"
    if any(write is not None and write > _MOST_CACHE_WRITE_RATIO * input_ for write in writes):
        return f"writing a cache would cost more than {_MOST_CACHE_WRITE_RATIO}× the input"
    return None


def _with_rest(change: FactChange, changes: Sequence[FactChange], known: Mapping[str, Fact]) -> FactChange:
    """A base rate is written only if the rest of the row is known: two halves of two prices are none."""
    if change.held or change.field not in ("price.input", "price.output"):
        return change
    open_fields = {one.field for one in changes if not one.is_settled}
    rest = [f"price.{name}" for name in _BASE_RATES]
    rest += [name for name in known if name.startswith("price.tiers.") and name.rpartition(".")[2] in _BASE_RATES]
    waiting = next((name for name in rest if name in open_fields), None)
    return replace(change, held=f"{waiting} is held or uncertain") if waiting else change
