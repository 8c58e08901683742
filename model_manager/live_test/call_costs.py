"""The most that a call may cost, and what one has cost. It makes no calls."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from model_manager.core.chat.estimates import pages_of
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.options import ChatOptions
from model_manager.core.parts import Audio, Document, Part
from model_manager.core.pricing import Usage, cost
from model_manager.errors import ProviderError
from model_manager.providers.wires.options import budget_of

#: Providers add to a message: roles, a date, a system prompt of their own.
_TOKENS_AROUND_MESSAGE = 128
#: A small picture at most: a single tile costs GPT-4o mini 2,833 + 5,667 tokens, all others far less.
_TOKENS_OF_IMAGE = 8_500
#: A page of a PDF at most: its text, up to 3,000 tokens as Anthropic says, and a picture of it.
_TOKENS_OF_PAGE = 3_000 + _TOKENS_OF_IMAGE
#: A sound at most: 1,000 tokens a minute are billed for speech of 1 kB a second.
_BYTES_OF_AUDIO_TOKEN = 60
#: The prompts that providers write around tools or a schema; Anthropic's are the longest, below a thousand tokens.
_TOKENS_AROUND_SCHEMA = 1_024
#: The least budget of thoughts that Anthropic's API takes.
_LEAST_BUDGET = 1_024


def worst_case(
    endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions, moment: datetime
) -> Decimal | None:
    """US dollars that a call costs if every byte of the prompt is a token and the answer is as long as it may be.

    Returns:
        None if it cannot be known: no price, or no limit of the answer's length.
    """
    options = options.with_defaults(endpoint.defaults)
    if any(isinstance(part, Document) and part.url for message in messages for part in message.parts):
        return None  # nobody knows its pages
    prompt = sum(map(_longest, messages)) + sum(map(_longest_schema, _schemas(options)))
    takes_limit = bool(endpoint.parameters.get("max_tokens", True))
    answer = options.max_tokens if takes_limit else endpoint.model.max_output
    is_ours = options.max_tokens is None or not options.max_tokens_asked
    if answer and is_ours and options.reasoning and endpoint.parameters.get("reasoning") == "budget":
        answer += max(budget_of(options.reasoning), _LEAST_BUDGET)  # a limit of ours is raised by the thoughts
    return cost(endpoint.model.price, Usage(input_tokens=prompt, output_tokens=answer), moment)


def _longest(message: ChatMessage) -> int:
    """The most tokens that a message can be."""
    files = len(message.images) * _TOKENS_OF_IMAGE + sum(map(_longest_file, message.parts))
    return len(message.content.encode()) + _TOKENS_AROUND_MESSAGE + files


def _longest_file(part: Part) -> int:
    """The most tokens that a PDF or a sound can be."""
    if isinstance(part, Document):
        return pages_of(part) * _TOKENS_OF_PAGE
    return len(part.content) // _BYTES_OF_AUDIO_TOKEN if isinstance(part, Audio) else 0


def _schemas(options: ChatOptions) -> list[object]:
    """The parts of a request besides its messages: tools and the schema of the answer."""
    tools = [(tool.name, tool.description, dict(tool.parameters)) for tool in options.tools]
    forms = [dict(options.answer_format.schema or {})] if options.answer_format else []
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
