"""Parts of an answer besides its text, as values: sources, log probabilities, calls of tools in the making."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A source that an answer rests on, in one form for all providers; what a provider does not give is None.

    Attributes:
        url: where the source is.
        title: its title; of a file, or of a passage that has none, its name or number.
        quote: the passage of the source.
        start: where in `Reply.text` the part begins that rests on it, in characters; `end` is where it ends.

    >>> from model_manager import Citation
    >>> Citation(url="https://example.com/rain", title="Rain", start=0, end=12).title
    'Rain'
    """

    url: str | None = None
    title: str | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it is no more than a URL."""
        return self.title is None and self.quote is None and self.start is None


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token of an answer and the natural logarithm of its probability; see the option `logprobs`.

    Attributes:
        token: the token's text.
        logprob: the logarithm: 0 is certain.
        alternatives: the likeliest tokens of this place, if asked for; mostly this one is among them.

    >>> from math import exp
    >>> from model_manager import TokenLogprob
    >>> round(exp(TokenLogprob("Hello", -0.105).logprob), 1)
    0.9
    """

    token: str
    logprob: float
    alternatives: Sequence["TokenLogprob"] = ()


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call, of a streamed answer; the whole calls are in the `tool_calls` of its reply.

    Attributes:
        index: which call of the answer it belongs to, from 0.
        id: the provider's name for the call, in the piece that brings it.
        name: the tool, in the piece that brings it, else "".
        arguments: a piece of the arguments' JSON text; "" where a provider sends them as values, not as text.

    >>> from model_manager import ToolCallDelta
    >>> pieces = [ToolCallDelta(0, "call_1", "weather"), ToolCallDelta(0, arguments='{"city":"Oslo"}')]
    >>> "".join(piece.arguments for piece in pieces)
    '{"city":"Oslo"}'
    """

    index: int
    id: str | None = None
    name: str = ""
    arguments: str = ""

    @property
    def is_something(self) -> bool:
        """Whether it says anything."""
        return bool(self.id or self.name or self.arguments)
