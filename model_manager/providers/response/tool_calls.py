"""Tool calls whose parts come one by one: which call a part continues, and when it begins another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from model_manager.core.answer_details import ToolCallDelta
from model_manager.core.messages import ToolCall
from model_manager.providers.wires.base import NEW_TOOL, ToolPiece
from model_manager.providers.wires.payload import as_json, decode

_PATH = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")
#: No argument that is meant is deeper, and no list longer.
_DEEPEST, _LONGEST = 32, 10_000
_BRACKETS = {"{": 1, "[": 1, "}": -1, "]": -1}


@dataclass(slots=True)
class _Call:
    """A call in the making."""

    index: int | None
    foreign: bool
    number: int
    id: str | None = None
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    signature: str | None = None
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The arguments so far; an empty object before others only stood for them."""
        written = "".join(self.arguments)
        if self.values and written in {"", "{}"}:
            return as_json(self.values)
        return written[2:] if written.startswith("{}") and is_whole(written[2:]) else written

    def take(self, piece: ToolPiece) -> ToolCallDelta:
        """Take in a part; returns what it adds."""
        news = ToolCallDelta(
            self.number,
            None if self.id else piece.id,
            "" if self.name else piece.name,
            self._further(piece),
        )
        self.id = self.id or piece.id
        self.name = self.name or piece.name
        self.signature = self.signature or piece.signature
        self.extras.update(piece.extras)
        if piece.whole:
            self.arguments.clear()
        if piece.arguments:
            self.arguments.append(piece.arguments)
        for path, value in piece.partial:
            _put(self.values, path, value)
        return news

    def _further(self, piece: ToolPiece) -> str:
        """The arguments that have not come before."""
        if not piece.whole:
            return piece.arguments
        before = "".join(self.arguments)
        return piece.arguments.removeprefix(before) if piece.arguments.startswith(before) else ""

    def is_begun_anew_by(self, piece: ToolPiece) -> bool:
        """Whether a part that would continue this call by its index or place begins another one.

        Servers change the id inside a call, repeat its name with every part, or give all calls one index; none
        does all three at once.
        """
        if not piece.name or not self.name:
            return False
        if piece.id and piece.id == self.id:
            return False
        is_other = piece.name != self.name
        text = self.text
        if not text:
            return is_other
        if piece.id and self.id:
            return is_other or is_whole(text)
        return (is_other or bool(piece.arguments)) and is_whole(text)


class ToolCalls:
    """The tool calls of one answer."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._ours = 0
        self._open: dict[int | None, _Call] = {}
        self._named: dict[tuple[int | None, str], _Call] = {}

    def add(self, piece: ToolPiece) -> ToolCallDelta | None:
        """Continue a call or begin one; returns what this adds to it, or None: it is the provider's own tool."""
        call = self._continued(piece)
        if call is None:
            call = _Call(index=piece.index, foreign=piece.foreign, number=self._ours)
            self._calls.append(call)
            self._ours += not piece.foreign
        self._open[piece.index] = self._open[None] = call
        if piece.id:
            self._named[piece.index, piece.id] = call
        news = call.take(piece)
        return None if call.foreign else news

    def _continued(self, piece: ToolPiece) -> _Call | None:
        """The call that a part continues: by its id, by its index, or by coming next."""
        if piece.index == NEW_TOOL:
            return None
        known = self._named.get((piece.index, piece.id)) if piece.id else None
        if known is not None:
            return known
        call = self._open.get(piece.index)
        if call is None and not (piece.id or piece.name):
            # Its call began under another number, and waits for its arguments.
            last = self._open.get(None)
            call = last if last and not is_whole(last.text) else None
        if call is None or call.is_begun_anew_by(piece):
            return None
        if piece.index is None and piece.id and piece.name and piece.id != call.id:
            return None
        return call

    def calls(self) -> tuple[ToolCall, ...]:
        """The calls that the application is to answer; one without a name is none, one that came twice is one."""
        made: list[ToolCall] = []
        seen: set[tuple[str, str, str]] = set()
        for call in self._calls:
            if call.foreign or not call.name:
                continue
            if call.id:
                if (call.id, call.name, call.text) in seen:
                    continue
                seen.add((call.id, call.name, call.text))
            made.append(
                ToolCall(
                    id=call.id, name=call.name, arguments=call.text, signature=call.signature, extras=call.extras
                )
            )
        return tuple(made)


def is_whole(arguments: str) -> bool:
    """Whether arguments are JSON."""
    try:
        decode(arguments)
    except ValueError:
        return False
    return True


def broken_off(calls: Sequence[ToolCall]) -> str | None:
    """The name of a tool whose arguments end inside a text, a list or an object; None if there is none."""
    return next((call.name for call in calls if _is_open(call.arguments)), None)


def _is_open(arguments: str) -> bool:
    depth, in_text, escaped = 0, False, False
    for letter in arguments:
        if escaped:
            escaped = False
        elif in_text:
            escaped, in_text = letter == "\\", letter != '"'
        elif letter == '"':
            in_text = True
        else:
            depth += _BRACKETS.get(letter, 0)
    return (in_text or depth > 0) and not is_whole(arguments)


def _put(table: dict[str, Any], path: str, value: Any) -> None:
    """Put a value where a JSON path says; a text that is there already goes on."""
    steps = [name or quoted or int(number) for name, number, quoted in _PATH.findall(path)][:_DEEPEST]
    holder: Any = table
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if isinstance(step, int):
            if not isinstance(holder, list) or step > min(len(holder), _LONGEST):
                return
            if step == len(holder):
                holder.append(None)
            known = holder[step]
        elif isinstance(holder, dict):
            known = holder.get(step)
        else:
            return
        if following is None:
            holder[step] = known + value if isinstance(known, str) and isinstance(value, str) else value
        elif not isinstance(known, list if isinstance(following, int) else dict):
            holder[step] = [] if isinstance(following, int) else {}
        holder = holder[step]
