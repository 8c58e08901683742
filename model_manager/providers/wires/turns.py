"""Conversations as the wires need them: ids for calls, results in order, pictures where a wire takes them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, Role, ToolCall
from model_manager.core.options import WHOLE_PROMPT, ChatOptions
from model_manager.core.parts import FILES, Document, File, Image, ProviderPart, Text
from model_manager.errors import ProviderError
from model_manager.providers.wires.payload import decode

_SPOKEN: Mapping[Role, str] = {
    "system": "a system prompt",
    "user": "a user message",
    "assistant": "an assistant message",
    "tool": "a tool result",
}


def arguments_of(call: ToolCall) -> Mapping[str, Any]:
    """A call's arguments as an object, for the wires that do not carry them as text."""
    try:
        arguments = decode(call.arguments or "{}")
    except ValueError:
        arguments = None
    # A model may have written nonsense; it is shown to the next one as it is.
    return arguments if isinstance(arguments, dict) else {"arguments": call.arguments}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRules:
    """Which files an API takes: the roles whose turns may have each kind, and whether it fetches URLs of it.

    Parts in the form of one API go to that one (`form`).
    """

    api: str
    form: str | None = None
    images: Collection[Role] = ()
    image_urls: bool = True
    documents: Collection[Role] = ()
    document_urls: bool = True
    audio: Collection[Role] = ()


def check_files(messages: Sequence[ChatMessage], rules: FileRules) -> None:
    """Refuse files that an API has no form for: left out, the model would answer without having seen them.

    Raises:
        ProviderError: naming the turn.
    """
    for number, message in enumerate(messages, 1):
        for file in (part for part in message.parts or message.images if isinstance(part, (*FILES, ProviderPart))):
            if problem := _file_problem(file, "tool" if message.tool_call else message.role, rules):
                # A system prompt may have been given apart from the messages.
                is_counted = number > 1 and messages[0].role == "system"
                counted, (what, hint) = " (the system prompt is message 1)" if is_counted else "", problem
                raise ProviderError("bad_request", f"message {number}{counted}: {rules.api} {what}", hint=hint)


def _file_problem(file: File | ProviderPart, role: Role, rules: FileRules) -> tuple[str, str] | None:
    """The problem with a file in a turn, and what helps; or None."""
    if isinstance(file, ProviderPart):
        kind = file.block.get("type")
        is_taken = file.api == rules.form
        return (
            None if is_taken else (f"does not accept a part of the type {kind}", "choose a model of its provider")
        )
    if isinstance(file, Image):
        what, roles, takes_url = "images", rules.images, rules.image_urls
    elif isinstance(file, Document):
        what, roles, takes_url = "PDFs", rules.documents, rules.document_urls
    else:
        what, roles, takes_url = "audio files", rules.audio, True
    if not roles:
        return f"does not accept {what}", "choose a model of another provider"
    if role not in roles:
        return (
            f"does not accept {what} in {_SPOKEN[role]}",
            f"put the {what.removesuffix('s')} into a user message",
        )
    if not takes_url and getattr(file, "url", None):
        return f"does not accept URLs of {what}", "give the bytes"
    return None


