"""Budgets from end to end: calls that are refused or take another route, by threads, event loops and processes."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from command_line import environment, run_cli
from ledger_calls import read_all, read_calls
from model_server import by_model, model_server, refusing, saying
from service_calls import WAYS, ask, project

from model_manager import AIService, ProviderError, RouteError
from model_manager.ledger.storage import writers

LEDGER = Path("state", "model-manager", "ledger", "ledger.db")
#: A call costs (100 + 20 × 10) / 10⁶ dollars, and may cost a little more than 100 tokens of output do.
USAGE = (100, 20)
COST = Decimal("0.0003")


@pytest.fixture
def ledger(clean_machine):
    return clean_machine / LEDGER


@pytest.fixture
def server():
    script = by_model(
        {
            "m": saying("Hello", usage=USAGE),
            "cheap": saying("Hi", usage=USAGE),
            "down": refusing(503, "no"),
        }
    )
    with model_server(script) as running:
        yield running


def budget(limit, then="refuse", name="all", **keys):
    """A budget a month as it stands in models.toml."""
    lines = [f"[budgets.{name}]", f"limit = {limit}", 'per = "month"', f'then = "{then}"']
    return "\n".join([*lines, *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]) + "\n"


def application(work, server, extra, **routes):
    """A project with a dear and a cheap model, and budgets."""
    routes = {"t": "m", "fallback": "m,cheap", **routes}
    text = "cost_per_1k_tokens = 0.0000\n"
    project(work, server.url, ["m", "down", "cheap"], routes, extra)
    catalogue = work / "models.toml"
    priced = '[models.cheap.price]\ninput = 1\noutput = 10'
    assert priced in catalogue.read_text()
    catalogue.write_text(catalogue.read_text().replace(priced, "[models.cheap.price]\ninput = 0\noutput = 0"))
    del text


def held(ledger):
    """What is held, in dollars, once all that was put is written."""
    writers.end_all(60)
    return Decimal(read_all(ledger, "SELECT coalesce(sum(amount_pico), 0) FROM holds")[0][0]).scaleb(-12)


@pytest.mark.parametrize("way", WAYS)
def test_a_call_that_does_not_fit_is_refused(work, server, ledger, way):
    """The error names the budget, what is spent and held, the limit and when it resets; nothing was sent."""
    application(work, server, budget("0.0012"))
    with AIService(retries=0) as service:
        assert ask(service, way, "t", max_tokens=100).text == "Hello"
        writers.end_all(60)
        with pytest.raises(ProviderError) as caught:
            ask(service, way, "t", max_tokens=100)
    error = caught.value
    assert (error.kind, error.retryable, error.attempts, error.status) == ("budget", False, 0, None)
    for words in ("budget all of work", "$0.0012 a month", "$0.0003 are spent", "$0 are held", "it resets at 20"):
        assert words in error.message
    assert "models.toml" in error.hint
    assert len(server.requests) == 1
    assert held(ledger) == 0
    assert len(read_calls(ledger)) == 1
