"""A fee for each request, from the price in the catalogue to the ledger: it is in every cost exactly once."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from command_line import run_cli
from ledger_calls import read_calls
from model_server import model_server, saying
from service_calls import WAYS, ask

from model_manager import AIService, ProviderError
from model_manager.ledger.storage import writers

LEDGER = Path("state", "model-manager", "ledger", "ledger.db")
#: What a call costs: 100 tokens for a dollar and 20 for ten dollars a million, and its fee.
COST = Decimal("0.0123")
CATALOGUE = """
[providers.local]
wire = "openai"
base_url = "{url}"
key = "none"
[models.search]
provider = "local"
max_output = 20
price = {{ input = 1, output = 10, request = 0.012 }}
[tasks.t]
model = "search"
profile = {{ requests_per_day = 10, input_tokens = 100, output_tokens = 20 }}
"""


def document(*words):
    """The document of a command, its numbers exact."""
    return json.loads(run_cli(*words, "--json").stdout, parse_float=Decimal)


@pytest.fixture
def server(work):
    with model_server(saying("Hello", usage=(100, 20))) as running:
        (work / "models.toml").write_text(CATALOGUE.format(url=running.url))
        yield running


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("way", WAYS)
def test_a_call_costs_its_tokens_and_one_fee(clean_machine, way):
    """The reply and its row in the ledger have the fee once, whichever way the call is made."""
    with AIService() as service:
        reply = ask(service, way, "t")
    writers.end_all(60)
    (row,) = read_calls(clean_machine / LEDGER)
    assert (reply.cost_usd, reply.cost_source) == (COST, "catalogue")
    assert row["cost_pico"] == int(COST * 10**12)


@pytest.mark.usefixtures("server")
def test_estimates_and_reports_have_the_fee():
    """An estimate has one fee, a task's month one for each of its requests, and a what-if one for each call."""
    with AIService() as service:
        assert service.estimate_cost("search", "Hello", output_tokens=20) > Decimal("0.012")
        assert service.estimate_cost("t") == COST
        service.chat("t", "Hello")
    writers.end_all(60)
    assert document("cost", "--assigned")["total_usd"] == 300 * COST
    (found,) = document("usage", "--what-if", "search")["what_if"]
    assert (found["cost_usd"], found["low_usd"], found["high_usd"]) == (COST, COST, COST)


@pytest.mark.usefixtures("server")
def test_limits_count_the_fee(work):
    """A budget and a cost limit refuse a call whose tokens alone would fit."""
    catalogue = work / "models.toml"
    budget = '[budgets.all]\nlimit = 0.012\nper = "month"\nthen = "refuse"\n'
    catalogue.write_text(catalogue.read_text() + budget)
    with AIService() as service, pytest.raises(ProviderError) as caught:
        service.chat("t", "Hello", max_tokens=5)
    assert caught.value.kind == "budget"
    found = document("test", "search", "Hello", "--max-cost", "0.012", "--max-tokens", "5")
    assert found["results"][0]["error"]["kind"] == "budget"


@pytest.mark.usefixtures("server")
def test_info_shows_the_fee_beside_the_rates():
    """The sheet of a model names the fee, and JSON has it as a number."""
    shown = run_cli("info", "search").stdout
    header, base = (line.split() for line in shown.splitlines() if line.split()[1:2] in (["Output"], ["1.00"]))
    assert (header, base) == (["Input", "Output", "Per", "request"], ["base", "1.00", "10.00", "$0.012"])
    assert document("info", "search")["model"]["price"]["request"] == Decimal("0.012")


def test_longer_cache_lives_reach_the_report():
    """`cost` takes tokens that are kept for an hour or for twelve, and says so in words and in JSON."""
    words = ("cost", "gpt-6-cyber", "--input", "100k", "--cache-write-12h", "40k", "--cache-write-1h", "10k")
    found = document(*words)
    keys = ("cache_write_tokens", "cache_write_1h_tokens", "cache_write_12h_tokens")
    assert [found["workload"][key] for key in keys] == [50_000, 10_000, 40_000]
    # 50,000 fresh at 20, 10,000 at the plain 25, for there is no rate for an hour, 40,000 at 50.
    assert found["costs"][0]["cost_usd"] == Decimal("3.25")
    assert "10,000 written to cache for 1 h, 40,000 written to cache for 12 h" in run_cli(*words).stdout
