"""Which value of a task wins, what it hides, and what is wrong with the route that it is."""

from dataclasses import replace
from datetime import date

import pytest

from model_manager.core.assignments import Assignment, Binding, Context, Source, lint, resolve
from model_manager.core.models import Catalogue, Model, Place, Task
from model_manager.core.routing.auto import AutoRules
from model_manager.core.routing.grammar import parse_route

ON = date(2026, 11, 23)
ENV, FILE, DEFAULT = Binding(value="a"), Binding(value="b", file=".env", line=3), Binding(value=" c ")


def model(name: str, **facts: object) -> Model:
    return Model(id=name, name=name.upper(), provider=f"at-{name}", model_id=name, **facts)


CATALOGUE = Catalogue(
    models={
        "a": model("a"),
        "b": model("b", lacks=("vision",)),
        "c": model("c"),
        "old": model("old", retires=date(2026, 1, 1)),
    }
)
TASK = Task(name="t", env="AI_T_MODEL", model="a", place=Place("project", "models.toml", 7))
CONTEXT = Context(on=ON)


def resolved(*places: dict[str, Binding], task: Task = TASK, catalogue: Catalogue = CATALOGUE) -> Assignment:
    return resolve(task, catalogue, places, CONTEXT)


def codes(route: str, task: Task | None = TASK, context: Context = CONTEXT) -> list[tuple[str, str, str | None]]:
    found = lint(parse_route(route), task, CATALOGUE, context)
    return [(finding.code, finding.severity, finding.model) for finding in found]


def test_the_order_of_the_sources():
    """The task's variable in every place, then the default's, then the task's own model, then the catalogue's."""
    catalogue = replace(CATALOGUE, default_model="old", default_place=Place("user", "u.toml", 2))
    first = {"AI_T_MODEL": ENV, "AI_DEFAULT_MODEL": DEFAULT}
    second = {"AI_T_MODEL": FILE, "AI_DEFAULT_MODEL": replace(FILE, value="d")}
    found = resolved(first, second, catalogue=catalogue)
    assert (found.text, found.source) == ("a", Source(kind="environment", variable="AI_T_MODEL"))
    assert [(item.value, item.source.text) for item in found.shadowed] == [
        ("b", "AI_T_MODEL in .env:3"),
        ("c", "AI_DEFAULT_MODEL in the environment"),
        ("d", "AI_DEFAULT_MODEL in .env:3"),
        ("a", "tasks.t.model in models.toml:7"),
        ("old", "default_model in u.toml:2"),
    ]


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_blank_values_do_not_count(blank):
    """A variable that is set to nothing hides nothing and is not hidden."""
    found = resolved({"AI_T_MODEL": Binding(value=blank)}, {"AI_T_MODEL": FILE})
    assert (found.text, len(found.shadowed)) == ("b", 1)


def test_a_task_whose_variable_is_the_defaults_has_it_once():
    """A value is not hidden by itself."""
    found = resolved({"AI_DEFAULT_MODEL": ENV}, task=replace(TASK, env="AI_DEFAULT_MODEL"))
    assert [item.value for item in found.shadowed] == ["a"]
    assert found.source == Source(kind="environment", variable="AI_DEFAULT_MODEL")


def test_a_task_without_any_value_is_unassigned():
    """Nothing is guessed: the finding names both variables."""
    found = resolved(task=replace(TASK, model=None))
    assert (found.route, found.model, found.source, found.text) == (None, None, None, None)
    assert [(finding.code, finding.severity) for finding in found.problems] == [("unassigned", "error")]
    assert "AI_T_MODEL" in found.problems[0].message
    assert "AI_DEFAULT_MODEL" in found.problems[0].message


def test_a_value_that_is_no_route_wins_and_is_wrong():
    """A weaker value does not stand in for a stronger one that does not parse."""
    found = resolved({"AI_T_MODEL": Binding(value="a b")})
    assert (found.text, found.route, found.model) == ("a b", None, None)
    assert found.source == Source(kind="environment", variable="AI_T_MODEL")
    assert [item.value for item in found.shadowed] == ["a"]
    assert [(finding.code, finding.severity) for finding in found.problems] == [("invalid_route", "error")]


@pytest.mark.parametrize(("text", "name"), [("a", "a"), ("10:a+90:b", "b"), ("nobody", None), ("auto", None)])
def test_the_model_is_that_of_the_routes_name(text, name):
    """The largest share of the first option, if the catalogue has it; "auto" is no model."""
    found = resolved({"AI_T_MODEL": Binding(value=text)}).model
    assert (found and found.id) == name


def test_places_are_told_as_people_write_them():
    """A file with its line, a file without one, the environment, and the embedded catalogue."""
    assert Source(kind="file", variable="A", file=".env").text == "A in .env"
    assert Source(kind="catalogue", variable="tasks.t.model", file="m.toml").text == "tasks.t.model in m.toml"
    assert Source(kind="catalogue", variable="tasks.t.model").text == "the embedded catalogue"
    assert Source(kind="catalogue", variable="default_model").text == "default_model of the embedded catalogue"


def test_unknown_and_retired_models_are_errors():
    """A name that nobody has, and a model that is gone."""
    assert codes("nobody") == [("unknown_model", "error", "nobody")]
    assert codes("old") == [("retired", "error", "old")]
    assert codes("a,old,nobody") == [("retired", "error", "old"), ("unknown_model", "error", "nobody")]


def test_of_a_share_that_is_off_only_the_name_counts():
    """A share of 0 is not called, so neither its key nor its end matters; a wrong name still does."""
    assert codes("0:old+100:a") == []
    assert codes("0:nobody+100:a") == [("unknown_model", "error", "nobody")]


def test_a_missing_key_is_a_warning_that_names_its_variable():
    """A provider that is known not to be ready has no key; of others nothing is said."""
    context = Context(on=ON, ready={"at-a": False, "at-b": True}, key_names={"at-a": "A_KEY"})
    assert codes("a,b,c", context=context) == [("missing_key", "warning", "a")]
    (finding,) = lint(parse_route("a"), TASK, CATALOGUE, context)
    assert "A_KEY" in finding.message
    (finding,) = lint(parse_route("a"), TASK, CATALOGUE, replace(context, key_names={}))
    assert "its key" in finding.message


def test_what_a_task_requires_is_looked_at_for_every_option():
    """A known lack is an error; what is merely unknown is not told here."""
    task = replace(TASK, requires=("vision",))
    assert codes("a,b", task) == [("lacks_capability", "error", "b")]
    assert codes("b", None) == []


def test_auto_needs_a_table_and_stands_for_its_models():
    """Without a table "auto" leads nowhere; with one, its models are looked at in its place."""
    assert codes("auto") == [("no_auto_table", "error", "auto")]
    task = replace(TASK, auto=AutoRules(models={"simple": "old", "complex": "a"}))
    assert codes("auto", task) == [("retired", "error", "old")]
    assert codes("auto", None) == []


def test_preferences_are_looked_at_too_and_named():
    """What is wrong with a preference alone says which one; what is wrong with the route as well is told once."""
    task = replace(TASK, preferences={"fast": "nobody", "same": "old"})
    found = resolved({"AI_T_MODEL": Binding(value="old")}, task=task)
    assert [(finding.code, finding.message.startswith("preference fast: ")) for finding in found.problems] == [
        ("retired", False),
        ("unknown_model", True),
    ]


def test_a_binding_does_not_show_its_value():
    """It may be a key."""
    assert "secret" not in repr(Binding(value="secret"))
