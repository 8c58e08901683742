"""The money of live tests: what is reserved, who waits for it, who is refused, and when it counts no more."""

import asyncio
import json
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest
from exchange_player import MOMENT, endpoint_of

from model_manager.core.budgets import Balance
from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Image
from model_manager.core.pricing import Price, Rates, Usage
from model_manager.errors import ProviderError
from model_manager.live_test.cost_limit import CostLimit, spent_on, worst_case


def refused(waiting: Coroutine[Any, Any, Decimal]) -> ProviderError:
    """The error of an amount that cannot be reserved."""
    with pytest.raises(ProviderError) as caught:
        asyncio.run(waiting)
    assert caught.value.kind == "budget"
    return caught.value


def test_without_a_limit_nothing_is_reserved() -> None:
    """Without a limit any amount, known or not, reserves nothing, and what was spent is counted all the same."""
    budget = CostLimit(None)
    assert asyncio.run(budget.reserve(Decimal(9), "m")) == asyncio.run(budget.reserve(None, "m")) == 0
    budget.settle(Decimal(0), Decimal(2))
    assert budget.spending == Balance(None, Decimal(2), Decimal(0))


def test_an_unknown_amount() -> None:
    """A call whose cost cannot be known is refused with the way out, unless such calls are let through."""
    error = refused(CostLimit(Decimal(1)).reserve(None, "m"))
    assert error.message == "the cost of m is unknown, so the cost limit cannot be enforced"
    assert "max_output" in (error.hint or "")
    assert asyncio.run(CostLimit(Decimal(1), lets_unknown=True).reserve(None, "m")) == 0


def test_a_free_call_needs_no_money() -> None:
    """A call that costs nothing is let through by an empty budget."""
    assert asyncio.run(CostLimit(Decimal(0)).reserve(Decimal(0), "m")) == 0


def test_all_of_the_limit_may_be_reserved() -> None:
    """An amount as large as the limit fits; one that is larger never does."""
    budget = CostLimit(Decimal("0.5"))
    assert "more than the whole cost limit ($0.5)" in refused(budget.reserve(Decimal("0.51"), "m")).message
    assert asyncio.run(budget.reserve(Decimal("0.5"), "m")) == Decimal("0.5")
    assert budget.spending == Balance(Decimal("0.5"), Decimal(0), Decimal("0.5"))


def test_what_is_settled_comes_back() -> None:
    """The part of a reserved amount that was not spent can be reserved again, to the cent."""

    async def spend() -> CostLimit:
        budget = CostLimit(Decimal(3))
        budget.settle(await budget.reserve(Decimal(2), "m"), Decimal("0.5"))
        assert await budget.reserve(Decimal("2.5"), "m") == Decimal("2.5")
        return budget

    assert asyncio.run(spend()).spending == Balance(Decimal(3), Decimal("0.5"), Decimal("2.5"))


def test_an_amount_waits_for_calls_under_way() -> None:
    """Amounts that do not fit yet wait, all of them, until calls under way have given back enough."""

    async def wait() -> list[str]:
        budget, done = CostLimit(Decimal(2)), list[str]()
        first, second = await budget.reserve(Decimal(1), "a"), await budget.reserve(Decimal(1), "b")

        async def reserve(name: str) -> None:
            await budget.reserve(Decimal(1), name)
            done.append(name)

        waiting = [asyncio.create_task(reserve(name)) for name in ("c", "d")]
        await asyncio.sleep(0)
        assert done == []
        budget.settle(first, Decimal(0))
        await waiting[0]
        assert done == ["c"]
        budget.settle(second, Decimal(0))
        await waiting[1]
        return done

    assert asyncio.run(wait()) == ["c", "d"]


def test_nobody_waits_for_money_that_does_not_come_back() -> None:
    """Where no call is under way, an amount that is not there is refused at once, with what is left."""
    budget = CostLimit(Decimal(3))
    budget.settle(Decimal(0), Decimal(2))
    error = refused(budget.reserve(Decimal("1.5"), "m"))
    assert error.message == "m could cost $1.5 but only $1 of the cost limit is left"
    assert error.retry_after_s is None


def test_patience_ends() -> None:
    """Who has waited as long as the budget allows is refused, and told what calls under way hold."""

    async def wait() -> Decimal:
        budget = CostLimit(Decimal(2), patience_s=0.01)
        await budget.reserve(Decimal("1.5"), "a")
        return await budget.reserve(Decimal(1), "b")

    message = refused(wait()).message
    assert message == "b could cost $1 but only $0.5 of the cost limit is left; calls in progress reserve $1.5"


def test_spending_counts_for_a_while() -> None:
    """What was spent counts for `per_s` seconds and no longer, and who is refused is told when there is enough."""
    now = 100.0
    budget = CostLimit(Decimal(3), per_s=60, patience_s=0.01, clock=lambda: now)

    async def wait_s(amount: str) -> float | None:
        with pytest.raises(ProviderError) as caught:
            await budget.reserve(Decimal(amount), "m")
        return caught.value.retry_after_s

    async def spend() -> None:
        nonlocal now
        budget.settle(Decimal(0), Decimal(1))
        now = 120.0
        budget.settle(Decimal(0), Decimal(2))
        now = 130.0
        # In 30 s the first dollar comes back, in 50 s the other two.
        assert (await wait_s("1"), await wait_s("1.5")) == (30, 50)
        now = 159.9
        assert budget.spending.spent == 3
        now = 160.0
        assert budget.spending.spent == 2
        assert await budget.reserve(Decimal(1), "m") == 1
        # What is reserved comes back at no known time.
        assert (await wait_s("2"), await wait_s("2.5")) == (20, None)

    asyncio.run(spend())


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


def test_the_limit_itself_is_told_when_it_comes_back() -> None:
    """Who wants all of the limit is told when all that was spent has come back."""
    now = 100.0
    budget = CostLimit(Decimal(3), per_s=60, clock=lambda: now)
    budget.settle(Decimal(0), Decimal(2))
    now = 110.0
    assert refused(budget.reserve(Decimal(3), "m")).retry_after_s == 50


def test_a_call_that_reserved_nothing_ends_nobodys_waiting() -> None:
    """A call that was let through without money does not count among those that may give some back."""

    async def wait() -> bool:
        budget = CostLimit(Decimal(2))
        held = await budget.reserve(Decimal(2), "a")
        waiting = asyncio.create_task(budget.reserve(Decimal(1), "b"))
        await asyncio.sleep(0)
        budget.settle(await budget.reserve(Decimal(0), "free"), Decimal(0))
        await asyncio.sleep(0)
        still_waits = not waiting.done()
        budget.settle(held, Decimal(0))
        await waiting
        return still_waits

    assert asyncio.run(wait())
