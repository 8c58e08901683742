"""How a request meets the limits and tiers of models: what does not fit, what smaller requests would cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_manager.core.models import Model
from model_manager.core.pricing import Price, Usage, cost, cost_at, multiply

LimitName = Literal["context_window", "max_input", "max_output"]
_IN_WORDS: Mapping[LimitName, str] = {
    "context_window": "context window",
    "max_input": "prompt limit",
    "max_output": "output limit",
}


@dataclass(frozen=True, slots=True)
class ExceededLimit:
    """A limit in tokens that a request is beyond: the model cannot take it."""

    limit: LimitName
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierReached:
    """A tier of prices by the length of the prompt that a request is billed by.

    `smaller_usd` is the cost in US dollars of the same tokens in requests with prompts of at most
    `smaller_tokens`, None unless that is less.
    """

    above: int
    smaller_tokens: int
    smaller_usd: Decimal | None


def exceeded_limits(model: Model, usage: Usage) -> tuple[ExceededLimit, ...]:
    """The model's known limits that a request is beyond."""
    return tuple(_exceeded(model, usage.input_tokens or 0, usage.output_tokens or 0))


def _exceeded(model: Model, prompt: int, answer: int) -> Iterator[ExceededLimit]:
    if model.context_window is not None and prompt + answer > model.context_window:
        yield ExceededLimit("context_window", model.context_window)
    if model.max_input is not None and prompt > model.max_input:
        yield ExceededLimit("max_input", model.max_input)
    if model.max_output is not None and answer > model.max_output:
        yield ExceededLimit("max_output", model.max_output)


def taken_by_none(models: Sequence[Model], usage: Usage) -> tuple[str, ...]:
    """A note if none of several models could take the request, with the most that any takes."""
    exceeded = [exceeded_limits(model, usage) for model in models]
    if len(models) <= 1 or not all(exceeded):
        return ()
    limits = dict.fromkeys(found.limit for each in exceeded for found in each)
    most = {limit: max(getattr(model, limit) or 0 for model in models) for limit in limits}
    words = ", ".join(f"the largest {_IN_WORDS[limit]} is {tokens:,} tokens" for limit, tokens in most.items())
    return (f"None of these models can take this request: {words}",)


def tier_reached(
    price: Price | None, usage: Usage, moment: datetime, requests: Decimal = Decimal(1)
) -> TierReached | None:
    """The tier by which so many such requests are billed, or None if it is the base row."""
    prompt = usage.input_tokens or 0
    reached = [tier for tier in price.tiers if tier.covers(prompt)] if price else []
    if price is None or not reached:
        return None
    lowest = min(reached, key=lambda tier: tier.above)
    most = lowest.above - 1 if lowest.inclusive else lowest.above
    smaller = None
    if most > 0:
        own, pieces = cost(price, usage, moment), -(-prompt // most)
        found = cost_at(price.at(moment, most), usage, pieces)
        smaller = found if own is not None and found is not None and found < own else None
    return TierReached(
        above=max(tier.above for tier in reached), smaller_tokens=most, smaller_usd=multiply(smaller, requests)
    )
