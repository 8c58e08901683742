"""Keeps keys out of everything that is shown or stored."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import quote

from model_manager.core.keys import hide_shapes, may_hold_key
from model_manager.core.models import Catalogue, Model, Provider
from model_manager.errors import ModelManagerError

#: Shorter values are words, not keys; hiding them would garble every text.
SHORTEST_SECRET = 6
HIDDEN = "***"
#: A byte of a URL, whose digits some write in lower case.
_LOWER = re.compile("%[0-9A-F]{2}")


_SECRET_ENDINGS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_PASSWD", "_PASSPHRASE", "_CREDENTIALS", "_PAT")
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie")
_SECRET_NAMES = ("PASSWORD", "SECRET", "TOKEN")


def is_secret_name(variable: str) -> bool:
    """Whether a variable of this name is likely to hold something that must not be shown."""
    folded = variable.upper()
    return folded.endswith(_SECRET_ENDINGS) or folded in _SECRET_NAMES


def is_secret_header(name: str) -> bool:
    """Whether a request header of this name is likely to hold a key."""
    return name.lower() in _SECRET_HEADERS or is_secret_name(name.replace("-", "_"))


def header_secrets(catalogue: Catalogue) -> Iterator[str]:
    """Keys that the catalogue's own headers hold, without a word such as Bearer before them."""
    speakers: list[Provider | Model] = [*catalogue.providers.values(), *catalogue.models.values()]
    for speaker in speakers:
        headers = speaker.parameters.get("headers") or {}
        yield from (
            value.split(None, 1)[-1] for name, value in headers.items() if is_secret_header(name) and value.strip()
        )


class Redactor:
    """Replaces the keys it knows in any text, the longest first, as they are and as JSON and URLs write them.

    Args:
        secrets: what to hide; a value of several lines is hidden line by line as well.
        shapes: hide also what looks like a key of any known provider: one that was pasted into the wrong place.
    """

    def __init__(self, secrets: Iterable[str] = (), *, shapes: bool = False) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        self._secrets = sorted((form for form in forms if len(form) >= SHORTEST_SECRET), key=len, reverse=True)
        self._shapes = shapes

    def __call__(self, text: str) -> str:
        """The text with every known key hidden, and with every likely one if that was asked for."""
        text = self.known(text)
        return hide_shapes(text, HIDDEN) if self._shapes else text

    def may_change(self, text: str) -> bool:
        """Whether anything in a text, also JSON-escaped, may have to be hidden: False is certain."""
        return any(secret in text for secret in self._secrets) or (self._shapes and may_hold_key(text))

    def known(self, text: str) -> str:
        """The text with every known key hidden: for answers, which are to be exact."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        return text

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


def _forms(secret: str) -> Iterator[str]:
    """The ways to write a secret: whole or by lines, with or without quotes, escaped for JSON or for a URL."""
    for part in {secret.strip(), *(line.strip() for line in secret.splitlines())}:
        for text in {part, part.strip("\"'`")}:
            yield text
            if text.isalnum():
                continue
            for ensure_ascii in (True, False):
                escaped = json.dumps(text, ensure_ascii=ensure_ascii)[1:-1]
                yield from (escaped, escaped.replace("/", "\\/"))
            for safe in ("", "/"):
                quoted = quote(text, safe=safe, errors="replace")
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
