"""What has arrived of an answer, put together piece by piece. Whether it is an answer is judged elsewhere."""

from collections.abc import Mapping
from typing import Any

from model_manager.core.messages import FinishReason, ToolCall
from model_manager.providers.wires.base import NEW_TOOL, Delta, ToolPiece, merge_usage

_HIGH_SURROGATES = ("\ud800", "\udbff")


class ReplyAccumulator:
    """The parts of one answer. Times are seconds of the exchange's monotonic clock."""

    def __init__(self) -> None:
        self.finish_reason: FinishReason | None = None
        self.finish_word = ""
        self.ended = False
        self.events = 0
        self.usage: Mapping[str, Any] | None = None
        self.served_model: str | None = None
        self.request_id: str | None = None
        self.tokens_per_second: float | None = None
        self.first_at: float | None = None
        self.last_at: float | None = None
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._tools = _Tools()
        self._held = ""

    @property
    def text(self) -> str:
        """The visible text."""
        return "".join(self._text)

    @property
    def refusal(self) -> str:
        """What the model said instead of an answer."""
        return "".join(self._refusal)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools it wants to be called."""
        return self._tools.calls()

    @property
    def has_content(self) -> bool:
        """Whether any of the answer itself has come."""
        return self.first_at is not None

    def add(self, delta: Delta, at: float) -> str:
        """Take in what one event says; returns the text that can be shown now."""
        self.events += 1
        if delta.text or delta.tool_pieces or delta.refusal:
            return self._add_content(delta, at)
        self._add_facts(delta)
        return ""

    def _add_content(self, delta: Delta, at: float) -> str:
        if self.first_at is None:
            self.first_at = at
        self.last_at = at
        for piece in delta.tool_pieces:
            self._tools.add(piece)
        if delta.refusal:
            self._refusal.append(delta.refusal)
        shown = self._whole_characters(delta.text)
        if shown:
            self._text.append(shown)
        self._add_facts(delta)
        return shown

    def _add_facts(self, delta: Delta) -> None:
        if delta.usage:
            self.usage = merge_usage(self.usage or {}, delta.usage)
        if delta.finish_word:
            self.finish_word, self.finish_reason = delta.finish_word, delta.finish_reason
        self.ended = self.ended or delta.end
        self.served_model = delta.served_model or self.served_model
        self.request_id = self.request_id or delta.request_id
        self.tokens_per_second = delta.tokens_per_second or self.tokens_per_second

    def _whole_characters(self, text: str) -> str:
        r"""The text with halves of characters joined.

        JSON may write a character as two escapes, \ud83d and \ude00, and a server may cut between them.
        """
        if not self._held and text.isascii():
            return text
        text, self._held = self._held + text, ""
        low, high = _HIGH_SURROGATES
        if text and low <= text[-1] <= high:
            text, self._held = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Tools:
    """Tool calls whose parts come one by one."""

    def __init__(self) -> None:
        self._calls: list[ToolCall] = []
        self._open: dict[int, int] = {}

    def add(self, piece: ToolPiece) -> None:
        """Continue a call or begin one; some servers give every call the same index and only a new id."""
        at = self._open.get(piece.index) if piece.index != NEW_TOOL else None
        if at is None or (piece.id and self._calls[at].id and piece.id != self._calls[at].id):
            at = self._open[piece.index] = len(self._calls)
            self._calls.append(ToolCall(name=""))
        call = self._calls[at]
        self._calls[at] = ToolCall(
            id=call.id or piece.id,
            name=call.name or piece.name,
            arguments=call.arguments + piece.arguments,
            signature=call.signature or piece.signature,
        )

    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(self._calls)
