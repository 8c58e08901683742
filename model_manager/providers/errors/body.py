"""Reading error bodies: every shape that providers and gateways send, on whatever wire. It judges nothing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from model_manager.providers.wires.payload import decode, mapping, sequence, text

_LONGEST_EXCERPT = 300
#: How much of the words is looked through for what they mean.
_LONGEST_WORDS = 8_000
_CODE_KEYS = ("code", "type", "status", "reason", "error_code", "error_type", "errorCode", "__type")
_WAIT = re.compile(
    r"(?:(?:retry|try again) (?:in|after)|please wait) (?:about )?"
    r"((?:[\d.]+ ?(?:ms|h(?:ours?)?|m(?:in(?:utes?)?)?|s(?:econds?)?) ?)+)",
    re.IGNORECASE,
)
_TIME = re.compile(r"([\d.]+) ?(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
#: What an event has that is an error in place of everything else; its words are in one of the first.
_COMPLAINT = frozenset(
    {"detail", "message", "Message", "errors", "fault", "title", "code", "type", "__type", "param", "status"}
    | {"request_id", "instance"}
)
#: Codes and statuses by which an event says that all is well.
_FINE = frozenset({"0", "200", "ok", "success"})
_HTTP_ERRORS = range(400, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """The content of an error body: words for people, codes for machines, and the status it claims to have.

    `message` is for people and short; `words` are all of it, to find out what it means.
    """

    message: str
    words: str = ""
    codes: tuple[str, ...] = ()
    parameter: str | None = None
    claimed_status: int | None = None
    retry_after_s: float | None = None


def read(body: Any) -> ErrorBody:
    """The complaint of an error body: decoded JSON, or text."""
    if isinstance(body, list) and body and isinstance(body[0], dict):
        body = body[0]  # Gemini wraps it in an array when a stream was asked for
    if not isinstance(body, dict):
        words = body if isinstance(body, str) else ""
        return ErrorBody(message=excerpt(words), words=words[:_LONGEST_WORDS], retry_after_s=_said_wait(words))
    inner = _inner(body)
    metadata = mapping(inner.get("metadata"))
    tables = (inner, *map(mapping, (inner.get("details"), inner.get("innererror"), metadata)))
    codes = [*(code for table in tables for code in _codes(table)), *_detail_codes(inner), *_codes(body)]
    if metadata.get("reasons"):
        codes.append("flagged")  # OpenRouter lists why its moderation stepped in
    upstream = _upstream(metadata)
    words = _words(body, inner)
    reason = _reason(inner, metadata)
    said = ErrorBody(
        message=excerpt(f"{words} ({reason})" if reason else words),
        words=words[:_LONGEST_WORDS],
        codes=tuple(dict.fromkeys(code for code in map(_bare, codes) if _is_word(code))),
        parameter=_parameter(body, inner),
        claimed_status=_claimed_status(inner, body),
        retry_after_s=_first_number(_retry_delay(inner), _said_wait(words), body.get("estimated_time")),
    )
    return _with_upstream(said, upstream) if upstream else said


def is_error(body: Mapping[str, Any]) -> bool:
    """Whether a document says that it is an error: OpenAI's form, vLLM's, Cloudflare's, MiniMax's."""
    return bool(
        body.get("error")
        or body.get("object") == "error"
        or body.get("success") is False
        or mapping(body.get("base_resp")).get("status_code")
    )


def is_bare_error(body: Mapping[str, Any]) -> bool:
    """Whether an event has nothing but a complaint, as FastAPI and AWS write one into a stream that had begun."""
    if not body.keys() <= _COMPLAINT and not any(name.endswith("Exception") for name in body):
        return False
    if {str(body.get(name)) for name in ("code", "status")} & _FINE:
        return False
    return read(dict(body)).message != ""


def _inner(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table that holds the complaint: below `error`, which a gateway may nest, or under another name."""
    for name in ("error", "errors", "fault", "detail"):
        value = body.get(name)
        if isinstance(value, list) and value and name != "detail":
            value = value[0]  # Cloudflare, watsonx
        if isinstance(value, dict):
            return mapping(value.get("error")) or value
    return _typed(body)


def _typed(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The error of a body that has it under another name: Bedrock's events, MiniMax's `base_resp`."""
    for name, value in body.items():
        if name.endswith("Exception") and isinstance(value, dict):
            return {"code": name, **value}
    status = mapping(body.get("base_resp"))
    return {"message": status["status_msg"]} if text(status.get("status_msg")) else {}


def _upstream(metadata: Mapping[str, Any]) -> "ErrorBody | None":
    """The upstream provider's body, which a gateway passes on as text."""
    try:
        body = decode(text(metadata.get("raw")))
    except ValueError:
        return None
    return read(body) if isinstance(body, dict | list) else None


def _with_upstream(said: ErrorBody, upstream: ErrorBody) -> ErrorBody:
    wait = upstream.retry_after_s if said.retry_after_s is None else said.retry_after_s
    words = f"{said.words}: {upstream.words}"
    return replace(
        said,
        message=excerpt(f"{said.message}: {upstream.message}" if upstream.message else said.message),
        words=words,
        codes=tuple(dict.fromkeys((*said.codes, *upstream.codes))),
        retry_after_s=wait,
    )


def _first_number(*values: object) -> float | None:
    """The first that is a number of seconds."""
    numbers = (
        value for value in values if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    )
    return next((float(number) for number in numbers if number >= 0), None)


def filtered(results: object) -> str:
    """The categories by which Azure has filtered something, and how grave they are: "hate (medium)"."""
    found = []
    for name, value in mapping(results).items():
        verdict = mapping(value)
        if verdict.get("filtered") is True:
            severity = text(verdict.get("severity"))
            found.append(f"{name} ({severity})" if severity else name)
    return ", ".join(found)


def _reason(inner: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """Why something was refused, where the body says so beside its message."""
    deeper = mapping(inner.get("innererror"))
    results = (
        deeper.get("content_filter_result"),
        deeper.get("content_filter_results"),
        inner.get("content_filter_result"),
    )
    azures = next(filter(None, map(filtered, results)), "")
    return azures or ", ".join(filter(None, map(text, sequence(metadata.get("reasons")))))


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


def _words(body: Mapping[str, Any], inner: Mapping[str, Any]) -> str:
    raw = text(mapping(inner.get("metadata")).get("raw"))
    raw = "" if raw.lstrip()[:1] in {"{", "["} else raw
    candidates = (
        inner.get("message"),
        body.get("error"),
        body.get("message"),
        body.get("Message"),
        body.get("detail"),
        inner.get("detail"),
        body.get("msg"),
        inner.get("error"),
        inner.get("faultstring"),
        inner.get("description"),
        body.get("title"),
    )
    words = next((text(candidate) for candidate in candidates if text(candidate)), "") or _listed(body)
    return f"{words}: {raw}" if raw and words else words or raw


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


def _bare(code: str) -> str:
    """A code without the name space that AWS puts before it."""
    return code.rpartition("#")[2]


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


def _said_wait(words: str) -> float | None:
    """Seconds that the words ask to wait: "Please try again in 6m0.5s"."""
    said = _WAIT.search(words[:_LONGEST_WORDS])
    if said is None:
        return None
    try:
        return sum(float(number) * _SECONDS[unit] for number, unit in _TIME.findall(said[1].lower()))
    except ValueError:
        return None
