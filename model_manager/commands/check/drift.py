"""What a provider's own list says otherwise than the catalogue, with the TOML that says the same. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from model_manager.config.catalogue.positions import shown
from model_manager.core.model_lists import ListedModel
from model_manager.core.models import Model
from model_manager.core.phrases import plural
from model_manager.core.pricing import Price, Rates, Tier, plain_text
from model_manager.core.quantities import noon

#: What Ollama calls a model without a tag.
_LATEST = ":latest"


class Drift(NamedTuple):
    """A difference: the rule, a fact for people, the field, and lines for models.toml (None: nothing to paste)."""

    code: str
    message: str
    field: str
    toml: str | None = None


def drift_of(model: Model, listed: Sequence[ListedModel], on: date) -> Iterator[Drift]:
    """The differences between a model and its provider's list; what the list does not say is none."""
    row = _row_of(model, listed)
    if row is None:
        yield Drift("MM701", f"{model.id} is not in the provider's list ({plural(len(listed), 'model')})", "")
        return
    if row.is_retired and model.status(on) != "retired":
        lines = _end(model, on)
        yield Drift("MM702", f"{model.id} is listed as retired", "retires", _toml(model, lines))
    elif row.retires and row.retires != model.retires:
        ours = f"the catalogue says {model.retires}" if model.retires else "the catalogue has no date"
        lines = _end(model, row.retires)
        if row.replacement and not model.replacement:
            lines["replacement"] = f'"{row.replacement}"'
        message = f"{model.id} retires on {row.retires} according to the provider's list; {ours}"
        yield Drift("MM703", message, "retires", _toml(model, lines))
    yield from _limits(model, row)
    yield from _price(model, row, on)


def _row_of(model: Model, listed: Sequence[ListedModel]) -> ListedModel | None:
    """The row of a model: by its id, else by an alias of a row."""
    wanted = {model.model_id, model.model_id + _LATEST}
    return next((row for row in listed if row.model_id in wanted), None) or next(
        (row for row in listed if wanted & set(row.aliases)), None
    )


def _end(model: Model, day: date) -> dict[str, str]:
    """The lines of an end; a model cannot be deprecated after it."""
    lines = {"retires": day.isoformat()}
    return lines | ({"deprecated": day.isoformat()} if model.deprecated and model.deprecated > day else {})


def _limits(model: Model, row: ListedModel) -> Iterator[Drift]:
    for field, ours, theirs in (
        ("context_window", model.context_window, row.context_window),
        ("max_output", model.max_output, row.max_output),
    ):
        if theirs is not None and ours is not None and theirs != ours:
            message = f"{model.id}: {field} is {theirs:,} in the provider's list, {ours:,} in the catalogue"
            yield Drift("MM704", message, field, _toml(model, {field: f"{theirs:_}"}))


def _price(model: Model, row: ListedModel, on: date) -> Iterator[Drift]:
    if row.price is None:
        return
    ours = model.price.on(noon(on)) if model.price else Rates()
    differing = _differences(ours, row.price.rates)
    tiers = row.price.tiers or (model.price.tiers if model.price else ())
    if model.price and row.price.tiers:
        differing += _tier_differences(model.price, row.price)
    if differing:
        price = Price(rates=row.price.rates.over(ours), tiers=tiers)
        message = f"{model.id}: {', '.join(differing)}"
        yield Drift("MM705", message, "price", _toml(model, {"price": _price_toml(price)}))


def _differences(ours: Rates, theirs: Rates, at: str = "") -> list[str]:
    """The rates that both state and that differ; where ours are unknown, all of theirs."""
    stated = ours.stated()
    return [
        f"{name}{at} is ${plain_text(rate)} in the provider's list, "
        + (f"${plain_text(stated[name])} in the catalogue" if name in stated else "unknown in the catalogue")
        for name, rate in theirs.stated().items()
        if (name in stated and stated[name] != rate) or (name not in stated and name in ("input", "output"))
    ]


def _tier_differences(ours: Price, theirs: Price) -> list[str]:
    """Tiers by where they begin: their rates, and those that only one side has."""
    known = {tier.above: tier for tier in ours.tiers}
    found = []
    for tier in theirs.tiers:
        at = f" above {tier.above:,} tokens"
        if tier.above in known:
            found += _differences(known[tier.above].rates.over(ours.rates), tier.rates.over(theirs.rates), at)
        else:
            found.append(f"another price{at} in the provider's list")
    return found


def _toml(model: Model, lines: dict[str, str]) -> str:
    written = (f"{name} = {value}" for name, value in lines.items())
    return "\n".join((f"[{shown(('models', model.id))}]", *written))


def _price_toml(price: Price) -> str:
    """The whole price as an inline table: a price is replaced as a whole."""
    tiers = ", ".join(_tier_toml(tier) for tier in price.tiers)
    return f"{{ {_rates_toml(price.rates)}{f', tiers = [{tiers}]' if tiers else ''} }}"


def _tier_toml(tier: Tier) -> str:
    inclusive = ", inclusive = true" if tier.inclusive else ""
    return f"{{ above = {tier.above:_}{inclusive}, {_rates_toml(tier.rates)} }}"


def _rates_toml(rates: Rates) -> str:
    return ", ".join(f"{name} = {plain_text(rate)}" for name, rate in rates.stated().items())
