"""Finding the model, the task and the assignment that a user named in a workspace."""

from datetime import date

from model_manager.config.workspace import Workspace
from model_manager.core import lookup
from model_manager.core.assignments import Assignment
from model_manager.core.models import Model, Task


def find_model(workspace: Workspace, name: str) -> Model:
    """The model that a user named.

    Raises:
        UnknownNameError: with the names that come near.
    """
    return lookup.find_model(workspace.catalogue, name)


def find_assignment(workspace: Workspace, name: str, on: date) -> Assignment:
    """The assignment of the task that a user named.

    Raises:
        UnknownNameError: with the names that come near.
    """
    task = find_task(workspace, name)
    return next(assignment for assignment in workspace.assignments(on) if assignment.task is task)


def find_task(workspace: Workspace, name: str) -> Task:
    """The task that a user named.

    Raises:
        UnknownNameError: with the names that come near.
    """
    return lookup.find_task(workspace.catalogue, name)
