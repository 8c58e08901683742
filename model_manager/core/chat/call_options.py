"""Options of calls, as an application or a file hands them over, checked and in our form."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from model_manager.core.chat.option_names import known_by, own_form, unknown_option_hint
from model_manager.core.chat.tools import answer_format, tools
from model_manager.core.options import EFFORTS, WHOLE_PROMPT, ChatOptions
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import UsageError

#: No number of a call is meant to be larger; "not a number" is not smaller either.
_MOST = 10**12
#: The most alternatives that any provider gives for a token.
_MOST_ALTERNATIVES = 20
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
#: Headers that carry keys, or that are set for every request.
OWN_HEADERS = frozenset(
    {
        *("host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"),
        *("authorization", "proxy-authorization", "cookie", "x-api-key", "x-goog-api-key", "api-key"),
    }
)
#: Fields of the body that say what is called, and in which form it answers.
_OWN_FIELDS = ("model", "stream", "messages", "contents", "input")
_CHOICES = {"auto": "auto", "none": "none", "required": "required", "any": "required"}


def check_number(
    name: str, value: Any, least: float | None, *, whole: bool = False, most: float | None = None
) -> None:
    """Refuse what is no finite number, too small or too large; None as `least` stands for anything above zero.

    Raises:
        UsageError: naming it.
    """
    if value is None:
        return
    kinds = int if whole else (int, float)
    largest = _MOST if most is None else most
    is_number = isinstance(value, kinds) and not isinstance(value, bool) and abs(value) <= largest
    if is_number and (value > 0 if least is None else value >= least):
        return
    above = "above 0" if least is None else f"of at least {least:g}"
    wanted = above if most is None else f"from {least or 0:g} to {most:g}"
    message = f"expected a {'whole ' if whole else ''}number {wanted}, got {value!r:.80}"
    raise UsageError(message, parameter=name)


def _number(least: float | None, most: float | None = None, *, whole: bool = False) -> Callable[[str, Any], Any]:
    def checked(name: str, value: Any) -> Any:
        check_number(name, value, least, whole=whole, most=most)
        return value

    return checked


def _text(name: str, value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise UsageError(f"expected text, got {value!r:.80}", parameter=name)


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise UsageError(f"expected true or false, got {value!r:.80}", parameter=name)


def _stop(name: str, value: Any) -> tuple[str, ...]:
    """One text, or several."""
    words = [value] if isinstance(value, str) else value
    if isinstance(words, Sequence) and all(isinstance(word, str) and word for word in words):
        return tuple(words)
    raise UsageError(f"expected a string or a list of strings, got {value!r:.80}", parameter=name)


def _tool_choice(name: str, value: Any) -> str:
    """A word, a tool's name, or a mapping in OpenAI's or Anthropic's form."""
    if isinstance(value, str) and value:
        return _CHOICES.get(value, value)
    table = value if isinstance(value, Mapping) else {}
    inner = table.get("function", table)
    chosen = inner.get("name") if isinstance(inner, Mapping) else None
    is_named = table.get("type") in {"function", "tool"} or (inner is not table and "type" not in table)
    if is_named and isinstance(chosen, str) and chosen:
        return chosen
    word = table.get("type")
    if isinstance(word, str) and word in _CHOICES:
        return _CHOICES[word]
    raise UsageError(
        f'expected "auto", "none", "required" or the name of a tool, got {value!r:.80}',
        parameter=name,
        hint=own_form(name),
    )


def _reasoning(name: str, value: Any) -> str | int:
    """An effort, or a number of tokens; or a mapping in OpenAI's, OpenRouter's or Anthropic's form."""
    asked = _reasoning_of(value) if isinstance(value, Mapping) else value
    if isinstance(asked, str) and asked in EFFORTS:
        return asked
    if asked is None or isinstance(asked, str | bool):
        hint = (did_you_mean(asked, EFFORTS) if isinstance(asked, str) else None) or own_form(name)
        raise UsageError(
            f"expected one of {', '.join(EFFORTS)}, or a number of tokens, got {value!r:.80}",
            parameter=name,
            hint=hint,
        )
    check_number(name, asked, 0, whole=True)
    return int(asked) or "none"


#: What a mapping of reasoning says besides how much of it: the same as the amount does, or what is sent anyway.
_BESIDE = {
    "type": ("enabled", "adaptive"),
    "enabled": (True,),
    "display": ("summarized",),
    "summary": ("auto",),
}


def _reasoning_of(table: Mapping[str, Any]) -> Any:
    """The effort or the tokens that a mapping says; None: it says something else too, or nothing."""
    amounts = {key: table[key] for key in ("effort", "max_tokens", "budget_tokens") if table.get(key) is not None}
    beside = {key: value for key, value in table.items() if key not in amounts and value is not None}
    if not amounts and beside in ({"type": "disabled"}, {"enabled": False}):
        return "none"
    if len(amounts) > 1 or any(value not in _BESIDE.get(key, ()) for key, value in beside.items()):
        return None
    if amounts:
        return next(iter(amounts.values()))
    # Without an amount: what Anthropic and OpenRouter document as their own.
    return "high" if "type" in beside else "medium" if beside else None


