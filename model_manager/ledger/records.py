"""The record of an option that was asked: taken from the call in a microsecond, made a row of later."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import NamedTuple

from model_manager.core.calls import CallContext
from model_manager.core.messages import Reply
from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.ledger.storage.schema import CALL_COLUMNS

PICO_DIGITS = 12
#: No call costs more; a provider that reports more, or less than nothing, is not believed.
_MOST_PICO = 10_000 * 10**PICO_DIGITS
#: Nor has any so many tokens; sums of these stay within SQLite's integers.
_MOST_TOKENS = 10**11
_MOST_US = 10**13
#: Names from outside, such as a provider's for its model, are cut here; so are routes.
LONGEST_TEXT = 200
_IDENTIFIER = re.compile(r"[\w.:/@+~=#-]+", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EXACT = Context(prec=60)
_COLUMN = {name: place for place, name in enumerate(CALL_COLUMNS)}

Row = tuple[str | int | None, ...]


class CallRecord(NamedTuple):
    """An option that was asked, without anything that was said or answered."""

    context: CallContext
    outcome: str
    error_kind: str | None = None
    status: int | None = None
    attempts: int | None = None
    request_id: str | None = None
    #: The parts of a reply that count, or None where nothing came.
    answer: "RecordedAnswer | None" = None


class RecordedAnswer(NamedTuple):
    """A reply without its text."""

    usage: Usage
    served: str | None
    match: str | None
    finish: str | None
    cost_usd: Decimal | None
    cost_source: str | None
    latency_ms: float | None
    ttft_ms: float | None


def record_of_reply(context: CallContext, reply: Reply) -> CallRecord:
    """A call that was answered."""
    return CallRecord(context, "ok", None, None, reply.attempts, reply.request_id, answer_of(reply))


def record_of_error(context: CallContext, error: ProviderError) -> CallRecord:
    """A call that failed: the kind and status of the error, and nothing of its text, which may quote a prompt."""
    partial = answer_of(error.partial) if error.partial else None
    request_id = error.request_id or (error.partial.request_id if error.partial else None)
    return CallRecord(context, "failed", error.kind, error.status, error.attempts, request_id, partial)


def record_of_cancellation(context: CallContext, partial: Reply | None) -> CallRecord:
    """A call that the caller gave up."""
    if partial is None:
        return CallRecord(context, "cancelled", "cancelled")
    attempts, request_id = partial.attempts, partial.request_id
    return CallRecord(context, "cancelled", "cancelled", None, attempts, request_id, answer_of(partial))


def answer_of(reply: Reply) -> RecordedAnswer:
    """The parts of a reply that count."""
    return RecordedAnswer(
        reply.usage,
        reply.served_model,
        reply.match,
        reply.finish_reason,
        reply.cost_usd,
        reply.cost_source,
        reply.latency_ms,
        reply.ttft_ms,
    )


def row_of(record: CallRecord, project: str | None, process: str, pseudonym_of: Callable[[str], str]) -> Row:
    """The values of a row of `calls`."""
    context, answer = record.context, record.answer
    usage = answer.usage if answer else Usage()
    return (
        *_text_values((context.call,)),
        context.position,
        microseconds_of(context.moment),
        *_text_values((project, process, context.kind, context.task, context.preference, context.route)),
        context.option,
        *_text_values((context.arm, None if context.user_id is None else pseudonym_of(str(context.user_id)))),
        *_text_values((context.provider, context.model, context.model_id)),
        *_text_values((_identifier(answer.served), answer.match) if answer else (None, None)),
        *_text_values((record.outcome, record.error_kind)),
        record.status,
        *_text_values((answer.finish if answer else None,)),
        int(context.stream),
        record.attempts,
        _count(usage.input_tokens),
        _count(usage.output_tokens),
        _count(usage.cache_read_tokens),
        _count(usage.cache_write_tokens),
        _count(usage.cache_write_1h_tokens),
        _count(usage.reasoning_tokens),
        int(usage.estimated),
        cost := pico_of(answer.cost_usd) if answer else None,
        None if cost is None or answer is None else answer.cost_source,
        context.price_checked.isoformat() if context.price_checked else None,
        *_text_values((" ".join(sorted(context.needs)) or None,)),
        _microseconds(answer.latency_ms) if answer else None,
        _microseconds(answer.ttft_ms) if answer else None,
        *_text_values((_identifier(record.request_id),)),
    )


def column(row: Row, name: str) -> str | int | None:
    """A row's value in a column of `calls`."""
    return row[_COLUMN[name]]


def pico_of(dollars: Decimal | None) -> int | None:
    """US dollars as a whole number of 10^-12 dollars; None if unknown or out of range."""
    if dollars is None or not dollars.is_finite():
        return None
    pico = int(dollars.scaleb(PICO_DIGITS, _EXACT).to_integral_value(context=_EXACT))
    return pico if 0 <= pico <= _MOST_PICO else None


def dollars_of(pico: int) -> Decimal:
    """The same as US dollars, exactly."""
    return Decimal(pico).scaleb(-PICO_DIGITS, _EXACT)


def microseconds_of(moment: datetime) -> int:
    """A moment as microseconds of UTC, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(at_us: int) -> datetime:
    """The moment of a number of microseconds of UTC."""
    return _EPOCH + timedelta(microseconds=at_us)


def _text_values(values: Iterable[str | None]) -> Iterable[str | None]:
    return [None if value is None else _text(value) for value in values]


def _text(value: str) -> str:
    """A text that SQLite takes: lone surrogates become question marks, and what is too long is cut."""
    value = value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT]
    return value if value.isascii() else value.encode(errors="replace").decode()


def _identifier(value: str | None) -> str | None:
    """A name that a provider gave; None for what is no name, as where a server repeats a prompt in its place."""
    return value if value is not None and _IDENTIFIER.fullmatch(value) else None


def _count(tokens: int | None) -> int | None:
    return tokens if tokens is not None and 0 <= tokens <= _MOST_TOKENS else None


def _microseconds(milliseconds: float | None) -> int | None:
    # Written so that what is no number fails it.
    return int(milliseconds * 1000) if milliseconds is not None and 0 <= milliseconds <= _MOST_US / 1000 else None
