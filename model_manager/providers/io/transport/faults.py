"""What httpx raises, as faults; and how long it may take."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpx

from model_manager.core.messages import HttpCall
from model_manager.providers.io.steps import Fault
from model_manager.providers.io.transport.causes import broken_protocol, unconnected

DEFAULT_TIMEOUT_S = 60.0
DEFAULT_CONNECT_S = 10.0
_UNREACHED = "check the host, firewalls and proxies, or raise `connect_timeout`"
#: Sockets take no time that is nothing, or longer than some years.
_LEAST_S, _MOST_S = 0.001, 10.0**6
#: Whatever can be raised while a request is under way.
FAILING = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL)
#: What is raised for a URL or a proxy setting that cannot be meant.
UNUSABLE = (ValueError, ImportError, httpx.InvalidURL, httpx.UnsupportedProtocol)
#: (exceptions, kind, message, whether another attempt may help, hint); the first that fits counts.
_FAULTS = (
    (
        (httpx.ConnectTimeout, httpx.PoolTimeout),
        "timeout",
        "cannot connect to {host} in time",
        True,
        _UNREACHED,
    ),
    # The request may be at work over there, and be billed: it is not sent a second time.
    ((httpx.TimeoutException,), "timeout", "{host} sent nothing for {silence:g} s", False, None),
    ((httpx.ProxyError,), "connection", "the proxy to {host} failed", True, None),
    ((httpx.DecodingError,), "protocol", "the compressed answer of {host} cannot be decoded", False, None),
    ((httpx.NetworkError,), "connection", "the connection to {host} broke", True, None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds that making a connection may take, a server may be silent, and a whole call may last (None: any)."""

    connect_s: float = DEFAULT_CONNECT_S
    silence_s: float = DEFAULT_TIMEOUT_S
    total_s: float | None = None

    def timeout(self, silence_s: float) -> Mapping[str, float]:
        """The same for one request as httpx has it, where the server may be silent for so long."""
        silence = max(min(silence_s, _MOST_S), _LEAST_S)
        return {
            "connect": min(silence, self.connect_s),
            "read": silence,
            "write": silence,
            "pool": silence,
        }


def request_of(
    call: HttpCall, headers: Mapping[str, str], content: bytes, timeout: Mapping[str, float]
) -> httpx.Request:
    """A request; what a client would add to it (cookies of earlier answers, its own name) is not wanted.

    Raises:
        httpx.InvalidURL: the URL is none.
    """
    headers = {"accept-encoding": "gzip, deflate", **headers}
    extensions = {"timeout": dict(timeout)}
    return httpx.Request(call.method, _address(call.url), headers=headers, content=content, extensions=extensions)


@lru_cache(maxsize=256)
def _address(url: str) -> httpx.URL:
    """A URL that was read: every call of a model has the same."""
    return httpx.URL(url)


def fault_of(error: Exception, host: str, silence_s: float) -> Fault:
    """What an exception of httpx means. Its own text may hold the URL or a header, so little of it is used."""
    if isinstance(error, httpx.ConnectError):
        return unconnected(error, host)
    if isinstance(error, httpx.RemoteProtocolError):
        return broken_protocol(error, host)
    for of, kind, words, retryable, hint in _FAULTS:
        if isinstance(error, of):
            message = words.format(host=host, silence=round(silence_s, 2))
            return Fault(kind, message, time.monotonic(), retryable=retryable, hint=hint)
    return Fault("protocol", f"the request to {host} could not be sent", time.monotonic(), retryable=False)
