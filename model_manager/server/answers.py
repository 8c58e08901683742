"""Answers: JSON, with a tag that tells whether it has changed."""

import hashlib

from fastapi import Request
from fastapi.responses import Response


def json_answer(body: bytes, etag: str | None = None) -> Response:
    """A document."""
    return Response(body, media_type="application/json", headers={"etag": etag} if etag else None)


def tagged(request: Request, body: bytes) -> Response:
    """A document, or word that it has not changed since the client has read it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
