"""Calls of a task whose route splits its users, as a ledger has them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger_calls import NOON, a_context, a_reply

from model_manager.core.calls import CallContext
from model_manager.errors import ProviderError
from model_manager.ledger.records import CallRecord, record_of_error, record_of_reply

FIRST, SECOND = "claude-haiku-5-5", "gpt-6-luna"
SPLIT = f"50:{FIRST}+50:{SECOND}"
PROVIDERS = {FIRST: "anthropic", SECOND: "openai"}


def split_context(arm: str, user: str | None, moment: datetime = NOON, /, **over: Any) -> CallContext:
    """A call of a user whose share is an arm, which is asked."""
    fields: dict[str, Any] = {
        "model": arm,
        "model_id": arm,
        "provider": PROVIDERS.get(arm, "openai"),
        "route": SPLIT,
    }
    return a_context(**{**fields, "arm": arm, "user_id": user, "moment": moment, **over})


def answered(context: CallContext, cost: str | None = "0.001", **over: Any) -> CallRecord:
    """It was answered."""
    amount = None if cost is None else Decimal(cost)
    return record_of_reply(context, a_reply(context, cost_usd=amount, **over))


def failed(context: CallContext) -> CallRecord:
    """It failed."""
    return record_of_error(context, ProviderError("overloaded", "no", status=529))


def crowd(
    arms: dict[str, str], *, users: int = 60, calls: int = 3, moment: datetime = NOON, **over: Any
) -> Iterator[CallRecord]:
    """Calls of so many users of each arm, whose calls cost about as much as is said for the arm."""
    for arm, cost in arms.items():
        for user in range(users):
            for call in range(calls):
                amount = Decimal(cost) * (90 + (user * 7 + call) % 21) / 100
                at = moment + timedelta(seconds=user * 10 + call)
                yield answered(split_context(arm, f"{arm}-{user}", at, **over), str(amount))


def an_experiment() -> Iterator[CallRecord]:
    """Two weeks of 700 users, of whom a fifth has a model that costs and takes less and fails about as often."""
    dice, first, second = random.Random(7), "claude-sonnet-5-5", "gpt-6.1-sol"
    start = datetime(2026, 11, 14, 9, tzinfo=UTC)
    for user in range(700):
        arm = second if dice.random() < 0.2 else first
        cost, latency = (0.0071, 7.3) if arm == second else (0.0104, 7.55)
        level = dice.lognormvariate(-0.08, 0.4)
        for _ in range(1 + int(dice.lognormvariate(0.7, 0.8))):
            moment = start + timedelta(seconds=dice.randrange(13 * 86_400))
            context = split_context(arm, f"user-{user}", moment, route=f"80:{first}+20:{second},gpt-6-luna")
            if dice.random() < 0.012:
                yield failed(context)
                place = {
                    "call": context.call,
                    "position": 1,
                    "option": 1,
                    "model": "gpt-6-luna",
                    "route": context.route,
                }
                context = split_context(arm, f"user-{user}", moment, **place)
            amount = f"{cost * level * dice.gammavariate(2, 0.5):.9f}"
            yield answered(context, amount, latency_ms=dice.lognormvariate(latency, 0.5))
