"""Notes about a model in `list`: how long it will last, what its base price leaves out; with their legend."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from model_manager.commands.rows import ModelRow
from model_manager.core.pricing import Price, Rates, Tier
from model_manager.core.quantities import noon
from model_manager.rendering.text import tokens


@dataclass(frozen=True, slots=True)
class ModelNote:
    """A note in full words and in few, and what a legend says of it (None: it needs no explanation).

    Notes of the same `kind` are explained once.
    """

    full: str
    short: str
    kind: str = ""
    explanation: str | None = None


def notes(row: ModelRow, *, short: bool = False) -> Iterable[str]:
    """The notes about a model; the short ones leave out who uses it, which stands under the models as well."""
    if row.tasks and not short:
        yield f"used by {', '.join(row.tasks)}"
    yield from (note.short if short else note.full for note in model_notes(row))


def model_notes(row: ModelRow) -> Iterator[ModelNote]:
    """How long the model will last, and what a reader of the base price must know besides."""
    if row.model.retires:
        words = f"{'retired' if row.status == 'retired' else 'retires'} {row.model.retires}"
        yield ModelNote(words, words)
    elif row.status != "active":
        yield ModelNote(row.status, row.status)
    if row.model.price and row.rates:
        yield from _price_notes(row.model.price, row.rates, row)
    if "price" in row.model.certainty:
        yield ModelNote("price uncertain", "price?", "uncertain", "fewer than two sources confirm the price")


def _price_notes(price: Price, base: Rates, row: ModelRow) -> Iterator[ModelNote]:
    for tier in price.tiers:
        yield _tier_note(tier, base)
    for change in price.changes:
        if change.start > noon(row.on):
            words = f"{_factor(change.rates, base)} from {change.start.date()}"
            yield ModelNote(words, words)
    if price.peak:
        words = f"{_factor(price.peak.rates, base)} at peak"
        yield ModelNote(f"{words} hours", words, "peak", "in the provider's peak hours, which info MODEL shows")


def _tier_note(tier: Tier, base: Rates) -> ModelNote:
    factor, bound = _factor(tier.rates, base), tokens(tier.above)
    ratios = factor.split("/")
    costs = f"input costs {ratios[0]}, output {ratios[1]}" if len(ratios) > 1 else f"the price is {factor}"
    costs = "prices are others" if "×" not in factor else costs
    prompts = f"prompts of {bound} tokens or more" if tier.inclusive else f"prompts above {bound} tokens"
    return ModelNote(
        f"{factor} {'from' if tier.inclusive else 'above'} {bound}",
        f"{factor}{'≥' if tier.inclusive else '>'}{bound}",
        f"tier of {len(ratios)}",
        f"{costs} for {prompts}",
    )


def _factor(rates: Rates, base: Rates) -> str:
    """How rates compare with the base row: "5×" where both directions agree, else each."""
    ratios = [_ratio(rates.input, base.input), _ratio(rates.output, base.output)]
    known = [ratio for ratio in ratios if ratio]
    if not known:
        return "other prices"
    return known[0] if len(set(known)) == 1 else "/".join(known)


def _ratio(rate: Decimal | None, base: Decimal | None) -> str | None:
    if rate is None or not base:
        return None
    return f"{rate / base:.2f}".rstrip("0").rstrip(".") + "×"


def note_legend(rows: Iterable[ModelRow], *, short: bool = False) -> list[str]:
    """What the marks in the notes about these models mean: a line for each kind of mark that is there."""
    explained: dict[str, str] = {}
    for row in rows:
        for note in model_notes(row):
            if note.explanation and note.kind not in explained:
                explained[note.kind] = f"{note.short if short else note.full}: {note.explanation}"
    return list(explained.values())
