"""Answers that are given beforehand, and the steps in which they come."""

import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from model_manager.core.answer_details import Citation, ToolCallDelta
from model_manager.core.chat.estimates import estimated_prompt, estimated_tokens
from model_manager.core.messages import ChatMessage, Chunk, Reply, ToolCall
from model_manager.core.models import Model
from model_manager.core.pricing import Usage, cost
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import ERROR_KINDS, ProviderError, UsageError
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.steps import Pause, Step, StepAnswer, Steps
from model_manager.providers.response.parsing import parsed_text
from model_manager.providers.wires.base import Failure
from model_manager.service.requests import CallRequest

_WORD = re.compile(r"\s*\S+\s*|\s+")
#: The name of a model that the catalogue does not have, and of its provider.
UNKNOWN = "fake"


@dataclass(frozen=True, slots=True)
class FakeCall:
    """A call that a `FakeService` was asked to make.

    Attributes:
        task: the task, or None where a model was given.
        model: the model or route that was given, or None.
        messages: the conversation, its system prompt included.
        options: the options as they were given; see `CallOptions`.
        stream: whether the answer was to be streamed.
    """

    task: str | None
    model: str | None
    messages: tuple[ChatMessage, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    stream: bool = False

    @property
    def text(self) -> str:
        """The text of the last message."""
        return self.messages[-1].content if self.messages else ""


@dataclass(frozen=True, slots=True)
class FakeAnswer:
    """An answer with more than its text: how it comes, and how it ends.

    Attributes:
        content: the text; texts, which are the pieces of a stream; or a whole `Reply`.
        error: the failure with which the answer breaks off after its text; its `partial` is what has come.
        delay: seconds before the answer begins.
        chunk_delay: seconds before each further piece of a stream.
        tool_calls: tools that the model asks for.
        reasoning: the text of its thoughts; a stream begins with them.
        citations: the sources of the answer.
        usage: its tokens; else the estimate.

    >>> from model_manager import ProviderError
    >>> from model_manager.testing import FakeAnswer, FakeService
    >>> service = FakeService([FakeAnswer("Once upon", error=ProviderError("connection", "it broke"))])
    >>> try:
    ...     for chunk in service.stream("chat", "Tell me a story."):
    ...         print([chunk.text])
    ... except ProviderError as error:
    ...     print(error.kind, error.partial.text)
    ['Once ']
    ['upon']
    connection Once upon
    """

    content: str | Sequence[str] | Reply = ""
    error: ProviderError | None = None
    delay: float = 0.0
    chunk_delay: float = 0.0
    tool_calls: Sequence[ToolCall] = ()
    reasoning: str = ""
    citations: Sequence[Citation] = ()
    usage: Usage | None = None


#: One answer, or a function that makes it of the call.
Given = str | Reply | ProviderError | FakeAnswer
Answer = Given | Callable[[FakeCall], Given]


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeContext:
    """What the reply to a call is made of besides the answer."""

    call: str
    request: CallRequest
    model: Model | None
    name: str
    route: str
    deadline: Deadline
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]


def full_answer(given: object) -> FakeAnswer:
    """An answer in its longest form.

    Raises:
        UsageError: it is none.
    """
    if isinstance(given, FakeAnswer):
        content: object = given.content
        texts = isinstance(content, Iterable) and not isinstance(content, bytes)
        if isinstance(content, str | Reply) or (texts and all(isinstance(text, str) for text in content)):  # type: ignore[attr-defined]
            return given
        raise UsageError(f"expected a string, strings or a Reply, got {content!r:.100}", parameter="content")
    if isinstance(given, ProviderError):
        if given.kind not in ERROR_KINDS:
            near = did_you_mean(given.kind, ERROR_KINDS) or f"the kinds are {', '.join(sorted(ERROR_KINDS))}"
            raise UsageError(f"no ProviderError has the kind {given.kind!r}", hint=near, parameter="answers")
        return FakeAnswer(error=given)
    if isinstance(given, str | Reply):
        return FakeAnswer(given)
    message = f"expected text, a Reply, a ProviderError or a FakeAnswer, got {given!r:.100}"
    hint = "the pieces of a stream: FakeAnswer([…])" if isinstance(given, list | tuple) else None
    raise UsageError(message, parameter="answers", hint=hint)


