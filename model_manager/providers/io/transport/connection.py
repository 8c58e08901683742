"""The part of a connection that threads and event loops share: requests, heads, and what failures mean."""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from model_manager.core.messages import HttpCall
from model_manager.errors import ProviderError, UsageError
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.steps import Data, Fault, Head, Open
from model_manager.providers.io.transport.application_clients import HAS_KEY, with_own_headers
from model_manager.providers.io.transport.faults import (
    fault_behind_proxy,
    fault_of,
    fault_of_own_client,
    fault_of_proxy,
)
from model_manager.providers.io.transport.proxies import ProxyServer, proxy_for
from model_manager.providers.wires.payload import as_json

_HURRIED = "raise `total_timeout`: half of what is left is kept for the route's other options"
#: How long the end of a finished stream is waited for, so that its connection can be used again.
DRAIN_S = 0.2
_PROXY_WANTS_PASSWORD = 407
#: Sockets take no time that is nothing, or longer than some years.
_LEAST_S, _MOST_S = 0.001, 10.0**6


class Owner(Protocol):
    """Who lends connections out; see `Transport`."""

    #: How long making a connection may take, in seconds.
    connect_s: float


class HttpConnection:
    """One response at a time: what threads and event loops have in common. Its subclasses send and receive."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._deadline = Deadline()
        self._ends_at: float | None = None  # the deadline's: looked at for every chunk
        self._silence_s = 0.0
        self._client: Any = None
        self._origin = ""
        self._host = ""
        self._response: Any = None
        self._chunks: Any = None

    def _prepare(self, step: Open) -> Fault | None:
        """Take over where the request goes and how long it may take; a fault if it is not to be sent."""
        parts = urlsplit(step.call.url)
        self._origin, self._host = f"{parts.scheme}://{parts.netloc}", parts.netloc.rpartition("@")[2]
        self._deadline, self._ends_at = step.deadline, step.deadline.ends_at
        self._silence_s = step.deadline.silence(time.monotonic())
        if self._is_over:
            return self._broken_off(sent=False)
        return None if self._host else self._unusable()

    def _request(self, call: HttpCall) -> httpx.Request:
        """The request with its keys, which no other frame holds as text: no traceback can show them.

        What a client would add to it (cookies of earlier answers, its own name) is not wanted.

        Raises:
            httpx.InvalidURL: the URL is none.
            ProviderError: a key cannot be sent.
            UsageError: the body cannot be written as JSON.
        """
        content, url = _content(call), _url(call.url)
        headers = {"host": url.netloc.decode(), "accept-encoding": "gzip, deflate", **_with_keys(call)}
        if call.method != "GET":
            headers["content-length"] = str(len(content))
        extensions: dict[str, Any] = {}
        if self._application_client is not None:
            headers = with_own_headers(self._application_client, headers)
            extensions[HAS_KEY] = bool(call.secret_headers)
        silence = max(min(self._silence_s, _MOST_S), _LEAST_S)
        connect = min(silence, self._owner.connect_s)
        extensions["timeout"] = {"connect": connect, "read": silence, "write": silence, "pool": silence}
        # Given as a stream it is sent as it is: httpx would look for headers to add, and take as long again.
        body = httpx.ByteStream(content)
        return httpx.Request(call.method, url, headers=headers, stream=body, extensions=extensions)

    def _not_sent(self, error: Exception) -> Fault:
        """Why a request could not be made."""
        if isinstance(error, ProviderError):
            return Fault(error.kind, error.message, time.monotonic(), "unusable", error.hint, sent=False)
        return self._unusable()

    def _head(self, response: httpx.Response, sent_at: float) -> Head | Fault:
        if response.status_code == _PROXY_WANTS_PASSWORD and (proxy := self._proxy()):
            return fault_of_proxy(httpx.ProxyError(str(response.status_code)), proxy, self._host)
        headers = {name.decode("latin-1").lower(): _text(value) for name, value in response.headers.raw}
        return Head(status=response.status_code, headers=headers, sent_at=sent_at, at=time.monotonic())

    def _received(self, content: bytes) -> Data | Fault:
        """The bytes that have come, unless time is over meanwhile."""
        now = time.monotonic()
        if self._ends_at is not None and now >= self._ends_at:
            return self._broken_off()
        if not content:
            self._chunks = None  # there is nothing left to be waited for
        return Data(content, now)

    def _failed(self, error: Exception) -> Fault:
        """Why there is no response, or no more of it."""
        if self._is_over or (isinstance(error, TimeoutError) and self._ends_at is not None):
            return self._broken_off()
        if isinstance(error, UnicodeError):  # a host that DNS cannot have
            return self._unusable()
        fault = fault_of(error, self._host, self._silence_s)
        if self._application_client is not None:
            fault = fault_of_own_client(error, fault)
        elif proxy := self._proxy():
            fault = fault_behind_proxy(error, fault, proxy, self._host, self._silence_s)
        if fault.kind != "timeout" or not self._deadline.is_hurried:
            return fault
        return Fault(fault.kind, fault.message, fault.at, fault.cause, _HURRIED)

    @property
    def _application_client(self) -> httpx.Client | httpx.AsyncClient | None:
        """The application's own client, where that sends the request."""
        return self._client if isinstance(self._client, httpx.Client | httpx.AsyncClient) else None

    def _proxy(self) -> ProxyServer | None:
        """The proxy that our own clients take; an application's has its own."""
        return None if self._application_client is not None else proxy_for(self._origin)

    @property
    def _is_over(self) -> bool:
        """Whether nothing more is to be sent or waited for."""
        return self._deadline.is_over(time.monotonic())

    def _broken_off(self, *, sent: bool = True) -> Fault:
        """The fault that ends an answer from our side."""
        now = time.monotonic()
        message = f"the call took longer than {self._deadline.total_s:g} s"
        return Fault("timeout", message, now, "own", "raise `total_timeout`", sent)

    def _unusable(self) -> Fault:
        message = f"cannot call {self._host or 'a URL without a host'}: its URL is wrong"
        hint = "check the base URL"
        return Fault("connection", message, time.monotonic(), "unusable", hint)


@lru_cache(maxsize=256)
def _url(url: str) -> httpx.URL:
    """A URL that was read: every call of a model has the same."""
    return httpx.URL(url)


def _content(call: HttpCall) -> bytes:
    """The body as it is sent; a GET has none.

    Raises:
        UsageError: it holds something that JSON has no form for; nothing has been sent.
    """
    if call.method == "GET":
        return b""
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
    """The headers with the keys, which lose the white space around them.

    Raises:
        ProviderError: a key has characters that no header can carry.
    """
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
