"""The requests of an application, checked and in our form. Nothing is sent from here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import cleandoc
from typing import Any, Literal, TypedDict, TypeVar

from model_manager.core.chat.call_options import chat_options, check_number
from model_manager.core.chat.conversation import Messages, conversation
from model_manager.core.chat.option_names import unknown_option_hint
from model_manager.core.chat.tools import FormatLike, ToolLike
from model_manager.core.limits import MAX_RETRIES
from model_manager.core.messages import ChatMessage
from model_manager.core.models import Model
from model_manager.core.options import ChatOptions
from model_manager.core.parts import Audio, Document
from model_manager.errors import UsageError
from model_manager.service.function_tools import described

#: An effort, the most tokens of thoughts, or either in a mapping as the providers' APIs have it.
Reasoning = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | int | Mapping[str, Any]
#: "auto", "none", "required", the name of a tool, or a mapping as OpenAI's or Anthropic's API has it.
ToolChoice = str | Mapping[str, Any]


class CallOptions(TypedDict, total=False):
    """The options of every call of the service.

    Attributes:
        user_id: the user who makes the call; a user always gets the same share of a split.
        preference: a named route of the task, such as "fast".
        route: a route for this call, instead of the task's.
        system_prompt: put before the messages.
        max_tokens: the maximum number of output tokens, including reasoning.
        temperature: 0 or more; left out, with a warning, for models that do not accept one.
        top_p: nucleus sampling: the probability mass to sample from, above 0 and up to 1.
        stop: a stop sequence, or a list of them.
        seed: an integer for reproducible answers, as far as the provider supports it.
        tools: functions that the model may call: Python functions with types and a docstring, or
            their descriptions as `Tool` or mappings. This library does not run them.
        tool_choice: "auto", "none", "required", or the name of the tool that must be called.
        parallel_tool_calls: whether one answer may call several tools.
        response_format: the JSON schema of the answer, or a pydantic model, of which `Reply.parsed` is then an
            object; or {"type": "json_object"} for any JSON object.
        reasoning: the effort ("none", "minimal", "low", "medium", "high", "xhigh", "max"), or the maximum of
            reasoning tokens.
        cache: mark the prompt for prompt caching where a provider requires it: all of it (True), or this many
            leading messages, a system prompt included.
        service_tier: the provider's service tier ("flex", "priority", …).
        logprobs: return log probabilities of the answer's tokens (True), and of this many alternatives each.
        metadata: a mapping of strings that the provider stores with the call.
        extra_headers: additional request headers; none that carries a key.
        extra_body: additional fields of the request body, in the provider's format; they take precedence.
        timeout: seconds without data after which an attempt times out.
        total_timeout: seconds that the whole call may take, including retries and fallbacks.
        retries: the maximum number of retries for each option of a route; 10 at most.

    >>> from model_manager import AIService, CallOptions
    >>> options: CallOptions = {"max_tokens": 100, "reasoning": "low", "total_timeout": 30}
    >>> with AIService() as service:
    ...     service.chat("chat", "Say hello.", **options).text
    'Hello!'
    """

    user_id: str | int | None
    preference: str | None
    route: str | None
    system_prompt: str | None
    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    stop: str | Sequence[str] | None
    seed: int | None
    tools: Sequence[ToolLike] | None
    tool_choice: ToolChoice | None
    parallel_tool_calls: bool | None
    response_format: FormatLike | None
    reasoning: Reasoning | None
    cache: bool | int | None
    service_tier: str | None
    logprobs: bool | int | None
    metadata: Mapping[str, str] | None
    extra_headers: Mapping[str, str] | None
    extra_body: Mapping[str, Any] | None
    timeout: float | None
    total_timeout: float | None
    retries: int | None


Method = TypeVar("Method", bound=Callable[..., object])


def lists_options(method: Method) -> Method:
    """The method with the options of `CallOptions` listed in its docstring, for `help()`."""
    text = cleandoc(CallOptions.__doc__ or "").partition("Attributes:\n")[2].partition("\n>>>")[0].rstrip()
    if method.__doc__ and text:
        method.__doc__ = f"{cleandoc(method.__doc__)}\n\nOptions:\n{text}\n"
    return method


_PLAIN, _PLAIN_STREAM = ChatOptions(stream=False), ChatOptions()


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """One call: what is said, how it is to be answered, for whom, and how long that may take (seconds)."""

    messages: tuple[ChatMessage, ...]
    options: ChatOptions
    user_id: str | None = None
    preference: str | None = None
    route: str | None = None
    timeout_s: float | None = None
    total_s: float | None = None
    retries: int | None = None

    @cached_property
    def needs(self) -> Mapping[str, str]:
        """The capabilities that the call needs, each with what needs it."""
        found = {}
        if self.options.tools or any(message.tool_calls or message.tool_call for message in self.messages):
            found["function-calling"] = "tools"
        if self.options.answer_format and self.options.answer_format.schema is not None:
            found["structured-output"] = "response_format"
        if any(message.images for message in self.messages):
            found["vision"] = "images"
        parts = [part for message in self.messages for part in message.parts]
        if any(isinstance(part, Document) for part in parts):
            found["pdf"] = "PDFs"
        if any(isinstance(part, Audio) for part in parts):
            found["audio"] = "audio files"
        return found


def parse_request(messages: Messages, options: CallOptions, *, stream: bool) -> CallRequest:
    """A call as its caller wrote it, streamed or not.

    Raises:
        UsageError: something that cannot be meant, by its name.
    """
    if not options:
        return CallRequest(messages=conversation(messages), options=_PLAIN_STREAM if stream else _PLAIN)
    unknown = [name for name in options if name not in CallOptions.__annotations__]
    if unknown:
        hint = unknown_option_hint(unknown[0], CallOptions.__annotations__)
        raise UsageError(f"unknown option {unknown[0]}", hint=hint)
    user = options.get("user_id")
    _check(options)
    given = options.get("tools")
    if isinstance(given, Iterable) and not isinstance(given, str | Mapping):
        options = {**options, "tools": described(given)}
    return CallRequest(
        messages=conversation(messages, options.get("system_prompt")),
        options=chat_options(options, stream=stream),
        user_id=None if user is None else str(user),
        preference=options.get("preference"),
        route=options.get("route"),
        timeout_s=options.get("timeout"),
        total_s=options.get("total_timeout"),
        retries=options.get("retries"),
    )


def _check(options: CallOptions) -> None:
    """Refuse numbers that no call can have, and what is no text where text is wanted."""
    check_number("retries", options.get("retries"), 0, whole=True, most=MAX_RETRIES)
    for name in ("timeout", "total_timeout"):
        check_number(name, options.get(name), None)
    for name in ("preference", "route", "system_prompt"):
        value: object = options.get(name)
        if not isinstance(value, str | None):
            raise UsageError(f"expected text, got {value!r}", parameter=name)


#: The words for what a call needs in records of calls.
_NEED_WORDS = {
    "function-calling": "tools",
    "structured-output": "schema",
    "vision": "pictures",
    "pdf": "pdf",
    "audio": "audio",
}


def need_words(request: CallRequest) -> tuple[str, ...]:
    """The needs of a call besides text, as `CallContext.needs` has them."""
    return tuple(_NEED_WORDS[capability] for capability in request.needs)


def lacking(model: Model, request: CallRequest) -> tuple[str, str] | None:
    """The capability for want of which a model cannot take a call, and what asks for it in a sentence.

    None if there is no such: what nobody knows a model to lack, it may have.
    """
    for capability, what in request.needs.items():
        if model.has(capability) is False:
            verb = "needs" if what == "response_format" else "need"
            return capability, f"{model.id} lacks {capability}, which {what} {verb}"
    return None
