"""`info`: everything about a model, and how a task comes to its model."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from projects import SMALL, workspace_of

from model_manager.commands.info import ModelInfo, TaskInfo, run
from model_manager.errors import UnknownNameError

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAMILY = (
    SMALL
    + """
aliases = ["em"]
model_id = "wire/m"
capabilities = ["chat", "vision", "fast-response", "prompt-caching"]
context_window = 1_000
price = { input = 4, output = 4 }
retires = 2026-12-01
[models.same]
provider = "acme"
capabilities = ["chat", "vision", "audio"]
context_window = 900
price = { input = 1, output = 1 }
[models.cheapest]
provider = "acme"
capabilities = ["chat", "vision"]
context_window = 9_000
price = { input = 0, output = 0 }
[models.short]
provider = "acme"
capabilities = ["chat", "vision"]
context_window = 899
price = { input = 1, output = 1 }
[models.windowless]
provider = "acme"
capabilities = ["chat", "vision"]
price = { input = 1, output = 1 }
[models.blind]
provider = "acme"
capabilities = ["chat"]
context_window = 1_000
price = { input = 1, output = 1 }
[models.going]
provider = "acme"
capabilities = ["chat", "vision"]
context_window = 1_000
price = { input = 1, output = 1 }
retires = 2028-01-01
[models.equal]
provider = "acme"
capabilities = ["chat", "vision"]
context_window = 1_000
price = { input = 4, output = 4 }
[models.dearer]
provider = "acme"
capabilities = ["chat", "vision"]
context_window = 1_000
price = { input = 5, output = 5 }
[models.unpriced]
provider = "acme"
capabilities = ["chat", "vision"]
context_window = 1_000
[tasks.work]
model = "em"
profile = { requests_per_day = 10, input_tokens = 1_000_000, output_tokens = 0 }
"""
)


def model_info(name: str, text: str = FAMILY, **options) -> ModelInfo:
    found = run(workspace_of({"models.toml": text}, **options), name, NOON)
    assert isinstance(found, ModelInfo)
    return found


def task_info(name: str, text: str = FAMILY, **options) -> TaskInfo:
    found = run(workspace_of({"models.toml": text}, **options), name, NOON)
    assert isinstance(found, TaskInfo)
    return found


@pytest.mark.parametrize("name", ["m", "em", "acme/wire/m"])
def test_a_model_is_found_by_each_of_its_names(name):
    """An id, an alias and provider/model_id lead to the same model."""
    assert model_info(name).row.model.id == "m"


def test_cheaper_models_can_do_the_same_and_will_stay():
    """Cheaper ones have the abilities that matter, about the same window, a known price, and no end in sight."""
    cheaper = model_info("m").cheaper
    assert [(item.model.id, item.cost_usd, item.relative) for item in cheaper] == [
        ("cheapest", 0, 0),
        ("same", Decimal("0.1"), Decimal("0.25")),
    ]
    assert model_info("cheapest").cheaper == ()
    assert model_info("unpriced").cheaper == ()


def test_a_model_knows_its_tasks_problems_key_and_place():
    """The sheet has the tasks, the end, the variable of the key and who said the base URL."""
    found = model_info("m", env={"ACME_API_KEY": "sk-12345", "ACME_BASE_URL": "https://x.example/v1"})
    assert found.row.tasks == ("work",)
    assert [problem.code for problem in found.problems] == ["retires_soon"]
    assert (found.key.variable, found.key.binding is not None) == ("ACME_API_KEY", True)
    assert found.destination.named_by == "ACME_BASE_URL in the environment"
    assert model_info("m").destination.named_by == "models.toml:5"


def test_a_task_tells_its_model_cost_and_what_it_hides():
    """A task's sheet has who wins, what that hides, and the month's cost."""
    found = task_info("work", env={"AI_WORK_MODEL": "same"})
    assert found.assignment.model is not None
    assert (found.assignment.model.id, found.monthly_usd) == ("same", 300)
    assert [(item.value, item.source.text) for item in found.assignment.shadowed] == [
        ("em", "tasks.work.model in models.toml:61")
    ]


@pytest.mark.parametrize(
    ("route", "dollars"),
    [
        ("50:em+50:same", 750),
        ("90:same+10:em,cheapest", 390),
        ("em+same+same", 600),
        ("0:em+100:same", 300),
        ("50:same+50:nobody", None),
        ("50:same+50:auto", None),
    ],
)
def test_a_split_costs_what_its_shares_cost(route, dollars):
    """Each share counts by its weight; what the route falls back on, or has turned off, does not."""
    assert task_info("work", env={"AI_WORK_MODEL": route}).monthly_usd == dollars


def test_a_share_of_0_is_not_complained_of():
    """Of a model that is off only an unknown name is told: not that it is about to retire, nor what it lacks."""
    codes = {
        route: [problem.code for problem in task_info("work", env={"AI_WORK_MODEL": route}).assignment.problems]
        for route in ("100:same+0:em", "50:same+50:em", "100:same+0:nobody")
    }
    assert "retires_soon" in codes["50:same+50:em"]
    assert "retires_soon" not in codes["100:same+0:em"]
    assert "unknown_model" in codes["100:same+0:nobody"]


@pytest.mark.parametrize("route", ["nobody", "a b", "auto"])
def test_a_task_without_a_known_model_has_no_cost(route):
    """An unknown model is shown as a problem, not raised."""
    found = task_info("work", env={"AI_WORK_MODEL": route})
    assert (found.assignment.text, found.assignment.model, found.monthly_usd) == (route, None, None)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("wrok", "did you mean work?"),
        ("chepest", "did you mean cheapest?"),
        ("zzzzz", "`list_models` lists the models"),
        ("", "`list_models` lists the models"),
    ],
)
def test_an_unknown_name_comes_with_what_was_meant(name, hint):
    """Neither a model nor a task: what comes near is told."""
    with pytest.raises(UnknownNameError) as caught:
        run(workspace_of({"models.toml": FAMILY}), name, NOON)
    assert caught.value.message == f"there is no model or task {name!r}"
    assert caught.value.hint == hint


LINEAGE = (
    SMALL
    + """
