"""Keeps keys out of everything that is shown or stored."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from typing import Any
from urllib.parse import quote

from model_manager.core.keys import hide_shapes, may_hold_key, separate_keys
from model_manager.core.models import Catalogue, Model, Provider, Task
from model_manager.errors import ModelManagerError

#: Shorter values are words, not keys; hiding them would garble every text.
SHORTEST_SECRET = 6
#: Servers that need no key are given some word for one (`not-needed`, `sk-1234`), which a model may well say. Only
#: what is longer than such words is cut out of answers.
SHORTEST_IN_ANSWERS = 16
HIDDEN = "***"
#: A byte of a URL, whose digits some write in lower case.
_LOWER = re.compile("%[0-9A-F]{2}")


_SECRET_ENDINGS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_PASSWD", "_PASSPHRASE", "_CREDENTIALS", "_PAT")
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie")
#: Not `_key` or `_token`, which fields of requests have for words too (`prompt_cache_key`).
_SECRET_FIELDS = ("api_key", "apikey", "access_token", "secret", "password", "authorization")
_SECRET_NAMES = ("PASSWORD", "SECRET", "TOKEN")


def is_secret_name(variable: str) -> bool:
    """Whether a variable of this name is likely to hold something that must not be shown."""
    folded = variable.upper()
    return folded.endswith(_SECRET_ENDINGS) or folded in _SECRET_NAMES


def is_secret_header(name: str) -> bool:
    """Whether a request header of this name is likely to hold a key."""
    return name.lower() in _SECRET_HEADERS or is_secret_name(name.replace("-", "_"))


def header_secrets(catalogue: Catalogue) -> Iterator[str]:
    """Keys that the catalogue's own headers and bodies hold, without a word such as Bearer before them."""
    for headers in _sent(catalogue):
        yield from sent_secrets(headers)
    talkers: list[Model | Task] = [*catalogue.models.values(), *catalogue.tasks.values()]
    for talker in talkers:
        yield from secrets_in(talker.options.get("extra_body"))


def sent_headers(catalogue: Catalogue) -> Iterator[str]:
    """The names of the headers that the catalogue adds to calls, in lower case."""
    return (name.lower() for headers in _sent(catalogue) for name in headers)


def _sent(catalogue: Catalogue) -> Iterator[Mapping[str, str]]:
    speakers: list[Provider | Model] = [*catalogue.providers.values(), *catalogue.models.values()]
    yield from (headers for speaker in speakers if (headers := speaker.parameters.get("headers")))
    talkers: list[Model | Task] = [*catalogue.models.values(), *catalogue.tasks.values()]
    yield from (headers for talker in talkers if (headers := talker.options.get("extra_headers")))


def sent_secrets(headers: Mapping[str, str] | None, body: object = None) -> Iterator[str]:
    """Keys in headers and a body that are sent as they are, without a word such as Bearer before them."""
    for name, value in (headers or {}).items():
        if is_secret_header(name) and value.strip():
            yield value.split(None, 1)[-1]
    yield from secrets_in(body)


def secrets_in(fields: object) -> Iterator[str]:
    """The texts in tables, at any depth, whose names are those of keys."""
    if isinstance(fields, list):
        for item in fields:
            yield from secrets_in(item)
    elif isinstance(fields, Mapping):
        for name, value in fields.items():
            if (
                isinstance(value, str)
                and value.strip()
                and name.lower().replace("-", "_").endswith(_SECRET_FIELDS)
            ):
                yield value.split(None, 1)[-1]
            else:
                yield from secrets_in(value)


class ModelText(str):
    """Text that a model wrote: of keys, only the known ones that are no words are hidden in it."""

    __slots__ = ()


