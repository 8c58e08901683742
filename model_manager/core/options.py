"""The options of a call as values: tools, the form of the answer, how to answer. No wire format is known here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the model may ask to be called; `parameters` is the JSON schema of its arguments.

    A Python function with types and a docstring can be given in its place.

    Attributes:
        extras: fields that some wires take: `strict`, `cache_control`.

    >>> from model_manager import AIService, Tool
    >>> city = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    >>> weather = Tool(name="weather", description="The weather of a city.", parameters=city)
    >>> with AIService() as service:
    ...     service.chat("chat", "Say hello.", tools=[weather]).tool_calls
    ()
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFormat:
    """The JSON schema that the answer has to fit, and its name where a wire wants one.

    Attributes:
        schema: the schema; None: any JSON object. Strict providers want `additionalProperties: false` and every
            property required.
        description: what the answer is for, where a wire has a place for it.
        strict: whether a provider may be asked to hold to it exactly; None: if it is as strict providers want it.
        answer_class: the class whose object `Reply.parsed` is to be; it has pydantic's `model_validate_json`.

    >>> from model_manager import AnswerFormat
    >>> AnswerFormat(name="city", schema={"type": "object", "properties": {"city": {"type": "string"}}}).name
    'city'
    """

    name: str = "answer"
    schema: Mapping[str, Any] | None = None
    strict: bool | None = None
    description: str | None = None
    answer_class: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions:
    """How to answer. What is None, or empty, is not sent, except where a wire demands a value.

    Attributes:
        stream: whether the answer is to come in pieces.
        max_tokens: the most tokens of output, thoughts included.
        temperature: how much the answer may vary, from 0 up.
        max_tokens_asked: False: the limit is a default of ours, so dropping it needs no notice to the user.
        tools: the functions that the model may ask to be called.
        answer_format: the form of the answer.
        top_p: the share of probability from which tokens are chosen, above 0 and up to 1.
        stop: texts at which the answer ends, themselves left out.
        seed: a number by which the provider tries to repeat its answers.
        tool_choice: "auto", "none", "required", or the name of the tool that has to be called.
        parallel_tool_calls: whether one answer may ask for several tools.
        reasoning: an effort (one of `EFFORTS`), or the most tokens of thoughts.
        cache: how many leading messages are the stable prefix for prompt caching; `WHOLE_PROMPT` is all of them.
        service_tier: the provider's word for how urgent, and how dear, the call is.
        logprobs: how many alternatives each token's log probability comes with; 0: none, its own alone.
        metadata: labels that the provider keeps with the call.
        extra_headers: further request headers; never one that carries a key.
        extra_body: further fields of the request's body; they win over ours.
    """

    stream: bool = True
    max_tokens: int | None = None
    temperature: float | None = None
    max_tokens_asked: bool = True
    tools: tuple[Tool, ...] = ()
    answer_format: AnswerFormat | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    tool_choice: str | None = None
    parallel_tool_calls: bool | None = None
    reasoning: str | int | None = None
    cache: int | None = None
    service_tier: str | None = None
    logprobs: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    extra_headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    extra_body: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def given(self, name: str) -> Any:
        """The value of an option, or None if it was not given."""
        value = getattr(self, name)
        return None if value in ((), {}) else value

    def with_defaults(self, defaults: Mapping[str, Any]) -> "ChatOptions":
        """The same with defaults for what was not given; of mappings, entry by entry."""
        filled = {}
        for name, default in defaults.items():
            value = self.given(name)
            if value is None or (name == "max_tokens" and not self.max_tokens_asked):
                filled[name] = default
            elif isinstance(value, Mapping):
                filled[name] = {**default, **value}
        choice = filled.get("tool_choice")
        if choice not in {None, "auto", "none", "required"} and choice not in {tool.name for tool in self.tools}:
            del filled["tool_choice"]  # of tools that this call does not have
        if "max_tokens" in filled:
            filled["max_tokens_asked"] = True
        return replace(self, **filled) if filled else self


#: How hard a model may think; which of these it knows differs from model to model.
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
#: As `ChatOptions.cache`: the whole prompt is the stable prefix.
WHOLE_PROMPT = -1
