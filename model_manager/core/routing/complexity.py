"""The complexity of a query: a weighted sum of signals, the same on every machine. No network, no clock.

    score = Σ weight · signal, each signal from 0 to 1, less the weight of `easy`; held between 0 and 1

A score from `moderate` on is moderate, one from `complex` on is complex, all below is simple. The signals:

    length        estimated tokens of the query over 400
    code          fences, statements, stack traces: two traces are full measure
    mathematics   symbols, formulas and words of mathematics: three
    proof         words that ask for a proof or a derivation: one
    reasoning     words that ask for weighing, explaining, finding causes: three
    building      words that ask for software, systems, contracts, plans: three
    writing       words that ask for a text: two
    steps         list items, "then", "must", "at least" and other demands: six
    questions     question marks after the first: three
    conversation  turns before this one over twenty
    easy          greetings, look-ups, one-liners: one; it counts for less the longer the query is

A conversation is judged by what its user asks for now. A turn in which nothing is found ("yes, do it") goes on
with the one before; a turn in which something is found goes on with the last such turn before it, and the higher
score counts; a turn that is easy ("thanks") stands by itself.
"""

import pkgutil
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from model_manager.core.messages import ChatMessage
from model_manager.core.quantities import estimate_tokens
from model_manager.core.routing.auto import WORD_KINDS, AutoRules, ComplexityTier

_LONG_TOKENS, _MANY_TURNS = 400, 20
#: How many turns that ask for something are judged: the last one and what it goes on with.
_JUDGED_TURNS = 2
#: Signals that any turn has, whatever it asks for.
_OF_ANY_TURN = frozenset({"length", "conversation"})
#: Only so much of a query's beginning and of its end is searched: it has to take less than a millisecond.
_SEARCHED = 1_200
#: The same for scripts that say more with a character, and take longer to search.
_SEARCHED_DENSE = 400
_CODE = re.compile(
    r"```|^[ \t]*(?:def|class|import|from \w+ import|func|fn|public|private|const|let|var|#include|package|SELECT|"
    r"INSERT|UPDATE|CREATE TABLE|return|for \(|while \(|if \()\b|=>|\w\(\w{0,40}\)[;{:]|[;{][ \t]*$"
    r"|Traceback|Exception|Error:|</?\w+>|\$\(|&&|\|\||:=|==|!=",
    re.MULTILINE,
)
_FORMULA = re.compile(
    r"[∑∫√∞≤≥≠∀∃∈∂∇→⇒≡π]|\\(?:frac|sum|int|sqrt|lim|begin|mathbb|partial)|[a-zA-Z0-9)]\^[a-zA-Z0-9({-]"
    r"|\b[a-z]\([a-z]\)\s*=|\b\d{0,9}[xyzn] ?[+*/=<>-] ?\d{0,9}[xyzn\d]|\bO\([^)]{1,12}\)|\d!|\bmod \d"
)
_ITEM = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•]|[a-e]\))\s", re.MULTILINE)
_WORD = re.compile(r"\w+")
#: From here on scripts begin that have words of their own below.
_OTHER_SCRIPTS = re.compile("[\u0600-\uffff]")
_QUESTION = re.compile("[?؟\uff1f]")
#: How many finds are full measure.
_FULL = {
    "proof": 1,
    "code": 2,
    "mathematics": 3,
    "reasoning": 3,
    "building": 3,
    "writing": 2,
    "steps": 6,
    "easy": 1,
}


@dataclass(frozen=True, slots=True)
class Complexity:
    """The complexity of a query: the score, its tier, and the signals that are not zero."""

    score: float
    tier: ComplexityTier
    signals: Mapping[str, float]

    def __str__(self) -> str:
        found = ", ".join(f"{name} {value:.2g}" for name, value in self.signals.items())
        return f"{self.tier}, {self.score:.2f} ({found or 'no signals'})"


def judge(messages: Sequence[ChatMessage], rules: AutoRules) -> Complexity:
    """How complex it is what a user asks for at the end of a conversation."""
    asked = [message.content for message in messages if message.role == "user"] or [""]
    turns = sum(message.role != "system" for message in messages) - 1
    judged: list[Complexity] = []
    telling = 0
    for query in reversed(asked[-_MANY_TURNS:]):
        found = signals(query, rules, turns)
        judged.append(_complexity(found, rules))
        telling += any(value for name, value in found.items() if name not in _OF_ANY_TURN)
        if telling == _JUDGED_TURNS or (found["easy"] and telling == 1):
            break
    return max(judged, key=lambda one: one.score)


