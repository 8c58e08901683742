"""GitLab's code quality report: an array of issues with unique fingerprints and paths below the repository."""

import json

from model_manager.commands.check import CheckReport
from model_manager.rendering.findings.places import RepositoryPaths, fingerprints, sentence

_SEVERITIES = {"error": "major", "warning": "minor"}


def gitlab_text(report: CheckReport, paths: RepositoryPaths) -> str:
    """The report; an empty array if nothing was found."""
    issues = [
        {
            "description": f"{one.code}: {sentence(one)}",
            "check_name": one.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[one.severity],
            "location": {"path": paths.required(one.file), "lines": {"begin": one.line or 1}},
        }
        for one, fingerprint in zip(report.findings, fingerprints(report.findings, paths), strict=True)
    ]
    return json.dumps(issues, indent=2) + "\n"
