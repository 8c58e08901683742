"""What a task requires of a model: what it fails, and what is unknown."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from model_manager.core.models import Model, Task
from model_manager.core.pricing import Change, Price, Rates
from model_manager.core.requirements import unmet

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MODEL = Model(
    id="m",
    name="M",
    provider="p",
    model_id="m",
    capabilities=("chat", "vision"),
    lacks=("audio", "pdf"),
    context_window=1_000,
    price=Price(rates=Rates(input=Decimal(2))),
)
TASK = Task(name="t")


def found(task: Task, model: Model = MODEL, moment: datetime = NOON) -> list[tuple[str, str]]:
    """Codes and severities, each for the model."""
    findings = list(unmet(task, model, moment))
    assert all(finding.model == model.id for finding in findings)
    return [(finding.code, finding.severity) for finding in findings]


def test_a_task_without_requirements_asks_nothing():
    """Where nothing is required, a model of which nothing is known will do."""
    assert found(TASK, Model(id="x", name="X", provider="p", model_id="x")) == []


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        (("chat", "vision"), []),
        (("chat", "audio"), [("lacks_capability", "error")]),
        (("streaming",), [("unknown_capability", "info")]),
        (("audio", "streaming"), [("lacks_capability", "error"), ("unknown_capability", "info")]),
    ],
)
def test_a_capability_is_there_lacking_or_unknown(requires, expected):
    """What a model is known to lack is an error, what nobody has said is not."""
    assert found(replace(TASK, requires=requires)) == expected


def test_all_capabilities_of_a_kind_are_named_in_one_finding():
    """The message names each word that is lacking, or unknown, and no other."""
    lacking, unknown = unmet(
        replace(TASK, requires=("chat", "audio", "streaming", "pdf", "reasoning")), MODEL, NOON
    )
    assert ("audio, pdf" in lacking.message, "chat" in lacking.message) == (True, False)
    assert ("streaming, reasoning" in unknown.message, "audio" in unknown.message) == (True, False)


@pytest.mark.parametrize(
    ("needed", "expected"), [(999, []), (1_000, []), (1_001, [("context_too_small", "error")]), (0, [])]
)
def test_a_context_window_holds_what_is_needed_or_more(needed, expected):
    """A window of exactly the size that a task needs is large enough."""
    assert found(replace(TASK, min_context=needed)) == expected


def test_an_unknown_context_window_is_no_small_one():
    """Where the size is unknown, so is whether it will do."""
    task = replace(TASK, min_context=1)
    assert found(task, replace(MODEL, context_window=None)) == [("unknown_context", "info")]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("2", []), ("2.01", []), ("1.99", [("too_expensive", "error")]), ("0", [("too_expensive", "error")])],
)
def test_a_price_may_be_as_high_as_the_limit(limit, expected):
    """The input rate counts, and one that equals the limit is allowed."""
    assert found(replace(TASK, max_price=Decimal(limit))) == expected


@pytest.mark.parametrize("price", [None, Price(rates=Rates(output=Decimal(1)))])
def test_an_unknown_price_is_neither_high_nor_low(price):
    """Without a price, or without an input rate, nobody can tell."""
    task = replace(TASK, max_price=Decimal(1))
    assert found(task, replace(MODEL, price=price)) == [("unknown_price", "info")]


def test_the_price_is_that_of_the_moment():
    """An announced change counts from its moment on."""
    change = Change(start=NOON, rates=Rates(input=Decimal(9)))
    model = replace(MODEL, price=Price(rates=Rates(input=Decimal(2)), changes=(change,)))
    task = replace(TASK, max_price=Decimal(5))
    assert found(task, model, NOON.replace(hour=11)) == []
    assert found(task, model) == [("too_expensive", "error")]
