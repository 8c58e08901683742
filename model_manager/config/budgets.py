"""The budgets of a workspace, and the name under which its calls are recorded and counted."""

from dataclasses import replace

from model_manager.config.directories import project_label
from model_manager.config.workspace import Workspace
from model_manager.core.models import Budget


def project_of(workspace: Workspace) -> str:
    """The name under which a workspace's calls are recorded."""
    return workspace.settings.project or project_label(workspace.directory)


def budgets_of(workspace: Workspace) -> tuple[Budget, ...]:
    """The budgets of a workspace; those of the project's file are about its own calls."""
    found = workspace.catalogue.budgets
    if not any(budget.place.layer == "project" for budget in found):
        return found
    project = project_of(workspace)
    return tuple(replace(one, project=project) if one.place.layer == "project" else one for one in found)
