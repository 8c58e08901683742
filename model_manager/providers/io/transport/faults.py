"""Exceptions of httpx as faults: what happened, and what a person can do about it."""

import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from socket import gaierror
from typing import Any

import httpx

from model_manager.providers.io.steps import Fault, FaultCause
from model_manager.providers.io.transport.proxies import ProxyServer

_TOO_LATE = "cannot connect to {host} in time"
_UNREACHED = "check the host, firewalls and proxies, or raise `connect_timeout`"
_TRUST_HINT = "set SSL_CERT_FILE to the file of your own certificate authority"
#: Whatever can be raised while a request is under way.
FAILING = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL)
#: What is raised for a URL or a proxy setting that cannot be meant.
UNUSABLE = (ValueError, ImportError, httpx.InvalidURL, httpx.UnsupportedProtocol)
#: How httpx says that a SOCKS proxy wants user and password, or others.
_PASSWORD_WORDS = ("auth", "password", "no acceptable methods")
_Row = tuple[type[BaseException], str, FaultCause, str, str | None]
#: (exception, kind, cause, message, hint); the first that fits counts.
_FAULTS: tuple[_Row, ...] = (
    (httpx.ConnectTimeout, "timeout", "unreachable", _TOO_LATE, _UNREACHED),
    (httpx.PoolTimeout, "timeout", "unreachable", _TOO_LATE, _UNREACHED),
    (httpx.TimeoutException, "timeout", "silent", "{host} sent nothing for {silence:g} s", None),
    (httpx.ProxyError, "connection", "unreachable", "the proxy to {host} failed", None),
    (httpx.DecodingError, "protocol", "garbled", "the compressed answer of {host} cannot be decoded", None),
    (httpx.NetworkError, "connection", "lost", "the connection to {host} broke", None),
)
#: The same for connections that did not come about, by the exceptions behind httpx's own.
_CONNECT_FAULTS: tuple[_Row, ...] = (
    (
        ssl.SSLCertVerificationError,
        "connection",
        "unusable",
        "the TLS certificate of {host} is not trusted",
        _TRUST_HINT,
    ),
    (ssl.SSLError, "connection", "unusable", "{host} failed the TLS handshake", None),
    (
        gaierror,
        "connection",
        "unreachable",
        "{host} cannot be resolved",
        "check the base URL and DNS",
    ),
    (
        ConnectionRefusedError,
        "connection",
        "unreachable",
        "{host} refused the connection",
        "check that the server is running and that the base URL is right",
    ),
    (BaseException, "connection", "unreachable", "cannot connect to {host}", None),
)
#: What is wrong with a certificate beside who has signed it, by OpenSSL's number: message and hint.
_CERTIFICATE_FAULTS: dict[int, Sequence[Any]] = {
    9: ("the TLS certificate of {host} is not valid yet", "check the clock of this machine"),
    10: (
        "the TLS certificate of {host} has expired",
        "check the clock of this machine; if it is right, whoever runs the server has to renew the certificate",
    ),
    62: (
        "the TLS certificate of {host} is for another name",
        "check the base URL, and what answers instead: a proxy, a login page, an entry in /etc/hosts",
    ),
    64: (
        "the TLS certificate of {host} is for another address",
        "check the base URL: use the name, not the address",
    ),
}


def fault_of(error: Exception, host: str, silence_s: float) -> Fault:
    """The fault of an exception of httpx, whose own text may hold the URL or a header: little of it is used."""
    if isinstance(error, httpx.RemoteProtocolError):
        return _broken_protocol(error, host)
    rows = _FAULTS
    causes: list[BaseException] = [error]
    if isinstance(error, httpx.ConnectError):
        rows, causes = _CONNECT_FAULTS, list(_causes(error))
    wrong = next((getattr(one, "verify_code", 0) for one in causes if isinstance(one, ssl.SSLError)), 0)
    for of, kind, cause, *told in rows:
        if any(isinstance(one, of) for one in causes):
            words, hint = _CERTIFICATE_FAULTS.get(wrong, told)
            message = words.format(host=host, silence=round(silence_s, 2))
            return Fault(kind, message, time.monotonic(), cause, hint)
    return Fault("protocol", f"the request to {host} could not be sent", time.monotonic(), "unusable")


def fault_behind_proxy(error: Exception, fault: Fault, proxy: ProxyServer, host: str, silence_s: float) -> Fault:
    """The fault of a call through a proxy: that is who is reached first, and who may have ended it."""
    if isinstance(error, httpx.ProxyError):
        return fault_of_proxy(error, proxy, host)
    if fault.cause == "unreachable":
        hint = f"check {proxy.source}; hosts in NO_PROXY are called without it"
        return replace(fault_of(error, proxy.shown, silence_s), hint=hint)
    named = fault_of(error, f"{host} through {proxy.shown}", silence_s)
    if fault.kind == "connection" and proxy.is_https and not named.hint:
        return replace(named, hint=f"check {proxy.source}: most proxies use http://, even for https")
    return named


def fault_of_own_client(error: Exception, fault: Fault) -> Fault:
    """The fault of a call by an application's client, whose settings are not those of the environment."""
    if isinstance(error, httpx.PoolTimeout):
        return replace(
            fault,
            message="the connection pool of the HTTP client is exhausted",
            hint="raise its limits (httpx.Limits)",
        )
    if isinstance(error, httpx.ProxyError):
        return replace(fault, hint="check the proxy of the HTTP client")
    return (
        replace(fault, hint="check which certificate authorities the HTTP client trusts (verify=…)")
        if fault.hint == _TRUST_HINT
        else fault
    )


def fault_of_proxy(error: httpx.ProxyError, proxy: ProxyServer, host: str) -> Fault:
    """What a proxy that could be reached refuses; of its words only the status is used."""
    words = str(error).lower()
    status = words.partition(" ")[0]
    if status == "407" or any(word in words for word in _PASSWORD_WORDS):
        code = " (407)" if status == "407" else ""
        wrong = "refused the password" if proxy.has_password else f"asks for a password{code}"
        hint = f"put user and password into {proxy.source}: SCHEME://USER:PASSWORD@HOST:PORT"
        return Fault("connection", f"{proxy.shown} {wrong}", time.monotonic(), "unusable", hint)
    code = f" ({status})" if status.isdigit() else ""
    cause: FaultCause = "unusable" if status.startswith("4") else "unreachable"
    hint = f"ask whoever runs it; hosts in NO_PROXY are called without it, such as NO_PROXY={host}"
    return Fault("connection", f"{proxy.shown} does not connect to {host}{code}", time.monotonic(), cause, hint)


def _broken_protocol(error: Exception, host: str) -> Fault:
    """A cut connection and a server that does not speak HTTP are one exception; only its text tells."""
    words, now = str(error).lower(), time.monotonic()
    if "disconnected" in words:
        return Fault("connection", f"{host} closed the connection without an answer", now, "lost")
    if "closed connection" in words or "incomplete" in words:
        return Fault("connection", f"{host} closed the connection in the middle of the answer", now, "lost")
    return Fault("protocol", f"{host} sent an invalid HTTP response", now, "garbled")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
