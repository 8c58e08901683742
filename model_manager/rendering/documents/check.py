"""Builds the JSON documents of `check`."""

from typing import TYPE_CHECKING

from model_manager.commands.check import CheckReport
from model_manager.core.checking import RULES, Rule
from model_manager.rendering.findings.commands import fix_of

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.checks import CheckDocument, CheckRuleObject, CheckRulesDocument


def check_document(report: CheckReport) -> "CheckDocument":
    """The findings, errors first."""
    return {
        "schema": 1,
        "on": report.on,
        "findings": [
            {
                "code": one.code,
                "severity": one.severity,
                "message": one.message,
                "file": one.file,
                "line": one.line,
                "column": one.column,
                "task": one.task,
                "model": one.model,
                "fix": fix_of(one),
            }
            for one in report.findings
        ],
        "errors": report.errors,
        "warnings": report.warnings,
        "ignored": report.ignored,
    }


def rules_document(rules: tuple[Rule, ...] = tuple(RULES.values())) -> "CheckRulesDocument":
    """Some rules, or all."""
    return {"schema": 1, "rules": [_rule(rule) for rule in rules]}


def _rule(rule: Rule) -> "CheckRuleObject":
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "title": rule.title,
        "explanation": rule.explanation,
        "mend": rule.mend,
        "bad": dict(rule.bad.files),
        "good": dict(rule.good.files),
    }
