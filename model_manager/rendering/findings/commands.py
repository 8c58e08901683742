"""The commands that mend findings, as they are typed into a shell."""

from collections.abc import Callable, Mapping

from model_manager.core.checking import CheckFinding
from model_manager.core.checking.remedy import Action, Remedy

_COMMANDS: Mapping[Action, Callable[[Remedy], str]] = {
    "assign": lambda one: f"model-manager assign {one.subject} {one.route or 'MODEL'}",
    "assign_default": lambda one: f"model-manager assign --default {one.route or 'MODEL'}",
    "compare_costs": lambda one: f"compare with model-manager cost {one.subject}",
    "review_destination": lambda one: f"model-manager trust {one.subject}",
    "refresh_facts": lambda _: "model-manager update, or a newer version of model-manager",
    "call_model": lambda one: f"try it with model-manager test {one.subject}",
}


def fix_of(finding: CheckFinding) -> str | None:
    """How to mend a finding, with the command that does it where there is one."""
    remedy = finding.remedy
    return _COMMANDS[remedy.action](remedy) if remedy else finding.fix
