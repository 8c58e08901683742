"""Answers: JSON, with a tag that tells whether it has changed, or events where a client prefers them."""

import re

from fastapi import Request
from fastapi.responses import Response

from model_manager.server.compression import Content, takes_gzip

EVENTS = "text/event-stream"
_JSON = "application/json"
_VARIES = {"vary": "Accept-Encoding"}
_WEIGHT = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)", re.ASCII)


def json_answer(body: bytes, etag: str | None = None) -> Response:
    """A document."""
    return Response(body, media_type="application/json", headers={"etag": etag} if etag else None)


def tagged(request: Request, content: Content, media_type: str = _JSON) -> Response:
    """A document, or word that it has not changed since the client has read it."""
    etag = f'"{content.tag}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers | _VARIES)
    if content.compressed is None or not takes_gzip(request.headers):
        return Response(content.body, media_type=media_type, headers=headers)
    # Only weakly the same: other bytes, the same document.
    headers |= {"etag": f"W/{etag}", "content-encoding": "gzip"} | _VARIES
    return Response(content.compressed, media_type=media_type, headers=headers)


def prefers_events(request: Request) -> bool:
    """Whether a client names events among what it accepts, and does not like JSON better."""
    weights = _weights(",".join(request.headers.getlist("accept")))
    ranges = (_JSON, "application/*", "*/*")
    of_json = next((weights[one] for one in ranges if one in weights), 0.0)
    of_events = weights.get(EVENTS, 0.0)
    return of_events > 0 and of_events >= of_json


def _weights(accept: str) -> dict[str, float]:
    """The media ranges of an Accept header, each with its weight from 0 to 1."""
    found: dict[str, float] = {}
    for item in accept.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        given = next((parameter for parameter in parameters if parameter.partition("=")[0].strip() == "q"), "q=1")
        weight = _WEIGHT.fullmatch(given)
        found[name] = min(float(weight[1]), 1.0) if weight else 0.0
    return found