def answer_steps(answer: FakeAnswer, context: FakeContext) -> Steps:
    """The steps of a call that gets an answer.

    Raises:
        ProviderError: the answer's own, or of kind "timeout" where its delays exceed the call's limits.
    """
    reply = _reply(answer, context)
    pieces = _pieces(answer, reply)
    come = ""
    yield from _wait(answer.delay, context, None)
    if context.request.options.stream:
        if reply.reasoning:
            yield Chunk(reasoning=reply.reasoning)
        for number, piece in enumerate(pieces):
            if number:
                yield from _wait(answer.chunk_delay, context, _partial(reply, come))
            come += piece
            yield Chunk(piece)
        if reply.tool_calls and answer.error is None:
            calls = enumerate(reply.tool_calls)
            yield Chunk(
                tool_calls=tuple(ToolCallDelta(at, call.id, call.name, call.arguments) for at, call in calls)
            )
    else:
        come = "".join(pieces)
    if answer.error is None:
        return _with_object(reply, context)
    error = copy(answer.error)  # raised twice, one error would mix up its tracebacks
    if error.partial is None and come:
        error.partial = _partial(reply, come)
    raise error


def _with_object(reply: Reply, context: FakeContext) -> Reply:
    """The reply with the object of the class that the call gives, unless it has one.

    Raises:
        ProviderError: of kind "protocol": the text does not fit the class.
    """
    form = context.request.options.answer_format
    if form is None or form.answer_class is None or reply.parsed is not None or reply.tool_calls:
        return reply
    parsed = parsed_text(reply.provider, form, reply.text)
    if isinstance(parsed, Failure):
        error = ProviderError(parsed.kind, parsed.message)
        error.attempts, error.partial = 1, reply
        raise error
    return replace(reply, parsed=parsed)


def _wait(seconds: float, context: FakeContext, partial: Reply | None) -> Generator[Step, StepAnswer, None]:
    """Wait, no longer than the call may take or the server be silent."""
    if seconds <= 0:
        return
    now = context.monotonic()
    limit, end = context.deadline.silence(now), context.deadline.ends_at
    if seconds < limit:
        yield Pause(seconds, "the answer's delay")
        return
    yield Pause(limit, "the answer's delay")
    is_whole = end is not None and limit < context.deadline.silence_s
    what = (
        f"the call took longer than {context.deadline.total_s:g} s"
        if is_whole
        else f"nothing came for {limit:g} s"
    )
    error = ProviderError("timeout", what, retryable=True)
    error.attempts, error.partial, error.is_own_time_limit = 1, partial, True
    raise error


def _partial(reply: Reply, text: str) -> Reply | None:
    if not text:
        return None
    usage = replace(reply.usage, output_tokens=estimated_tokens(text), estimated=True)
    return replace(reply, text=text, finish_reason=None, complete=False, tool_calls=(), usage=usage)


def _pieces(answer: FakeAnswer, reply: Reply) -> Sequence[str]:
    """The pieces of a stream: as they were given, else words."""
    if isinstance(answer.content, str | Reply):
        return _WORD.findall(reply.text)
    return [piece for piece in answer.content if piece]


def _reply(answer: FakeAnswer, context: FakeContext) -> Reply:
    if isinstance(answer.content, Reply):
        reply = answer.content
        return reply if reply.call else replace(reply, call=context.call)
    text = answer.content if isinstance(answer.content, str) else "".join(answer.content)
    request, model = context.request, context.model
    usage = answer.usage or Usage(
        input_tokens=estimated_prompt(request.messages, request.options),
        output_tokens=estimated_tokens(text),
        estimated=True,
    )
    return Reply(
        model=model.id if model else context.name,
        provider=model.provider if model else UNKNOWN,
        model_id=model.model_id if model else context.name,
        served_model=model.model_id if model else context.name,
        match="exact",
        text=text,
        finish_reason="tool_calls" if answer.tool_calls else "stop",
        complete=True,
        reasoning=answer.reasoning,
        tool_calls=tuple(answer.tool_calls),
        citations=tuple(answer.citations),
        usage=usage,
        cost_usd=cost(model.price, usage, context.clock()) if model else None,
        cost_source="catalogue" if model and model.price else None,
        latency_ms=1000 * answer.delay,
        ttft_ms=1000 * answer.delay,
        route=context.route,
        reason="a fake answer",
        call=context.call,
    )
