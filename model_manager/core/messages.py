"""Messages, requests and replies as values. No wire format is known here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from model_manager.core.answer_details import Citation, TokenLogprob, ToolCallDelta
from model_manager.core.endpoints import Secret
from model_manager.core.message_fields import plain_fields, read_fields
from model_manager.core.parts import Image, Part
from model_manager.core.pricing import Usage
from model_manager.core.reply_fields import fields_of

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool that the model wants to be called; `arguments` is JSON text as it came.

    Attributes:
        id: the provider's name for the call; some give none.
        signature: what a provider wants to see again with the call (Gemini's thought signature), or None.
        extras: other fields of the call that its provider wants to see again.
    """

    id: str | None = None
    name: str
    arguments: str = ""
    signature: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a conversation.

    Attributes:
        role: who speaks; "tool" is the result of a call that the assistant asked for.
        content: the text.
        images: images, mostly of a user message; a provider that accepts none in another role is not called.
        tool_calls: what the assistant asked for in its turn.
        tool_call: the call that a turn of role "tool" answers; see `tool_result`.
        parts: text and files in order, for several files, PDFs or audio; `content` and `images`
            then hold their text and their images.
        extras: what a provider wants to see again with the turn (its thoughts, signatures), and fields that only
            some wires have (`name`).
        source: the id of the provider that gave the extras, and alone gets them back; None: whoever is called.
    """

    role: Role
    content: str = ""
    images: tuple[Image, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call: ToolCall | None = None
    parts: tuple[Part, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    source: str | None = field(default=None, repr=False, compare=False)

    @classmethod
    def tool_result(cls, call: ToolCall, content: str) -> "ChatMessage":
        """The turn that gives the model what a tool returned.

        >>> from model_manager import ChatMessage, ToolCall
        >>> ChatMessage.tool_result(ToolCall(id="1", name="weather"), "4 degrees, rain").role
        'tool'
        """
        return cls("tool", content, tool_call=call)

    def to_dict(self) -> dict[str, Any]:
        """The turn as plain values that `json.dumps` takes, to store a conversation; `from_dict` reads them.

        Nothing is lost: files are in it by base64, and what a provider wants to see again.

        >>> from model_manager import ChatMessage
        >>> ChatMessage("user", "Hello").to_dict()
        {'role': 'user', 'content': 'Hello'}
        >>> ChatMessage.from_dict({"role": "user", "content": "Hello"}).content
        'Hello'
        """
        return plain_fields(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "ChatMessage":
        """The turn that `to_dict` has written.

        Raises:
            UsageError: it is something else.
        """
        return cls(**read_fields(stored, cls.__dataclass_fields__, ToolCall))


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """A request as a value.

    Attributes:
        headers: without the key.
        secret_headers: header name to a pair of a prefix ("Bearer ") and the key; joined only when it is sent.
        body: the JSON document, not yet serialised.
        notices: what the user asked for and this request leaves out, as sentences.
    """

    method: str = "POST"
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, tuple[str, Secret]] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer and what is known about it.

    Attributes:
        model: the catalogue's id; `served_model`: the name the provider answered with, or None.
        match: how the two agree: "exact", "dated", "alias", "different", or None where nothing was said.
        complete: whether the provider's end mark arrived.
        reasoning: the text of the model's reasoning, where the provider shows it, else "".
        refusal: what the model, or its provider, says instead of an answer; `refusal_reason` the provider's word
            for why it refused or filtered the answer, with the categories that it names.
        citations: the sources that the answer rests on.
        logprobs: the log probabilities of its tokens, where they were asked for.
        parsed: the object of the class that was given as `response_format`, or None.
        cost_usd: US dollars, exact, or None if unknown; `cost_source` says whose figure it is.
        latency_ms: from sending the successful attempt to its end; `ttft_ms` to its first visible text.
        tokens_per_second: output tokens over the time after the first text, or over the whole call.
        attempts: requests sent, this one included; of a route those of all its options.
        route: the route that was followed, or None where one model was asked for; `reason` says why this model.
        call: the call's UUID, under which the ledger has it; see `AIService.score`.
        extras: what the provider wants to see again with this turn; `message` carries it.
        upstream_provider: who has answered behind a gateway, in the gateway's word, or None.
        service_tier: the tier in which the call was served, in the provider's word, or None.
        headers: the response's headers about rate limits, times and places, in lower case; see README.
        raw: the provider's own document; of a stream the last event that says something. Without keys.

    >>> from model_manager import AIService, Reply
    >>> with AIService() as service:
    ...     reply: Reply = service.chat("chat", "Say hello.")
    >>> reply.text, reply.finish_reason, reply.usage.output_tokens
    ('Hello!', 'stop', 1)
    """

    model: str
    provider: str
    model_id: str
    text: str = ""
    finish_reason: FinishReason | None = None
    complete: bool = False
    reasoning: str = ""
    refusal: str | None = None
    refusal_reason: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    citations: tuple[Citation, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = field(default=(), repr=False)
    parsed: Any = field(default=None, hash=False)
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal | None = None
    cost_source: Literal["catalogue", "reported"] | None = None
    served_model: str | None = None
    match: Literal["exact", "dated", "alias", "different"] | None = None
    latency_ms: float | None = None
    ttft_ms: float | None = None
    tokens_per_second: float | None = None
    attempts: int = 1
    request_id: str | None = None
    warnings: tuple[str, ...] = ()
    route: str | None = None
    reason: str | None = None
    call: str | None = field(default=None, repr=False, compare=False)
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    upstream_provider: str | None = None
    service_tier: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False, compare=False)
    raw: Any = field(default=None, hash=False, repr=False, compare=False)

    @property
    def message(self) -> ChatMessage:
        """The answer as a turn of the conversation, to go on from."""
        return ChatMessage(
            "assistant", self.text, tool_calls=self.tool_calls, extras=self.extras, source=self.provider
        )

    def to_dict(self) -> dict[str, Any]:
        """The reply as plain values that `json.dumps` takes, without `raw` and `extras`.

        The names are those of a result of `model-manager test --json`: what is absent is None, `cost_usd` a float.

        >>> from model_manager import AIService
        >>> with AIService() as service:
        ...     service.chat("chat", "Say hello.").to_dict()["text"]
        'Hello!'
        """
        return fields_of(self)


class Chunk(NamedTuple):
    """A piece of a streamed answer; the last one has no text, but the whole `reply`.

    Attributes:
        text: visible text that has come.
        reply: the reply, in the last chunk.
        reasoning: text of the model's thoughts that has come. After a retry, they begin anew.
        tool_calls: pieces of the calls of tools that have come.

    >>> from model_manager import AIService, Chunk
    >>> chunk: Chunk
    >>> with AIService() as service:
    ...     for chunk in service.stream("chat", "Say hello."):
    ...         print(chunk.text or f"[{chunk.reply.finish_reason}]")
    Hello!
    [stop]
    """

    text: str = ""
    reply: Reply | None = None
    reasoning: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
