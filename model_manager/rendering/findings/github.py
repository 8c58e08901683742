"""Workflow commands of GitHub Actions, which become annotations of a pull request.

GitHub shows ten errors and ten warnings of a step and drops the others, so those are plain lines of the log.
"""

from collections.abc import Iterator

from model_manager.commands.check import CheckReport
from model_manager.core.checking import RULES, CheckFinding
from model_manager.rendering.findings.places import RepositoryPaths, located_sentence, utf8
from model_manager.rendering.text import clean

#: Of each severity.
MOST_ANNOTATIONS = 10


def github_text(report: CheckReport, paths: RepositoryPaths) -> str:
    """A line for each finding, and a summary."""
    lines = []
    for severity in ("error", "warning"):
        findings = [one for one in report.findings if one.severity == severity]
        lines += [_annotation(one, paths) for one in findings[:MOST_ANNOTATIONS]]
        lines += [_plain(one) for one in findings[MOST_ANNOTATIONS:]]
    lines.append(f"model-manager check: errors: {report.errors}, warnings: {report.warnings}")
    return "\n".join(lines) + "\n"


def _annotation(finding: CheckFinding, paths: RepositoryPaths) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding, paths))
    return f"::{finding.severity} {properties}::{_data(located_sentence(finding, paths))}"


def _properties(finding: CheckFinding, paths: RepositoryPaths) -> Iterator[tuple[str, str]]:
    if file := paths.of(finding.file):
        yield "file", utf8(file)
        if finding.line:
            yield "line", str(finding.line)
        if finding.line and finding.column:
            yield "col", str(finding.column)
    yield "title", f"{finding.code} {RULES[finding.code].title}"


def _plain(finding: CheckFinding) -> str:
    """A line of the log: it never begins as a command does."""
    where = f"{finding.file}:{finding.line or 1}: " if finding.file else ""
    return f"{finding.severity}: {clean(where + finding.message)} ({finding.code})"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
