"""The catalogue against a provider's list, as differences with TOML to paste."""

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from checked_project import check_project
from list_server import list_server

from model_manager.commands.check.drift import Drift, drift_of
from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.model_lists import ListedModel
from model_manager.core.models import Model
from model_manager.core.pricing import Price, Rates, Tier

ON = date(2026, 11, 28)
RATES = Rates(input=Decimal("0.1"), output=Decimal("0.5"), cache_read=Decimal("0.01"))
TIER = Tier(above=200_000, rates=Rates(input=Decimal("0.2"), output=Decimal(1)))
MODEL = Model(
    id="acme/m.1",
    name="M",
    provider="acme",
    model_id="m-1",
    context_window=100_000,
    max_output=8_000,
    retires=date(2027, 1, 1),
    price=Price(rates=RATES, tiers=(TIER,)),
)


def drift(**facts: object) -> list[Drift]:
    """The differences to a list that has the model with some facts."""
    return list(drift_of(MODEL, [ListedModel(model_id="m-1", **facts)], ON))  # type: ignore[arg-type]


def pasted(one: Drift) -> dict[str, object]:
    """The model's table that the lines to paste make, with exact decimals."""
    return tomllib.loads(one.toml or "", parse_float=Decimal)["models"]["acme/m.1"]


def test_what_a_list_does_not_say_is_no_difference():
    """A bare id differs in nothing."""
    assert drift() == []


def test_a_model_that_is_not_listed_is_unknown_and_not_retired():
    """Without a row there is a warning, and nothing to paste."""
    (one,) = drift_of(MODEL, [ListedModel(model_id="other")], ON)
    assert (one.code, one.toml) == ("MM701", None)


@pytest.mark.parametrize("name", ["m-1", "m-1:latest"])
def test_a_row_is_found_by_id_and_by_alias(name):
    """Ollama's tag and an alias of a row count."""
    assert list(drift_of(MODEL, [ListedModel(model_id=name)], ON)) == []
    assert list(drift_of(MODEL, [ListedModel(model_id="x", aliases=(name,))], ON)) == []


def test_a_day_that_moved():
    """Another day of retirement can be pasted, with the replacement that the list names."""
    (one,) = drift(retires=date(2027, 3, 1), replacement="m-2")
    assert one.code == "MM703"
    assert pasted(one) == {"retires": date(2027, 3, 1), "replacement": "m-2"}


def test_an_end_before_the_day_of_deprecation_can_be_pasted():
    """A catalogue may not have a model deprecated after its end, so that day moves along."""
    listed = ListedModel(model_id="m-1", retires=date(2026, 12, 30))
    (one,) = drift_of(replace(MODEL, deprecated=date(2027, 2, 1)), [listed], ON)
    assert pasted(one) == {"retires": date(2026, 12, 30), "deprecated": date(2026, 12, 30)}


def test_a_day_in_the_past_alone_does_not_retire():
    """A date before today is a moved date; only the list's own word retires a model."""
    (moved,) = drift(retires=date(2026, 1, 1))
    (retired,) = drift(is_retired=True)
    assert (moved.code, retired.code) == ("MM703", "MM702")
    assert pasted(retired) == {"retires": ON}


def test_limits_that_differ():
    """Each limit is a difference of its own."""
    window, output = drift(context_window=64_000, max_output=4_000)
    assert (pasted(window), pasted(output)) == ({"context_window": 64_000}, {"max_output": 4_000})


def test_a_price_is_pasted_whole():
    """The other rates and the tiers stay, as a price is replaced as a whole."""
    (one,) = drift(price=Price(rates=Rates(input=Decimal("0.3"), output=Decimal("0.5"))))
    assert "input is $0.3 in the provider's list, $0.1 in the catalogue" in one.message
    assert pasted(one)["price"] == {
        "input": Decimal("0.3"),
        "output": Decimal("0.5"),
        "cache_read": Decimal("0.01"),
        "tiers": [{"above": 200_000, "input": Decimal("0.2"), "output": 1}],
    }


