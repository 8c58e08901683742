"""The cost of a ledger's calls on other models: each at its own moment, tier and cache.

One pass over the calls puts those together that all the models in question would bill and refuse alike: by the
rates in force, by how long prompt and answer are beside the limits, and by what they need. Then each model is
priced on a few hundred such groups instead of a million calls.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from model_manager.core.models import Model
from model_manager.core.pricing import Price, Usage, add, cost_at, multiply
from model_manager.ledger.records import dollars_of, moment_of
from model_manager.ledger.reports.call_rows import TokenRow

_MINUTE_US = 60_000_000
#: What a call needs, and the capability that a model must not lack for it.
_CAPABILITY = {
    "tools": "function-calling",
    "schema": "structured-output",
    "pictures": "vision",
    "images": "vision",
    "pdf": "pdf",
    "audio": "audio",
    "reasoning": "reasoning",
}
#: How far another provider's count of the same text may be off, and another model's answer shorter or longer.
_TOKENIZER, _LENGTH = Decimal("0.10"), Decimal("0.20")
_NO_PRICE = "its price is unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A route to price: the models that would have taken the calls, each with its share's weight."""

    route: str
    shares: Sequence[tuple[Model, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The cost of calls on another route.

    Attributes:
        cost_usd: US dollars for the same tokens; None if the price of a model is unknown.
        low_usd, high_usd: the range, with its `reasons` in words.
        relative: the cost over what those of the calls did cost whose cost is known.
        calls: how many calls are in the cost; `cannot` those that are not, by reason.
    """

    route: str
    cost_usd: Decimal | None
    low_usd: Decimal | None
    high_usd: Decimal | None
    relative: Decimal | None
    calls: int
    cannot: Mapping[str, int]
    reasons: Sequence[str]


class _Key(NamedTuple):
    """The key of a group of calls."""

    rates: int
    input: int
    output: int
    whole: int
    provider: str
    model: str
    needs: str
    is_estimated: bool
    is_priced: bool


@dataclass(slots=True)
class _Group:
    """Calls that are billed and refused alike: their sums, and one of them to look at."""

    moment: datetime
    input: int
    output: int
    calls: int = 0
    sums: list[int] = field(default_factory=lambda: [0] * 6)


class _Grouping:
    """Puts calls together that all models of some candidates treat alike."""

    def __init__(self, models: Iterable[Model]) -> None:
        found = {model.id: model for model in models}.values()
        prices = [model.price for model in found if model.price]
        tiers = [tier for price in prices for tier in price.tiers]
        self._inputs = sorted(
            {tier.above if tier.inclusive else tier.above + 1 for tier in tiers}
            | {model.max_input + 1 for model in found if model.max_input is not None}
        )
        self._outputs = sorted({model.max_output + 1 for model in found if model.max_output is not None})
        self._wholes = sorted({model.context_window + 1 for model in found if model.context_window is not None})
        self._varying = [price for price in prices if price.changes or price.peak]
        self.groups: dict[_Key, _Group] = {}
        self._epochs: dict[tuple[object, ...], int] = {}
        self._epoch_of_minute = cache(self._find_epoch)

    def _find_epoch(self, minute: int) -> int:
        """A number for the rates that are in force in a minute; prices change on whole ones."""
        moment = moment_of(minute * _MINUTE_US)
        rates = tuple(
            (price.on(moment), bool(price.peak and price.peak.covers(moment))) for price in self._varying
        )
        return self._epochs.setdefault(rates, len(self._epochs))

    def add(self, row: TokenRow) -> None:
        """Add a call to the group of those that are billed and refused alike."""
        key = _Key(
            self._epoch_of_minute(row.at_us // _MINUTE_US) if self._varying else 0,
            bisect_right(self._inputs, row.input),
            bisect_right(self._outputs, row.output),
            bisect_right(self._wholes, row.input + row.output),
            row.provider,
            row.model,
            row.needs or "",
            bool(row.estimated),
            row.cost_pico is not None,
        )
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = _Group(moment_of(row.at_us), row.input, row.output)
        group.calls += 1
        sums = group.sums
        sums[0] += row.input
        sums[1] += row.output
        read, written, written_1h = row.cache_read or 0, row.cache_write or 0, row.cache_write_1h or 0
        # Counts of a provider that contradict each other are priced as if nothing had been cached.
        if read + written <= row.input and written_1h <= written:
            sums[2] += read
            sums[3] += written
            sums[4] += written_1h
        sums[5] += row.cost_pico or 0


def what_if(rows: Iterable[TokenRow], candidates: Sequence[Candidate]) -> list[WhatIf]:
    """The cost of the calls on each candidate, in their order."""
    grouping = _Grouping(model for candidate in candidates for model, _ in candidate.shares)
    for row in rows:
        grouping.add(row)
    return [_priced(candidate, grouping.groups) for candidate in candidates]


def _priced(candidate: Candidate, groups: Mapping[_Key, _Group]) -> WhatIf:
    cannot: Counter[str] = Counter()
    reasons: dict[str, None] = {}
    costs: list[tuple[Decimal | None, Decimal | None, Decimal | None]] = []
    compared, actual, calls = [], 0, 0
    for key, group in groups.items():
        refused = next((reason for model, _ in candidate.shares for reason in _refusals(model, key, group)), None)
        if refused:
            cannot[refused] += group.calls
            continue
        prices = [_costs(model, key, group, reasons) for model, _ in candidate.shares]
        weights = [weight for _, weight in candidate.shares]
        low, middle, high = (_weighted([price[place] for price in prices], weights) for place in range(3))
        costs.append((low, middle, high))
        calls += group.calls
        if key.is_priced:
            compared.append(middle)
            actual += group.sums[5]
    low, middle, high = (add(cost[place] for cost in costs) for place in range(3))
    same_calls = add(compared)
    relative = same_calls / dollars_of(actual) if same_calls is not None and actual else None
    if middle is None:
        reasons = {_NO_PRICE: None}
    return WhatIf(
        route=candidate.route,
        cost_usd=middle,
        low_usd=low,
        high_usd=high,
        relative=relative,
        calls=calls,
        cannot=cannot,
        reasons=tuple(reasons),
    )


def _refusals(model: Model, key: _Key, group: _Group) -> Iterator[str]:
    """Why a model could not have taken calls."""
    for need in key.needs.split():
        capability = _CAPABILITY.get(need, need)
        if model.has(capability) is False:
            yield f"{model.id} lacks {capability}"
    whole = group.input + group.output
    if model.context_window is not None and whole > model.context_window:
        yield f"longer than the context window of {model.id} ({model.context_window:,} tokens)"
    if model.max_input is not None and group.input > model.max_input:
        yield f"the prompt is longer than {model.id} takes ({model.max_input:,} tokens)"
    if model.max_output is not None and group.output > model.max_output:
        yield f"the answer is longer than {model.id} writes ({model.max_output:,} tokens)"


def _costs(
    model: Model, key: _Key, group: _Group, reasons: dict[str, None]
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """The least, the plain and the most that calls would have cost."""
    input_, output, read, written, written_1h, _ = group.sums
    middle = _cost(model.price, group, (input_, output, read, written, written_1h), group.calls)
    if middle is None or not middle or model.id == key.model:
        return middle, middle, middle
    least = most = Decimal(1)
    reasons["its answers may be shorter or longer (±20% of the output)"] = None
    if model.provider != key.provider or key.is_estimated:
        least, most = 1 - _TOKENIZER, 1 + _TOKENIZER
        reasons["another provider counts tokens differently (±10%)"] = None
    uncached = model.provider != key.provider and bool(read)
    if uncached:
        reasons["its cache may not hold what this provider's did"] = None
    answers = multiply(_cost(model.price, group, (0, output, 0, 0, 0), 0), _LENGTH) or Decimal(0)
    # The fees for the requests are the same, however tokens are counted.
    fees = _cost(model.price, group, (0, 0, 0, 0, 0), group.calls) or Decimal(0)
    dearest = _cost(model.price, group, (input_, output, 0, 0, 0), group.calls) if uncached else middle
    low, high = add([middle, -fees, -answers]), add([dearest, -fees, answers])
    return add([multiply(low, least), fees]), middle, add([multiply(high, most), fees])


def _cost(
    price: Price | None, group: _Group, counts: tuple[int, int, int, int, int], requests: int
) -> Decimal | None:
    if price is None:
        return None
    if price.is_free:
        return Decimal(0)
    input_, output, read, written, written_1h = counts
    usage = Usage(
        input_tokens=input_,
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=written_1h,
    )
    return cost_at(price.at(group.moment, group.input), usage, requests)


def _weighted(amounts: Sequence[Decimal | None], weights: Sequence[int]) -> Decimal | None:
    if len(amounts) == 1:
        return amounts[0]
    total = add(multiply(amount, weight) for amount, weight in zip(amounts, weights, strict=True))
    return None if total is None else total / sum(weights)
