"""What an answer cost and how much it was, in every shape in which providers and gateways say it."""

import json
from decimal import Decimal

import pytest
from exchange_player import Response, endpoint_of, play

from model_manager.core.chat.estimates import TOKENS_PER_PICTURE, estimated_prompt, estimated_tokens
from model_manager.core.messages import ChatMessage
from model_manager.core.options import ChatOptions, Tool
from model_manager.core.parts import Image
from model_manager.core.pricing import Price, Rates, Usage
from model_manager.core.quantities import estimate_tokens
from model_manager.providers import wire_of
from model_manager.providers.wires.base import merge_usage
from model_manager.providers.wires.costs import stated_cost

PRICE = Price(rates=Rates(input=Decimal(1), output=Decimal(5), cache_read=Decimal("0.1")))
FREE = Price(rates=Rates(input=Decimal(0), output=Decimal(0)))
STATED = [
    ({}, {"cost": Decimal("0.01")}, "0.01"),
    ({}, {"cost": Decimal("0.01"), "is_byok": False, "cost_details": {"upstream_inference_cost": 9}}, "0.01"),
    ({}, {"cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": Decimal("0.04")}}, "0.04"),
    ({}, {"cost": Decimal("0.002"), "is_byok": True, "cost_details": {"upstream_inference_cost": Decimal("0.04")}}, "0.042"),
    ({}, {"cost": Decimal("0.001"), "is_byok": True, "cost_details": {"upstream_inference_prompt_cost": Decimal("0.01"), "upstream_inference_completions_cost": Decimal("0.02")}}, "0.031"),
    ({}, {"cost": Decimal("0.001"), "is_byok": True, "cost_details": None}, None),
    ({}, {"cost_usd_total": Decimal("0.0002"), "cost_usd_input": Decimal("0.0001")}, "0.0002"),
    ({}, {"cost": {"request_cost": Decimal("0.005"), "total_cost": Decimal("0.0052")}}, "0.0052"),
    ({}, {"cost": {"input_tokens_cost": Decimal("0.001"), "request_cost": Decimal("0.005")}}, "0.006"),
    ({"cost": {"usd": Decimal("0.0003"), "diem": 0}}, {}, "0.0003"),
    ({"cost": Decimal("0.0003")}, {}, "0.0003"),
    ({"cost": {"total": 5, "currency": "EUR"}}, {}, None),
    ({}, {"cost_in_usd_ticks": 25_000_000}, "0.0025"),
    ({}, {"estimated_cost": Decimal("0.00002")}, "0.00002"),
    ({"provider_metadata": {"gateway": {"cost": "0.0045"}}}, {}, "0.0045"),
    ({"cost": "much"}, {"cost": -1}, None),
    ({}, {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "usage", "dollars"), STATED)
def test_a_stated_cost_is_read(body: dict, usage: dict, dollars: str | None) -> None:
    """A cost stands in the usage or beside it, as a number, a text, a table or ticks; an own key adds its bill."""
    assert stated_cost(body, usage) == (None if dollars is None else Decimal(dollars))


