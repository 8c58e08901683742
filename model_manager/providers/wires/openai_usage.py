"""Counts and speeds as OpenAI-like servers state them, under all their names. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from model_manager.core.pricing import Usage
from model_manager.providers.wires.payload import amount, count, first, mapping, total

_DETAILS = ("prompt_tokens_details", "prompt_token_details", "input_tokens_details")
_READ = {
    "cached_tokens",
    "cache_read_input_tokens",
    "cache_read_tokens",
    "num_cached_tokens",
    "prompt_cache_hit_tokens",
}
_WRITTEN = {"cache_write_tokens", "cache_creation_input_tokens", "cache_creation_tokens"}
_SEARCHES = {"num_search_queries", "num_searches", "web_search_requests"}


def usage_of(body: Mapping[str, Any], choices: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The counts of an event; Groq also writes them below x_groq, Moonshot below the choice."""
    for holder in (body, mapping(body.get("x_groq")), *choices):
        if usage := mapping(holder.get("usage")):
            return usage
    return None


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """The counts: cached tokens are parts of the prompt, reasoning a part of the completion."""
    prompt = first(count(raw.get("prompt_tokens")), count(raw.get("input_tokens")))
    completion = first(count(raw.get("completion_tokens")), count(raw.get("output_tokens")))
    stated = count(raw.get("total_tokens"))
    spent = mapping(raw.get("completion_tokens_details")) or mapping(raw.get("output_tokens_details"))
    reasoning = first(count(spent.get("reasoning_tokens")), count(raw.get("reasoning_tokens")))
    holders = list(_holders(raw))
    read, written, hour = _most(holders, _READ), _most(holders, _WRITTEN), _hour(holders)
    cached = (read or 0) + (written or 0)
    if cached and None not in {prompt, completion, stated} and stated == total(prompt, completion, cached):
        prompt = total(prompt, cached)  # Anthropic's way of counting, through a gateway
    elif reasoning:
        if _is_outside(prompt, completion, reasoning, stated):
            completion = total(completion, reasoning)
    elif prompt is not None and completion is None and stated is not None and stated > prompt:
        completion = stated - prompt  # it leaves zeros out, and counts thoughts in the total alone
    elif prompt is not None and completion is not None and stated is not None and stated > prompt + completion:
        # Google's compatible endpoint has thoughts in the total alone.
        reasoning, completion = stated - prompt - completion, stated - prompt
    return Usage(
        input_tokens=prompt,
        output_tokens=completion,
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
        reasoning_tokens=reasoning,
        web_searches=_most(holders, _SEARCHES),
    )


def _holders(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield raw
    for name in (*_DETAILS, "server_tool_use"):
        if name in raw:
            yield mapping(raw[name])


def _most(holders: Sequence[Mapping[str, Any]], names: AbstractSet[str]) -> int | None:
    """The largest of what one count is called: a gateway may write zero under the name that it does not use."""
    found = [count(holder[name]) for holder in holders for name in holder.keys() & names]
    return max((number for number in found if number is not None), default=None) if found else None


def _hour(holders: Sequence[Mapping[str, Any]]) -> int | None:
    """Anthropic's tokens that are kept for an hour, through a gateway."""
    names = ("cache_creation", _DETAILS[0])
    tables = [mapping(holder[name]) for holder in holders for name in names if name in holder]
    lives = [mapping(table.get("cache_creation_token_details")) or table for table in tables]
    return first(*(count(life.get("ephemeral_1h_input_tokens")) for life in lives))


def _is_outside(prompt: int | None, completion: int | None, reasoning: int, stated: int | None) -> bool:
    """Whether reasoning is counted beside the completion: xAI does both, and the total tells which."""
    if completion is None:
        return False
    if prompt is None or stated is None:
        return reasoning > completion
    return stated >= prompt + completion + reasoning


def speed_of(body: Mapping[str, Any], usage: Mapping[str, Any] | None) -> float | None:
    """Output tokens per second by the server's own measure: llama.cpp's, LM Studio's, SambaNova's, Groq's."""
    counts = usage or {}
    stated = (
        mapping(body.get("timings")).get("predicted_per_second"),
        mapping(body.get("stats")).get("tokens_per_second"),
        counts.get("completion_tokens_per_sec"),
    )
    for figure in map(amount, stated):
        if figure:
            return float(figure)
    seconds = _first_amount(counts.get("completion_time"), mapping(body.get("time_info")).get("completion_time"))
    tokens = count(counts.get("completion_tokens"))
    return tokens / seconds if tokens and seconds else None


def _first_amount(*values: object) -> float | None:
    """The first that is a number above zero."""
    return next((float(number) for value in values if (number := amount(value))), None)
