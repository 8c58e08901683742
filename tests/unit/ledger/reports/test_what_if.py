"""What-if: the sums against pricing every call by itself, ranges, and what other models could not have taken."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices import Usage as OracleUsage
from genai_prices import calc_price

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.models import Model
from model_manager.core.pricing import Change, Peak, Price, Rates, Tier, Usage, cost
from model_manager.ledger.records import microseconds_of
from model_manager.ledger.reports.call_rows import TokenRow
from model_manager.ledger.reports.what_if import Candidate, what_if

START = datetime(2026, 11, 20, tzinfo=UTC)
RATES = Rates(input=Decimal("1.25"), output=Decimal(10), cache_read=Decimal("0.125"))
VARYING = Price(
    rates=RATES,
    tiers=(Tier(above=3000, rates=Rates(input=Decimal("2.5"), output=Decimal(15))),),
    changes=(Change(start=START + timedelta(days=3), rates=Rates(input=Decimal("1.1"))),),
    peak=Peak(days=frozenset({0, 2, 5}), windows=((61, 245), (1380, 30)), rates=Rates(output=Decimal(20))),
)


def a_model(id_="m", provider="p", price=VARYING, **over):
    return Model(id=id_, name=id_, provider=provider, model_id=id_, price=price, **over)


def rows_of(count, provider="p", needs=None):
    dice = random.Random(1)
    rows = []
    for _ in range(count):
        moment = START + timedelta(seconds=dice.randrange(7 * 86_400))
        input_ = dice.randrange(1, 6001)
        read = dice.randrange(input_)
        rows.append(
            TokenRow(
                microseconds_of(moment),
                provider,
                "other",
                needs,
                input_,
                dice.randrange(900),
                read,
                0,
                0,
                0,
                10**9,
            )
        )
    return rows


def candidate(*models):
    return Candidate(route="+".join(model.id for model in models), shares=[(model, 1) for model in models])


def price_each(model, rows):
    moments = [datetime.fromtimestamp(row.at_us / 1e6, UTC) for row in rows]
    usages = [
        Usage(input_tokens=row.input, output_tokens=row.output, cache_read_tokens=row.cache_read) for row in rows
    ]
    return sum(
        (cost(model.price, usage, moment) for usage, moment in zip(usages, moments, strict=True)), Decimal(0)
    )


def test_each_call_is_priced_at_its_own_moment_tier_and_cache():
    """The sum is that of pricing every call by itself, with a tier, an announced change and peak hours."""
    rows, model = rows_of(3000), a_model()
    (result,) = what_if(rows, [candidate(model)])
    assert result.cost_usd == price_each(model, rows)
    assert (result.calls, result.cannot) == (3000, {})
    assert result.relative == result.cost_usd / Decimal("0.001") / 3000


def test_several_candidates_in_one_pass_do_not_disturb_each_other():
    """A model's cost does not depend on which others are compared."""
    rows = rows_of(1000)
    models = [a_model("a"), a_model("b", price=Price(rates=RATES)), a_model("c", context_window=4000)]
    together = what_if(rows, [candidate(model) for model in models])
    assert together == [what_if(rows, [candidate(model)])[0] for model in models]


def test_a_second_price_engine_agrees():
    """A model of the embedded catalogue costs what genai-prices says of the same tokens."""
    catalogue = embedded_catalogue()
    model = next(m for m in catalogue.models.values() if m.id.startswith("claude-sonnet-4") and m.price)
    rows = [row._replace(cache_read=0) for row in rows_of(50)]
    (result,) = what_if(rows, [candidate(model)])
    oracle = sum(
        (
            calc_price(
                OracleUsage(input_tokens=row.input, output_tokens=row.output), model_ref=model.model_id
            ).total_price
            for row in rows
        ),
        Decimal(0),
    )
    assert result.cost_usd == pytest.approx(oracle, rel=Decimal("1e-9"))


def test_what_a_model_could_not_have_taken_is_counted_and_left_out():
    """Calls that are too long, or need what the model lacks, are in no cost, and the reason is named."""
    long, short = rows_of(1)[0]._replace(input=5000), rows_of(1)[0]._replace(input=100, cache_read=0)
    tools = short._replace(needs="tools pictures")
    model = a_model(context_window=4000, lacks=("function-calling",))
    (result,) = what_if([long, short, short, tools], [candidate(model)])
    assert result.cannot == {
        "longer than the context window of m (4,000 tokens)": 1,
        "m lacks function-calling": 1,
    }
    assert result.calls == 2
    assert result.cost_usd == price_each(model, [short, short])


def test_a_model_whose_price_is_unknown_has_no_cost():
    """Without a price there is no cost and no range, rather than nothing to pay."""
    (result,) = what_if(rows_of(5), [candidate(a_model(price=None))])
    assert (result.cost_usd, result.low_usd, result.high_usd, result.relative) == (None, None, None, None)
    assert result.reasons == ("its price is unknown",)


def test_a_range_encloses_the_cost_and_has_reasons():
    """Another provider's tokens, cache and answers are uncertain: the cost lies within a range."""
    (result,) = what_if(rows_of(100, provider="elsewhere"), [candidate(a_model())])
    assert result.low_usd < result.cost_usd < result.high_usd
    assert len(result.reasons) == 3


def test_the_same_model_has_no_range():
    """What a model did cost is no guess."""
    (result,) = what_if([row._replace(model="m") for row in rows_of(20)], [candidate(a_model())])
    assert result.low_usd == result.cost_usd == result.high_usd


def test_a_split_costs_its_shares_by_weight():
    """A route of two models costs the mean of both, by the weights."""
    rows, dear, cheap = (
        rows_of(50),
        a_model("d"),
        a_model("c", price=Price(rates=Rates(input=Decimal(0), output=Decimal(0)))),
    )
    split = Candidate(route="25:d+75:c", shares=[(dear, 25), (cheap, 75)])
    assert what_if(rows, [split])[0].cost_usd == price_each(dear, rows) / 4


def test_calls_without_a_known_cost_are_not_compared():
    """The comparison is of the calls whose real cost is known."""
    rows = rows_of(10)
    unknown = [row._replace(cost_pico=None) for row in rows_of(10)]
    both, alone = what_if([*rows, *unknown], [candidate(a_model())])[0], what_if(rows, [candidate(a_model())])[0]
    assert both.relative == alone.relative
    assert both.cost_usd == 2 * alone.cost_usd


def test_a_fee_for_each_request_is_added_for_each_call():
    """A price with a fee costs it once a call, whatever is grouped together."""
    price = Price(rates=Rates(input=Decimal(1), output=Decimal(1), request=Decimal("0.01")))
    rows, model = rows_of(30), a_model(price=price)
    assert what_if(rows, [candidate(model)])[0].cost_usd == price_each(model, rows)


def test_the_range_of_a_fee_is_the_fee():
    """Another provider may count tokens differently, but not requests."""
    price = Price(rates=Rates(input=Decimal(0), output=Decimal(0), request=Decimal("0.01")))
    (result,) = what_if(rows_of(30, provider="elsewhere"), [candidate(a_model(price=price))])
    assert result.low_usd == result.cost_usd == result.high_usd == Decimal("0.3")


def test_counts_that_contradict_each_other_are_priced_without_a_cache():
    """More tokens from a cache than in the prompt do not end a report."""
    row = rows_of(1)[0]._replace(input=100, cache_read=500)
    model = a_model()
    assert what_if([row], [candidate(model)])[0].cost_usd == price_each(model, [row._replace(cache_read=0)])
