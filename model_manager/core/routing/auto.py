"""How a task chooses among models by a query's complexity: values only; `complexity` judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ComplexityTier = Literal["simple", "moderate", "complex"]
TIERS: tuple[ComplexityTier, ...] = ("simple", "moderate", "complex")
#: What each signal counts; a task's [tasks.x.auto.weights] may say otherwise.
WEIGHTS: Mapping[str, float] = {
    "length": 0.30,
    "code": 0.30,
    "mathematics": 0.35,
    "proof": 0.35,
    "reasoning": 0.35,
    "building": 0.35,
    "writing": 0.20,
    "steps": 0.35,
    "questions": 0.10,
    "conversation": 0.05,
    "easy": 0.25,
}
#: From which score on a query is of a tier; a task's [tasks.x.auto.thresholds] may say otherwise.
THRESHOLDS: Mapping[str, float] = {"moderate": 0.08, "complex": 0.33}
#: The kinds of words that a task's [tasks.x.auto.words] may add to.
WORD_KINDS = ("proof", "reasoning", "building", "writing", "mathematics", "easy")


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoRules:
    """How a task chooses by complexity: its [tasks.x.auto] table.

    Attributes:
        models: a model's name for each tier.
        thresholds: from which score on a query is moderate, or complex.
        weights: what each signal counts.
        words: further words by their kind.
    """

    models: Mapping[str, str]
    thresholds: Mapping[str, float] = field(default_factory=lambda: THRESHOLDS)
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def strongest(self) -> str:
        """The model of the highest tier that has one: what is chosen where there is no query to judge."""
        return next(self.models[tier] for tier in reversed(TIERS) if tier in self.models)

    def model_of(self, tier: ComplexityTier) -> str:
        """The model of a tier; if it has none, that of the next higher one, else of the next lower."""
        at = TIERS.index(tier)
        order = (*TIERS[at:], *reversed(TIERS[:at]))
        return next(self.models[name] for name in order if name in self.models)