def with_call_ids(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages with an id for every tool call, on both sides: some wires demand one, others give none."""
    named: list[ChatMessage] = []
    places, numbers = _places(messages), count(1)
    for position, message in enumerate(messages):
        if message.tool_calls:
            calls = tuple(_with_id(call, numbers) for call in message.tool_calls)
            named.append(replace(message, tool_calls=calls))
        elif message.tool_call:
            call = _call_at(places.get(position), named) or message.tool_call
            named.append(replace(message, tool_call=_with_id(call, numbers)))
        else:
            named.append(message)
    return named


def in_call_order(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages with their results in the order of the calls: some wires tell results apart by nothing else."""
    places, runs = _places(messages), list[int]()
    for position, message in enumerate(messages):
        goes_on = position and message.tool_call and messages[position - 1].tool_call
        runs.append(runs[-1] if goes_on else position)
    nowhere = (len(messages), 0)
    ordered = sorted(range(len(messages)), key=lambda position: (runs[position], places.get(position, nowhere)))
    return [_answering(messages[position], _call_at(places.get(position), messages)) for position in ordered]


def _answering(message: ChatMessage, call: ToolCall | None) -> ChatMessage:
    return replace(message, tool_call=call) if call else message


def _with_id(call: ToolCall, numbers: Iterator[int]) -> ToolCall:
    return call if call.id else replace(call, id=f"call_{next(numbers)}")


#: Where a tool call stands: the position of the turn that asks for it, and its own position there.
_Place = tuple[int, int]


def _call_at(place: _Place | None, messages: Sequence[ChatMessage]) -> ToolCall | None:
    return messages[place[0]].tool_calls[place[1]] if place else None


#: What shows that a result's call is one that was asked for, the surest sign first.
_SIGNS: Sequence[Callable[[ToolCall, ToolCall], bool]] = (
    lambda given, asked: given is asked,
    lambda given, asked: given == asked,
    lambda given, asked: bool(given.id) and given.id == asked.id,
    lambda given, asked: not given.id and (given.name, given.arguments) == (asked.name, asked.arguments),
    lambda given, asked: not given.id and given.name == asked.name,
)


def _places(messages: Sequence[ChatMessage]) -> Mapping[int, _Place]:
    """The calls that results answer, by the positions of the results; those are of the last turn with calls."""
    places: dict[int, _Place] = {}
    results: list[int] = []
    asking = 0
    for position, message in enumerate(messages):
        if message.tool_calls:
            places.update(_answered(messages, asking, results))
            asking, results = position, []
        elif message.tool_call:
            results.append(position)
    places.update(_answered(messages, asking, results))
    return places


def _answered(messages: Sequence[ChatMessage], asking: int, results: Sequence[int]) -> Mapping[int, _Place]:
    """The same for the results of one turn: a weak sign counts only for what no surer one has found."""
    found: dict[int, _Place] = {}
    if not results:
        return found
    open_calls = dict(enumerate(messages[asking].tool_calls))
    for is_answer in _SIGNS:
        for position in results:
            given = messages[position].tool_call
            if given is None or position in found:
                continue
            index = next((index for index, asked in open_calls.items() if is_answer(given, asked)), None)
            if index is not None:
                found[position] = (asking, index)
                del open_calls[index]
    return found


_MARK = {"cache_control": {"type": "ephemeral"}}


def with_cache_marks(messages: Sequence[ChatMessage], cache: int | None) -> Sequence[ChatMessage]:
    """The messages with the end of their stable prefix marked, for providers that cache what is marked.

    Of a whole prompt the system prompts are marked too: they stay the same in conversations that go on otherwise.
    """
    if not cache or not messages:
        return messages
    ends = {min(cache, len(messages)) - 1}
    if cache == WHOLE_PROMPT:
        system = [position for position, message in enumerate(messages) if message.role == "system"]
        ends = {len(messages) - 1, *system[-1:]}
    return [_marked(message) if position in ends else message for position, message in enumerate(messages)]


def _marked(message: ChatMessage) -> ChatMessage:
    """A message whose last part carries the mark; one without text or pictures, such as a call, carries none."""
    parts = message.parts or (*message.images, *([Text(message.content)] if message.content else ()))
    if not parts:
        return message
    last = replace(parts[-1], extras={**_MARK, **parts[-1].extras})
    return replace(message, parts=(*parts[:-1], last))


#: Extras that only the wire that made them can send: Anthropic's blocks, Google's parts, items of Responses.
OTHERS_EXTRAS = frozenset({"content_blocks", "content_parts", "document_block", "output_items"})


def goes_back(message: ChatMessage, endpoint: Endpoint) -> bool:
    """Whether the extras of a turn are for this provider: those that another one gave are of no use to it."""
    return message.source is None or message.source == endpoint.provider.id


def own_extras(message: ChatMessage, endpoint: Endpoint) -> Mapping[str, Any]:
    """The extras of a turn that this provider is to see."""
    return message.extras if goes_back(message, endpoint) else {}


_NAMES = {
    "content_blocks": "the thinking blocks",
    "content_parts": "the signed parts",
    "document_block": "the title and other fields of a document",
    "output_items": "the items of the Responses API",
}


def left_out(
    messages: Sequence[ChatMessage], options: ChatOptions, api: str, taken: Collection[str] | None
) -> Iterator[str]:
    """Notices about fields of messages and tools that a wire has no place for, one a field.

    A wire that takes any field (None) takes all but those that belong to another wire.
    """
    named = dict.fromkeys(name for message in messages for name in _fields_of(message))
    named.update(dict.fromkeys(name for tool in options.tools for name in tool.extras))
    form = options.answer_format
    if taken is not None and "description" not in taken and form and form.description:
        yield f"the description of response_format is left out: {api} has no field for it"
    for name in named:
        if name in OTHERS_EXTRAS if taken is None else name not in taken:
            are = f"{_NAMES[name]} are left out: {api} has no field for them" if name in _NAMES else ""
            yield are or f"{name} is left out: {api} has no field for it"


def moved_prompts(messages: Sequence[ChatMessage], api: str) -> Iterator[str]:
    """A notice if a system prompt stands amid the conversation, for wires that send all at its beginning."""
    roles = [message.role for message in messages]
    if "system" in roles[next((place for place, role in enumerate(roles) if role != "system"), 0) :]:
        yield f"system prompts within the conversation are sent at its beginning: {api} accepts them only there"


def _fields_of(message: ChatMessage) -> Iterator[str]:
    """The fields of a message besides its text, its pictures and its calls."""
    for part in (*message.parts, *message.images):
        yield from part.extras
        if isinstance(part, Image) and part.detail not in {None, "auto"}:
            yield "detail"
    if message.source is None:  # what a reply brought along is for its own provider alone
        yield from (name for name in message.extras if not (name == "name" and message.tool_call))
        for call in message.tool_calls:
            yield from call.extras
