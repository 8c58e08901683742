"""Costs that a provider states, in every shape. US dollars."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from model_manager.providers.wires.payload import amount, mapping, text

_XAI_TICKS_PER_DOLLAR = Decimal(10**10)
#: Names of a total, the surest first.
_TOTALS = ("total_cost", "total", "usd", "total_usd", "cost", "amount")
_PLAIN = ("cost", "total_cost", "cost_usd", "cost_usd_total", "cost_in_usd", "estimated_cost")
#: LiteLLM's proxy states costs here where it does not stream, and only of models whose price it knows.
_HEADER = "x-litellm-response-cost"
_UPSTREAM = ("upstream_inference_prompt_cost", "upstream_inference_completions_cost")


def stated_cost(body: Mapping[str, Any], usage: Mapping[str, Any] | None) -> Decimal | None:
    """The cost that an answer states in its usage or beside it, or None."""
    return next(_stated(body, usage or {}), None)


def cost_in_headers(headers: Mapping[str, str]) -> Decimal | None:
    """The cost that a gateway states in a header, or None; names are in lower case."""
    return _dollars(headers[_HEADER]) if _HEADER in headers else None


def _stated(body: Mapping[str, Any], usage: Mapping[str, Any]) -> Iterator[Decimal]:
    for holder in (usage, body):
        for name in _PLAIN:
            dollars = _dollars(holder[name]) if name in holder else None
            upstream = _upstream(holder)
            if dollars is not None and upstream is not None:
                yield dollars + upstream
    ticks = amount(usage.get("cost_in_usd_ticks"))
    if ticks is not None:
        yield ticks / _XAI_TICKS_PER_DOLLAR
    for name in ("providerMetadata", "provider_metadata"):
        dollars = _dollars(mapping(mapping(body.get(name)).get("gateway")).get("cost"))
        if dollars is not None:
            yield dollars


def _upstream(usage: Mapping[str, Any]) -> Decimal | None:
    """With an account's own key the gateway states its fee alone; the upstream provider bills the rest.

    None: the rest is not stated, and so the cost is not.
    """
    if usage.get("is_byok") is not True:
        return Decimal(0)
    details = mapping(usage.get("cost_details"))
    parts = [dollars for name in _UPSTREAM if (dollars := amount(details.get(name))) is not None]
    whole = _dollars(details.get("upstream_inference_cost"))
    return sum(parts, Decimal(0)) if whole is None and parts else whole


def _dollars(value: object) -> Decimal | None:
    """A number, a number in a string, or the total of a table."""
    if isinstance(value, str):
        try:
            return amount(Decimal(value))
        except InvalidOperation:
            return None
    table = mapping(value)
    if not table:
        return amount(value)
    if text(table.get("currency")).upper() not in {"", "USD"}:
        return None
    for name in _TOTALS:
        dollars = amount(table.get(name))
        if dollars is not None:
            return dollars
    parts = [
        dollars for name, part in table.items() if name.endswith("_cost") and (dollars := amount(part)) is not None
    ]
    return sum(parts, Decimal(0)) if parts else None
