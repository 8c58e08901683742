"""Finding models and tasks by name, and what an unknown name is told."""

import pytest

from model_manager.core.models import Catalogue, Model, Task
from model_manager.core.suggestions import LIST_HINT, find_model, find_task
from model_manager.errors import UnknownNameError

HAIKU = Model(id="haiku", name="Haiku", provider="acme", model_id="haiku-9", aliases=("quick",))
CHAT = Task(name="chat")
CATALOGUE = Catalogue(models={"haiku": HAIKU}, tasks={"chat": CHAT, "search": Task(name="search")})


@pytest.mark.parametrize("name", ["haiku", "quick", "acme/haiku-9"])
def test_a_model_has_several_names(name: str) -> None:
    """An id, an alias and the provider's own name find a model."""
    assert find_model(CATALOGUE, name) is HAIKU


@pytest.mark.parametrize(("name", "hint"), [("haikku", "did you mean haiku?"), ("zzz", LIST_HINT)])
def test_an_unknown_model(name: str, hint: str) -> None:
    """An unknown name is told with those that come near, or else how to see all."""
    with pytest.raises(UnknownNameError) as caught:
        find_model(CATALOGUE, name)
    assert (caught.value.message, caught.value.hint) == (f"there is no model {name!r} in the catalogue", hint)


def test_a_task_by_its_name() -> None:
    """A task has one name."""
    assert find_task(CATALOGUE, "chat") is CHAT


@pytest.mark.parametrize(
    ("name", "tasks", "hint"),
    [
        ("chta", CATALOGUE, "did you mean chat?"),
        ("zzz", CATALOGUE, "the tasks are chat, search"),
        ("zzz", Catalogue(), "the tasks are none"),
    ],
)
def test_an_unknown_task(name: str, tasks: Catalogue, hint: str) -> None:
    """An unknown task is told with those that come near, or else with all of them."""
    with pytest.raises(UnknownNameError) as caught:
        find_task(tasks, name)
    assert (caught.value.message, caught.value.hint) == (f"there is no task {name!r}", hint)


@pytest.mark.parametrize("find", [find_model, find_task])
def test_a_name_is_a_string(find: object) -> None:
    """What is no string is told as such."""
    with pytest.raises(UnknownNameError, match="must be a string, not int"):
        find(CATALOGUE, 5)
