"""The findings of a model's probes, compared with the catalogue: values and rules, no calls."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from model_manager.core.messages import Reply
from model_manager.core.models import CAPABILITIES, Model
from model_manager.core.pricing import add
from model_manager.errors import REFUSED_KINDS, UNAVAILABLE_KINDS, ExitCode, ProviderError
from model_manager.live_test.probes import PROBES, ProbeAnswer
from model_manager.live_test.report import Target

#: A refusal of what was asked for, as opposed to one of who asks or how often.
_REFUSALS = frozenset({"bad_request", "not_found"})
#: Some servers say with a 5xx that they cannot do something at all.
_CANNOT = re.compile(r"(not|n't) (currently )?support|unsupported|not implemented", re.IGNORECASE)

Outcome = ProbeAnswer | ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinding:
    """One capability: what the catalogue says, what was found (None: unknown), and why."""

    capability: str
    catalogue: bool | None
    found: bool | None
    evidence: str = ""
    error: ProviderError | None = None

    @property
    def relation(self) -> Literal["agrees", "differs", "new"] | None:
        """How the two compare; None where nothing was found or the catalogue has no word for it."""
        if self.found is None or (self.catalogue is None and self.capability not in CAPABILITIES):
            return None
        if self.catalogue is None:
            return "new"
        return "agrees" if self.catalogue == self.found else "differs"


#: Relations that the catalogue should learn from.
_TO_WRITE = frozenset({"differs", "new"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProbe:
    """All findings about a model. `cost_usd` is None if a call that answered has an unknown cost."""

    target: Target
    key_variable: str | None = None
    findings: tuple[ProbeFinding, ...] = ()
    cost_usd: Decimal | None = Decimal(0)
    warnings: tuple[str, ...] = ()

    @property
    def catalogue_entry(self) -> Mapping[str, Any] | None:
        """The model's entry for models.toml, as far as the findings differ; None if they agree.

        `capabilities` and `lacks` are whole, as a file's arrays replace those of the files below it.
        """
        model = self.target.model
        differing = {item.capability: bool(item.found) for item in self.findings if item.relation in _TO_WRITE}
        if model is None or not differing:
            return None
        has = {word: differing.get(word, model.has(word)) for word in CAPABILITIES}
        entry: dict[str, Any] = {}
        if differing.keys() & set(CAPABILITIES):
            entry["capabilities"] = [word for word, value in has.items() if value is True]
            entry["lacks"] = [word for word, value in has.items() if value is False]
        if "temperature" in differing:
            entry["parameters"] = {"temperature": differing["temperature"]}
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """The probes of all models. `worst_case_usd` is what they could have cost, or None if that is unknown."""

    probes: tuple[ModelProbe, ...]
    worst_case_usd: Decimal | None
    interrupted: bool = False

    @property
    def cost_usd(self) -> Decimal | None:
        """US dollars that all probes cost."""
        return add(probe.cost_usd for probe in self.probes)

    @property
    def exit_code(self) -> ExitCode:
        """0 if every probe has a verdict; 4 or 5 if all that have none were refused or met an outage; else 1."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        unknown = [finding for probe in self.probes for finding in probe.findings if finding.found is None]
        kinds = {finding.error.kind if finding.error else "truncated" for finding in unknown}
        if not kinds:
            return ExitCode.OK
        if kinds <= REFUSED_KINDS:
            return ExitCode.REFUSED
        return ExitCode.UNAVAILABLE if kinds <= UNAVAILABLE_KINDS else ExitCode.FAILED


def findings_of(
    model: Model | None, outcomes: Sequence[Outcome], beliefs: Mapping[str, bool | None]
) -> Iterator[ProbeFinding]:
    """The findings from the outcomes of `PROBES`, in their order.

    A refusal proves that a capability is missing only if the model answers at all.

    Args:
        model: what was probed; None for a name that the catalogue does not have.
        outcomes: an answer, or why there is none, for each probe.
        beliefs: what the catalogue says about what is no capability word.
    """
    catalogue = {**beliefs, **({word: model.has(word) for word in CAPABILITIES} if model else {})}
    answers = [outcome for outcome in outcomes if isinstance(outcome, ProbeAnswer)]
    yield _chat(outcomes, answers, catalogue)
    for probe, outcome in zip(PROBES, outcomes, strict=True):
        for capability, judge in probe.judges.items():
            said = catalogue.get(capability)
            if isinstance(outcome, ProbeAnswer):
                verdict = judge(outcome)
                yield ProbeFinding(
                    capability=capability, catalogue=said, found=verdict.found, evidence=verdict.evidence
                )
            elif answers and is_refusal(outcome):
                yield ProbeFinding(capability=capability, catalogue=said, found=False, evidence=outcome.message)
            else:
                yield ProbeFinding(
                    capability=capability, catalogue=said, found=None, evidence=outcome.message, error=outcome
                )


def _chat(
    outcomes: Sequence[Outcome], answers: Sequence[ProbeAnswer], catalogue: Mapping[str, bool | None]
) -> ProbeFinding:
    said = catalogue.get("chat")
    if answers:
        evidence = f"answered {len(answers)} of {len(outcomes)} probes"
        return ProbeFinding(capability="chat", catalogue=said, found=True, evidence=evidence)
    error = next(outcome for outcome in outcomes if isinstance(outcome, ProviderError))
    return ProbeFinding(capability="chat", catalogue=said, found=None, evidence=error.message, error=error)


def is_refusal(error: ProviderError) -> bool:
    """Whether the provider says that it cannot do what was asked for."""
    if error.kind in _REFUSALS:
        return True
    return error.kind == "server" and _CANNOT.search(error.message) is not None


def cost_of(outcomes: Sequence[Outcome]) -> Decimal | None:
    """US dollars that the outcomes cost, as far as they reached a provider."""
    replies: list[Reply] = []
    for outcome in outcomes:
        reply = outcome.reply if isinstance(outcome, ProbeAnswer) else outcome.partial
        replies += [reply] if reply else []
    return add(reply.cost_usd for reply in replies)
