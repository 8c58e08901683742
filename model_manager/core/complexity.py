"""How much a query asks of a model: a score of signals that anybody can recompute. No network, no clock, no dice.

    score = Σ weight · signal, each signal from 0 to 1, less the weight of `easy`; held between 0 and 1

A score from `moderate` on is moderate, one from `complex` on is complex, all below is simple. The signals:

    length        estimated tokens of the query over 400
    code          fences, statements, stack traces: two traces are full measure
    mathematics   symbols, formulas and words of mathematics: three
    reasoning     words that ask for weighing, proving, explaining: three
    building      words that ask for software, systems, contracts, plans: three
    writing       words that ask for a text: two
    steps         list items, "then", "must", "at least" and other demands: six
    questions     question marks after the first: three
    conversation  turns before this one over twenty
    easy          greetings, look-ups, one-liners: one; it counts for less the longer the query is
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from model_manager.core import complexity_words as words
from model_manager.core.auto import WORD_KINDS, AutoRules, Tier
from model_manager.core.messages import ChatMessage
from model_manager.core.quantities import estimate_tokens

_LONG_TOKENS, _MANY_TURNS = 400, 20
#: Only so much of a query's beginning and of its end is searched: it has to take less than a millisecond.
_SEARCHED = 2_000
_CODE = re.compile(
    r"```|^\s*(def|class|import|from \w+ import|func|fn|public|private|const|let|var|#include|package|SELECT|"
    r"INSERT|UPDATE|CREATE TABLE|return|for \(|while \(|if \()\b|=>|\w+\(\w*\)[;{:]|[;{]\s*$"
    r"|Traceback|Exception|Error:|</?\w+>|\$\(|&&|\|\||:=|==|!=",
    re.MULTILINE,
)
_FORMULA = re.compile(
    r"[∑∫√∞≤≥≠∀∃∈∂∇→⇒≡π]|\\(frac|sum|int|sqrt|lim|begin|mathbb|partial)|[a-zA-Z0-9)]\^[a-zA-Z0-9({-]"
    r"|\b[a-z]\([a-z]\)\s*=|\b\d*[xyzn]\s*[+*/=<>-]\s*\d*[xyzn\d]|\bO\([^)]{1,12}\)|\d!|\bmod \d"
)
_STEP = re.compile(
    rf"^\s*(\d{{1,2}}[.)]|[-*•]|[a-e]\))\s|\b({words.STEPS})\b|{words.STEPS_ANYWHERE}",
    re.IGNORECASE | re.MULTILINE,
)
_QUESTION = re.compile("[?؟\uff1f]")
#: How many finds are full measure.
_FULL = {"code": 2, "mathematics": 3, "reasoning": 3, "building": 3, "writing": 2, "steps": 6, "easy": 1}


@dataclass(frozen=True, slots=True)
class Complexity:
    """What was found in a query: the score, its tier, and the signals that are not zero."""

    score: float
    tier: Tier
    signals: Mapping[str, float]

    def __str__(self) -> str:
        found = ", ".join(f"{name} {value:.2g}" for name, value in self.signals.items())
        return f"{self.tier}, {self.score:.2f} ({found or 'no signals'})"


def judge(messages: Sequence[ChatMessage], rules: AutoRules) -> Complexity:
    """How complex the last thing that a user said is, in its conversation."""
    asked = [message for message in messages if message.role == "user"]
    query = asked[-1].content if asked else ""
    turns = sum(message.role != "system" for message in messages) - 1
    found = signals(query, rules, turns)
    score = sum(
        rules.weights.get(name, 0.0) * (-value if name == "easy" else value) for name, value in found.items()
    )
    score = min(max(score, 0.0), 1.0)
    tier: Tier = "simple"
    if score >= rules.thresholds["complex"]:
        tier = "complex"
    elif score >= rules.thresholds["moderate"]:
        tier = "moderate"
    return Complexity(score, tier, {name: value for name, value in found.items() if value})


def signals(query: str, rules: AutoRules, turns: int = 0) -> dict[str, float]:
    """The signals of a query, each from 0 to 1, by name; `turns` came before it."""
    length = min(estimate_tokens(query.encode(errors="replace")) / _LONG_TOKENS, 1.0)
    text = query if len(query) <= 2 * _SEARCHED else f"{query[:_SEARCHED]}\n{query[-_SEARCHED:]}"
    lower = text.lower()
    found = {"length": length, "code": _part(_CODE, text, "code"), "steps": _part(_STEP, text, "steps")}
    for kind in WORD_KINDS:
        found[kind] = _part(_pattern(kind, rules.words.get(kind, ())), lower, kind)
    found["mathematics"] = min(found["mathematics"] + _part(_FORMULA, text, "mathematics"), 1.0)
    found["questions"] = min(max(len(_QUESTION.findall(text)) - 1, 0) / 3, 1.0)
    found["conversation"] = min(max(turns, 0) / _MANY_TURNS, 1.0)
    found["easy"] *= 1 - length
    return found


def _part(pattern: re.Pattern[str], text: str, kind: str) -> float:
    """How many different things were found, over those that are full measure."""
    different = {match.group().strip().lower() for match in pattern.finditer(text)}
    count = len(different) if kind != "steps" else sum(1 for _ in pattern.finditer(text))
    return min(count / _FULL[kind], 1.0)


@lru_cache(maxsize=256)
def _pattern(kind: str, more: tuple[str, ...]) -> re.Pattern[str]:
    """What finds the words of a kind."""
    begin, anywhere = _built_in(kind)
    own = "".join(f"|{re.escape(word.lower())}" for word in more)
    return re.compile(rf"\b(?:{begin.replace('$', chr(92) + 'b')}{own})|{anywhere}")


def _built_in(kind: str) -> tuple[str, str]:
    return getattr(words, kind.upper()), getattr(words, f"{kind.upper()}_ANYWHERE")
