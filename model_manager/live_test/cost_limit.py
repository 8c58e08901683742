"""The most that a call may cost, and the cost limit that several calls share. It makes no calls."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from model_manager.core.budgets import Balance
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import Usage, add, cost, plain
from model_manager.errors import ProviderError

#: Providers add to a message: roles, a date, a system prompt of their own.
_TOKENS_AROUND_MESSAGE = 128
#: A small picture at most: a single tile costs GPT-4o mini 2,833 + 5,667 tokens, all others far less.
_TOKENS_OF_IMAGE = 8_500
#: The prompts that providers write around tools or a schema; Anthropic's are the longest, below a thousand tokens.
_TOKENS_AROUND_SCHEMA = 1_024
_WAY_OUT = "lower `max_tokens` or raise `max_cost`"


class CostLimit:
    """US dollars that may still be spent; the most that a call can cost is reserved before it starts.

    The calls that share a budget run on one event loop.

    Args:
        limit: the most that all calls together may cost, or None.
        per_s: seconds after which what was spent no longer counts, or None.
        lets_unknown: let calls through whose cost cannot be known.
        patience_s: seconds that an amount waits for what calls under way may give back, or None: to their end.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        limit: Decimal | None,
        *,
        per_s: float | None = None,
        lets_unknown: bool = False,
        patience_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._per_s, self._lets_unknown, self._clock = limit, per_s, lets_unknown, clock
        self._patience_s = patience_s
        self._spent: deque[tuple[float, Decimal]] = deque()
        self._reserved = Decimal(0)
        self._running = 0
        self._settled = asyncio.Event()

    @property
    def spending(self) -> Balance:
        """The limit, and what is spent and held now."""
        return Balance(self._limit, self._sum(), self._reserved)

    def _sum(self) -> Decimal:
        """US dollars that were spent and still count. It changes nothing, so any thread may ask."""
        return add(amount for spent_at, amount in tuple(self._spent) if not self._is_over(spent_at)) or Decimal(0)

    def _is_over(self, spent_at: float) -> bool:
        return self._per_s is not None and self._clock() - spent_at >= self._per_s

    def _balance(self) -> Balance:
        """The same without what no longer counts."""
        while self._spent and self._is_over(self._spent[0][0]):
            self._spent.popleft()
        return self.spending

    def _wait_s(self, limit: Decimal, amount: Decimal) -> float | None:
        """Seconds until there is so much again; None: never."""
        if self._per_s is None or amount > limit:
            return None
        missing = amount - self._balance().left(limit)
        for spent_at, spent in self._spent:
            missing -= spent
            if missing <= 0:
                return max(0.0, spent_at + self._per_s - self._clock())
        return None

    async def reserve(self, amount: Decimal | None, name: str) -> Decimal:
        """Set an amount aside; while others may still give some back, wait for it.

        Raises:
            ProviderError: of kind "budget" if it is not there, or cannot be known.
        """
        if self._limit is None or (amount is None and self._lets_unknown):
            return Decimal(0)
        if amount is None:
            hint = "add price and max_output to models.toml, or remove `max_cost`"
            raise ProviderError(
                "budget", f"the cost of {name} is unknown, so the cost limit cannot be enforced", hint=hint
            )
        if not amount:
            return amount
        if amount > self._limit:
            message = (
                f"{name} could cost ${plain(amount):f}, more than the whole cost limit (${plain(self._limit):f})"
            )
            raise ProviderError("budget", message, hint=_WAY_OUT)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                while not self._balance().has_room(amount) and self._running:
                    await self._settled.wait()
        if not self._balance().has_room(amount):
            raise self._refusal(self._limit, amount, name)
        self._reserved += amount
        self._running += 1
        return amount

    def _refusal(self, limit: Decimal, amount: Decimal, name: str) -> ProviderError:
        left = max(self._balance().left(limit), Decimal(0))
        message = f"{name} could cost ${plain(amount):f} but only ${plain(left):f} of the cost limit is left"
        if self._running:
            message += f"; calls in progress reserve ${plain(self._reserved):f}"
        return ProviderError("budget", message, hint=_WAY_OUT, retry_after_s=self._wait_s(limit, amount))

    def settle(self, reserved: Decimal, spent: Decimal | None) -> None:
        """Give back what was reserved and not spent; where that is unknown, nothing comes back."""
        amount = reserved if spent is None else spent
        if amount:
            self._spent.append((self._clock(), amount))
        self._reserved -= reserved
        if reserved:
            self._running -= 1
        # Wakes those that wait now; who has to wait again, waits for the next one.
        self._settled.set()
        self._settled = asyncio.Event()


def worst_case(
    endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions, moment: datetime
) -> Decimal | None:
    """US dollars that a call costs if every byte of the prompt is a token and the answer is as long as it may be.

    Returns:
        None if it cannot be known: no price, or no limit of the answer's length.
    """
    prompt = sum(map(_longest, messages)) + sum(map(_longest_schema, _schemas(options)))
    takes_limit = bool(endpoint.parameters.get("max_tokens", True))
    answer = options.max_tokens if takes_limit else endpoint.model.max_output
    return cost(endpoint.model.price, Usage(input_tokens=prompt, output_tokens=answer), moment)


def _longest(message: ChatMessage) -> int:
    """The most tokens that a message can be."""
    return len(message.content.encode()) + _TOKENS_AROUND_MESSAGE + len(message.images) * _TOKENS_OF_IMAGE


def _schemas(options: ChatOptions) -> list[object]:
    """The parts of a request besides its messages: tools and the schema of the answer."""
    tools = [(tool.name, tool.description, dict(tool.parameters)) for tool in options.tools]
    forms = [dict(options.answer_format.schema)] if options.answer_format else []
    return [*tools, *forms]


def _longest_schema(schema: object) -> int:
    return len(json.dumps(schema)) + _TOKENS_AROUND_SCHEMA


def spent_on(reply: Reply | None, error: ProviderError | None) -> Decimal | None:
    """US dollars that a call has cost, or None where nobody knows: hidden tokens of an answer that broke off."""
    if reply is not None:
        return None if reply.usage.estimated else reply.cost_usd
    if error is None:  # it was ended from outside
        return None
    if error.status is not None or error.attempts == 0 or error.kind == "connection":
        return Decimal(0)
    return None
