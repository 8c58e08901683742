"""Fitting a request to what a provider has just refused: the parameter it named is renamed or left out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from model_manager.core.messages import HttpCall
from model_manager.providers.wires.base import Failure
from model_manager.providers.wires.payload import mapping

_REFUSING = frozenset({400, 422})
#: The provider does not know or take the parameter, as opposed to disliking its value.
_UNSUPPORTED = re.compile(
    r"unsupported|not supported|does not support|unrecognized|unknown|unexpected|deprecated|no longer|instead"
    r"|not (permitted|allowed|accepted)|extra (inputs|fields)|cannot be (set|used)|only allowed when"
)
#: Fields of messages and tools that only some providers take.
_FIELDS_OF_PARTS = (
    *("cache_control", "strict", "detail", "name", "reasoning_content", "reasoning_details", "reasoning"),
    *("thinking_blocks", "extra_content"),
)
#: Fields of the body by which options are sent that an answer can do without.
_OPTIONS = (
    *("temperature", "top_p", "seed", "parallel_tool_calls", "service_tier", "metadata"),
    *("reasoning_effort", "reasoning", "thinking", "enable_thinking", "think", "include"),
)
#: The same in tables of the body, with patterns of their names: Anthropic's and Google's.
_INNER_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "output_config": {"effort": "effort"},
    "generationConfig": {
        "temperature": "temperature",
        "topP": "top_?p",
        "seed": "seed",
        "thinkingConfig": r"thinking(_?(config|level|budget))?",
    },
}
#: Where the Responses API asks for a summary of the thoughts, which OpenAI gives to verified organizations alone.
_SUMMARY = "reasoning.summary"
_OTHER_LIMIT = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


@dataclass(frozen=True, slots=True)
class Fitted:
    """The request that may pass, and a sentence about what was changed."""

    call: HttpCall
    notice: str


def fitted(call: HttpCall, failure: Failure) -> Fitted | None:
    """The request without what the provider refused, or None if it named nothing that we can leave out."""
    if failure.status not in _REFUSING:
        return None
    if failure.parameter == _SUMMARY:
        return _without_summary(call)
    return _without_parameter(call, failure) if failure.kind == "bad_request" else None


def _without_summary(call: HttpCall) -> Fitted | None:
    """The request without the wish to see the thoughts, whatever kind of refusal that has met."""
    reasoning = mapping(call.body.get("reasoning"))
    if "summary" not in reasoning:
        return None
    kept = {name: value for name, value in reasoning.items() if name != "summary"}
    fitting = replace(call, body={**call.body, "reasoning": kept})
    return Fitted(fitting, "retried without the reasoning summary, which was refused")


def _without_parameter(call: HttpCall, failure: Failure) -> Fitted | None:
    words = f"{failure.code or ''} {failure.message}".lower()
    if _names("stream_options", failure, words) and "stream_options" in call.body:
        return Fitted(_without(call, "stream_options"), "retried without stream_options, which was refused")
    if not _UNSUPPORTED.search(words):
        return None
    for old, new in _OTHER_LIMIT.items():
        if old in call.body and _names(old, failure, words):
            body = {new if name == old else name: value for name, value in call.body.items()}
            return Fitted(replace(call, body=body), f"retried with {new} instead of {old}, which was refused")
    for name in _OPTIONS:
        if name in call.body and _names(name, failure, words):
            shown = "the temperature" if name == "temperature" else name
            return Fitted(_without(call, name), f"retried without {shown}, which was refused")
    return _without_inner(call, failure, words) or _without_part(call, failure, words)


def _without_inner(call: HttpCall, failure: Failure, words: str) -> Fitted | None:
    """The request without an option that stands in a table of others; what stands beside it stays."""
    for table, fields in _INNER_OPTIONS.items():
        known = call.body.get(table)
        for name, pattern in fields.items():
            if isinstance(known, dict) and name in known and _names(pattern, failure, words):
                kept = {other: value for other, value in known.items() if other != name}
                body = {**call.body, table: kept} if kept else _without(call, table).body
                return Fitted(replace(call, body=body), f"retried without {name}, which was refused")
    return None


def _without_part(call: HttpCall, failure: Failure, words: str) -> Fitted | None:
    """The request without a field of its messages or tools that was refused.

    Its name may end the path by which the provider names it: `messages[0].content[1].cache_control`.
    """
    for name in _FIELDS_OF_PARTS:
        body = _without_field(call.body, name) if _names(name, failure, words) else call.body
        if body != call.body:
            return Fitted(replace(call, body=body), f"retried without {name}, which was refused")
    return None


def _names(pattern: str, failure: Failure, words: str) -> bool:
    """Whether a refusal is about a parameter: it names it first, or as the one at fault."""
    if failure.parameter:
        path = failure.parameter.lower().split(".")
        return any(re.fullmatch(pattern, name) for name in (path[0], path[-1]))
    return re.search(rf"\b{pattern}\b", words) is not None


def _without(call: HttpCall, parameter: str) -> HttpCall:
    body: Mapping[str, Any] = {name: value for name, value in call.body.items() if name != parameter}
    return replace(call, body=body)


def _without_field(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The request without a field of its messages and tools; what a message says, and a tool's name, stay."""
    changed = dict(body)
    for part in ("messages", "input", "tools"):
        if isinstance(body.get(part), list):
            changed[part] = [_stripped(item, name) for item in body[part]]
    return changed


def _stripped(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_stripped(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {"parameters", "input_schema"} | ({"function"} if name == "name" else set())
    return {
        key: item if key in kept else _stripped(item, name)
        for key, item in value.items()
        if key != name or (name == "name" and "role" not in value)
    }