CONTENT = {
    "openai": {"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}]},
    "anthropic": {"content": [{"type": "text", "text": "4"}], "stop_reason": "end_turn"},
    "gemini": {"candidates": [{"content": {"parts": [{"text": "4"}]}, "finishReason": "STOP"}]},
    "ollama": {"message": {"content": "4"}, "done": True, "done_reason": "stop"},
}
COUNTED = {
    "openai": {"usage": {"prompt_tokens": 10, "completion_tokens": 2}},
    "anthropic": {"usage": {"input_tokens": 10, "output_tokens": 2}},
    "gemini": {"usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 2}},
    "ollama": {"prompt_eval_count": 10, "eval_count": 2},
}


def reply_to(wire: str, body: dict, price: Price | None = PRICE):
    response = Response(pieces=[json.dumps(body).encode()])
    return play(endpoint_of(wire, price=price), response, options=ChatOptions(stream=False)).reply


def test_a_fee_for_the_request_is_in_a_cost_once() -> None:
    """A catalogue's fee is added to the tokens; a cost that the provider states has it already."""
    price = Price(rates=Rates(input=Decimal(1), output=Decimal(5), request=Decimal("0.012")))
    body = {**CONTENT["openai"], "usage": {"prompt_tokens": 10, "completion_tokens": 2}}
    reply = reply_to("openai", body, price)
    assert (reply.cost_usd, reply.cost_source) == (Decimal("0.01202"), "catalogue")
    stated = {"input_tokens_cost": 0.00001, "output_tokens_cost": 0.00001, "request_cost": 0.005}
    body["usage"]["cost"] = {**stated, "total_cost": 0.00502}
    reply = reply_to("openai", body, price)
    assert (reply.cost_usd, reply.cost_source) == (Decimal("0.00502"), "reported")


@pytest.mark.parametrize("wire", CONTENT)
def test_a_stated_zero_counts_only_where_nothing_is_charged(wire: str) -> None:
    """A zero says nothing of a model that has a price; of one that is free, or has none, it is the cost."""
    body = {**CONTENT[wire], **COUNTED[wire], "cost": 0}
    paid, free, unknown = (reply_to(wire, body, price) for price in (PRICE, FREE, None))
    assert (paid.cost_usd, paid.cost_source) == (Decimal("0.00002"), "catalogue")
    assert (free.cost_usd, free.cost_source) == (0, "reported")
    assert (unknown.cost_usd, unknown.cost_source) == (0, "reported")
    assert reply_to(wire, {**body, "cost": 2}).cost_source == "reported"


READ = [
    ("openai", {"prompt_tokens": 64, "completion_tokens": 6, name: 32}, Usage(input_tokens=64, output_tokens=6, cache_read_tokens=32))
    for name in ("cached_tokens", "num_cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")
] + [
    ("openai", {"prompt_tokens": 64, "completion_tokens": 6, "prompt_tokens_details": {"cached_tokens": 0}, "cached_tokens": 32}, Usage(input_tokens=64, output_tokens=6, cache_read_tokens=32)),
    ("openai", {"prompt_tokens": 64, "completion_tokens": 6, "prompt_tokens_details": {"cached_tokens": 8, "cache_creation_tokens": 16}}, Usage(input_tokens=64, output_tokens=6, cache_read_tokens=8, cache_write_tokens=16)),
    ("openai", {"prompt_tokens": 64, "completion_tokens": 6, "cache_creation_input_tokens": 16, "cache_creation": {"ephemeral_1h_input_tokens": 4}}, Usage(input_tokens=64, output_tokens=6, cache_write_tokens=16, cache_write_1h_tokens=4)),
    ("openai", {"prompt_tokens": 10, "completion_tokens": 6, "total_tokens": 116, "cache_read_input_tokens": 100}, Usage(input_tokens=110, output_tokens=6, cache_read_tokens=100)),
    ("openai", {"prompt_tokens": 10, "completion_tokens": 6, "total_tokens": 46}, Usage(input_tokens=10, output_tokens=36, reasoning_tokens=30)),
    ("openai", {"prompt_tokens": 10, "completion_tokens": 36, "total_tokens": 46, "completion_tokens_details": {"reasoning_tokens": 30}}, Usage(input_tokens=10, output_tokens=36, reasoning_tokens=30)),
    ("openai", {"prompt_tokens": 10, "total_tokens": 46}, Usage(input_tokens=10, output_tokens=36)),
    ("openai", {"prompt_tokens": 10, "total_tokens": 10}, Usage(input_tokens=10)),
    ("openai", {"prompt_tokens": 10, "completion_tokens": 6, "total_tokens": 16}, Usage(input_tokens=10, output_tokens=6)),
    ("openai", {"prompt_tokens": 10, "completion_tokens": 6, "num_search_queries": 3}, Usage(input_tokens=10, output_tokens=6, web_searches=3)),
    ("anthropic", {"input_tokens": 10, "output_tokens": 6, "server_tool_use": {"web_search_requests": 2}}, Usage(input_tokens=10, output_tokens=6, web_searches=2)),
    ("gemini", {"promptTokenCount": 10, "candidatesTokenCount": 6, "totalTokenCount": 46}, Usage(input_tokens=10, output_tokens=36)),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "raw", "usage"), READ)
def test_counts_under_other_names(wire: str, raw: dict, usage: Usage) -> None:
    """Cached, written and thought tokens and searches are found under all their names, and where the total says so."""
    assert wire_of(wire).read_usage(raw) == usage


def test_the_last_usage_wins_also_downwards() -> None:
    """A later event's counts win where they are lower; zeros of an event that counts no prompt say nothing."""
    first = {"input_tokens": 100, "output_tokens": 1, "cache_read_input_tokens": 50, "cache_creation": {"a": 7}}
    lower = {"input_tokens": 20, "output_tokens": 9, "cache_read_input_tokens": 0, "cache_creation": {"a": 0}}
    silent = {"input_tokens": 0, "output_tokens": 9, "cache_read_input_tokens": 0, "cache_creation": {"a": 0}}
    assert merge_usage(first, lower) == lower
    assert merge_usage(first, silent) == {**first, "output_tokens": 9}


def test_the_searches_of_an_answer_by_google_are_counted() -> None:
    """Google lists what an answer's searches asked beside the answer, whose usage does not count them."""
    candidate = {"content": {"parts": [{"text": "4"}]}, "groundingMetadata": {"webSearchQueries": ["a", "b"]}}
    body = {"candidates": [{**candidate, "finishReason": "STOP"}], **COUNTED["gemini"]}
    reply = reply_to("gemini", body)
    assert (reply.usage.web_searches, reply.usage.input_tokens) == (2, 10)


def test_searches_are_not_in_the_catalogues_price() -> None:
    """A cost by the catalogue says that it leaves out the searches that are billed apart."""
    usage = {"input_tokens": 10, "output_tokens": 2, "server_tool_use": {"web_search_requests": 2}}
    reply = reply_to("anthropic", {**CONTENT["anthropic"], "usage": usage})
    assert reply.warnings == ("the cost leaves out 2 web searches, which are billed separately",)


SPEEDS = [
    ({"timings": {"predicted_per_second": 99.8}}, 99.8),
    ({"stats": {"tokens_per_second": 51.4}}, 51.4),
    ({"usage": {"prompt_tokens": 1, "completion_tokens": 8, "completion_time": 0.02}}, 400.0),
    ({"usage": {"prompt_tokens": 1, "completion_tokens": 8, "completion_tokens_per_sec": 77}}, 77.0),
    ({"usage": {"prompt_tokens": 1, "completion_tokens": 8}, "time_info": {"completion_time": 0.5}}, 16.0),
]


@pytest.mark.parametrize(("fields", "speed"), SPEEDS)
def test_a_servers_own_speed(fields: dict, speed: float) -> None:
    """The speed that a server measures itself is the one that is told."""
    assert reply_to("openai", {**CONTENT["openai"], **fields}).tokens_per_second == speed


def test_the_speed_of_thoughts_that_nobody_counts() -> None:
    """Where thoughts are shown and not counted, the time in which they came counts too."""
    deltas = [*({"reasoning_content": "hm "} for _ in range(8)), {"content": "four"}, {"content": "."}]
    bodies: list[dict] = [{"choices": [{"delta": delta}]} for delta in deltas]
    usage = {"prompt_tokens": 9, "completion_tokens": 100}
    bodies.append({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": usage})
    pieces = [b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies]
    reply = play(endpoint_of("openai"), Response(pieces=pieces)).reply
    # The player's clock ticks a tenth of a second with every piece: ten of them after the first thought, and the end.
    assert reply.tokens_per_second == pytest.approx(100 / 1.1, rel=0.01)


@pytest.mark.parametrize("text", ["Hello there", "Grüß dich", "你好世界 今天天气怎么样"])
def test_two_estimates_of_a_text_agree(text: str) -> None:
    """What is estimated of a prompt and of a file with the same text is the same, in any language."""
    assert (
        estimated_tokens(text) == estimate_tokens(text.encode()) == estimated_prompt([ChatMessage("user", text)])
    )


def test_pictures_and_tools_are_estimated_too() -> None:
    """A prompt's pictures and the tools that it offers count."""
    message = ChatMessage("user", "Look", (Image(b"x"), Image(b"y")))
    assert estimated_prompt([message]) == 1 + 2 * TOKENS_PER_PICTURE
    assert estimated_prompt([message], ChatOptions(tools=(Tool(name="f"),))) > 1 + 2 * TOKENS_PER_PICTURE


def test_a_cost_has_what_rejected_answers_were_billed() -> None:
    """An answer that was rejected and asked for again is paid for as well; a refused request costs nothing."""
    counts = {"usage": {"prompt_tokens": 10, "completion_tokens": 2}}
    empty = {"choices": [{"message": {"content": ""}, "finish_reason": "abort"}], **counts}
    whole = {**CONTENT["openai"], **counts}
    responses = [
        Response(pieces=[json.dumps(empty).encode()]),
        Response(status=503),
        Response(pieces=[json.dumps(whole).encode()]),
    ]
    played = play(endpoint_of("openai", price=PRICE), *responses, options=ChatOptions(stream=False))
    assert played.reply.attempts == 3
    assert played.reply.cost_usd == 2 * Decimal("0.00002")
    failed = play(endpoint_of("openai", price=PRICE), *responses[:1] * 2, retries=1)
    assert failed.error.partial.cost_usd == 2 * Decimal("0.00002")


def test_text_that_was_not_shown_can_be_asked_for_again() -> None:
    """An answer that the server gave up is tried again, but not once its text has been streamed."""
    half = {"choices": [{"message": {"content": "Half"}, "finish_reason": "abort"}]}
    responses = [Response(pieces=[json.dumps(body).encode()]) for body in (half, CONTENT["openai"])]
    assert play(endpoint_of("openai"), *responses, options=ChatOptions(stream=False)).reply.text == "4"
    assert play(endpoint_of("openai"), *responses).error.partial.text == "Half"
