"""The model to use instead of one that has retired, will soon, or is not in the catalogue."""

import re
from datetime import date
from decimal import Decimal

from model_manager.core.lifecycle import SOON_DAYS
from model_manager.core.models import Catalogue, Model

#: Words of names of the smaller models of a family.
_SMALL = re.compile(r"(?:^|[-_.])(?:mini|nano|lite|small|tiny|haiku|flash|instant|fast|8b|7b)(?:[-_.]|$)|^gpt-3")
_LARGE = re.compile(r"(?:^|[-_.])(?:opus|large|ultra|max)(?:[-_.]|$)")
_REASONING = re.compile(r"o\d")
_STEM = re.compile(r"[a-z]+")


def is_ending(model: Model, on: date) -> bool:
    """Whether a model has retired or will within a month."""
    days = model.days_left(on)
    return days is not None and days <= SOON_DAYS


def successor(model: Model, catalogue: Catalogue, on: date) -> Model:
    """The model itself while it lives, else the first of its replacements that does."""
    seen = {model.id}
    while is_ending(model, on) and model.replacement and (found := catalogue.find(model.replacement)):
        if found.id in seen:
            break
        seen.add(found.id)
        model = found
    return model


def similar(name: str, catalogue: Catalogue, on: date) -> Model | None:
    """A recommended model of the same family and about the same size, else the default model."""
    last = re.split("[/:]", name.lower())[-1]
    stem = family_of(name)
    family = [
        model
        for model in catalogue.models.values()
        if stem and model.id.startswith(f"{stem}-") and model.status(on) == "active"
    ]
    family = [model for model in family if model.recommended] or family
    if not family:
        return catalogue.find(catalogue.default_model) if catalogue.default_model else None
    family.sort(key=_rate)
    if _SMALL.search(last):
        return family[0]
    return family[-1] if _LARGE.search(last) else family[len(family) // 2]


def family_of(name: str) -> str:
    """The word that the ids of a model's family begin with: `gpt` of `openai/o1-mini`; empty: there is none."""
    last = re.split("[/:]", name.lower())[-1]
    stem = _STEM.search(last.rpartition("anthropic.")[2])
    return "gpt" if stem and (stem[0] == "chatgpt" or _REASONING.match(last)) else stem[0] if stem else ""


def _rate(model: Model) -> Decimal:
    rate = model.price.rates.input if model.price else None
    return Decimal("Infinity") if rate is None else rate
