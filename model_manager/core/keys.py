"""Checks keys by their shape: whose key, a placeholder, damaged. It shows no key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from model_manager.core.models import Provider
from model_manager.core.requirements import Finding


@dataclass(frozen=True, slots=True)
class KeyShape:
    """A prefix that only the keys of some providers have; `article` and `name` are for sentences."""

    prefix: str
    article: str
    name: str
    providers: tuple[str, ...]


#: The first match counts, so a longer prefix comes before a shorter one that it begins with.
SHAPES = (
    KeyShape("sk-ant-", "an", "Anthropic", ("anthropic",)),
    KeyShape("sk-or-", "an", "OpenRouter", ("openrouter",)),
    KeyShape("sk-proj-", "an", "OpenAI", ("openai", "openai-responses")),
    KeyShape("sk-svcacct-", "an", "OpenAI", ("openai", "openai-responses")),
    KeyShape("gsk_", "a", "Groq", ("groq",)),
    KeyShape("AIza", "a", "Google", ("google",)),
    KeyShape("xai-", "an", "xAI", ("xai",)),
    KeyShape("csk-", "a", "Cerebras", ("cerebras",)),
)
#: The prefix of older OpenAI keys, of DeepSeek and Moonshot keys, and of many gateways' keys.
_COMMON_PREFIX = "sk-"
#: Providers whose keys never have the common prefix.
_NEVER_COMMON = frozenset({"groq", "google", "xai", "cerebras", "anthropic", "openrouter"})
#: Providers of the embedded catalogue that issue their own keys; any other may be a gateway to these.
_ISSUERS = frozenset(
    {*_NEVER_COMMON, "openai", "openai-responses", "mistral", "deepseek", "together", "moonshotai", "zai"}
)
#: Fewer characters after a prefix are an example rather than a key, or part of another word.
_SHORTEST_TAIL = 16
_BEGINNINGS = (*(shape.prefix for shape in SHAPES), _COMMON_PREFIX)
#: The shortest prefixes: every other prefix contains one of them.
_MARKS = tuple(one for one in _BEGINNINGS if not any(other in one and other != one for other in _BEGINNINGS))
_BEGINNING = "|".join(map(re.escape, _BEGINNINGS))
_ANY_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_BEGINNING})[A-Za-z0-9_-]{{{_SHORTEST_TAIL},}}")
#: Words that stand where a key belongs, alone or behind the beginning of a key.
_PLACEHOLDER = re.compile(
    r"<.*>|\[.*\]|\{.*\}"
    r"|([a-z]+[0-9]*[-_ ])*(your|my|insert|enter|add|paste|put)[-_ ](.*[-_ ])?(api)?(key|token|here)([-_ ].*)?"
    r"|.*[-_ ](key|token)([-_ ]goes)?[-_ ]here"
    r"|(user|to[-_ ]be)[-_ ]provided|change[-_ ]?(me|this)|replace[-_ ]?(me|this)|fill[-_ ]?me([-_ ]?in)?"
    r"|(sk[-_])?(placeholder|todo|tbd|fixme|none|null|undefined|dummy|fake|example)([-_ ]?(api[-_ ]?)?key)?"
    r"|api[-_ ]?key"
    r"|([a-z]+[0-9]*[-_])*x{3,}|AIza(sy)?x{3,}|.*(\.{3,}|…|x{5,}|\*{3,}).*|\.{2,}",
    re.IGNORECASE | re.DOTALL,
)
#: The directories that an absolute path begins with; a key of base64 may begin with a slash as well.
_TOP = "(?:app|data|etc|home|mnt|opt|private|root|run|secrets|srv|tmp|users|usr|var)"
#: How password managers and configuration files refer to a key that is elsewhere, and what puts the key in place.
_REFERENCES = (
    (re.compile(r"op://.*", re.IGNORECASE), "of 1Password", "start the program with: op run -- PROGRAM"),
    (re.compile(r"doppler:.*", re.IGNORECASE), "of Doppler", "start the program with: doppler run -- PROGRAM"),
    (re.compile(r"encrypted:.+", re.DOTALL), "of dotenvx", "start the program with: dotenvx run -- PROGRAM"),
    (re.compile(r"ENC\[.+", re.DOTALL), "of SOPS", "start the program with: sops exec-env FILE PROGRAM"),
    (
        re.compile(rf"file:.+|/{_TOP}/.+|~/.+|\.{{1,2}}/.+", re.IGNORECASE),
        "to a file",
        "name the file in {variable}_FILE in the environment instead",
    ),
    (
        re.compile(r"infisical:.*", re.IGNORECASE),
        "of Infisical",
        "start the program with: infisical run -- PROGRAM",
    ),
    (
        re.compile(
            r"[a-z0-9][a-z0-9+.-]*://.+|![a-z]+\s.+"  # no key has a scheme, and none a tag of YAML
            r"|(ref\+[a-z0-9]+|vault|bws?|pass|lpass|dashlane|dl|keychain|keyring|sops|akv|aws-?sm|aws-?ssm|gcp-?sm|ssm"
            r"|secrets?manager|secret|env|keeper):.+"
            r"|arn:aws[a-z-]*:(secretsmanager|ssm):.*|projects/[^/]+/secrets/.*|@Microsoft\.KeyVault\(.*|os\.environ/.*",
            re.IGNORECASE | re.DOTALL,
        ),
        "to a secret elsewhere",
        "put the key itself here, or let its manager do so",
    ),
    (
        re.compile(r"\$\{.*\}|\$\(.*\)|\$[A-Za-z_]\w*|%\w+%|\{\{.*\}\}|`.*`", re.DOTALL),
        "that nothing has expanded",
        "put the key itself here",
    ),
)
_PASTED_NAME = re.compile(r"(?:(?:export|set|setx|\$env:)\s*)?[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+\s*=\s*[^=\s]")
_PASTED_HEADER = re.compile(r"(?:(?:authorization|x-api-key)\s*:\s*)?bearer\s+\S|x-api-key\s*:", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;\s]+")
#: Parts that are shorter are no keys.
_SHORTEST_PART = 8
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


def key_error(value: str) -> str | None:
    """Why a key, stripped of surrounding white space, cannot be sent; or None."""
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
    """Whether this is a placeholder for a key."""
    return bool(_PLACEHOLDER.fullmatch(value.strip().strip(_QUOTES)))


def key_warnings(provider: Provider, variable: str, value: str) -> Iterator[Finding]:
    """Warnings about a key of this provider; they name the variable and what to do, and never the key."""
    key = value.strip()
    if doubt := _doubt(variable, key):
        yield Finding("suspicious_key", "warning", doubt)
    elif is_placeholder(key):
        if provider.key == "required":
            issuer = f" from {provider.name}" if provider.id in _ISSUERS else ""
            message = f"{variable} holds a placeholder, not a key; put your key{issuer} in its place"
            yield Finding("suspicious_key", "warning", message)
    elif owner := _foreign_owner(provider, key):
        message = f"{variable} holds what looks like {owner} key; is it in the wrong variable?"
        yield Finding("suspicious_key", "warning", message)


def _doubt(variable: str, key: str) -> str | None:
    """The reason why this is no single key, whoever issued it, and what to do; or None."""
    bare = key.strip(_QUOTES)
    if _PASTED_NAME.match(bare):
        return f"{variable} holds a whole assignment, NAME=value; keep only what follows the ="
    if _PASTED_HEADER.match(bare):
        return f"{variable} holds a whole header; keep only the key, without the words before it"
    for pattern, whose, hint in _REFERENCES:
        if pattern.fullmatch(bare):
            return f"{variable} holds a reference {whose}, not a key; {hint.format(variable=variable)}"
    if (count := len(separate_keys(bare))) > 1 and not is_placeholder(key):
        return f"{variable} holds {count} keys; keep one, since a request carries one key"
    problem = key_error(key) or (f"ends in {bare[-1]!r}" if bare.endswith((",", ";")) else None)
    return f"the key in {variable} {problem}; copy it again" if problem else None


def separate_keys(value: str) -> list[str]:
    """The keys in a value that holds several, or one with an assignment or a header around it."""
    _, is_pasted, pasted = value.partition("=") if _PASTED_NAME.match(value) else ("", "", value)
    parts = [part.strip(_QUOTES) for part in _SEPARATOR.split(pasted) if part]
    if is_pasted or _PASTED_HEADER.match(value):
        return [part for part in parts if len(part) >= _SHORTEST_PART]
    return parts if len(parts) > 1 and all(len(part) >= _SHORTEST_PART for part in parts) else []


def _foreign_owner(provider: Provider, key: str) -> str | None:
    """The provider whose key this seems to be, with the article, if it is not this one."""
    if provider.id not in _ISSUERS:
        return None
    shape = next((shape for shape in SHAPES if key.startswith(shape.prefix)), None)
    if shape:
        return None if provider.id in shape.providers else f"{shape.article} {shape.name}"
    return "an OpenAI" if key.startswith(_COMMON_PREFIX) and provider.id in _NEVER_COMMON else None


def may_hold_key(text: str) -> bool:
    """Whether a text contains a prefix of keys, even within a word; False is certain."""
    return any(mark in text for mark in _MARKS)


def hide_shapes(text: str, hidden: str) -> str:
    """A text without anything that looks like a key of a known provider."""
    return _ANY_KEY.sub(hidden, text) if may_hold_key(text) else text
