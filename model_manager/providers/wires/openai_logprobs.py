"""Log probabilities as OpenAI, and all who follow it, write them. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from model_manager.core.answer_details import TokenLogprob
from model_manager.providers.wires.payload import mapping, sequence, text


def logprobs_of(given: Any) -> Iterator[TokenLogprob]:
    """The log probabilities of a choice: of its text, else of its refusal; Together has lists side by side."""
    table = mapping(given)
    entries = sequence(table.get("content")) or sequence(table.get("refusal"))
    if entries:
        yield from token_logprobs(entries)
    elif sequence(table.get("tokens")):
        for token, figure in zip(table["tokens"], sequence(table.get("token_logprobs")), strict=False):
            if isinstance(token, str) and number(figure) is not None:
                yield TokenLogprob(token, float(figure))


def token_logprobs(entries: Any) -> Iterator[TokenLogprob]:
    """The log probabilities in a list of tokens, each with its alternatives, which have none themselves."""
    for entry, figure in _figures(entries):
        alternatives = (
            TokenLogprob(text(other.get("token")), of) for other, of in _figures(entry.get("top_logprobs"))
        )
        yield TokenLogprob(text(entry.get("token")), figure, tuple(alternatives))


def _figures(entries: Any) -> Iterator[tuple[Mapping[str, Any], float]]:
    """The tokens of a list that have a log probability."""
    for entry in map(mapping, sequence(entries)):
        figure = number(entry.get("logprob"))
        if figure is not None:
            yield entry, figure


def number(value: Any) -> float | None:
    """A number that JSON can have, or None if it is not one."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        figure = float(value)
    except OverflowError:
        return None
    return figure if isfinite(figure) else None
