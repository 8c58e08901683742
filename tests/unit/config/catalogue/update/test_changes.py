"""Changes of a model: who has to agree, what is held, and what a written layer means when it is read again."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.config.catalogue.update.comparison import SourceStatement
from model_manager.config.catalogue.update.layer import FetchedLayer, layer_of, layer_text, with_changes
from model_manager.config.catalogue.update.record import SourceRecord, gone_facts, refusal
from model_manager.config.catalogue.update.refresh import changes_of, summary_of
from model_manager.core.models import Catalogue, Model
from model_manager.core.pricing import Change, Peak, Price, Rates, Tier

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
RATES = Rates(input=Decimal(2), output=Decimal(8), cache_read=Decimal("0.2"))
TIER = Tier(above=200_000, rates=Rates(input=Decimal(4), output=Decimal(16)))


def model(**facts) -> Model:
    return Model(id="m", name="M", provider="p", model_id="m", **{"price": Price(rates=RATES), **facts})


def said(*families: dict, host: dict | None = None) -> list[SourceStatement]:
    """What tables of different families say, and perhaps the provider itself."""
    found = [SourceStatement(f"table{index}", facts) for index, facts in enumerate(families)]
    return [*found, *([SourceStatement("host", host, is_host=True)] if host is not None else [])]


def changes(of: Model, statements: list[SourceStatement]):
    return {change.field: change for change in changes_of(of, statements, (), NOW)}


INPUT = "price.input"


@pytest.mark.parametrize("name", ["cache_write", "cache_write_1h", "cache_write_12h"])
def test_a_cache_that_costs_far_more_than_the_input_is_held(name):
    """Writing to a cache of whichever age for more than 2.5 times the input is held, and for as much is not."""
    held = changes(model(), said(*[{f"price.{name}": Decimal("5.01")}] * 2))[f"price.{name}"].held
    assert held == "writing a cache would cost more than 2.5× the input"
    assert changes(model(), said(*[{f"price.{name}": Decimal(5)}] * 2))[f"price.{name}"].held is None


@pytest.mark.parametrize(
    ("families", "certainty"),
    [
        (["2.2", "2.2"], "agreed"),
        (["2.2", "2.2", "2.3"], "agreed"),
        (["2.2", "2.2", "2"], "agreed"),
        (["2.2"], "single"),
        (["2.2", "2.3"], "disputed"),
        (["2.2", "2"], "disputed"),
        (["2.2", "2.2", "2.3", "2.3"], "disputed"),
        (["2.2", "2", "2"], None),
        (["2", "2"], None),
    ],
)
def test_two_families_have_to_agree(families, certainty):
    """A new value counts if at least two say it, and more than say anything else; a confirmed one is no change."""
    found = changes(model(), said(*({INPUT: Decimal(value)} for value in families)))
    assert (found[INPUT].certainty if found else None) == certainty


def test_the_hosts_own_list_needs_nobody_else():
    """What the provider itself says wins over all tables."""
    tables = [{INPUT: Decimal("2.2")}, {INPUT: Decimal("2.2")}]
    found = changes(model(), said(*tables, host={INPUT: Decimal("2.1")}))
    assert (found[INPUT].new, found[INPUT].certainty) == (Decimal("2.1"), "host")
    assert changes(model(), said(*tables, host={INPUT: Decimal(2)})) == {}


@pytest.mark.parametrize(
    ("field", "new", "of", "reason"),
    [
        (INPUT, Decimal(0), {}, "from 2 to 0"),
        (INPUT, Decimal(0), {"price": None}, "zero often means unknown"),
        (INPUT, Decimal("3.01"), {}, "over 1.5× more"),
        ("price.output", Decimal("5.3"), {}, "over 1.5× less"),
        (INPUT, Decimal(3), {}, None),
        (INPUT, Decimal(2500), {}, "too high"),
        (INPUT, Decimal("0.001"), {}, "too low"),
        ("price.cache_read", Decimal("2.5"), {}, "reading a cache"),
        ("price.cache_write", Decimal("5.1"), {}, "writing a cache"),
        ("price.cache_write", Decimal(5), {}, None),
        (
            "price.tiers.200000.input",
            None,
            {"price": Price(rates=RATES, tiers=(TIER,))},
            "the tier would be removed",
        ),
        (INPUT, None, {}, "the price would be removed"),
        ("context_window", 3_000, {"context_window": 1_000}, "over 2× more"),
        ("context_window", 2_000, {"context_window": 1_000}, None),
        ("retires", None, {"retires": date(2027, 1, 1)}, "would be withdrawn"),
        ("retires", date(2026, 11, 30), {}, "in the past"),
        ("retires", date(2026, 12, 1), {}, None),
        ("retires", date(2027, 1, 1), {"deprecated": date(2027, 6, 1)}, "deprecated from"),
        ("capabilities.audio", True, {"lacks": ("audio",)}, "lacks"),
        ("capabilities.audio", True, {}, None),
    ],
)
def test_suspicious_changes_are_held(field, new, of, reason):
    """Each rule against bad data holds its change, even if two families agree, and says why."""
    found = changes(model(**of), said({field: new}, {field: new}))[field]
    assert found.certainty == "agreed"
    assert (reason in (found.held or "")) if reason else found.held is None


def test_output_below_input_is_held():
    """Rates are judged together, as they would be written."""
    both = {INPUT: Decimal("2.9"), "price.output": Decimal("5.5")}
    assert not [one for one in changes(model(), said(both, both)).values() if one.held]
    cheap = model(price=Price(rates=Rates(input=Decimal(2), output=Decimal("2.5"))))
    odd = {INPUT: Decimal("2.9"), "price.output": Decimal("2.4")}
    assert all(one.held for one in changes(cheap, said(odd, odd)).values())


def test_one_suspicious_change_holds_the_models_others():
    """A row is held as a whole: who has one number wrong has perhaps all."""
    row = {INPUT: Decimal(2000), "context_window": 1_100}
    found = changes(model(context_window=1_000), said(row, row))
    assert found["context_window"].held == f"held with {INPUT}"
    assert summary_of(list(found.values()), ()) == {}


def test_one_voice_cannot_hold_what_two_agree_on():
    """A single source with absurd numbers keeps nothing from being written."""
    found = changes(
        model(context_window=1_000),
        said({"context_window": 1_100, INPUT: Decimal(2000)}, {"context_window": 1_100}),
    )
    assert found["context_window"].held is None
    assert found[INPUT].certainty == "single"


def test_half_of_a_price_is_not_written():
    """An input that is settled waits while the output, or a tier, is not."""
    found = changes(model(), said({INPUT: Decimal("2.2"), "price.output": Decimal(9)}, {INPUT: Decimal("2.2")}))
    assert found[INPUT].held == "price.output is held or uncertain"


def test_a_price_before_an_announced_change_is_held():
    """Tables that lag behind do not take a change back that has begun."""
    past = Change(start=datetime(2026, 11, 1, tzinfo=UTC), rates=Rates(input=Decimal("2.5")))
    found = changes(
        model(price=Price(rates=RATES, changes=(past,))), said({INPUT: Decimal(2)}, {INPUT: Decimal(2)})
    )
    assert found[INPUT].held == "the price before 2026-11-01"


def test_a_price_by_the_hour_is_not_compared_with_tables():
    """Tables give one of the day's two prices; nobody knows which."""
    peak = Peak(days=frozenset({0}), windows=((0, 60),), rates=Rates(input=Decimal(4)))
    assert (
        changes(model(price=Price(rates=RATES, peak=peak)), said({INPUT: Decimal(4)}, {INPUT: Decimal(4)})) == {}
    )


