"""The options of a call in the fields of a request: one table a wire, and what happens without one. Pure.

A table maps an option's name to a function that gives the fields in which it is written. What is not in the table,
the wire has no field for. `parameters` of the catalogue say what a provider or a model takes: `false` for what it
does not take, or the name of the form in which it wants it.
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

from model_manager.core.endpoints import Endpoint
from model_manager.core.options import ChatOptions
from model_manager.errors import ProviderError

Fields = Mapping[str, Any]


class OptionContext(NamedTuple):
    """The request that an option is written into; `notices` gets what is not sent as it was given."""

    endpoint: Endpoint
    options: ChatOptions
    notices: list[str]


#: Gives the fields of the request's body (tables within tables are merged) from an option's value.
Write = Callable[[Any, OptionContext], Fields]

#: The options that are written by tables, in the order in which requests have them, with their names in sentences.
NAMES = {
    "temperature": "the temperature",
    "top_p": "top_p",
    "stop": "stop",
    "seed": "the seed",
    "tool_choice": "tool_choice",
    "parallel_tool_calls": "parallel_tool_calls",
    "reasoning": "reasoning",
    "service_tier": "the service tier",
    "logprobs": "logprobs",
    "metadata": "metadata",
}
#: Without these the answer would be another than the one that was asked for.
_NEEDED = frozenset({"stop", "tool_choice", "logprobs"})
#: These say something about tools, and nothing without them.
_OF_TOOLS = frozenset({"tool_choice", "parallel_tool_calls"})


class NotTakenError(Exception):
    """A table's function cannot write a value; the text says why, and ends a sentence."""


def add_options(
    body: MutableMapping[str, Any],
    table: Mapping[str, Write],
    endpoint: Endpoint,
    options: ChatOptions,
    *,
    api: str,
    notices: list[str],
) -> None:
    """Write the options that were given into a request's body; those that are left out get a notice.

    Raises:
        ProviderError: of kind "bad_request": without an option the answer would be another.
    """
    context = OptionContext(endpoint, options, notices)
    has_tools = bool(options.tools or options.extra_body.get("tools"))
    for name in NAMES:
        value = options.given(name)
        if value is None or (name in _OF_TOOLS and not has_tools):
            continue
        write = table.get(name)
        if name == "reasoning" and endpoint.model.has("reasoning") is False:
            if value != "none":
                _leave_out(name, value, f"{endpoint.model.id} does not support reasoning", notices)
        elif endpoint.parameters.get(name) is False:
            _leave_out(name, value, f"{endpoint.model.id} does not accept one", notices)
        elif write is None:
            _leave_out(name, value, f"{api} has no field for it", notices)
        else:
            try:
                merge(body, write(value, context))
            except NotTakenError as reason:
                _leave_out(name, value, str(reason), notices)
    _add_extra_body(body, options.extra_body)


def _leave_out(name: str, value: Any, reason: str, notices: list[str]) -> None:
    if name in _NEEDED and value not in {"auto", "none"}:
        error = ProviderError(
            "bad_request",
            f"{NAMES[name]} cannot be left out without changing the answer: {reason}",
            hint=f"choose another model, or call without {NAMES[name]}",
        )
        error.is_lack = True
        raise error
    notices.append(f"{NAMES[name]} is left out: {reason}")


def _add_extra_body(body: MutableMapping[str, Any], extra: Fields) -> None:
    """Add the caller's own fields; tools, such as those that a provider runs, are added to the functions."""
    ours, further = body.get("tools"), extra.get("tools")
    merge(body, extra)
    if isinstance(ours, list) and isinstance(further, list):
        body["tools"] = [*ours, *further]


def merge(body: MutableMapping[str, Any], fields: Fields) -> None:
    """Add fields to a body; tables are merged into those that are there, at any depth."""
    for name, value in fields.items():
        known = body.get(name)
        if isinstance(known, dict) and isinstance(value, Mapping):
            merged = dict(known)
            merge(merged, value)
            body[name] = merged
        else:
            body[name] = value


def field(*path: str) -> Write:
    """A function that writes a value as it is, at a path of names."""

    def write(value: Any, context: OptionContext) -> Fields:  # noqa: ARG001 - the type's
        written = list(value) if isinstance(value, tuple) else value
        for name in reversed(path):
            written = {name: written}
        return dict(written)

    return write


#: Efforts and the budgets of tokens that stand for them, where a model takes only the other of the two. They are
#: those of Google's compatible endpoint, except that "max" is the largest budget that its models take.
_BUDGETS = {"minimal": 1_024, "low": 1_024, "medium": 8_192, "high": 24_576, "xhigh": 32_768, "max": 32_768}


def budget_of(reasoning: str | int, context: OptionContext | None = None) -> int:
    """The most tokens of thoughts that stand for an effort; 0 stands for none."""
    if isinstance(reasoning, int):
        return reasoning
    budget = _BUDGETS.get(reasoning, 0)
    if context and budget:
        context.notices.append(f"the effort {reasoning} is sent as a budget of {budget} tokens")
    return budget


def switched(reasoning: str | int, context: OptionContext) -> bool:
    """Whether to think at all, for models that take nothing else; how much is left out, with a notice."""
    if reasoning != "none":
        asked = f"the budget of {reasoning} tokens" if isinstance(reasoning, int) else f"the effort {reasoning}"
        context.notices.append(
            f"{asked} is sent as reasoning switched on: {context.endpoint.model.id} has no levels"
        )
    return reasoning != "none"


def effort_of(reasoning: str | int, known: tuple[str, ...], context: OptionContext) -> str:
    """The effort among those that a model knows which comes closest to an effort, or to a budget of tokens."""
    if reasoning in known:
        return str(reasoning)
    budget = budget_of(reasoning)
    effort = min(reversed(known), key=lambda word: abs(budget_of(word) - budget))
    asked = f"budget of {reasoning} tokens" if isinstance(reasoning, int) else f"effort {reasoning}"
    context.notices.append(f"the {asked} is sent as the effort {effort}")
    return effort
