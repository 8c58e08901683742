"""What is wrong with a fallback chain before the day on which its first model fails."""

import pytest

from model_manager.core.models import Catalogue, Model
from model_manager.core.routing.auto import AutoRules
from model_manager.core.routing.chains import chain_problems
from model_manager.core.routing.grammar import parse_route


def model(name: str, provider: str, context: int | None = 1_000, **facts: object) -> Model:
    return Model(id=name, name=name, provider=provider, model_id=name, context_window=context, **facts)


MODELS = (
    model("a", "p", capabilities=("vision", "chat")),
    model("a2", "p"),
    model("b", "q", context=900),
    model("b2", "q", context=899),
    model("c", "r", context=None, lacks=("vision", "chat")),
    model("d", "s", context=2_000, lacks=("streaming",)),
)
CATALOGUE = Catalogue(models={one.id: one for one in MODELS})
AUTO = AutoRules(models={"simple": "a2", "complex": "b"})


def problems(route: str, auto: AutoRules | None = None) -> list[tuple[str, str | None]]:
    found = list(chain_problems(parse_route(route), auto, CATALOGUE))
    assert all(finding.severity == "warning" for finding in found)
    return [(finding.code, finding.model) for finding in found]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("a", []),
        ("a+a2", []),
        ("a,d", []),
        ("a,b", []),
        ("a,b2", [("smaller_context", "b2")]),
        ("d,a", [("smaller_context", "a")]),
        ("c,a", []),
        ("a,c", [("weaker_backup", "c")]),
        ("b,c", []),
        ("a,a2", [("same_provider", "a2")]),
        ("a,a", [("same_provider", "a")]),
        ("a,b,a2", [("same_provider", "a2")]),
        ("b,d,b2", [("same_provider", "b2")]),
        ("a,d+a2", [("same_provider", "a2")]),
        ("a+b,b2", [("same_provider", "b2"), ("smaller_context", "b2")]),
        ("a,0:a2+100:d", []),
        ("a,nobody", []),
        ("nobody,a", []),
        ("nobody,a,a2", []),
    ],
)
def test_backups_that_fall_with_the_first_or_cannot_take_over(route, expected):
    """Another provider, nine tenths of the context window, and no capability less than the first option."""
    assert problems(route) == expected


def test_auto_stands_for_each_of_its_models():
    """What "auto" may choose is looked at as if it were written there."""
    assert problems("a,auto", AUTO) == [("same_provider", "a2")]
    assert problems("a,auto") == []


def test_the_message_names_position_and_both_models():
    """Positions count from one; the same model twice is told otherwise than the same provider."""
    route = parse_route("a,d,a2,a")
    first, second = (finding.message for finding in chain_problems(route, None, CATALOGUE))
    assert first.startswith("option 3, a2, ")
    assert "as a:" in first
    assert second.startswith("option 4, a, ")
    assert "as a:" not in second
    (message,) = (finding.message for finding in chain_problems(parse_route("a,b2"), None, CATALOGUE))
    assert all(word in message for word in ("option 2, b2", "899", "1,000"))
    (message,) = (finding.message for finding in chain_problems(parse_route("a,c"), None, CATALOGUE))
    assert ("vision" in message, "chat" in message) == (True, False)
