"""Calls of a task whose route splits its users, as a ledger has them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
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
