"""Costs of tasks by their profiles: the shares of their routes, at each model's prices."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_manager.core.assignments import Assignment
from model_manager.core.models import Catalogue, Model, Profile
from model_manager.core.pricing import CostParts, Usage, add, cost, cost_parts, multiply

DAYS_PER_MONTH = 30
Per = Literal["day", "month"]
_DAYS: Mapping[Per, int] = {"day": 1, "month": DAYS_PER_MONTH}


def usage_of(profile: Profile) -> Usage:
    """One request of a task's profile."""
    cached = int(((profile.input_tokens or 0) * profile.cache_share).to_integral_value())
    return Usage(
        input_tokens=profile.input_tokens,
        output_tokens=profile.output_tokens,
        cache_read_tokens=cached,
        cache_write_tokens=0,
        cache_write_1h_tokens=0,
        cache_write_12h_tokens=0,
    )


def task_cost(
    assignment: Assignment, catalogue: Catalogue, moment: datetime, per: Per = "month"
) -> Decimal | None:
    """The cost of a task by its profile in 30 days, or in a day, in US dollars; None if unknown.

    The shares of its route's first option count by their weight; fallbacks do not count.
    """
    if assignment.route is None:
        return None
    shares, profile = assignment.route.options[0].live, assignment.task.profile
    costs = (profile_cost(catalogue.find(share.name), profile, moment, per) for share in shares)
    if len(shares) == 1:
        return next(costs)
    total = add(multiply(amount, share.weight) for amount, share in zip(costs, shares, strict=True))
    return None if total is None else total / sum(share.weight for share in shares)


def task_parts(
    assignment: Assignment, catalogue: Catalogue, moment: datetime, per: Per = "month"
) -> CostParts | None:
    """What `task_cost` is made of, None if unknown; shares count by their weight."""
    profile = assignment.task.profile
    if assignment.route is None or profile is None or profile.requests_per_day is None:
        return None
    shares, requests = assignment.route.options[0].live, profile.requests_per_day * _DAYS[per]
    weights = sum(share.weight for share in shares)
    found = []
    for share in shares:
        model = catalogue.find(share.name)
        parts = cost_parts(model.price if model else None, usage_of(profile), moment)
        if parts is None:
            return None
        found.append(parts.times(requests * share.weight))
    return CostParts(
        sum((parts.input_usd for parts in found), Decimal(0)) / weights,
        sum((parts.output_usd for parts in found), Decimal(0)) / weights,
        sum((parts.request_usd for parts in found), Decimal(0)) / weights,
    )


def profile_cost(model: Model | None, profile: Profile | None, moment: datetime, per: Per) -> Decimal | None:
    """The cost of a task with this profile on a model in a day or in 30, in US dollars; None if unknown."""
    if model is None or profile is None or profile.requests_per_day is None:
        return None
    one = cost(model.price, usage_of(profile), moment)
    return multiply(multiply(one, profile.requests_per_day), _DAYS[per])
