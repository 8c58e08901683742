"""Keys of other tools' tables of models, pasted into ours: what they are called here, and in which unit."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from model_manager.core.litellm_fields import CAPABILITY_FIELDS, RATE_FIELDS

_PER_MILLION = "in US dollars per million tokens"
#: LiteLLM's prices of one token, by our key.
_TOKEN_PRICES = {field: f"price.{ours}" for ours, field in RATE_FIELDS.items()}
_TIER_PRICE = re.compile(r"(?:input|output)_cost_per_token_above_(\d+)k_tokens")
_CAPABILITIES = {field: ours for ours, field in CAPABILITY_FIELDS.items()} | {
    "supports_tool_choice": "function-calling",
    "supports_native_streaming": "streaming",
    "tool_call": "function-calling",
    "structured_output": "structured-output",
    "reasoning": "reasoning",
}
#: LiteLLM's and models.dev's further keys of a model.
_KEYS = {
    "litellm_provider": ("LiteLLM", "write provider"),
    "input_cost_per_audio_token": ("LiteLLM", "leave it out: there is no rate for audio"),
    "max_tokens": ("LiteLLM", "write max_output, in tokens"),
    "max_output_tokens": ("LiteLLM", "write max_output, in tokens"),
    "max_input_tokens": ("LiteLLM", "write context_window, in tokens; max_input where less than that may be sent"),
    "deprecation_date": ("LiteLLM", "write retires, a date without quotes"),
    "mode": ("LiteLLM", 'write capabilities = ["chat"]'),
    "supported_modalities": ("LiteLLM", "write capabilities: vision, audio, pdf"),
    "cost": ("models.dev", f"write price, {_PER_MILLION}"),
    "limit": ("models.dev", "write context_window and max_output, in tokens"),
    "modalities": ("models.dev", "write capabilities: vision, audio, pdf"),
    "attachment": ("models.dev", "write capabilities: vision, pdf"),
    "knowledge": ("models.dev", "write knowledge_cutoff"),
    "release_date": ("models.dev", "write released"),
    "last_updated": ("models.dev", "write checked, a date without quotes"),
    "open_weights": ("models.dev", "leave it out"),
    "family": ("models.dev", "leave it out"),
}
_COST_KEYS = {"input": "input", "output": "output", "cache_read": "cache_read", "cache_write": "cache_write"}
_LIMIT_KEYS = {"context": "context_window", "input": "max_input", "output": "max_output"}


def foreign_key_hint(key: str, value: Any) -> str | None:
    """What to write in place of a key of a model that LiteLLM or models.dev has; None: neither has it."""
    if ours := _TOKEN_PRICES.get(key):
        return f"LiteLLM's price of one token: write {ours}{_million(value)}, {_PER_MILLION}"
    if tier := _TIER_PRICE.fullmatch(key):
        return f"LiteLLM's price of one token: write price.tiers with above = {tier[1]}_000, {_PER_MILLION}"
    if capability := _CAPABILITIES.get(key):
        return f'write it in capabilities, or in lacks: "{capability}"'
    if key not in _KEYS:
        return None
    tool, advice = _KEYS[key]
    if isinstance(value, Mapping):
        advice = _table_advice(key, value) or advice
    elif key not in {"mode", "open_weights", "family", "attachment"}:
        advice = re.sub(r"^write (\w+)", rf"write \1{_literal(value)}", advice)
    return f"{tool}'s key: {advice}"


def misplaced_row_hint(key: str, value: Any) -> str | None:
    """Where a model of LiteLLM or models.dev belongs that was pasted to the top of a file; None: it is none."""
    if hint := foreign_key_hint(key, value):
        return f'a model\'s keys belong under [models."ID"]; {hint}'
    is_row = isinstance(value, Mapping) and any(foreign_key_hint(name, one) for name, one in value.items())
    return f'a model is a table [models."{key}"]' if is_row else None


def _table_advice(key: str, value: Mapping[str, Any]) -> str | None:
    """Our keys with the values of models.dev's table, where it has no others."""
    if key == "cost":
        rates = [f"{_COST_KEYS[name]} = {rate}" for name, rate in value.items() if name in _COST_KEYS]
        return f"write price = {{ {', '.join(rates)} }}, {_PER_MILLION}" if rates else None
    if key == "limit":
        limits = [f"{_LIMIT_KEYS[name]} = {count}" for name, count in value.items() if name in _LIMIT_KEYS]
        return f"write {' and '.join(limits)}, in tokens" if limits else None
    return None


def _million(value: Any) -> str:
    """The price of a million tokens as one writes it, if the value is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return ""
    try:
        return f" = {(Decimal(str(value)) * 1_000_000).normalize():f}"
    except InvalidOperation:
        return ""


def _literal(value: Any) -> str:
    """A short value as TOML has it."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    return (
        f" = {value}" if isinstance(value, int) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else f' = "{value}"'
    )
