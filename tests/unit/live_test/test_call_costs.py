"""What a live test's call can cost at most, and what one has cost."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from exchange_player import MOMENT, endpoint_of

from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Audio, Document, Image
from model_manager.core.pricing import Price, Rates, Usage
from model_manager.errors import ProviderError
from model_manager.live_test.call_costs import spent_on, worst_case


@pytest.mark.parametrize(
    ("reply", "error", "expected"),
    [
        (Reply(model="m", provider="p", model_id="m", cost_usd=Decimal(2)), None, Decimal(2)),
        (
            Reply(model="m", provider="p", model_id="m", cost_usd=Decimal(2), usage=Usage(estimated=True)),
            None,
            None,
        ),
        (Reply(model="m", provider="p", model_id="m"), None, None),
        (None, None, None),
        (None, ProviderError("auth", "no", status=401), Decimal(0)),
        (None, ProviderError("connection", "no"), Decimal(0)),
    ],
)
def test_what_a_call_has_cost(reply: Reply | None, error: ProviderError | None, expected: Decimal | None) -> None:
    """A reply costs what it says unless that is an estimate; what no provider took up costs nothing."""
    assert spent_on(reply, error) == expected


@pytest.mark.parametrize(("attempts", "expected"), [(0, Decimal(0)), (1, None)])
def test_a_call_without_a_status(attempts: int, expected: Decimal | None) -> None:
    """A failure without a status may have cost anything once a request was sent, and nothing before."""
    error = ProviderError("timeout", "silent")
    error.attempts = attempts
    assert spent_on(None, error) == expected


#: A dollar a token of the prompt, and a thousand one of the answer.
PRICE = Price(rates=Rates(input=Decimal(10**6), output=Decimal(10**9)))
SCHEMA = {"type": "object", "title": "é"}
TOOL = Tool(name="f", description="d", parameters=SCHEMA)


@pytest.mark.parametrize(
    ("messages", "options", "tokens"),
    [
        ([ChatMessage("user", "Hi")], ChatOptions(), 2 + 128),
        ([ChatMessage("user", "é")], ChatOptions(), 2 + 128),
        ([ChatMessage("system", "abc"), ChatMessage("user", "")], ChatOptions(), 3 + 2 * 128),
        ([ChatMessage("user", "", (Image(b"x"), Image(b"y")))], ChatOptions(), 128 + 2 * 8_500),
        (
            [ChatMessage("user", "")],
            ChatOptions(answer_format=AnswerFormat(name="f", schema=SCHEMA)),
            128 + len(json.dumps(SCHEMA)) + 1_024,
        ),
        (
            [ChatMessage("user", "")],
            ChatOptions(tools=(TOOL, TOOL)),
            128 + 2 * (len(json.dumps(["f", "d", SCHEMA])) + 1_024),
        ),
    ],
)
def test_the_most_that_a_prompt_can_cost(messages: list[ChatMessage], options: ChatOptions, tokens: int) -> None:
    """Every byte is a token, and messages, pictures, tools and schemas have a margin each."""
    endpoint = endpoint_of("openai", price=PRICE, max_output=0, parameters={"max_tokens": False})
    assert worst_case(endpoint, messages, options, MOMENT) == tokens


@pytest.mark.parametrize(
    ("options", "parameters", "model", "answer"),
    [
        (ChatOptions(max_tokens=7), {}, {"max_output": 50}, 7),
        (ChatOptions(max_tokens=7), {"max_tokens": False}, {"max_output": 50}, 50),
        (ChatOptions(max_tokens=7), {"max_tokens": "n"}, {}, 7),
        (ChatOptions(), {}, {"max_output": 50}, None),
        (ChatOptions(max_tokens=7), {"max_tokens": False}, {}, None),
    ],
)
def test_the_most_that_an_answer_can_cost(
    options: ChatOptions, parameters: dict, model: dict, answer: int | None
) -> None:
    """The answer is as long as the limit that is sent, or as the model's own; without either nobody knows."""
    endpoint = endpoint_of("openai", price=PRICE, parameters=parameters, **model)
    expected = None if answer is None else 130 + 1000 * answer
    assert worst_case(endpoint, [ChatMessage("user", "Hi")], options, MOMENT) == expected
    assert worst_case(endpoint_of("openai"), [ChatMessage("user", "Hi")], options, MOMENT) is None


@pytest.mark.parametrize(
    ("file", "tokens"),
    [(Document(b"/Type /Page /Type /Page"), 2 * 11_500), (Audio(b"x" * 6_000), 100), (Image(b"x"), 0)],
)
def test_a_file_counts_with_the_most_that_it_can_be(file, tokens):
    """Pages with their pictures, sounds by their length; pictures are counted with the message's own."""
    turns = [[ChatMessage("user", "Hi", parts=parts)] for parts in ((), (file,))]
    endpoint = replace(endpoint_of("openai"), model=replace(endpoint_of("openai").model, price=PRICE))
    plain, more = (worst_case(endpoint, turn, ChatOptions(max_tokens=1), MOMENT) for turn in turns)
    assert more - plain == tokens


def test_a_pdf_by_its_url_may_cost_anything():
    """Nobody knows its pages before the provider has fetched it."""
    turns = [ChatMessage("user", "", parts=(Document(url="https://example.org/a.pdf"),))]
    assert worst_case(endpoint_of("openai"), turns, ChatOptions(max_tokens=1), MOMENT) is None


@pytest.mark.parametrize(
    ("defaults", "tokens"),
    [
        ({"reasoning": 2_000}, 10 + 2_000),
        ({"reasoning": 10}, 10 + 1_024),
        ({"max_tokens": 50, "reasoning": 2_000}, 50),
    ],
)
def test_thoughts_raise_a_limit_that_nobody_has_asked_for(defaults, tokens):
    """A limit that the catalogue or a caller sets holds the thoughts too."""
    endpoint = endpoint_of("anthropic")
    model = replace(endpoint.model, price=PRICE, parameters={"reasoning": "budget"})
    options = ChatOptions(max_tokens=10, max_tokens_asked=False)
    found = worst_case(
        replace(endpoint, model=model, defaults=defaults), [ChatMessage("user", "")], options, MOMENT
    )
    assert found == 128 + tokens * 1_000


def test_the_most_that_a_call_can_cost_has_its_fee() -> None:
    """What is charged for the request itself is reserved with its tokens, once."""
    price = Price(rates=Rates(input=Decimal(0), output=Decimal(0), request=Decimal("0.012")))
    messages = [ChatMessage("user", "Hi")]
    found = worst_case(endpoint_of("openai", price=price), messages, ChatOptions(max_tokens=7), MOMENT)
    assert found == Decimal("0.012")