retires = 2026-01-01
replacement = "next"
[models.next]
provider = "acme"
retires = 2026-06-01
replacement = "last"
[models.last]
provider = "acme"
[models.lost]
provider = "acme"
retires = 2026-01-01
replacement = "lost-too"
[models.lost-too]
provider = "acme"
retires = 2026-01-01
replacement = "lost"
"""
)


def test_a_model_that_ends_comes_with_the_assignments_that_replace_it():
    """Each task that uses it gets its route with the model that is still there, other names as they are."""
    tasks = "[tasks.a]\nmodel = '90:m+10:last,next'\n[tasks.b]\nmodel = 'last'\n"
    found = model_info("m", LINEAGE + tasks)
    assert [(move.task, move.route) for move in found.moves] == [("a", "90:last+10:last,next")]
    assert task_info("a", LINEAGE + tasks).moved == "90:last+10:last,last"
    assert task_info("b", LINEAGE + tasks).moved is None


def test_a_model_that_no_task_uses_has_its_replacement():
    """Without a task, the route is the replacement; where that goes round in circles there is none."""
    assert [(move.task, move.route) for move in model_info("m", LINEAGE).moves] == [(None, "last")]
    assert (model_info("lost", LINEAGE).moves, model_info("last", LINEAGE).moves) == ((), ())


def test_cheaper_models_name_legacy_ones_last():
    """However little it costs, a legacy model does not stand before a current one."""
    text = FAMILY.replace("[models.cheapest]\n", '[models.cheapest]\nstatus = "legacy"\n')
    assert [item.model.id for item in model_info("m", text).cheaper] == ["same", "cheapest"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("claude-haiku", "did you mean claude-haiku-5-5 or "),
        ("gpt-6", "did you mean gpt-6-luna or "),
        ("gpt-4-turb", "did you mean gpt-4-turbo or "),
        ("claude-sonnet", "did you mean claude-sonnet-5-5 or "),
    ],
)
def test_current_models_are_suggested_first(name, hint):
    """Older models come after current ones, unless the name is one letter away from theirs."""
    with pytest.raises(UnknownNameError) as caught:
        run(workspace_of(), name, NOON)
    assert caught.value.hint.startswith(hint)