def test_tiers_that_differ():
    """A tier with other rates, and one that only the list has, are differences; none is drift where all agree."""
    same = Price(rates=RATES, tiers=(TIER,))
    other = Price(rates=RATES, tiers=(Tier(above=200_000, rates=Rates(input=Decimal("0.4"), output=Decimal(1))),))
    further = Price(rates=RATES, tiers=(TIER, Tier(above=500_000, rates=Rates(input=Decimal(1)))))
    assert drift(price=same) == []
    assert "input above 200,000 tokens is $0.4" in drift(price=other)[0].message
    assert "another price above 500,000 tokens" in drift(price=further)[0].message


def test_lines_to_paste_are_accepted(tmp_path):
    """What is pasted into models.toml is valid there, and then the list agrees."""
    row = {"id": "acme-1", "context_length": 64_000, "pricing": {"prompt": "0.000003", "completion": "0.000004"}}
    with list_server({"/v1/models": {"data": [row]}}) as server:
        text = (
            '[tasks.support]\nmodel = "acme-1"\n[providers.acme]\nwire = "openai"\nkey = "none"\n'
            f'base_url = "{server.url}/v1"\n[models.acme-1]\nprovider = "acme"\nmodel_id = "acme-1"\n'
        )
        before = check_project(tmp_path, {"models.toml": text}, asks_lists=True)
        (one,) = before.findings
        lines = "\n".join((one.fix or "").split("\n")[1:])
        after = check_project(tmp_path, {"models.toml": f"{text}{lines}\n"}, asks_lists=True)
    assert (one.code, one.file, one.line) == ("MM705", str(tmp_path / "models.toml"), 7)
    assert after.findings == ()


def test_every_provider_with_a_key_is_asked_with_that_key_alone(tmp_path):
    """The lists of all providers whose key is set are asked; one that fails is a warning, and the others count."""
    with list_server({"/v1/models?limit=1000": {"data": [{"id": "claude-haiku-5-5"}]}}) as server:
        environ = {
            "ANTHROPIC_API_KEY": "sk-ant-" + "api03-Qm7TzR9uVbN2mLp8sXw4",
            "ANTHROPIC_BASE_URL": server.url,
            "GROQ_API_KEY": "gsk_" + "Qm7TzR9uVbN2mLp8sXw4Qm7T",
            "GROQ_BASE_URL": server.url,
        }
        files = {"models.toml": '[tasks.support]\nmodel = "claude-haiku-5-5"\n'}
        report = check_project(tmp_path, files, environ=environ, asks_lists=True)
        keys = {request.path: request.headers for request in server.requests}
    assert [(one.code, one.subject) for one in report.findings] == [("MM706", "groq")]
    assert "HTTP 404" in report.findings[0].message
    assert keys["/v1/models?limit=1000"]["x-api-key"] == environ["ANTHROPIC_API_KEY"]
    assert keys["/openai/v1/models"]["authorization"] == f"Bearer {environ['GROQ_API_KEY']}"


def test_a_key_does_not_go_where_it_is_not_trusted(tmp_path):
    """A list of a host that only the project names is not asked with a key from elsewhere."""
    with list_server({"/v1/models?limit=1000": {"data": []}}) as server:
        url = server.url.replace("127.0.0.1", "localhost.localdomain")
        text = f'[tasks.support]\nmodel = "claude-haiku-5-5"\n[providers.anthropic]\nbase_url = "{url}"\n'
        environ = {"ANTHROPIC_API_KEY": "sk-ant-" + "api03-Qm7TzR9uVbN2mLp8sXw4"}
        report = check_project(tmp_path, {"models.toml": text}, environ=environ, asks_lists=True)
        assert server.requests == []
    assert {one.code for one in report.findings} == {"MM504", "MM706"}


def test_no_model_of_the_embedded_catalogue_drifts_from_itself():
    """A list that says what the catalogue says differs in nothing."""
    for model in embedded_catalogue().models.values():
        same = ListedModel(
            model_id=model.model_id,
            context_window=model.context_window,
            max_output=model.max_output,
            price=model.price,
            retires=model.retires,
        )
        assert [
            one
            for one in drift_of(model, [same], ON)
            if one.code != "MM705" or not (model.price and model.price.changes)
        ] == []
