"""The findings of `check` in the formats that other programs read."""

from collections.abc import Callable, Mapping

from model_manager.commands.check import CheckReport
from model_manager.rendering.findings.github import github_text
from model_manager.rendering.findings.gitlab import gitlab_text
from model_manager.rendering.findings.junit import junit_text
from model_manager.rendering.findings.places import RepositoryPaths
from model_manager.rendering.findings.sarif import sarif_text

#: By the format's name: the whole text, with its last line's end.
FORMATS: Mapping[str, Callable[[CheckReport, RepositoryPaths], str]] = {
    "github": github_text,
    "gitlab": gitlab_text,
    "junit": junit_text,
    "sarif": sarif_text,
}

__all__ = ["FORMATS", "RepositoryPaths"]
