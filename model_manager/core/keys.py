"""What the look of a key tells: whose it is, that it is none, that it was spoilt on its way. It shows no key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from model_manager.core.models import Provider
from model_manager.core.requirements import Finding


@dataclass(frozen=True, slots=True)
class KeyShape:
    """A beginning that only the keys of some providers have; `article` and `name` are for sentences."""

    prefix: str
    article: str
    name: str
    providers: tuple[str, ...]


#: The first that fits counts, so the longer of two alike stands first.
SHAPES = (
    KeyShape("sk-ant-", "an", "Anthropic", ("anthropic",)),
    KeyShape("sk-or-", "an", "OpenRouter", ("openrouter",)),
    KeyShape("sk-proj-", "an", "OpenAI", ("openai",)),
    KeyShape("sk-svcacct-", "an", "OpenAI", ("openai",)),
    KeyShape("gsk_", "a", "Groq", ("groq",)),
    KeyShape("AIza", "a", "Google", ("google",)),
    KeyShape("xai-", "an", "xAI", ("xai",)),
    KeyShape("csk-", "a", "Cerebras", ("cerebras",)),
)
#: Older keys of OpenAI begin so, those of DeepSeek and Moonshot too, and whatever a gateway invents.
_COMMON_PREFIX = "sk-"
#: Providers whose keys are known to begin otherwise: a common key is not theirs.
_NEVER_COMMON = frozenset({"groq", "google", "xai", "cerebras", "anthropic", "openrouter"})
#: Providers of the embedded catalogue that issue their own keys; another one may be a gateway to any of these.
_ISSUERS = frozenset({*_NEVER_COMMON, "openai", "mistral", "deepseek", "together", "moonshotai", "zai"})
#: A shorter word behind a prefix is an example rather than a key, and could be a part of other words.
_SHORTEST_TAIL = 16
_BEGINNINGS = (*(shape.prefix for shape in SHAPES), _COMMON_PREFIX)
#: The shortest beginnings: each of the others has one of them in it.
_MARKS = tuple(one for one in _BEGINNINGS if not any(other in one and other != one for other in _BEGINNINGS))
_BEGINNING = "|".join(map(re.escape, _BEGINNINGS))
_ANY_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_BEGINNING})[A-Za-z0-9_-]{{{_SHORTEST_TAIL},}}")
_PLACEHOLDER = re.compile(
    r"<.*>|\[.*\]|\{.*\}|\.{2,}|x{3,}|\*{3,}"
    r"|(sk-)?(your|my|insert|enter|add|paste|put)[-_ ].*(key|token|here)[-_ ]?.*"
    r"|change[-_ ]?me|replace[-_ ]?me|placeholder|todo|tbd|none|null|dummy|example|api[-_ ]?key"
    r"|(sk|gsk|xai|csk|sk-ant|sk-or|sk-proj)[-_](\.{2,}|…|x{3,}|\*{3,}).*",
    re.IGNORECASE,
)
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


def key_error(value: str) -> str | None:
    """Why a key, without the white space around it, cannot be sent; or None."""
    key = value.strip()
    if "\n" in key or "\r" in key:
        return "contains a line break"
    if any(quote in key for quote in _QUOTES):
        around = key[0] in _QUOTES and key[-1] in _QUOTES
        return "has quotes around it" if around else "contains a quote"
    if any(char.isspace() for char in key):
        return "contains white space"
    if not (key.isascii() and key.isprintable()):
        return "contains characters that an HTTP header cannot carry"
    return None


def is_placeholder(value: str) -> bool:
    """Whether this stands where a key should be put."""
    return bool(_PLACEHOLDER.fullmatch(value.strip().strip(_QUOTES)))


def key_warnings(provider: Provider, variable: str, value: str) -> Iterator[Finding]:
    """What speaks against a key of this provider, as warnings: they name the variable and never the key."""
    key = value.strip()
    if problem := key_error(key):
        yield Finding("suspicious_key", "warning", f"the key in {variable} {problem}")
    elif is_placeholder(key):
        if provider.key == "required":
            yield Finding("suspicious_key", "warning", f"{variable} holds a placeholder, not a key")
    elif owner := _foreign_owner(provider, key):
        message = f"{variable} holds what looks like {owner} key; is it in the wrong variable?"
        yield Finding("suspicious_key", "warning", message)


def _foreign_owner(provider: Provider, key: str) -> str | None:
    """Whose key this seems to be, with the article, if it is not this provider's."""
    if provider.id not in _ISSUERS:
        return None
    shape = next((shape for shape in SHAPES if key.startswith(shape.prefix)), None)
    if shape:
        return None if provider.id in shape.providers else f"{shape.article} {shape.name}"
    return "an OpenAI" if key.startswith(_COMMON_PREFIX) and provider.id in _NEVER_COMMON else None


def may_hold_key(text: str) -> bool:
    """Whether a text has a beginning of a key in it, be it within a word: False is certain."""
    return any(mark in text for mark in _MARKS)


def hide_shapes(text: str, hidden: str) -> str:
    """A text without what looks like a key of any known provider, whether or not it is one that we were given."""
    return _ANY_KEY.sub(hidden, text) if may_hold_key(text) else text
