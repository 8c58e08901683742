"""How long a model will last: its status as of a day, and what is worth a warning."""

from datetime import date, timedelta

import pytest

from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.models import Model

END = date(2026, 12, 31)


def model(**facts: object) -> Model:
    return Model(id="m", name="M", provider="p", model_id="m", **facts)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, "active"),
        ({"stage": "preview"}, "preview"),
        ({"stage": "legacy"}, "legacy"),
        ({"retires": END}, "retired"),
        ({"retires": END + timedelta(1)}, "deprecated"),
        ({"deprecated": END}, "deprecated"),
        ({"deprecated": END + timedelta(1)}, "active"),
        ({"deprecated": END + timedelta(1), "retires": END + timedelta(9)}, "active"),
        ({"deprecated": END, "retires": END + timedelta(1)}, "deprecated"),
        ({"deprecated": END + timedelta(1), "stage": "legacy"}, "legacy"),
    ],
)
def test_the_status_of_a_day(facts, status):
    """Retired from the day of its end on, deprecated from the day that says so or else once an end is announced."""
    assert model(**facts).status(END) == status


@pytest.mark.parametrize(
    ("days", "code", "severity", "words"),
    [
        (-1, "retired", "error", "retired on 2026-12-30"),
        (0, "retired", "error", "retired on 2026-12-31"),
        (1, "retires_soon", "warning", "in 1 day (2027-01-01)"),
        (2, "retires_soon", "warning", "in 2 days (2027-01-02)"),
        (30, "retires_soon", "warning", "in 30 days"),
        (31, "deprecated", "warning", "retires on 2027-01-31"),
    ],
)
def test_the_nearer_the_end_the_louder(days, code, severity, words):
    """An error once it is gone, a count of days in the last thirty, the date before that."""
    retiring = model(retires=END + timedelta(days))
    assert retiring.days_left(END) == days
    (finding,) = lifecycle_problem(retiring, END)
    assert (finding.code, finding.severity, finding.model) == (code, severity, "m")
    assert words in finding.message


def test_a_model_without_an_end_is_worth_no_word():
    """Nothing is announced; a model that is deprecated without a date is told without one."""
    assert model().days_left(END) is None
    assert list(lifecycle_problem(model(stage="legacy"), END)) == []
    (finding,) = lifecycle_problem(model(deprecated=END), END)
    assert (finding.code, "retires" in finding.message) == ("deprecated", False)


@pytest.mark.parametrize("facts", [{"retires": END}, {"retires": END + timedelta(3)}, {"deprecated": END}])
def test_a_replacement_is_named(facts):
    """Whatever is said, it ends with what to use."""
    (finding,) = lifecycle_problem(model(**facts, replacement="other"), END)
    assert finding.message.endswith("use other")
    (finding,) = lifecycle_problem(model(**facts), END)
    assert "use" not in finding.message


@pytest.mark.parametrize(("word", "known"), [("chat", True), ("audio", False), ("vision", None)])
def test_what_nobody_has_said_is_unknown(word, known):
    """A capability is there, lacking or unknown."""
    assert model(capabilities=("chat",), lacks=("audio",)).has(word) is known
