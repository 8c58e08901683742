"""Finds the names of models in the bytes of a file: whole values in quotes, and values of configuration files."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from model_manager.core.mentions.constants import ConstantIndex
from model_manager.core.mentions.families import STEMS
from model_manager.core.mentions.names import NameIndex, NameKind, is_weak, is_word
from model_manager.core.mentions.search import Beginnings
from model_manager.core.models import Catalogue, Model

#: How a file is read: "code" has names in quotes, "script" in backticks as well, "config" also without quotes.
Style = Literal["code", "script", "config"]
#: How a name is used: as a "value", one of a "list" of models, as the "key" of a table, or in a "comparison".
Role = Literal["value", "list", "key", "comparison"]

_NAME = re.compile(rb"[\w.:@/+-]*")
#: What stands before a name in the same value: providers, or the path of a request.
_BEFORE = re.compile(rb"([\"'`])([^\s\"'`<>,;|]*)$")
_MOST_BEFORE = 160
#: A hyphen counts as the mark of an entry, or behind a colon in a shell: `date--gpt-4o` is another name.
_BEFORE_BARE = re.compile(rb"(?:[=:>][ \t]*|(?:^|(?<=[\s:]))-[ \t]*|(?i:model)[ \t]+)((?:[\w@][\w@.-]*[/:])*)$")
#: Where a name without quotes ends.
_END = re.compile(rb"[ \t]*(?:[\r\n,;})\]<\\]|\Z)|[ \t]+(?:#|-)")
_QUOTES = {"code": b"\"'", "script": b"\"'`", "config": b"\"'"}
#: Paths that a model follows in a request; other paths and addresses name files and pages.
_REQUEST_PATH = re.compile(r"(?:^|/)(?:models|deployments|engines)/$")
_PREFIX = re.compile(r"(?:[\w@-][\w@.-]*[/:.]){0,4}")
_HOST_LIKE = re.compile(r"(?:^|\b)(?:www\.|[\w-]+\.(?:com|io|org|dev|net|co)/)")
_COMPARISON = re.compile(
    r"(?:replace(?:all)?|starts_?with|has_?prefix|ends_?with|has_?suffix|contains?|includes|index_?of|search|match(?:es)?|equals\w*"
    r"|str_contains|in_array"
    # What asks for a model's tokens or prices does not call it.
    r"|encoding_?for_?model|\w*tokens?(?:izer)?_?for_?model|(?:calculate|estimate|compute|get)_?(?:cost|price|pricing)"
    r"|(?:count|num)_?tokens\w*)\s*\([^()]*$|prefix(?:es)?\s*[:=][^=]*$|(?:[=!]==?|\b(?:in|is|case|when|elif|if)\b)\s*[\[({]?\s*(?:f|b|r)?$",
    re.IGNORECASE,
)
_COMPARED = re.compile(r"""^["'`]\s*(?:[=!]==?|\bin\b)""")
_KEY = re.compile(r"""^["'`]\]?\s*(?::(?!:)|=>)""")
_INDEXED = re.compile(r"[\w)\]]\[$")
#: A name in quotes within a text is a value only behind one of these; otherwise the text speaks of it.
_ASSIGNS = re.compile(r"[:=(\[{,>]\s*$")
_EXAMPLE = re.compile(r"\be\.?g\.?,?\s*$|\b(?:example|such as|like|or):?\s*$", re.IGNORECASE)
_COMMENT = re.compile(r"""(?:^|\s)(?:#|//|/\*|<!--)|^\s*(?:\*\s|;)|^\s*"\s*(?:#|//)""")
#: In a text of several lines, a request's body is no prose.
_REQUEST_FIELD = re.compile(r"""["']model\\?["']\s*:\s*$""")
_TEXT = re.compile(rb'("""|\'\'\')(?s:.*?)(?:\1|\Z)')
#: Longer ones are written by programs: bundles, minified files, recorded data.
_LONGEST_LINE = 5_000
#: A name without what is no part of it, its model, and how it relates to that.
_Meaning = tuple[str, Model | None, NameKind]
_SPEAKS_OF_MODELS = re.compile(
    r"model|\bllm|\bengine\b|deployment|\b(?:azure_?)?openai(?:\.\w+)?\($", re.IGNORECASE
)
#: The end of a line whose value is on the next one, and that names what the value is for.
_GOES_ON = re.compile(
    r"""(?:model|llm|engine|deployment)\w*["']?\]?\s*(?::\s*[\w<>\[\], |]+)?(?:=>|:=|[=:(])\s*[\w.]*[(\[{]?\s*$""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A model's name in a text.

    Attributes:
        line: from 1; `column` from 1, in characters.
        text: the whole line.
        model: None if the catalogue has none of this name.
    """

    line: int
    column: int
    text: str
    name: str
    model: Model | None
    kind: NameKind
    role: Role


class MentionFinder:
    """Finds the models of a catalogue, and what looks like a model, by one search of a file's bytes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._index = NameIndex(catalogue)
        self._constants = ConstantIndex(self._index.names)
        stems = [*STEMS, *map(_stem, self._index.names)]
        self._searches: dict[Style, Beginnings] = {
            "code": Beginnings(stems, "\"'/:"),
            "script": Beginnings(stems, "\"'`/:"),
            "config": Beginnings(stems, "\"'/:=> \t-"),
        }

    def find(self, data: bytes, style: Style, *, has_constants: bool = True) -> Iterator[Mention]:
        """Every mention in a file's content, in its order; what stands in comments and texts is left out.

        Args:
            data: the content.
            style: how it is read.
            has_constants: whether its language has constants of vendors' libraries.
        """
        found = [*self._values(data, style), *(self._library_constants(data) if has_constants else ())]
        if not found:
            return
        found.sort(key=lambda one: one[0].start)
        lines = _LineTable(data)
        for value, meaning in found:
            if mention := _mention(lines, value, meaning):
                yield mention

    def _values(self, data: bytes, style: Style) -> Iterator[tuple["_Value", _Meaning]]:
        end = 0
        for begin in self._searches[style].find(data):
            value = _value_at(data, begin, style)
            if value is None or value.start < end:
                continue
            end = value.end
            if meaning := self._index.look_up(value.name):
                yield value, meaning

    def _library_constants(self, data: bytes) -> Iterator[tuple["_Value", _Meaning]]:
        for start, end, name in self._constants.find(data):
            if known := self._index.look_up(name):
                constant = data[start:end].decode("utf-8", "replace")
                yield _Value(constant, start, end, "", is_constant=True), (constant, known[1], "alias")


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that may name a model: the name, its bytes, and the quote around it, if there is one.

    A constant is one that a vendor's library has, such as `openai.GPT4o`.
    """

    name: str
    start: int
    end: int
    quote: str
    is_constant: bool = False


def _value_at(data: bytes, begin: int, style: Style) -> _Value | None:
    """The value in which a name begins at a byte; None: what is there is a part of something else."""
    match = _NAME.match(data, begin)
    end = match.end() if match else begin
    left = data[max(0, begin - _MOST_BEFORE) : begin]
    quoted, quote = _BEFORE.search(left), ""
    if quoted and quoted[1] in _QUOTES[style] and data[end : end + 1] in {quoted[1], b"\\", b"?"}:
        before, quote = quoted[2], quoted[1].decode()
    elif style == "config" and (bare := _BEFORE_BARE.search(left)) and _END.match(data, end):
        before = bare[1]
    else:
        return None
    name, path = data[begin:end].decode("utf-8", "replace"), before.decode("utf-8", "replace")
    if _REQUEST_PATH.search(path):
        return _Value(name.partition("/")[0], begin, end, quote)
    if not _PREFIX.fullmatch(path) or _HOST_LIKE.search(path):
        return None
    return _Value(path + name, begin - len(before), end, quote)


class _LineTable:
    """The lines of a file, for the few of them that have a match."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._starts = [0, *(match.end() for match in re.finditer(rb"\n", data))]

    def number(self, offset: int) -> int:
        """The number, from 1, of the line that has this byte."""
        return bisect_right(self._starts, offset)

    def is_in_text(self, offset: int) -> bool:
        """Whether it is inside a string of several lines, as Python's docstrings are."""
        at = bisect_right(self._texts, (offset,)) - 1
        return at >= 0 and offset < self._texts[at][1]

    @cached_property
    def _texts(self) -> list[tuple[int, int]]:
        """Where such strings begin and end."""
        return [match.span() for match in _TEXT.finditer(self.data)]

    def start(self, number: int) -> int:
        """The first byte of a line."""
        return self._starts[number - 1]

    def text(self, number: int) -> str:
        """A line; empty: there is none of this number."""
        return self.data[self.start(number) : self.end(number)].decode("utf-8", "replace") if number > 0 else ""

    def end(self, number: int) -> int:
        """The byte after a line, its end not counted."""
        return self._starts[number] - 1 if number < len(self._starts) else len(self.data)


def _mention(lines: _LineTable, value: _Value, found: _Meaning) -> Mention | None:
    """The mention of a value, or None if it is in a comment or says nothing there."""
    number = lines.number(value.start)
    start, end = lines.start(number), lines.end(number)
    if end - start > _LONGEST_LINE:
        return None
    before = lines.data[start : value.start].decode("utf-8", "replace")
    left = before.removesuffix(value.quote)
    right = lines.data[value.end : end].decode("utf-8", "replace")
    name, model, kind = found
    is_only_text = lines.is_in_text(value.start) and not _REQUEST_FIELD.search(left)
    if is_only_text or _is_comment(left) or _is_prose(left, value.quote):
        return None
    if is_weak(name) and not _names_a_model(lines, number, left, right):
        return None
    role = _role(left, f'"{right}' if value.is_constant else right)
    if role == "comparison" and model is None:
        return None  # a part of names, as likely as not
    text = lines.data[start:end].decode("utf-8", "replace").rstrip("\r")
    return Mention(number, len(before) + 1, text, name, model, kind, role)


def _names_a_model(lines: _LineTable, number: int, left: str, right: str) -> bool:
    """Whether a place is that of a model, by its line, or by the line before of which this is the value."""
    if _SPEAKS_OF_MODELS.search(left) or _SPEAKS_OF_MODELS.search(right):
        return True
    return not left.strip() and bool(_GOES_ON.search(lines.text(number - 1)))


def _is_prose(left: str, quote: str) -> bool:
    """Whether a name in quotes is spoken of in a text, which other quotes are around."""
    if not quote:
        return False
    outer = {"'": '"', '"': "'"}.get(quote)
    is_inside = left.endswith("\\") or (outer is not None and left.count(outer) % 2 == 1)
    return is_inside and (bool(_EXAMPLE.search(left)) or not _ASSIGNS.search(left.removesuffix("\\")))


def _role(left: str, right: str) -> Role:
    """How a name is used, by what stands before and after it on its line."""
    if _COMPARISON.search(left) or _COMPARED.match(right):
        return "comparison"
    is_index = right[1:2] == "]" and _INDEXED.search(left)
    return "key" if is_index or _KEY.match(right) else "value"


def _is_comment(left: str) -> bool:
    """Whether what follows on a line is a comment: a mark of one stands before it, outside of quotes."""
    return any(
        left[: mark.start()].count('"') % 2 == 0 and left[: mark.start()].count("'") % 2 == 0
        for mark in _COMMENT.finditer(left)
    )


def _stem(name: str) -> str:
    """What to search for a name of the catalogue: the provider before it may be another one in code."""
    last = name.rpartition("/")[2]
    return name if is_word(last) else last
