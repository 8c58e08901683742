"""GitLab's code quality report: an array of issues with unique fingerprints and paths below the repository."""

import json
from collections.abc import Mapping
from typing import Any

from model_manager.commands.check import CheckReport
from model_manager.core.checking import CheckFinding
from model_manager.rendering.findings.places import RepositoryPaths, fingerprints, located_sentence, utf8

_SEVERITIES = {"error": "major", "warning": "minor"}


def gitlab_text(report: CheckReport, paths: RepositoryPaths) -> str:
    """The report; an empty array if nothing was found."""
    issues = [
        {
            "description": f"{one.code}: {located_sentence(one, paths)}",
            "check_name": one.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[one.severity],
            "location": _location(one, paths),
        }
        for one, fingerprint in zip(report.findings, fingerprints(report.findings, paths), strict=True)
    ]
    return json.dumps(issues, indent=2) + "\n"


def _location(finding: CheckFinding, paths: RepositoryPaths) -> Mapping[str, Any]:
    file, line = paths.place(finding)
    return {"path": utf8(file), "lines": {"begin": line}}
