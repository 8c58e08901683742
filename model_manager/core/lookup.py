"""Finds models and tasks by name; an unknown name gets suggestions."""

from model_manager.core.models import Catalogue, Model, Task
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UnknownNameError

LIST_HINT = "`list_models` lists the models"


def find_model(catalogue: Catalogue, name: str) -> Model:
    """The model of an id, an alias or `provider/model_id`.

    Raises:
        UnknownNameError: with similar names as its hint.
    """
    if not isinstance(name, str):
        raise UnknownNameError(f"a model's name must be a string, not {type(name).__name__}")
    if model := catalogue.find(name):
        return model
    raise UnknownNameError(
        f"there is no model {name!r} in the catalogue",
        hint=did_you_mean(name, catalogue.names()) or LIST_HINT,
    )


def find_task(catalogue: Catalogue, name: str) -> Task:
    """The task of a name.

    Raises:
        UnknownNameError: with similar names as its hint.
    """
    if not isinstance(name, str):
        raise UnknownNameError(f"a task's name must be a string, not {type(name).__name__}")
    if name in catalogue.tasks:
        return catalogue.tasks[name]
    known = ", ".join(catalogue.tasks) or "none"
    raise UnknownNameError(
        f"there is no task {name!r}", hint=did_you_mean(name, catalogue.tasks) or f"the tasks are {known}"
    )
