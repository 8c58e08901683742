"""A rule of `check`, its examples, and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from model_manager.core.checking.remedy import Remedy

Severity = Literal["error", "warning"]

#: The families of rules, by the digit behind MM.
CHECKED_FAMILIES = {
    "1": "Files and facts",
    "2": "Tasks and their models",
    "3": "Fallback chains and requirements",
    "4": "Source code",
    "5": "Keys and destinations",
    "6": "Money",
    "7": "Providers' own lists (--live)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExample:
    """A project that a rule finds something in, or nothing.

    Attributes:
        files: content by name, such as models.toml and .env.
        environ: variables of the process environment.
        on: the day as of which it is checked.
        listed: with --live, what the provider's list says.
        recorded: facts of the ledger that no file shows, as a sentence; the tests record such calls.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    on: date = date(2026, 11, 28)
    listed: Any = None
    recorded: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule. Its code and name never change, nor get another meaning.

    Attributes:
        code: such as MM204.
        name: the same in words, such as retired-model.
        title: a few words for tables and reports.
        explanation: why it matters, when it is found.
        mend: how to mend it.
        bad, good: projects that the tests check.
    """

    code: str
    name: str
    severity: Severity
    title: str
    explanation: str
    mend: str
    bad: RuleExample
    good: RuleExample


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFinding:
    """Something that a rule has found.

    Attributes:
        file: as its user would write it; None: the process environment, or no file at all.
        subject: what tells it from other findings of the rule at the same task and model, and stays when lines
            move: a variable, a budget, an option's name.
        fix: how to mend it, in words; several lines are to be pasted.
        remedy: the same as facts, where it is an action of this program; the command line says it as a command.
    """

    code: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    task: str | None = None
    model: str | None = None
    subject: str = ""
    fix: str | None = None
    remedy: Remedy | None = None