def _cache(name: str, value: Any) -> int | None:
    """True, or a number of leading messages."""
    if isinstance(value, bool):
        return WHOLE_PROMPT if value else None
    check_number(name, value, 0, whole=True)
    return value or None


def _logprobs(name: str, value: Any) -> int | None:
    """True, or a number of alternatives."""
    if isinstance(value, bool):
        return 0 if value else None
    check_number(name, value, 0, whole=True, most=_MOST_ALTERNATIVES)
    return int(value)


def _metadata(name: str, value: Any) -> Mapping[str, str]:
    if isinstance(value, Mapping) and all(isinstance(part, str) for pair in value.items() for part in pair):
        return dict(value)
    raise UsageError(f"expected a mapping of strings, got {value!r:.80}", parameter=name)


def header_problem(headers: Any, own: Collection[str] = OWN_HEADERS) -> str | None:
    """The problem with headers that somebody adds to a request, or None."""
    if not isinstance(headers, Mapping) or not all(
        isinstance(part, str) for pair in headers.items() for part in pair
    ):
        return "expected a mapping of header names to strings"
    for header, value in headers.items():
        if header.lower() in own:
            return f"the header {header} is set by model-manager"
        if not (_HEADER_NAME.fullmatch(header) and value.isprintable() and value.isascii()):
            return f"the header {header!r:.60} has a character that HTTP does not allow"
    return None


def _extra_headers(name: str, value: Any) -> Mapping[str, str]:
    if problem := header_problem(value):
        raise UsageError(problem, parameter=name)
    return {header.lower(): words for header, words in value.items()}


def _extra_body(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise UsageError(f"expected a mapping of fields, got {value!r:.80}", parameter=name)
    if own := next((key for key in _OWN_FIELDS if key in value), None):
        raise UsageError(f"the field {own} is set by model-manager", parameter=name)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the fields cannot be written as JSON ({error})", parameter=name) from None
    return dict(value)


#: The options that can be defaults of a task or a model too, each with what checks and reads it.
OPTIONS: Mapping[str, Callable[[str, Any], Any]] = {
    "max_tokens": _number(1, whole=True),
    "temperature": _number(0),
    "top_p": _number(None, 1),
    "stop": _stop,
    "seed": _number(-_MOST, _MOST, whole=True),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": _flag,
    "reasoning": _reasoning,
    "cache": _cache,
    "service_tier": _text,
    "logprobs": _logprobs,
    "metadata": _metadata,
    "extra_headers": _extra_headers,
    "extra_body": _extra_body,
}


def read_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options by name, checked and in our form; None stands for one that is not given.

    Raises:
        UsageError: an option that does not exist, or a value that cannot be meant, by its name.
    """
    read = {}
    for name, value in given.items():
        if value is None:
            continue
        if name not in OPTIONS:
            raise UsageError(f"unknown option {name}", hint=unknown_option_hint(name, OPTIONS))
        read[name] = OPTIONS[name](name, value)
    return {name: value for name, value in read.items() if value is not None}


#: All options that say how to answer.
NAMES = (*OPTIONS, "tools", "response_format")


def option_from_json(text: str) -> tuple[str, Any]:
    """An option as a word has it, NAME=JSON; what is no JSON is text.

    Raises:
        UsageError: there is no such option.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or name not in NAMES:
        others = f"options are {', '.join(NAMES)}; fields of one provider go into extra_body"
        hint = f"write {name}=VALUE" if name in NAMES else known_by(name, NAMES) or others
        raise UsageError(f"expected NAME=JSON with the name of an option, got {text!r:.80}", hint=hint)
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def chat_options(given: Mapping[str, Any], *, stream: bool) -> ChatOptions:
    """The options of a call: those of `OPTIONS`, `tools` and `response_format`; others are passed over.

    Raises:
        UsageError: a value that cannot be meant, by its name.
    """
    offered = tools(given.get("tools"))
    read = read_options({name: given[name] for name in OPTIONS if name in given})
    asked = given.get("tool_choice")
    if isinstance(asked, Mapping) and asked.get("disable_parallel_tool_use") is True:
        read.setdefault("parallel_tool_calls", False)
    if not read.get("extra_body", {}).get("tools"):  # whose names only the provider knows
        _check_choice(read.get("tool_choice"), [tool.name for tool in offered])
    return ChatOptions(
        stream=stream, tools=offered, answer_format=answer_format(given.get("response_format")), **read
    )


def _check_choice(choice: str | None, names: Sequence[str]) -> None:
    if choice in {None, "auto", "none"} or (choice == "required" and names) or choice in names:
        return
    if not names:
        raise UsageError("there are no tools to choose from", hint="give `tools`", parameter="tool_choice")
    hint = did_you_mean(str(choice), names)
    raise UsageError(f"there is no tool called {choice!r:.60}", parameter="tool_choice", hint=hint)
