"""Mistakes of the merged tables: found by the keys that they are laid to."""

from datetime import date
from typing import Any

import pytest

from model_manager.config.catalogue.consistency import inconsistencies

PROVIDER = {"wire": "openai", "base_url": "https://x.example"}
AUTO = {"auto": {"simple": "m"}}


def data(model: dict[str, Any] | None = None, **groups: Any) -> dict[str, Any]:
    """A catalogue of one provider and one model, with some of it changed."""
    models = {"m": {"provider": "p", **(model or {})}}
    return {"providers": {"p": PROVIDER}, "models": models, **groups}


def keys(tables: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The key of each mistake, and those that take part in it."""
    return [(".".join(found.path), [".".join(path) for path in found.also]) for found in inconsistencies(tables)]


def test_a_whole_catalogue_has_no_mistakes():
    """Models, routes, aliases, prices and tables that fit together."""
    good = data(
        {
            "aliases": ["n"],
            "capabilities": ["chat"],
            "lacks": ["audio"],
            "deprecated": date(2026, 1, 1),
            "retires": date(2026, 1, 1),
            "price": {
                "input": 1,
                "tiers": [{"above": 1}, {"above": 2}],
                "changes": [{"from": date(2026, 1, 1)}],
                "peak": {"utc": []},
            },
        },
        default_model="m,n",
        tasks={"t": {"model": "60:m+40:p/m,auto", "preferences": {"fast": "n"}, **AUTO}},
        scenarios={"s": {"title": "S", "model": "m"}},
    )
    assert keys(good) == []
    assert keys({}) == []


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        # Providers
        ({"providers": {"p": {"wire": "openai"}}}, [("providers.p.base_url", [])]),
        ({"providers": {"p": {}}}, [("providers.p.wire", []), ("providers.p.base_url", [])]),
        # Models
        ({"models": {"m": {}}}, [("models.m.provider", [])]),
        (data({"provider": "q"}), [("models.m.provider", [])]),
        (data({"capabilities": ["chat", "pdf"], "lacks": ["pdf"]}), [("models.m.lacks", ["models.m.capabilities"])]),
        (data({"price": {"input": 1}, "cost_per_1k_tokens": 1}), [("models.m.cost_per_1k_tokens", [])]),
        (data({"cost_per_1k_tokens": 1}), []),
        (data({"deprecated": date(2026, 1, 2), "retires": date(2026, 1, 1)}), [("models.m.deprecated", ["models.m.retires"])]),
        (data({"deprecated": date(2026, 1, 2)}), []),
        (data({"retires": date(2026, 1, 2)}), []),
        # Prices
        (data({"price": {}}), []),
        (data({"price": {"output": 1}}), []),
        (data({"price": {"cache_read": 1}}), [("models.m.price.input", [])]),
        (data({"price": {"input": 1, "tiers": [{}, {"above": 5}]}}), [("models.m.price.tiers.0.above", [])]),
        (data({"price": {"input": 1, "tiers": [{"above": 5}, {"above": 6}, {"above": 5}]}}), [("models.m.price.tiers.2.above", [])]),
        (data({"price": {"input": 1, "changes": [{"from": 1}, {"input": 2}]}}), [("models.m.price.changes.1.from", [])]),
        (data({"price": {"input": 1, "peak": {"input": 2}}}), [("models.m.price.peak.utc", [])]),
        # Names
        (data({"aliases": ["m"]}), [("models.m.aliases", ["models.m"])]),
        (data(models={"m": {"provider": "p", "aliases": ["z"]}, "n": {"provider": "p", "aliases": ["z"]}}), [("models.n.aliases", ["models.m.aliases"])]),
        (data(models={"m": {"provider": "p"}, "n": {"provider": "p", "aliases": ["m"]}}), [("models.n.aliases", ["models.m"])]),
        (data(models={"z": {}, "n": {"provider": "p", "aliases": ["z"]}}), [("models.z", [])]),
        (data(tasks={"m": {}}), [("tasks.m", ["models.m"])]),
        (data({"aliases": ["n"]}, tasks={"n": {}}), [("tasks.n", ["models.m.aliases"])]),
        # Routes
        (data(default_model="x"), [("default_model", [])]),
        (data(default_model="auto"), []),
        (data(tasks={"t": {"model": "m,x"}}), [("tasks.t.model", [])]),
        (data(tasks={"t": {"model": "p/m"}}), []),
        (data({"model_id": "wire"}, tasks={"t": {"model": "p/m"}}), [("tasks.t.model", [])]),
        (data({"model_id": "wire"}, tasks={"t": {"model": "p/wire"}}), []),
        (data(tasks={"t": {"preferences": {"a": "m", "b": "x"}}}), [("tasks.t.preferences.b", [])]),
        (data(tasks={"t": {"auto": {"simple": "x", "complex": "m"}}}), [("tasks.t.auto.simple", [])]),
        (data(tasks={"t": {"auto": {}}}), [("tasks.t.auto", [])]),
        (data(tasks={"t": {"auto": {"simple": "m", "thresholds": {"moderate": 0.34}}}}), [("tasks.t.auto.thresholds", [])]),
        (data(tasks={"t": {"auto": {"simple": "m", "thresholds": {"complex": 0.01}}}}), [("tasks.t.auto.thresholds", [])]),
        (data(tasks={"t": {"auto": {"simple": "m", "thresholds": {"moderate": 0.5, "complex": 0.5}}}}), []),
        # Scenarios
        (data(scenarios={"s": {}}), [("scenarios.s.title", []), ("scenarios.s.model", [])]),
        (data(scenarios={"s": {"title": "S", "model": "x"}}), [("scenarios.s.model", [])]),
    ],
)  # fmt: skip
def test_a_mistake_is_laid_to_its_key(tables, expected):
    """What is missing, what clashes and what does not exist, and nothing besides."""
    assert keys(tables) == expected


def test_a_clash_names_the_other_side():
    """Whether a name is an id or an alias already, and whose."""
    same = {"m": {"provider": "p", "aliases": ["z"]}, "n": {"provider": "p", "aliases": ["m", "z"]}}
    of_an_id, of_an_alias = (found.message for found in inconsistencies(data(models=same)))
    assert ("id" in of_an_id, "alias of" in of_an_id) == (True, False)
    assert "alias of m" in of_an_alias


def test_the_way_out_is_told():
    """A model that is named by its alias, a provider and a model that are misspelt."""
    models = {"long-name": {"provider": "p", "aliases": ["short"]}, "short": {"price": {}}}
    (found,) = inconsistencies(data(models=models))
    assert (found.path, "[models.long-name]" in found.hint) == (("models", "short"), True)
    for wrong in (data({"provider": "openia"}), data(default_model="openia")):
        wrong["providers"] = {"p": PROVIDER, "openai": PROVIDER}
        wrong["models"]["openai"] = {"provider": "p"}
        (found,) = inconsistencies(wrong)
        assert "openai" in found.hint


def test_every_name_that_is_twice_is_named():
    """All capabilities that are lacked as well, in one message, and no other."""
    both = data({"capabilities": ["vision", "chat", "pdf"], "lacks": ["pdf", "vision", "audio"]})
    (found,) = inconsistencies(both)
    assert "pdf, vision" in found.message
    assert "audio" not in found.message
    assert "chat" not in found.message