class Redactor:
    """Replaces the keys it knows in any text, the longest first, as they are and as JSON and URLs write them.

    Args:
        secrets: what to hide; a value of several lines or keys is hidden part by part as well.
        shapes: hide also what looks like a key of any known provider: one that was pasted into the wrong place.
        shortest: parts of fewer characters are not hidden.
    """

    def __init__(
        self, secrets: Iterable[str] = (), *, shapes: bool = False, shortest: int = SHORTEST_SECRET
    ) -> None:
        self._parts = {part for secret in secrets for part in _parts(secret) if len(part) >= shortest}
        forms = {form for part in self._parts for form in _forms(part)}
        self._secrets = sorted(forms, key=len, reverse=True)
        self._shapes = shapes

    def __call__(self, text: str) -> str:
        """The text with every known key hidden, and with every likely one if that was asked for."""
        if isinstance(text, ModelText):
            return self.answers.known(text)
        text = self.known(text)
        return hide_shapes(text, HIDDEN) if self._shapes else text

    @cached_property
    def answers(self) -> "Redactor":
        """The redactor for what a model says: of the same keys those that are no words, and no likely ones."""
        return Redactor(self._parts, shortest=SHORTEST_IN_ANSWERS)

    def may_change(self, text: str) -> bool:
        """Whether anything in a text, also JSON-escaped, may have to be hidden: False is certain."""
        return any(secret in text for secret in self._secrets) or (self._shapes and may_hold_key(text))

    def known(self, text: str) -> str:
        """The text with every known key hidden, and no likely one."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        return text

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where known keys begin and end in a text."""
        for secret in self._secrets:
            at = text.find(secret)
            while at >= 0:
                yield at, at + len(secret)
                at = text.find(secret, at + 1)

    def fragments(self, text: str, size: int) -> str:
        """The text without any `size` or more characters in a row of a known key: for a key cut into pieces."""
        if len(text) < size:
            return text
        grams = {secret[i : i + size] for secret in self._secrets for i in range(len(secret) - size + 1)}
        hidden = [False] * len(text)
        for start in range(len(text) - size + 1):
            if text[start : start + size] in grams:
                hidden[start : start + size] = [True] * size
        runs = groupby(zip(text, hidden, strict=True), lambda pair: pair[1])
        return "".join(HIDDEN if is_hidden else "".join(char for char, _ in run) for is_hidden, run in runs)

    def deep(self, value: Any) -> Any:
        """A JSON document with every known key hidden in its strings: escapes may have kept it from being seen."""
        if isinstance(value, str):
            return self.known(value)
        if isinstance(value, dict):
            return {self.known(name): self.deep(item) for name, item in value.items()}
        return [self.deep(item) for item in value] if isinstance(value, list) else value


class RedactedStream:
    """Passes text that comes in pieces on without the keys; what may be the start of one is held back at first."""

    def __init__(self, redact: Redactor) -> None:
        self._secrets, self._known = redact._secrets, redact.known  # noqa: SLF001 - of this module
        self._longest = max(map(len, self._secrets), default=0)
        self._held = ""

    def __call__(self, piece: str) -> str:
        """The text that can be shown now."""
        if not self._secrets:
            return piece
        text = self._known(self._held + piece)
        shown = len(text) - self._overlap(text)
        self._held = text[shown:]
        return text[:shown]

    @property
    def held(self) -> str:
        """The text that is held back: no key, if nothing follows."""
        return self._held

    def rest(self) -> str:
        """The text that was held back and did not become a key."""
        held, self._held = self._held, ""
        return held

    def _overlap(self, text: str) -> int:
        """How many characters at the end of a text may be the start of a key."""
        tail = text[-(self._longest - 1) :]
        return max(_common(tail, secret) for secret in self._secrets)


def _common(tail: str, secret: str) -> int:
    """The length of the longest end of a text that a secret begins with, the whole secret left out."""
    at = tail.find(secret[0])
    while at >= 0:
        if len(tail) - at < len(secret) and secret.startswith(tail[at:]):
            return len(tail) - at
        at = tail.find(secret[0], at + 1)
    return 0


def _parts(secret: str) -> Iterator[str]:
    """The parts of a text that are secrets by themselves: the whole, its lines, keys, an assignment's value."""
    whole = secret.strip()
    for text in {whole, *(line.strip() for line in secret.splitlines()), *separate_keys(whole)}:
        yield text
        yield text.strip("\"'`")


def _forms(part: str) -> Iterator[str]:
    """The ways to write a secret: as it is, and escaped for JSON or for a URL."""
    yield part
    if part.isalnum():
        return
    for ensure_ascii in (True, False):
        escaped = json.dumps(part, ensure_ascii=ensure_ascii)[1:-1]
        yield from (escaped, escaped.replace("/", "\\/"))
    for safe in ("", "/"):
        quoted = quote(part, safe=safe, errors="replace")
        yield from (quoted, _LOWER.sub(lambda found: found[0].lower(), quoted), quoted.replace("%20", "+"))


def redacted_error(error: ModelManagerError, redact: Redactor) -> ModelManagerError:
    """The same error without keys in its words: for those that are raised before anybody knows what to hide."""
    error.message = redact(error.message)
    error.args = (error.message,)
    error.hint = redact(error.hint) if error.hint else error.hint
    error.problems = tuple(
        replace(
            problem,
            key=redact(problem.key),
            message=redact(problem.message),
            hint=redact(problem.hint) if problem.hint else problem.hint,
        )
        for problem in error.problems
    )
    return error
