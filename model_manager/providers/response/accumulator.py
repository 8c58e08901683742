"""The parts of an answer, put together as they arrive. Whether it is an answer is judged elsewhere."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from model_manager.core.answer_details import Citation, TokenLogprob, ToolCallDelta
from model_manager.core.messages import Chunk, ToolCall
from model_manager.core.redaction import Redactor
from model_manager.providers.response.citations import citations_of
from model_manager.providers.response.growing_text import GrowingText
from model_manager.providers.response.think_tags import ThinkTags
from model_manager.providers.response.tool_calls import ToolCalls
from model_manager.providers.wires.base import BlockPiece, CitationPiece, Delta, ToolPiece, merge_usage
from model_manager.providers.wires.endings import Ending, ending_of


class ReplyAccumulator:
    """The parts of one answer. Times are seconds of the exchange's monotonic clock.

    Args:
        hide: hides keys in what is shown, which is kept in the same words.
        think_tags: tells thoughts in the text from the answer, where a server leaves them there.

    Attributes:
        first_at: when the first of the answer itself came; `thought_at` when the first thought did.
        usage_is_final: whether the provider has said with its error what the answer was billed.
    """

    def __init__(self, hide: Redactor, think_tags: ThinkTags | None = None) -> None:
        self._hide = hide
        self._think_tags = think_tags
        self.finish_word = ""
        self.finish_detail = ""
        self.ended = False
        self.events = 0
        self.media = ""
        self.usage: Mapping[str, Any] | None = None
        self.usage_is_final = False
        self.cost_usd: Decimal | None = None
        self.served_model: str | None = None
        self.request_id: str | None = None
        self.tokens_per_second: float | None = None
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.thought_at: float | None = None
        self.upstream_provider: str | None = None
        self.service_tier: str | None = None
        self.logprobs: list[TokenLogprob] = []
        self._text = GrowingText(hide)
        self._reasoning: GrowingText | None = None
        self._refusal: list[str] = []
        self._citations: dict[CitationPiece, None] = {}
        self._tools = ToolCalls()
        self._arguments: dict[int, GrowingText] = {}
        self._blocks: dict[Hashable, dict[str, Any]] = {}

    @property
    def text(self) -> str:
        """The visible text."""
        return self._text.whole

    @property
    def reasoning(self) -> str:
        """The text of the thoughts."""
        return self._reasoning.whole if self._reasoning else ""

    @property
    def refusal(self) -> str:
        """The model's refusal, in its words."""
        return "".join(self._refusal)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools it wants to be called."""
        return self._tools.calls()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The sources that it rests on."""
        return citations_of(self._citations, self.text, self.blocks) if self._citations else ()

    @property
    def blocks(self) -> Sequence[tuple[Hashable, Mapping[str, Any]]]:
        """The blocks that have to go back with the turn, by their keys."""
        return list(self._blocks.items())

    @property
    def ending(self) -> Ending:
        """The meaning of the finish reason."""
        return ending_of(self.finish_word)

    @property
    def has_content(self) -> bool:
        """Whether any of the answer itself has come."""
        return self.first_at is not None

    def add(self, delta: Delta, at: float) -> Chunk | None:
        """Take in what one event says; returns what can be shown now, or None."""
        if delta.repeats:
            delta = self._news_in(delta)
        if self._think_tags is not None and delta.text:
            delta.text, thoughts = self._think_tags.split(delta.text)
            delta.reasoning += thoughts
        self.events += delta.error is None or bool(delta.usage or delta.text)
        shown, thought = "", ""
        pieces: tuple[ToolCallDelta, ...] = ()
        if delta.text or delta.tool_pieces or delta.refusal:
            if delta.tool_pieces:
                pieces = self._add_tool_pieces(delta.tool_pieces, at)
            shown = self._add_text(delta, at)
        if delta.reasoning:
            thought = self._add_thought(delta.reasoning)
            self.thought_at = at if self.thought_at is None else self.thought_at
        for piece in delta.blocks:
            self._add_block(piece)
        self._add_facts(delta)
        if thought or pieces:
            return Chunk(shown, None, thought, pieces)
        return Chunk(shown) if shown else None

    def _news_in(self, delta: Delta) -> Delta:
        """What a repetition of the whole answer adds to its parts: MiniMax ends a stream so."""
        if self.has_content or self.thought_at is not None:
            delta = replace(delta, reasoning="", blocks=(), logprobs=())
        if not self.has_content:
            return delta
        whole = tuple(piece for piece in delta.tool_pieces if piece.whole)
        return replace(delta, text="", refusal="", tool_pieces=whole)

    def _add_text(self, delta: Delta, at: float) -> str:
        """Take in the text and the refusal; returns what of the text can be shown now."""
        if delta.text or delta.refusal:
            self.first_at = at if self.first_at is None else self.first_at
            self.last_at = at
        if delta.refusal:
            self._refusal.append(delta.refusal)
        return self._text.add(delta.text)

    def _add_tool_pieces(self, pieces: Sequence[ToolPiece], at: float) -> tuple[ToolCallDelta, ...]:
        """Take in pieces of calls; returns what of those that the application is to answer can be shown now."""
        ours = [news for news in map(self._tools.add, pieces) if news is not None]
        if ours:
            self.first_at = at if self.first_at is None else self.first_at
            self.last_at = at
        return tuple(news for news in map(self._without_keys, ours) if news.is_something)

    def _add_thought(self, thought: str) -> str:
        """Take in a piece of the thoughts; most answers have none."""
        if self._reasoning is None:
            self._reasoning = GrowingText(self._hide)
        return self._reasoning.add(thought)

    def _without_keys(self, news: ToolCallDelta) -> ToolCallDelta:
        """The news of a call without keys; what may be the start of one in its arguments is held back."""
        growing = self._arguments.get(news.index)
        if growing is None:
            growing = self._arguments[news.index] = GrowingText(self._hide)
        return replace(news, arguments=growing.add(news.arguments)) if news.arguments else news

    def rest(self) -> Chunk | None:
        """What was held back, as it may have been the start of a key or of a tag; it can be shown at the end."""
        text, thought = "", ""
        if self._think_tags is not None:
            held = self._think_tags.rest()
            text, thought = self._text.add(held.text), self._add_thought(held.thoughts)
        text += self._text.rest()
        thought += self._reasoning.rest() if self._reasoning else ""
        arguments = ((number, growing.rest()) for number, growing in self._arguments.items())
        pieces = tuple(ToolCallDelta(number, arguments=held) for number, held in arguments if held)
        return Chunk(text, None, thought, pieces) if text or thought or pieces else None

    def _add_block(self, piece: BlockPiece) -> None:
        key = len(self._blocks) if piece.key is None else piece.key
        block = self._blocks.setdefault(key, {})
        for name, value in piece.fields.items():
            known = block.get(name)
            if value is None and known is not None:
                continue
            grows = isinstance(known, str) and isinstance(value, str) and name not in piece.replaced
            grows = grows or (isinstance(known, list) and isinstance(value, list))
            block[name] = known + value if grows else value

    def _add_facts(self, delta: Delta) -> None:
        if delta.usage:
            self.usage = merge_usage(self.usage or {}, delta.usage)
            self.usage_is_final = delta.error is not None
        if delta.cost_usd is not None:
            self.cost_usd = delta.cost_usd or self.cost_usd or delta.cost_usd  # a later zero is no statement
        if delta.finish_word:
            self.finish_word = delta.finish_word
        self.finish_detail = delta.finish_detail or self.finish_detail
        self.media = self.media or delta.media
        self.ended = self.ended or delta.end
        self.served_model = delta.served_model or self.served_model
        self.request_id = self.request_id or delta.request_id
        self.tokens_per_second = delta.tokens_per_second or self.tokens_per_second
        if delta.upstream_provider:
            self.upstream_provider = delta.upstream_provider
        if delta.service_tier:
            self.service_tier = delta.service_tier
        if delta.citations:
            self._citations.update(dict.fromkeys(delta.citations))
        if delta.logprobs:
            self.logprobs.extend(delta.logprobs)
