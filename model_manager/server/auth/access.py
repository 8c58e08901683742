"""Access rules: token, Host and Origin of a request; and the security headers of every response."""

import hmac
import re
import secrets
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import ip_address

from starlette.datastructures import Headers

from model_manager.server.api.problems import HttpError

HEALTH = "/healthz"
LOGIN = "/login"
METRICS = "/metrics"
_SAFE = ("GET", "HEAD", "OPTIONS")
#: A name or an address, and a port: nothing before, between or after them.
_HOST = re.compile(
    r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^][:@/,\s]+))(?::\d{1,5})?", re.ASCII | re.IGNORECASE
)
#: More logins than people have browsers: of more, the oldest has to log in again.
_MOST_SESSIONS = 1_000
#: No script, style, picture or connection but the server's own; nobody may put the page into another one.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # With "no-referrer" browsers would not say either that a form is the server's own.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}


class Sessions:
    """The logins that are in force: random values that browsers keep as a cookie. They end with the server."""

    def __init__(self) -> None:
        self._values: dict[str, None] = {}

    def begin(self) -> str:
        """Begin a session; its cookie's value."""
        value = secrets.token_urlsafe(32)
        self._values[value] = None
        while len(self._values) > _MOST_SESSIONS:
            del self._values[next(iter(self._values))]
        return value

    def end(self, value: str) -> None:
        """End a session."""
        self._values.pop(value, None)

    def __contains__(self, value: str) -> bool:
        return value in self._values


@dataclass(frozen=True, slots=True)
class Access:
    """The access rules of a server.

    Attributes:
        token: what programs send as `Authorization: Bearer`, and people at the login.
        port: where the server listens; each port has a cookie of its own.
        hosts: names that the server goes by, besides addresses and localhost; lower case, without a port.
        root_path: the path below which a proxy shows the server, "" or "/like/this".
        metrics_token: what programs may send for the metrics, and for nothing else; None: the token alone.
        sessions: the logins of browsers.
    """

    token: str = field(repr=False)
    port: int
    hosts: Collection[str] = ()
    root_path: str = ""
    metrics_token: str | None = field(default=None, repr=False)
    sessions: Sessions = field(default_factory=Sessions, repr=False)

    @property
    def cookie(self) -> str:
        """The name of the cookie, with the port: browsers send a cookie to every port of a host."""
        return f"model_manager_{self.port}"

    def is_token(self, text: str) -> bool:
        """Whether this is the token, compared in constant time."""
        return hmac.compare_digest(text.encode(), self.token.encode())

    def _may_read_metrics(self, path: str, text: str) -> bool:
        """Whether this is the token of those who only read metrics, and they do."""
        token = self.metrics_token
        return path == METRICS and token is not None and hmac.compare_digest(text.encode(), token.encode())

    def check(self, method: str, headers: Headers) -> None:
        """Check that a request is meant for this server and does not come from another site.

        A foreign name that points to this machine (DNS rebinding) is not an allowed host; a form or script of
        another site (cross-site request forgery) sends its own origin.

        Raises:
            HttpError: 403.
        """
        host = headers.get("host", "")
        if not self._is_own(host):
            hint = "open the address that the server printed, or allow this host name when starting it"
            raise HttpError(403, f"host not allowed: {host!r}", hint=hint)
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            raise HttpError(403, "cross-origin requests are not allowed")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and method not in _SAFE:
            raise HttpError(403, "cross-origin requests are not allowed")

    def authenticate(self, path: str, headers: Headers) -> None:
        """Check that a request for a path has the token, or the cookie of a login.

        Raises:
            HttpError: 401.
        """
        scheme, _, given = headers.get("authorization", "").partition(" ")
        given = given.strip()
        if scheme.lower() == "bearer" and (self.is_token(given) or self._may_read_metrics(path, given)):
            return
        if any(cookie in self.sessions for cookie in self.cookies_of(headers)):
            return
        hint = "send Authorization: Bearer TOKEN, or open the login link that the server printed"
        raise HttpError(401, "the token is missing or wrong", hint=hint, headers={"www-authenticate": "Bearer"})

    def cookies_of(self, headers: Headers) -> list[str]:
        """The values of this server's cookie; other programs on this host may have set any others."""
        pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
        return [value for name, _, value in pairs if name == self.cookie]

    def _is_own(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        if found["address"]:
            return _is_address(found["address"])
        name = found["name"].lower().removesuffix(".")
        return name == "localhost" or name in self.hosts or _is_address(name)


def check_ambiguity(headers: Headers) -> None:
    """Check that a request can be read in one way only, whatever a proxy before the server has made of it.

    Raises:
        HttpError: 403, it has two of Host or Origin; 400, its body ends in two ways. What comes next on the
            connection may be a part of the body then, so it is closed.
    """
    if "transfer-encoding" in headers and "content-length" in headers:
        message = "the request has both Content-Length and Transfer-Encoding"
        raise HttpError(400, message, headers={"connection": "close"})
    for name in ("Host", "Origin"):
        if len(headers.getlist(name)) > 1:
            raise HttpError(403, f"the header {name} is given twice")


def _is_address(name: str) -> bool:
    """Whether a host is an IP address, which no DNS entry can redirect."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_names(allowed: Collection[str]) -> frozenset[str]:
    """The allowed host names: this machine's, and those that are added."""
    return frozenset(name.lower() for name in (socket.gethostname(), *allowed))
