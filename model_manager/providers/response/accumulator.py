"""The parts of an answer, put together as they arrive. Whether it is an answer is judged elsewhere."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from model_manager.core.messages import ToolCall
from model_manager.core.redaction import RedactedStream, Redactor
from model_manager.providers.response.tool_calls import ToolCalls
from model_manager.providers.wires.base import BlockPiece, Delta, merge_usage
from model_manager.providers.wires.endings import Ending, ending_of

_HIGH_SURROGATES = ("\ud800", "\udbff")


class ReplyAccumulator:
    """The parts of one answer. Times are seconds of the exchange's monotonic clock.

    Args:
        hide: hides keys in the text, which is shown and kept in the same words.

    Attributes:
        first_at: when the first of the answer itself came; `thought_at` when the first thought did.
        usage_is_final: whether the provider has said with its error what the answer was billed.
    """

    def __init__(self, hide: Redactor) -> None:
        self._hide = RedactedStream(hide)
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
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._tools = ToolCalls()
        self._blocks: dict[Hashable, dict[str, Any]] = {}
        self._held = ""

    @property
    def text(self) -> str:
        """The visible text."""
        return "".join(self._text) + self._hide.held

    @property
    def reasoning(self) -> str:
        """The text of the thoughts."""
        return "".join(self._reasoning)

    @property
    def refusal(self) -> str:
        """The model's refusal, in its words."""
        return "".join(self._refusal)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools it wants to be called."""
        return self._tools.calls()

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

    def add(self, delta: Delta, at: float) -> str:
        """Take in what one event says; returns the text that can be shown now."""
        if delta.repeats:
            delta = self._news_in(delta)
        self.events += delta.error is None or bool(delta.usage or delta.text)
        shown = ""
        if delta.text or delta.tool_pieces or delta.refusal:
            shown = self._add_content(delta, at)
        if delta.reasoning:
            self._reasoning.append(delta.reasoning)
            self.thought_at = at if self.thought_at is None else self.thought_at
        for piece in delta.blocks:
            self._add_block(piece)
        self._add_facts(delta)
        return shown

    def _news_in(self, delta: Delta) -> Delta:
        """What a repetition of the whole answer adds to its parts: MiniMax ends a stream so."""
        if self.has_content or self._reasoning:
            delta = replace(delta, reasoning="", blocks=())
        if not self.has_content:
            return delta
        whole = tuple(piece for piece in delta.tool_pieces if piece.whole)
        return replace(delta, text="", refusal="", tool_pieces=whole)

    def _add_content(self, delta: Delta, at: float) -> str:
        is_content = bool(delta.text or delta.refusal)
        for piece in delta.tool_pieces:
            is_content = self._tools.add(piece) or is_content
        if is_content:
            self.first_at = at if self.first_at is None else self.first_at
            self.last_at = at
        if delta.refusal:
            self._refusal.append(delta.refusal)
        is_whole = delta.text.isascii() and not self._held
        shown = self._hide(delta.text if is_whole else self._whole_characters(delta.text))
        self._text.append(shown)
        return shown

    def rest(self) -> str:
        """The text that was held back because it may have been the start of a key; it can be shown at the end."""
        shown = self._hide.rest()
        self._text.append(shown)
        return shown

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

    def _whole_characters(self, text: str) -> str:
        r"""The text with halves of characters joined.

        JSON may write a character as two escapes, \ud83d and \ude00, and a server may cut between them.
        """
        text, self._held = self._held + text, ""
        low, high = _HIGH_SURROGATES
        if text and low <= text[-1] <= high:
            text, self._held = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
