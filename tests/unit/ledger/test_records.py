"""Rows of calls: exact money, unknown values, and texts and numbers that no database should be troubled with."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_calls import a_context, a_reply

from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.ledger.records import (
    column,
    dollars_of,
    pico_of,
    record_of_cancellation,
    record_of_error,
    record_of_reply,
    row_of,
)


def row(record):
    return row_of(record, "demo", "host-1", lambda _: "p" * 16)


@given(st.decimals(min_value=0, max_value=9999, places=12))
def test_money_is_kept_to_the_last_digit(amount):
    """Every amount of twelve decimals comes back as it was."""
    assert dollars_of(pico_of(amount)) == amount


@pytest.mark.parametrize("amount", [None, Decimal("NaN"), Decimal("Infinity"), Decimal(-1), Decimal("1e30")])
def test_costs_beyond_belief_are_unknown(amount):
    """A provider that reports no number, less than nothing or millions is not believed."""
    assert pico_of(amount) is None


def test_what_is_unknown_is_null():
    """A failure without an answer has no tokens, no cost and no latency, rather than zeros."""
    made = row(record_of_error(a_context(), ProviderError("timeout", "took too long", status=None)))
    for name in ("input", "output", "cost_pico", "cost_source", "latency_us", "served", "status", "arm", "user"):
        assert column(made, name) is None


def test_a_failure_has_its_kind_and_status_and_what_had_arrived():
    """The kind, the status, the attempts and the counts of a partial answer are recorded."""
    context = a_context()
    error = ProviderError("server", "broke off", status=503)
    error.attempts, error.request_id, error.partial = 3, "req_1", a_reply(context, cost_usd=None, cost_source=None)
    made = row(record_of_error(context, error))
    assert [column(made, name) for name in ("outcome", "error_kind", "status", "attempts", "request_id", "output")] == [
        "failed", "server", 503, 3, "req_1", 100,
    ]  # fmt: skip


def test_a_call_that_was_given_up_is_cancelled():
    """A cancelled call has its own outcome, with or without a partial answer."""
    context = a_context()
    for partial in (None, a_reply(context)):
        assert column(row(record_of_cancellation(context, partial)), "outcome") == "cancelled"


def test_texts_that_no_database_takes_are_mended():
    """A lone surrogate becomes a question mark, and a name of a megabyte is cut."""
    context = a_context(task="a\ud800b")
    made = row(record_of_reply(context, a_reply(context, served_model="x" * 1_000_000)))
    assert column(made, "task") == "a?b"
    assert len(column(made, "served")) == 200


@pytest.mark.parametrize("count", [-1, 10**30])
def test_counts_beyond_belief_are_unknown(count):
    """Tokens below zero or beyond any prompt would spoil the sums."""
    context = a_context()
    made = row(record_of_reply(context, a_reply(context, usage=Usage(input_tokens=count, output_tokens=5))))
    assert (column(made, "input"), column(made, "output")) == (None, 5)


@pytest.mark.parametrize("latency", [float("nan"), float("inf"), -5.0])
def test_latencies_beyond_belief_are_unknown(latency):
    """A time that is no number or negative is not recorded."""
    context = a_context()
    assert column(row(record_of_reply(context, a_reply(context, latency_ms=latency))), "latency_us") is None


def test_needs_are_words_in_one_column():
    """What a call needs of a model is kept as sorted words."""
    context = a_context(needs=("tools", "schema"))
    assert column(row(record_of_reply(context, a_reply(context))), "needs") == "schema tools"


@pytest.mark.parametrize(
    "name",
    [
        *("gpt-6-luna-2026-10-01", "models/gemini-3.8-flash", "@cf/meta/llama-3.3", "llama3.2:1b-q4_K_M"),
        *("arn:aws:bedrock:us-east-1:1:model/x", "req_011CSHoEeqs5C35K2UUqR7Fy", "a1b2c3==", "~/models/m.gguf"),
    ],
)
def test_names_that_a_provider_gives_are_kept(name):
    """Models and requests are named in many ways, all without spaces."""
    context = a_context()
    row = row_of(record_of_reply(context, a_reply(context, served_model=name, request_id=name)), None, "p", str)
    assert (column(row, "served"), column(row, "request_id")) == (name, name)


@pytest.mark.parametrize(
    "text", ["What is the capital of France?", '{"prompt":"Hello"}', "今日の天気", "", "two\nlines"]
)
def test_what_is_no_name_is_not_recorded(text):
    """A server that repeats a prompt where its model's or the request's name belongs puts nothing into the file."""
    context = a_context()
    row = row_of(record_of_reply(context, a_reply(context, served_model=text, request_id=text)), None, "p", str)
    assert (column(row, "served"), column(row, "request_id")) == (None, None)
