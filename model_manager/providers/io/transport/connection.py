"""One exchange's way to its provider, written once for threads and for event loops."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import urlsplit

from model_manager.core.messages import HttpCall
from model_manager.errors import ProviderError, UsageError
from model_manager.providers.io.steps import Data, Fault, Head
from model_manager.providers.io.transport.deadline import Deadline
from model_manager.providers.io.transport.faults import FAILING, UNUSABLE, Limits, fault_of, request_of
from model_manager.providers.io.transport.sync_backend import cut
from model_manager.providers.wires.payload import as_json

_HURRIED = "raise `total_timeout`: half of what is left is kept for the route's other options"
#: How long the end of a finished stream is waited for, so that its connection can be used again.
_DRAIN_S = 0.2


class IOBackend(Protocol):
    """What of a connection is different in a thread and in an event loop: `SyncBackend` and `AsyncBackend`."""

    #: Whether the pieces of a body come from an iterator that blocks.
    blocks: bool

    async def take(self, origin: str) -> Any:
        """A client that nobody else uses now."""

    async def give_back(self, origin: str, client: Any) -> None:
        """Return a client that `take` gave."""

    async def send(self, client: Any, request: Any, deadline: float | None) -> Any:
        """Status and headers."""

    def pieces(self, response: Any) -> Any:
        """The body to come, decompressed."""

    async def piece(self, pieces: Any, response: Any, deadline: float | None) -> bytes:
        """The next bytes of a body, none at its end."""

    async def close(self, response: Any) -> None:
        """Give up a response."""

    async def pause(self, seconds: float) -> None:
        """Wait."""

    def cut(self, client: Any) -> None:
        """End what a client waits for, from another thread."""


class Owner(Protocol):
    """Who lends connections out; see `Transport`."""

    #: Whether every exchange is to end.
    is_cancelled: bool


class HttpConnection:
    """One response at a time. A call's time begins when its connection is made."""

    def __init__(self, owner: Owner, ways: IOBackend, limits: Limits) -> None:
        self._owner, self._ways, self._limits = owner, ways, limits
        self.time = Deadline(limits)
        self._moment = self.time.moment  # looked at for every piece of a stream
        self._silence_s = limits.silence_s
        self._client: Any = None
        self._origin = ""
        self._host = ""
        self._response: Any = None
        self._pieces: Any = None

    async def open(self, call: HttpCall) -> Head | Fault:  # noqa: PLR0911 - each way in which it fails
        """Send a request and wait for status and headers; an earlier response is given up.

        Raises:
            ProviderError: if the key cannot be sent; nothing has been, then.
        """
        await self.close()
        parts = urlsplit(call.url)
        self._origin, self._host = f"{parts.scheme}://{parts.netloc}", parts.netloc.rpartition("@")[2]
        if self._owner.is_cancelled or self.time.is_over:
            return replace(self._broken_off(), sent=False)
        if not self._host:
            return self._unusable()
        content = _content(call)
        try:
            self._client = await self._ways.take(self._origin)
            self._silence_s = self.time.silence()
            request = _request(call, content, self._limits.timeout(self._silence_s))
        except ProviderError as error:  # a key that no header can carry
            hint = error.hint
            return Fault(error.kind, error.message, time.monotonic(), retryable=False, hint=hint, sent=False)
        except UNUSABLE:
            return self._unusable()
        sent_at = time.monotonic()
        try:
            self._response = await self._ways.send(self._client, request, self._moment)
        except TimeoutError:
            return self._broken_off()
        except (UnicodeError, *FAILING) as error:
            return self._failed(error)
        self._pieces = self._ways.pieces(self._response)
        seen = {name.decode("latin-1").lower(): _text(value) for name, value in self._response.headers.raw}
        return Head(status=self._response.status_code, headers=seen, sent_at=sent_at, at=time.monotonic())

    def _failed(self, error: Exception) -> Fault:
        """Why a request brought no response."""
        if isinstance(error, UnicodeError):  # a host that DNS cannot have
            return self._unusable()
        is_ours = self._owner.is_cancelled or self.time.is_over
        return self._broken_off() if is_ours else self._fault_of(error)

    def _fault_of(self, error: Exception) -> Fault:
        fault = fault_of(error, self._host, self._silence_s)
        return replace(fault, hint=_HURRIED) if fault.kind == "timeout" and self.time.is_hurried else fault

    async def read(self) -> Data | Fault:
        """The next bytes of the body, decompressed; none at its end."""
        if self._pieces is None:
            return Data(b"", time.monotonic())
        try:
            if self._moment is None and self._ways.blocks:
                content = next(self._pieces, b"")  # a coroutine less for each piece of a stream
            else:
                content = await self._ways.piece(self._pieces, self._response, self._moment)
        except TimeoutError:
            return self._broken_off()
        except FAILING as error:
            if self._owner.is_cancelled or self.time.is_over:
                return self._broken_off()
            return self._fault_of(error)
        if self._owner.is_cancelled or (self._moment is not None and self.time.is_over):
            return self._broken_off()
        if not content:
            self._pieces = None  # there is nothing left to be waited for
        return Data(content, time.monotonic())

    async def pause(self, seconds: float) -> None:
        """Wait before another attempt, no longer than the whole call may last."""
        left = self.time.left()
        await self._ways.pause(seconds if left is None else min(seconds, left))

    async def finish(self) -> None:
        """Close after a complete answer: what still belongs to it is read, so that the connection can be kept."""
        if self._pieces is not None:
            deadline = time.monotonic() + _DRAIN_S
            with suppress(TimeoutError, *FAILING):
                while await self._ways.piece(self._pieces, self._response, deadline):
                    pass
        await self.close()

    async def close(self) -> None:
        """Give up the response, if there is one, and return the client."""
        response, self._response, self._pieces = self._response, None, None
        if response is not None:
            await self._ways.close(response)
        client, self._client = self._client, None
        if client is not None:
            await self._ways.give_back(self._origin, client)

    def cut(self) -> None:
        """End the wait for a response, or the reading of one, from another thread."""
        client, response = self._client, self._response
        if response is None and client is not None:
            self._ways.cut(client)
        cut(response)

    def _broken_off(self) -> Fault:
        """What ends an answer from our side."""
        now = time.monotonic()
        if self._owner.is_cancelled:
            return Fault("cancelled", "interrupted", now, retryable=False)
        message = f"the call took longer than {self._limits.total_s:g} s"
        return Fault("timeout", message, now, retryable=False, hint="raise `total_timeout`")

    def _unusable(self) -> Fault:
        message = f"cannot call {self._host or 'a URL without a host'}: its URL or a proxy setting is wrong"
        hint = "check the base URL, HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"
        return Fault("connection", message, time.monotonic(), retryable=False, hint=hint)


def _request(call: HttpCall, content: bytes, timeout: Mapping[str, float]) -> Any:
    """The request with its keys: no frame that waits holds them as text, so that no traceback can show them."""
    return request_of(call, _with_keys(call), content, timeout)


def _content(call: HttpCall) -> bytes:
    """The body as it is sent.

    Raises:
        UsageError: it holds something that JSON has no form for; nothing has been sent.
    """
    try:
        return as_json(call.body).encode(errors="replace")
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the request cannot be written as JSON: {error}") from None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _with_keys(call: HttpCall) -> Mapping[str, str]:
    """The headers with the keys, which lose the white space around them."""
    headers = dict(call.headers)
    for name, (prefix, secret) in call.secret_headers.items():
        key = secret.reveal().strip()
        if not (key and key.isascii() and key.isprintable()):
            raise ProviderError(
                "auth",
                "the key was not sent: it contains characters that an HTTP header cannot carry",
                hint="look for line breaks and invisible or accented characters where the key is set",
            )
        headers[name] = prefix + key
    return headers