def _complexity(found: Mapping[str, float], rules: AutoRules) -> Complexity:
    score = sum(
        rules.weights.get(name, 0.0) * (-value if name == "easy" else value) for name, value in found.items()
    )
    score = min(max(score, 0.0), 1.0)
    tier: ComplexityTier = "simple"
    if score >= rules.thresholds["complex"]:
        tier = "complex"
    elif score >= rules.thresholds["moderate"]:
        tier = "moderate"
    return Complexity(score, tier, {name: value for name, value in found.items() if value})


def signals(query: str, rules: AutoRules, turns: int = 0) -> dict[str, float]:
    """The signals of a query, each from 0 to 1, by name; `turns` came before it."""
    length = min(estimate_tokens(query.encode(errors="replace")) / _LONG_TOKENS, 1.0)
    text = _ends(query, _SEARCHED)
    if not text.isascii() and _OTHER_SCRIPTS.search(text):
        text = _ends(query, _SEARCHED_DENSE)
    counts = _words(text.lower(), _lexicon(tuple(rules.words.items())))
    counts["code"] = len({match.strip() for match in _CODE.findall(text)})
    counts["mathematics"] += len({match.strip() for match in _FORMULA.findall(text)})
    counts["steps"] += len(_ITEM.findall(text))
    found = {"length": length, **{kind: min(counts[kind] / full, 1.0) for kind, full in _FULL.items()}}
    found["questions"] = min(max(len(_QUESTION.findall(text)) - 1, 0) / 3, 1.0)
    found["conversation"] = min(max(turns, 0) / _MANY_TURNS, 1.0)
    found["easy"] *= 1 - length
    return found


def _ends(text: str, length: int) -> str:
    """A text's beginning and its end, or all of it."""
    return text if len(text) <= 2 * length else f"{text[:length]}\n{text[-length:]}"


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Words by how they are found, each with its kind; those that match anywhere by their first character."""

    begins: Mapping[str, str]
    whole: Mapping[str, str]
    anywhere: Mapping[str, Sequence[tuple[str, str]]]

    @property
    def lengths(self) -> range:
        """How long the beginnings are."""
        return range(min(map(len, self.begins)), max(map(len, self.begins)) + 1)


@lru_cache(maxsize=64)
def _lexicon(more: tuple[tuple[str, tuple[str, ...]], ...]) -> _Lexicon:
    """The built-in words and a task's own."""
    begins, whole = dict[str, str](), dict[str, str]()
    anywhere: dict[str, list[tuple[str, str]]] = defaultdict(list)
    own = dict(more)
    for kind in (*WORD_KINDS, "steps"):
        for word in (*_built_in()[kind], *(word.lower() for word in own.get(kind, ()))):
            if not _WORD.fullmatch(word.removesuffix("$")) or _OTHER_SCRIPTS.search(word):
                anywhere[word[0]].append((word.removesuffix("$"), kind))
            elif word.endswith("$"):
                whole.setdefault(word.removesuffix("$"), kind)
            else:
                begins.setdefault(word, kind)
    return _Lexicon(begins, whole, anywhere)


@cache
def _built_in() -> Mapping[str, Sequence[str]]:
    """The words of `lexicon.toml` by kind: a part of this package, read once."""
    text = (pkgutil.get_data(__package__, "lexicon.toml") or b"").decode()
    return {
        kind: [word for words in by_language.values() for word in words]
        for kind, by_language in tomllib.loads(text).items()
    }


def _words(lower: str, lexicon: _Lexicon) -> dict[str, int]:
    """How many different words of each kind there are; of steps, how many altogether."""
    counts = dict.fromkeys(_FULL, 0)
    found, lengths = set[str](), lexicon.lengths
    for word, times in Counter(_WORD.findall(lower)).items():
        if kind := lexicon.whole.get(word):
            counts[kind] += times if kind == "steps" else 1
        for length in lengths:
            begin = word[:length]
            kind = lexicon.begins.get(begin)
            if kind and begin not in found:
                found.add(begin)
                counts[kind] += times if kind == "steps" else 1
            if length >= len(word):
                break
    for first in lexicon.anywhere.keys() & set(lower):
        for part, kind in lexicon.anywhere[first]:
            counts[kind] += lower.count(part) if kind == "steps" else part in lower
    return counts
