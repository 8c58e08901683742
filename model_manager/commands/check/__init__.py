"""`check`: what is wrong with a project's models, tasks, keys and budgets, without spending a token."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from model_manager.commands.check import assignments, configuration, destinations, options, spending
from model_manager.commands.check.ignores import Ignores
from model_manager.commands.check.subject import CheckSubject
from model_manager.commands.performance import Degraded
from model_manager.config.workspace import Workspace
from model_manager.core.checking import RULES, CheckFinding
from model_manager.core.lifecycle import SOON_DAYS
from model_manager.core.redaction import Redactor
from model_manager.errors import ExitCode, ModelManagerError

__all__ = ["CheckReport", "CheckRequest", "of_error", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What is to be checked.

    Attributes:
        on: the day as of which lifecycles, prices and the age of facts are judged.
        days: how far ahead retirements and higher prices are warned of.
        ignored: codes of rules that do not count.
    """

    on: date
    days: int = SOON_DAYS
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was found, errors first.

    Attributes:
        ignored: how many findings comments or the request have ignored.
        tasks: the tasks that were checked.
        is_invalid: whether the files are invalid, so that nothing else was checked.
        files: the files of the configuration, by the names that findings have for them.
    """

    on: date
    findings: tuple[CheckFinding, ...]
    ignored: int = 0
    tasks: tuple[str, ...] = field(default=())
    is_invalid: bool = False
    files: Mapping[str, Path] = field(default_factory=dict, repr=False)

    @property
    def errors(self) -> int:
        """How many errors."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many warnings."""
        return len(self.findings) - self.errors

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """3 for invalid files, 1 for errors (with `strict` for warnings too), else 0."""
        if self.is_invalid:
            return ExitCode.CONFIGURATION
        return ExitCode.FAILED if self.errors or (strict and self.warnings) else ExitCode.OK

    def redacted(self, redact: Redactor) -> "CheckReport":
        """The same without keys in it."""
        findings = (
            replace(
                one,
                message=redact(one.message),
                file=redact(one.file) if one.file else None,
                subject=redact(one.subject),
                model=redact(one.model) if one.model else None,
                fix=redact(one.fix) if one.fix else None,
                remedy=one.remedy.mapped(redact) if one.remedy else None,
            )
            for one in self.findings
        )
        return replace(self, findings=tuple(findings))


def run(
    workspace: Workspace,
    request: CheckRequest,
    degraded: Degraded | None = None,
    more: Iterable[CheckFinding] = (),
) -> CheckReport:
    """Check a workspace.

    Args:
        workspace: what is checked.
        request: as of which day, and what does not count.
        degraded: the models that have become worse by the ledger.
        more: findings of what was asked for besides: of source code, of providers' lists.
    """
    subject = CheckSubject(workspace, request.on, request.days)
    found = [
        *configuration.find(subject),
        *assignments.find(subject, degraded or Degraded()),
        *options.find(subject),
        *destinations.find(subject),
        *spending.find(subject),
        *more,
    ]
    ignores = Ignores(workspace)
    found += ignores.unknown(found)
    kept = [one for one in found if one.code not in request.ignored and not ignores.covers(one)]
    return CheckReport(
        on=request.on,
        findings=tuple(sorted(dict.fromkeys(kept), key=_order)),
        ignored=len(found) - len(kept),
        tasks=tuple(workspace.catalogue.tasks),
        files=workspace.files,
    )


def of_error(error: ModelManagerError, on: date) -> CheckReport:
    """The report about files that are invalid: a finding for every problem."""
    problems = [
        CheckFinding(
            code="MM101",
            severity=RULES["MM101"].severity,
            message=": ".join(part for part in (problem.key, problem.message) if part),
            file=problem.file,
            line=problem.line,
            subject=problem.key,
            fix=problem.hint,
        )
        for problem in error.problems
    ]
    whole = CheckFinding(code="MM101", severity="error", message=error.message, fix=error.hint)
    return CheckReport(on=on, findings=tuple(problems) or (whole,), is_invalid=True)


def _order(finding: CheckFinding) -> tuple[object, ...]:
    """Errors first, then by place and code."""
    return (
        finding.severity != "error",
        finding.file is None,
        finding.file or "",
        finding.line or 0,
        finding.column or 0,
        finding.code,
        finding.message,
    )
