"""What a call may cost at worst, and the money of `--max-cost`. It makes no calls."""

import json
import threading
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, ChatOptions, Reply
from model_manager.core.pricing import Usage, add, cost, plain
from model_manager.errors import ProviderError

#: What a provider may add to a message: roles, a date, a system prompt of its own.
_TOKENS_AROUND_MESSAGE = 128
#: A small picture at most: a single tile costs GPT-4o mini 2,833 + 5,667 tokens, all others far less.
_TOKENS_OF_IMAGE = 8_500
#: The prompts that providers write around tools or a schema; Anthropic's are the longest, below a thousand tokens.
_TOKENS_AROUND_SCHEMA = 1_024


class Budget:
    """US dollars that may still be spent; what a call could cost at worst is set aside before it starts.

    Args:
        limit: the most that all calls together may cost, or None.
    """

    def __init__(self, limit: Decimal | None) -> None:
        self._left = limit
        self._running = 0
        self._changed = threading.Condition()

    def reserve(self, amount: Decimal | None, name: str) -> Decimal:
        """Set an amount aside; while others may still give some back, wait for it.

        Raises:
            ProviderError: of kind "budget" if it is not there, or cannot be known.
        """
        if self._left is None:
            return Decimal(0)
        if amount is None:
            hint = "leave --max-cost out, or add price and max_output to models.toml"
            raise ProviderError(
                "budget", f"what {name} could cost is unknown, so --max-cost cannot be kept", hint=hint
            )
        if not amount:
            return amount
        with self._changed:
            while amount > self._left and self._running:
                self._changed.wait()
            if amount > self._left:
                left = max(self._left, Decimal(0))
                message = f"{name} could cost ${plain(amount):f} and ${plain(left):f} of --max-cost are left"
                raise ProviderError("budget", message, hint="lower --max-tokens or raise --max-cost")
            self._left = add((self._left, -amount))
            self._running += 1
        return amount

    def settle(self, reserved: Decimal, spent: Decimal | None) -> None:
        """Give back what was set aside and not spent; where that is unknown, nothing comes back."""
        with self._changed:
            if self._left is None:
                return
            if spent is not None:
                self._left = add((self._left, reserved, -spent))
            if reserved:
                self._running -= 1
            self._changed.notify_all()


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
    """What a request says besides its messages."""
    tools = [(tool.name, tool.description, dict(tool.parameters)) for tool in options.tools]
    forms = [dict(options.answer_format.schema)] if options.answer_format else []
    return [*tools, *forms]


def _longest_schema(schema: object) -> int:
    return len(json.dumps(schema)) + _TOKENS_AROUND_SCHEMA


def spent_on(reply: Reply | None, error: ProviderError | None) -> Decimal | None:
    """US dollars that a call has cost, or None where nobody knows: hidden tokens of an answer that broke off."""
    if reply is not None:
        return None if reply.usage.estimated else reply.cost_usd
    if error is None or error.status is not None or error.attempts == 0 or error.kind == "connection":
        return Decimal(0)
    return None
