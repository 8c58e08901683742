"""Middleware around the application: access rules, the access log, and a response for every failure."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model_manager.core.redaction import Redactor
from model_manager.server.api.problems import HttpError, as_ours, problem_response, stopping
from model_manager.server.auth.access import HEALTH, LOGIN, SECURITY_HEADERS, Access, check_ambiguity
from model_manager.server.auth.login import login_page
from model_manager.server.compression import Compressor

#: The largest body, in bytes: the longest prompts, with each character escaped.
LARGEST_BODY = 4_000_000
_TOO_LARGE = f"the body is larger than {LARGEST_BODY:,} bytes"
#: Tells a line to whoever watches the server.
Say = Callable[[str], None]


class Middleware:
    """Lets requests through that may ask; pure ASGI, so that it costs streams nothing.

    Args:
        app: the application.
        access: who may ask.
        redact: hides keys in what is answered.
        say: is told of every request.
        log: whether every request gets a line.
        is_full: whether more connections are open than the server is to have.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        *,
        redact: Callable[[], Redactor],
        say: Say,
        log: bool,
        is_full: Callable[[], bool],
    ) -> None:
        self._app, self._access, self._redact, self._say, self._log = app, access, redact, say, log
        self._is_full = is_full

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application do it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            with suppress(_HeadersSent):
                await self._respond({**scope, "method": "GET"}, receive, _Answer(scope, _headers_only(send)))
        else:
            await self._respond(scope, receive, _Answer(scope, send))

    async def _respond(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Answer a request whatever happens, and write its line."""
        scope = _below(scope, self._access.root_path)
        try:
            await self._answer(scope, receive, answer)
        except asyncio.CancelledError:
            if not answer.status:
                await problem_response(stopping(), self._redact())(scope, receive, answer)
            raise
        except Exception as error:  # noqa: BLE001 - a bug must become neither a traceback with keys nor silence
            self._say(f"Error: {scope['method']} {answer.path}: unexpected {type(error).__name__}: {error}")
            if not answer.status:
                await problem_response(as_ours(error), self._redact())(scope, receive, answer)
        finally:
            if self._log:
                self._say(answer.line)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        try:
            check_ambiguity(headers)
            if path != HEALTH:
                self._check_room()
                self._access.check(scope["method"], headers)
                if path != LOGIN:
                    self._access.authenticate(path, headers)
            _check_content(scope["method"], path, headers)
        except HttpError as error:
            is_visit = error.status == 401 and "text/html" in headers.get("accept", "")  # noqa: PLR2004
            refusal = login_page(self._access.root_path) if is_visit else problem_response(error, self._redact())
            await refusal(scope, receive, send)
        else:
            if path:
                await self._app(scope, _limited(receive), send)
            else:  # the page's addresses are relative to its folder
                await RedirectResponse(f"{self._access.root_path}/", 307)(scope, receive, send)

    def _check_room(self) -> None:
        if self._is_full():
            raise HttpError(503, "too many connections", kind="overloaded", headers={"retry-after": "1"})


def _below(scope: Scope, root_path: str) -> Scope:
    """A request without the path below which a proxy shows the server, whether or not the proxy took it away."""
    path: str = scope["path"]
    if root_path and (path == root_path or path.startswith(f"{root_path}/")):
        raw_path = path.removeprefix(root_path).encode()
        return {**scope, "path": path.removeprefix(root_path), "raw_path": raw_path}
    return scope


class _HeadersSent(BaseException):
    """Ends an answer whose body nobody wants: not an `Exception`, so that nobody on the way handles it."""


def _headers_only(send: Send) -> Send:
    """Sends the headers of an answer, and ends it where its body begins."""

    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b""})
            raise _HeadersSent

    return send_headers


def _check_content(method: str, path: str, headers: Headers) -> None:
    """Check that a body is small enough, and JSON: any site could send a form.

    Raises:
        HttpError: 413, 415.
    """
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        raise HttpError(413, _TOO_LARGE)
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise HttpError(415, "the body must not be compressed", hint="leave Content-Encoding out")
    has_body = length != "0" or "transfer-encoding" in headers
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if method in {"POST", "PUT"} and path.startswith("/api/") and has_body and media_type != "application/json":
        raise HttpError(415, "the body must be JSON", hint="Content-Type: application/json")


def _limited(receive: Receive) -> Receive:
    """The same body, until it is too large: a chunked body has no size in advance."""
    size = 0

    async def piece() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise HTTPException(413, _TOO_LARGE)  # the only kind that FastAPI passes on from here
        return message

    return piece


class _Answer:
    """Sends an application's response with our headers, and has the line for the access log."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, Compressor(Headers(scope=scope), send)
        self._began = time.monotonic()
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)

    @property
    def path(self) -> str:
        """The path of the request, without the query, which may contain a token."""
        path: str = self._scope["path"]
        return json.dumps(path)[1:-1]  # nothing in it ends the line, or the quotes

    @property
    def line(self) -> str:
        """A line for the log: moment, client, request, status, duration."""
        client = (self._scope.get("client") or ("-",))[0]
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        duration_ms = (time.monotonic() - self._began) * 1000
        asked = f'"{self._scope["method"]} {self.path}"'
        return f"{moment} {client} {asked} {self.status or '-'} {duration_ms:.1f} ms"
