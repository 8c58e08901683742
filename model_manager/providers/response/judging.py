"""Whether what has arrived is an answer, and if not, what it is instead. Pure."""

from collections.abc import Iterator

from model_manager.providers.response.accumulator import ReplyAccumulator
from model_manager.providers.response.tool_calls import broken_off
from model_manager.providers.wires.base import Failure
from model_manager.providers.wires.endings import ending_of

_MORE_ROOM = "raise `max_tokens`; reasoning counts as output too"


def validate_answer(name: str, gathered: ReplyAccumulator) -> Failure | None:
    """Why a complete answer of a provider is none; None: it is one.

    It is none if it was refused, filtered or given up, if a call's arguments break off, or without text and calls.
    """
    return next(_refusals(name, gathered), None) or next(_shortcomings(name, gathered), None)


def _refusals(name: str, gathered: ReplyAccumulator) -> Iterator[Failure]:
    """What the provider, or the model, says against it."""
    word = gathered.finish_word
    detail = f": {gathered.finish_detail}" if gathered.finish_detail else ""
    ending = ending_of(word)
    if gathered.refusal:
        kept = f"{name} refused: {gathered.refusal}{detail}"
        yield Failure(kind="content_filter", message=kept, code=word or None)
    if ending.failure:
        yield Failure(kind=ending.failure, message=f"{name} broke the answer off ({word}){detail}", code=word)
    if ending.reason == "content_filter":
        yield Failure(kind="content_filter", message=f"{name} filtered the answer ({word}){detail}", code=word)


def _shortcomings(name: str, gathered: ReplyAccumulator) -> Iterator[Failure]:
    """What is missing in it."""
    word, at_limit = gathered.finish_word or None, gathered.ending.reason == "length"
    tool = broken_off(gathered.tool_calls)
    if tool:
        message = f"the arguments of the call of {tool} break off"
        hint = _MORE_ROOM if at_limit else None
        yield Failure(kind="truncated", message=message, code=word, hint=hint)
    if gathered.text.strip():
        return
    if at_limit:
        message = "the limit of output tokens was reached before any visible text"
        yield Failure(kind="truncated", message=message, code=word, hint=_MORE_ROOM)
    if gathered.tool_calls:
        return
    if gathered.media:
        yield Failure(kind="protocol", message=f"the answer is {gathered.media}, not text", code=word)
    thought = " after its thoughts" if gathered.reasoning else ""
    ends = f" ({word})" if word and gathered.ending.reason != "stop" else ""
    yield Failure(
        kind="protocol",
        message=f"{name}'s model ended its turn{thought} without text or a tool call{ends}",
        code=word,
    )
