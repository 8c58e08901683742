"""Reading error bodies: every shape that providers and gateways send, on whatever wire. It judges nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_manager.providers.wires.payload import mapping, sequence, text

_LONGEST_EXCERPT = 300
_CODE_KEYS = ("code", "type", "status", "reason", "error_code")
_HTTP_ERRORS = range(400, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """What an error body says: words for people, codes for machines, and the status it claims to have."""

    message: str
    codes: tuple[str, ...] = ()
    parameter: str | None = None
    claimed_status: int | None = None
    retry_after_s: float | None = None


def read(body: Any) -> ErrorBody:
    """The complaint of an error body: decoded JSON, or text."""
    if isinstance(body, list) and body and isinstance(body[0], dict):
        body = body[0]  # Gemini wraps it in an array when a stream was asked for
    if not isinstance(body, dict):
        return ErrorBody(message=excerpt(body) if isinstance(body, str) else "")
    error = body.get("error")
    inner = error if isinstance(error, dict) else {}
    details = mapping(inner.get("details"))
    metadata = mapping(inner.get("metadata"))
    codes = [*_codes(inner), *_codes(details), *_codes(metadata), *_detail_codes(inner), *_codes(body)]
    if metadata.get("reasons"):
        codes.append("flagged")  # OpenRouter lists why its moderation stepped in
    return ErrorBody(
        message=_message(body, inner),
        codes=tuple(dict.fromkeys(filter(_is_word, codes))),
        parameter=_parameter(body, inner),
        claimed_status=_claimed_status(inner, body),
        retry_after_s=_retry_delay(inner),
    )


def excerpt(words: str) -> str:
    """The start of a text on one line; of a page, its title and text rather than its markup."""
    if words.lstrip()[:1] == "<":
        words = " ".join(_visible(words))
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST_EXCERPT else line[:_LONGEST_EXCERPT] + "…"


def _visible(page: str) -> Iterator[str]:
    """The text between tags, without what stands in style and script."""
    hidden = False
    for piece in page.split("<"):
        tag, closed, words = piece.partition(">")
        name = tag.split(None, 1)[0].lower() if tag.strip() else ""
        hidden = name in {"style", "script"} or (hidden and name not in {"/style", "/script"})
        if closed and not hidden and words.strip():
            yield words


def _message(body: Mapping[str, Any], inner: Mapping[str, Any]) -> str:
    raw = text(mapping(inner.get("metadata")).get("raw"))
    candidates = (
        inner.get("message"),
        body.get("error"),
        body.get("message"),
        body.get("detail"),
        inner.get("detail"),
        body.get("msg"),
    )
    words = next((text(candidate) for candidate in candidates if text(candidate)), "") or _listed(body)
    return excerpt(f"{words}: {raw}" if raw and words else words or raw)


def _listed(body: Mapping[str, Any]) -> str:
    """A validation error's list, as sentences: `body.stream_options: Extra inputs are not permitted`."""
    places = ((".".join(map(str, sequence(item.get("loc")))), text(item.get("msg"))) for item in _validation(body))
    return "; ".join(f"{place}: {message}" if place else message for place, message in places)


def _validation(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items of a 422 of FastAPI's kind; Mistral puts them below `message`."""
    detail = body.get("detail") or mapping(body.get("message")).get("detail")
    return [mapping(item) for item in sequence(detail)]


def _codes(table: Mapping[str, Any]) -> Iterator[str]:
    return (value for key in _CODE_KEYS if (value := text(table.get(key))))


def _is_word(code: str) -> bool:
    """Whether this can be a code: not a number, a sentence or the mere word "error"."""
    return not code.isdigit() and " " not in code and code != "error"


def _detail_codes(inner: Mapping[str, Any]) -> Iterator[str]:
    """Reasons and quota names in Google's list of details."""
    for detail in sequence(inner.get("details")):
        yield from _codes(mapping(detail))
        for violation in sequence(mapping(detail).get("violations")):
            if quota := text(mapping(violation).get("quotaId")):
                yield quota


def _parameter(body: Mapping[str, Any], inner: Mapping[str, Any]) -> str | None:
    named = text(inner.get("param")) or text(body.get("param"))
    if named:
        return named
    places = [sequence(item.get("loc")) for item in _validation(body)]
    return next((str(place[-1]) for place in places if place), None)


def _claimed_status(*tables: Mapping[str, Any]) -> int | None:
    for table in tables:
        for key in ("code", "status", "status_code"):
            value = table.get(key)
            if isinstance(value, str) and value.isdecimal():
                value = int(value)
            if isinstance(value, int) and not isinstance(value, bool) and value in _HTTP_ERRORS:
                return value
    return None


def _retry_delay(inner: Mapping[str, Any]) -> float | None:
    """Seconds of Google's RetryInfo, written like "59s" or "0.5s"."""
    for detail in sequence(inner.get("details")):
        delay = text(mapping(detail).get("retryDelay"))
        number = delay.removesuffix("s")
        if delay != number and number.replace(".", "", 1).isdecimal():
            return float(number)
    return None
