"""Judges whether what has arrived is a valid answer, and if not, which failure it is. Pure."""

from collections.abc import Iterator

from model_manager.providers.response.accumulator import ReplyAccumulator
from model_manager.providers.response.tool_calls import broken_off
from model_manager.providers.wires.base import Failure
from model_manager.providers.wires.endings import ending_of

_MORE_ROOM = "raise `max_tokens`; reasoning counts as output too"


def validate_answer(name: str, accumulator: ReplyAccumulator) -> Failure | None:
    """Why a complete answer of a provider is none; None: it is one.

    It is none if it was refused, filtered or given up, if a call's arguments break off, or without text and calls.
    """
    return next(_refusals(name, accumulator), None) or next(_shortcomings(name, accumulator), None)


def _refusals(name: str, accumulator: ReplyAccumulator) -> Iterator[Failure]:
    """Reasons by the provider or the model why it is no answer."""
    word = accumulator.finish_word
    detail = f": {accumulator.finish_detail}" if accumulator.finish_detail else ""
    ending = ending_of(word)
    if accumulator.refusal:
        kept = f"{name} refused: {accumulator.refusal}{detail}"
        yield Failure(kind="content_filter", message=kept, code=word or None)
    if ending.failure:
        yield Failure(kind=ending.failure, message=f"{name} stopped the answer ({word}){detail}", code=word)
    if ending.reason == "content_filter":
        yield Failure(kind="content_filter", message=f"{name} filtered the answer ({word}){detail}", code=word)


def _shortcomings(name: str, accumulator: ReplyAccumulator) -> Iterator[Failure]:
    """Parts that are missing in it."""
    word, at_limit = accumulator.finish_word or None, accumulator.ending.reason == "length"
    tool = broken_off(accumulator.tool_calls)
    if tool:
        message = f"the arguments of the call to {tool} are incomplete"
        hint = _MORE_ROOM if at_limit else None
        yield Failure(kind="truncated", message=message, code=word, hint=hint)
    if accumulator.text.strip():
        return
    if at_limit:
        message = "the limit of output tokens was reached before any visible text"
        yield Failure(kind="truncated", message=message, code=word, hint=_MORE_ROOM)
    if accumulator.tool_calls:
        return
    if accumulator.media:
        yield Failure(kind="protocol", message=f"the answer is {accumulator.media}, not text", code=word)
    thought = " after reasoning" if accumulator.reasoning else ""
    ends = f" ({word})" if word and accumulator.ending.reason != "stop" else ""
    yield Failure(
        kind="protocol",
        message=f"{name}'s model ended its turn{thought} without text or a tool call{ends}",
        code=word,
    )
