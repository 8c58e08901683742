"""Calls as an application's observer is told of them, and what a ledger has of them."""

import random
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from model_manager.core.calls import CallContext
from model_manager.core.messages import Reply
from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.ledger.records import CallRecord, record_of_error, record_of_reply, row_of
from model_manager.ledger.storage.file import Batch, LedgerFile

#: Today: calls of 90 days ago would be pruned.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def a_context(**over: Any) -> CallContext:
    """A call of the task chat."""
    fields: dict[str, Any] = {
        "call": str(uuid.uuid4()),
        "task": "chat",
        "route": "claude-haiku-5-5",
        "model": "claude-haiku-5-5",
        "provider": "anthropic",
        "model_id": "claude-haiku-5-5",
        "base_url": "https://api.example",
        "moment": NOON,
    }
    return CallContext(**{**fields, **over})


def a_reply(context: CallContext, **over: Any) -> Reply:
    """A complete answer to it."""
    fields: dict[str, Any] = {
        "model": context.model,
        "provider": context.provider,
        "model_id": context.model_id,
        "text": "Hello!",
        "finish_reason": "stop",
        "complete": True,
        "usage": Usage(input_tokens=1000, output_tokens=100),
        "cost_usd": Decimal("0.0015"),
        "cost_source": "catalogue",
        "latency_ms": 800.0,
        "ttft_ms": 200.0,
    }
    return Reply(**{**fields, **over})


def random_records(dice: random.Random, moments: Sequence[datetime]) -> list[CallRecord]:
    """Calls of several tasks, models, arms and outcomes, one at each moment."""
    records = []
    for moment in moments:
        model, provider = dice.choice([("claude-haiku-5-5", "anthropic"), ("gpt-6-luna", "openai")])
        context = a_context(
            task=dice.choice(["chat", "code", None]),
            model=model,
            provider=provider,
            arm=dice.choice([None, "gpt-6-luna"]),
            position=dice.choice([0, 0, 0, 1]),
            option=dice.choice([0, 0, 1]),
            moment=moment,
        )
        if dice.random() < 0.2:
            records.append(record_of_error(context, ProviderError(dice.choice(["timeout", "rate_limit"]), "no")))
            continue
        cost = dice.choice([None, Decimal(dice.randrange(10**11)).scaleb(-12)])
        usage = Usage(
            input_tokens=dice.randrange(5000), output_tokens=dice.randrange(900), estimated=dice.random() < 0.1
        )
        reply = a_reply(context, usage=usage, cost_usd=cost, latency_ms=dice.lognormvariate(6, 1))
        records.append(record_of_reply(context, reply))
    return records


def write_records(path: Path, records: Sequence[CallRecord], project: str | None = "demo") -> None:
    """A ledger with these calls, written at once."""
    file = LedgerFile(path)
    file.open()
    file.write(Batch([row_of(record, project, "host-1", file.pseudonym_of) for record in records]))
    file.close()


def read_all(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds in a ledger."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def read_calls(path: Path) -> list[Mapping[str, Any]]:
    """All rows of `calls`, in the order in which they were written."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute("SELECT * FROM calls ORDER BY id")]
    finally:
        connection.close()