def test_keys_that_the_users_files_state_are_left_alone():
    """What a user says of a model is not compared."""
    rows = said({INPUT: Decimal("2.2"), "context_window": 9}, {INPUT: Decimal("2.2"), "context_window": 9})
    assert [one.field for one in changes_of(model(), rows, {"price"}, NOW)] == ["context_window"]


def record(**fields) -> SourceRecord:
    usual = {"url": "u", "at": NOW, "data_at": NOW, "sha256": "x", "models": 100}
    return SourceRecord(**{**usual, **fields})


@pytest.mark.parametrize(
    ("new", "last", "reason"),
    [
        ({"models": 0}, None, "no models"),
        ({"models": 89}, {}, "the last accepted copy had 100"),
        ({"models": 90}, {}, None),
        (
            {"data_at": datetime(2026, 5, 1, tzinfo=UTC)},
            {"data_at": datetime(2026, 5, 2, tzinfo=UTC)},
            "older than the last",
        ),
        ({"data_at": datetime(2026, 5, 1, tzinfo=UTC)}, {}, None),
        ({}, {"said": {"m": ["price"]}}, "no longer has m"),
        ({}, {"said": {"other": ["price"]}}, None),
        ({"said": {"m": []}}, {"said": {"m": ["price"]}}, None),
    ],
)
def test_a_copy_is_refused_as_a_whole(new, last, reason):
    """A copy that is empty, much smaller, older, or without a model in use is not used."""
    found = refusal(record(**new), None if last is None else record(**last), {"m"})
    assert (reason in (found or "")) if reason else found is None


