"""Findings about files and facts: slips, what is not read, and old facts."""

import re
from collections.abc import Iterator

from model_manager.commands.check.subject import CheckSubject, finding
from model_manager.commands.slips import slips
from model_manager.config.workspace import Workspace
from model_manager.core.checking import CheckFinding
from model_manager.core.checking.remedy import Remedy
from model_manager.core.lifecycle import stale_facts

#: Where a warning about a file begins with its place, or ends with it.
_PLACE = re.compile(r"(?:^|\bin )(?P<file>[^\s:]+):(?: lines? )?(?P<line>\d+)")
_SETTING = re.compile(r"\bMODEL_MANAGER_\w+")


def find(subject: CheckSubject) -> Iterator[CheckFinding]:
    """What is not read as it was meant, and facts that nobody has checked for long."""
    workspace = subject.workspace
    for slip in slips(workspace):
        name = slip.source.variable or ""
        message = f"{name} is not read; did you mean {slip.meant}?"
        yield finding("MM102", message, slip.source, subject=name, fix=f"rename it to {slip.meant}")
    for warning in workspace.warnings:
        yield finding("MM103", warning, _place_of(warning, workspace), subject=_without_numbers(warning))
    yield from _old_facts(subject)


def _place_of(warning: str, workspace: Workspace) -> tuple[str, int] | None:
    """Where a warning says that it belongs, or where the setting stands that it names."""
    said = _PLACE.search(warning)
    if said and said["file"] in workspace.files:
        return said["file"], int(said["line"])
    named = (place.get(name) for place in workspace.places for name in _SETTING.findall(warning))
    found = next((binding for binding in named if binding and binding.file and binding.line), None)
    return (found.file, found.line) if found and found.file and found.line else None


def _old_facts(subject: CheckSubject) -> Iterator[CheckFinding]:
    """As in `list`: the newest comparison counts, of this version's catalogue or of `update`."""
    if stale := stale_facts(subject.workspace.catalogue, subject.on):
        message = stale.message.partition(":")[0]
        yield finding("MM104", message, fix=Remedy("refresh_facts"))


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "", text)
