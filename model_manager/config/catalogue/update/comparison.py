"""What sources say of a model, compared with what the catalogue says: changes, each with how certain it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from model_manager.core.models import Model
from model_manager.core.pricing import Price
from model_manager.core.source_values import Fact

#: host: the provider's own list says so. agreed: two families of price tables do, and no others as many.
#: single: one source says so, and no other says anything. disputed: another one says otherwise.
UpdateCertainty = Literal["host", "agreed", "single", "disputed"]
#: A fact of which the catalogue has one already is not changed for another spelling of it.
_ONLY_IF_MISSING = ("released", "knowledge_cutoff")
_FEWEST_FAMILIES = 2


@dataclass(frozen=True, slots=True)
class SourceStatement:
    """What one source says of one model; `is_host`: the source is the provider's own list."""

    source: str
    facts: Mapping[str, Fact]
    is_host: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """A fact of a model that differs.

    Attributes:
        field: dotted, such as `price.input`.
        old: the catalogue's; None: it has none.
        new: the sources'; None: it is gone.
        held: why it is not written unless the model is named; None: nothing speaks against it.
        is_possible: whether the catalogue could hold it at all.
    """

    model: str
    field: str
    old: Fact
    new: Fact
    sources: tuple[str, ...]
    certainty: UpdateCertainty
    held: str | None = None
    is_possible: bool = True

    @property
    def is_settled(self) -> bool:
        """Whether it is certain enough to be written without anybody naming the model."""
        return self.certainty in ("host", "agreed")


def facts_of(model: Model, moment: datetime) -> dict[str, Fact]:
    """The catalogue's facts of a model under the names that sources are mapped to, as of a moment."""
    facts: dict[str, Fact] = {
        "context_window": model.context_window,
        "max_input": model.max_input,
        "max_output": model.max_output,
        "released": model.released,
        "knowledge_cutoff": model.knowledge_cutoff,
        "retires": model.retires,
        "replacement": model.replacement,
        **{f"capabilities.{word}": True for word in model.capabilities},
    }
    if model.price:
        facts |= _price_facts(model.price, moment)
    return {name: value for name, value in facts.items() if value is not None}


def _price_facts(price: Price, moment: datetime) -> dict[str, Fact]:
    base = price.on(moment)
    facts: dict[str, Fact] = {f"price.{name}": rate for name, rate in base.stated().items()}
    for tier in price.tiers:
        rates = tier.rates.over(base).stated()
        facts |= {f"price.tiers.{tier.above}.{name}": rate for name, rate in rates.items()}
    return facts


def differences(model: Model, statements: Sequence[SourceStatement], now: datetime) -> list[FactChange]:
    """The facts that differ from the catalogue's, in the order of the sources, with their certainty."""
    known = facts_of(model, now)
    fields = dict.fromkeys(name for statement in statements for name in statement.facts)
    found = (_difference(model, name, known.get(name), statements) for name in fields)
    return [change for change in found if change and _is_worth_telling(model, change)]


def _difference(model: Model, name: str, old: Fact, statements: Sequence[SourceStatement]) -> FactChange | None:
    said = [(statement, statement.facts[name]) for statement in statements if name in statement.facts]
    of_host = next((item for item in said if item[0].is_host), None)
    voices: dict[Fact, list[str]] = {}
    for statement, value in said:
        voices.setdefault(value, []).append(statement.source)
    if of_host:
        new, certainty = of_host[1], "host"
    else:
        others = [value for value in voices if value != old]
        if not others:
            return None
        new = max(others, key=lambda value: len(voices[value]))
        rivals = max((len(names) for value, names in voices.items() if value != new), default=0)
        if len(voices.get(old, ())) > len(voices[new]):
            return None  # the catalogue's is confirmed
        is_agreed = _FEWEST_FAMILIES <= len(voices[new]) > rivals
        certainty = "agreed" if is_agreed else "disputed" if rivals else "single"
    if new == old:
        return None
    return FactChange(
        model=model.id,
        field=name,
        old=old,
        new=new,
        sources=tuple(voices[new]),
        certainty=certainty,  # type: ignore[arg-type]  # one of the words above
    )


def _is_worth_telling(model: Model, change: FactChange) -> bool:
    """Whether a difference means that something has changed, not that a source counts otherwise."""
    if change.field in _ONLY_IF_MISSING:
        return change.old is None
    if change.field == "max_input" and change.old is None:
        # What fits into the window is the usual case, which the catalogue leaves out.
        return bool(model.context_window and isinstance(change.new, int) and change.new < model.context_window)
    if change.field.startswith("price.") and model.price and model.price.peak:
        return change.certainty == "host"  # tables give one of the day's two prices
    return True