def test_facts_that_a_copy_no_longer_says_are_told():
    """A price, a tier or an end that was there in the last copy and is not any more is a change to nothing."""
    known = {"price.input": Decimal(1), "price.tiers.1000.input": Decimal(2), "retires": date(2027, 1, 1)}
    assert gone_facts(["price", "tiers", "retires"], {"price.input": Decimal(1)}, known) == {
        "price.tiers.1000.input": None,
        "retires": None,
    }
    assert gone_facts([], {}, known) == {}


def test_what_the_catalogue_says_that_a_model_lacks_cannot_be_accepted():
    """A capability that is both there and lacking is one that no catalogue may have: naming the model writes none."""
    of = model(lacks=("audio",))
    (change,) = changes_of(of, said(*[{"capabilities.audio": True}] * 2), (), NOW)
    assert change.held == "the catalogue says that the model lacks it"
    assert summary_of([change], {"m"}) == {}


def test_a_price_that_is_gone_leaves_no_part_of_one():
    """What a cache, a tier or a peak costs goes with the price: they alone would be no price that a catalogue may have."""
    of = model(price=Price(rates=RATES, tiers=(TIER,)))
    rates = ("price.input", "price.output")
    found = changes_of(of, said(*[dict.fromkeys(rates)] * 2), (), NOW)
    table = with_changes({}, of, found, NOW)
    assert "price" not in table
    assert table["unset"] == ["price"]


def test_announced_changes_peaks_and_other_rates_survive_a_new_price():
    """A new base rate replaces the price of now; what is to come, tiers and fees stay."""
    coming = Change(start=datetime(2027, 1, 1, tzinfo=UTC), rates=Rates(input=Decimal(9)))
    past = Change(start=datetime(2026, 1, 1, tzinfo=UTC), rates=Rates(output=Decimal(7)))
    price = Price(rates=replace(RATES, request=Decimal("0.01")), tiers=(TIER,), changes=(past, coming))
    (change,) = changes_of(model(price=price), said({INPUT: Decimal("2.2")}, {INPUT: Decimal("2.2")}), (), NOW)
    made = with_changes({}, model(price=price), [change], NOW)["price"]
    assert (made["input"], made["output"], made["request"]) == (Decimal("2.2"), 7, Decimal("0.01"))
    assert made["tiers"] == [{"above": 200_000, "input": 4, "output": 16}]
    assert made["changes"] == [{"from": coming.start, "input": 9}]


MONEY = st.decimals(min_value="0.01", max_value=50, places=4)


@given(MONEY, MONEY, st.integers(1, 10**7))
def test_what_is_written_is_no_change_the_next_time(input_, output, window):
    """The layer's own price, read again, is what the sources say, to the last digit: a second run has nothing to do."""
    row = {INPUT: input_, "price.output": output, "context_window": window}
    before = model(context_window=window)
    found = changes_of(before, said(row, row), (), NOW)
    chosen = summary_of(found, {"m"})
    if not chosen:
        return
    table = with_changes({}, before, chosen["m"], NOW)
    text = layer_text(FetchedLayer(NOW, {}, {"m": table}))
    read = layer_of(tomllib.loads(text, parse_float=Decimal)).models["m"]
    rates = Rates(**{name: Decimal(read["price"][name]) for name in ("input", "output", "cache_read")})
    after = replace(before, price=Price(rates=rates))
    assert [one for one in changes_of(after, said(row, row), (), NOW) if one.is_possible] == []


def test_a_record_survives_its_file():
    """What is remembered of a copy is read as it was written."""
    layer = FetchedLayer(NOW, {"litellm": record(etag='"x"', said={"a/b.c": ["price"]})}, {})
    assert layer_of(tomllib.loads(layer_text(layer))).sources == layer.sources


def test_the_catalogue_knows_when_it_was_compared():
    """A catalogue of nobody's facts has no age."""
    assert Catalogue().compared is None
