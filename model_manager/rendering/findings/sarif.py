"""SARIF 2.1.0, as code scanning reads it: rules with help, relative URIs, and fingerprints that stay."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from model_manager._version import __version__
from model_manager.commands.check import CheckReport
from model_manager.core.checking import CHECKED_FAMILIES, RULES, CheckFinding, Rule
from model_manager.rendering.findings.places import RepositoryPaths, fingerprints, located_sentence

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"


def sarif_text(report: CheckReport, paths: RepositoryPaths) -> str:
    """A log with one run: every rule, and a result for each finding."""
    index = {code: position for position, code in enumerate(RULES)}
    driver = {
        "name": "model-manager",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    results = [
        _result(one, index[one.code], fingerprint, paths)
        for one, fingerprint in zip(report.findings, fingerprints(report.findings, paths), strict=True)
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> Mapping[str, Any]:
    family = CHECKED_FAMILIES[rule.code[2]]
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.explanation},
        "help": {
            "text": f"{rule.explanation} {rule.mend}",
            "markdown": f"{rule.explanation}\n\n**How to fix it:** {rule.mend}",
        },
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": [family], "precision": "high"},
    }


def _result(finding: CheckFinding, index: int, fingerprint: str, paths: RepositoryPaths) -> Mapping[str, Any]:
    file, line = paths.place(finding)
    region = {"startLine": line}
    if finding.line and finding.column and paths.of(finding.file):
        region["startColumn"] = finding.column
    location = {
        "artifactLocation": {"uri": quote(file, errors="surrogateescape"), "uriBaseId": _ROOT},
        "region": region,
    }
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": located_sentence(finding, paths)},
        "locations": [{"physicalLocation": location}],
        # The first is the one that GitHub's code scanning compares.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "modelManagerFinding/v1": fingerprint},
    }
