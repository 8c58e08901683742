"""The proxy that stands before a host, as the environment names it."""

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

import httpx

from model_manager.core.hosts import is_exempt, is_loopback
from model_manager.errors import ProviderError

_SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class ProxyServer:
    """A proxy; `source` is the variable that names it. Its URL may hold a password."""

    url: str = field(repr=False)
    source: str

    @property
    def shown(self) -> str:
        """Host, port and source, for messages."""
        kind = "SOCKS proxy" if self.is_socks else "proxy"
        return f"the {kind} {urlsplit(self.url).netloc.rpartition('@')[2]} ({self.source})"

    @property
    def has_password(self) -> bool:
        """Whether a user is named."""
        return "@" in urlsplit(self.url).netloc

    @property
    def is_socks(self) -> bool:
        """Whether the proxy speaks SOCKS, which needs an extra."""
        return self.url.lower().startswith("socks")

    @property
    def is_https(self) -> bool:
        """Whether the proxy itself is called by https."""
        return self.url.lower().startswith("https:")

    def for_httpx(self) -> httpx.Proxy:
        """The same for httpx.

        Raises:
            ProviderError: of kind "connection": it cannot be used.
        """
        scheme = self.url.partition("://")[0].lower()
        if scheme not in _SCHEMES:
            message = f"{self.source} names a proxy with the scheme {scheme!r}"
            hint = f"{self.source} takes {', '.join(_SCHEMES)}"
            raise ProviderError("connection", message, hint=hint, retryable=False)
        if self.is_socks and find_spec("socksio") is None:
            hint = "pip install 'llm-model-manager[socks]', or use an http proxy"
            message = f"SOCKS proxies need the extra [socks] ({self.source} names one)"
            raise ProviderError("connection", message, hint=hint, retryable=False)
        try:
            return httpx.Proxy(self.url)
        except (ValueError, httpx.InvalidURL):
            message = f"{self.source} is not a valid proxy URL"
            hint = "for example http://proxy.example:3128"
            raise ProviderError("connection", message, hint=hint, retryable=False) from None


def proxy_for(origin: str) -> ProxyServer | None:
    """The proxy for a scheme, host and port; None if the host is called directly.

    httpx reads the environment itself, but stops every call if NO_PROXY has a network or an IPv6 address. No proxy
    can reach this machine for us, and one that could would see the key.
    """
    if is_loopback(origin):
        return None
    known, parts = getproxies(), urlsplit(origin)
    if is_exempt(origin, known.get("no", "")):
        return None
    if not getproxies_environment() and proxy_bypass(parts.hostname or ""):  # the system's own settings
        return None
    for kind in (parts.scheme, "all"):
        if url := known.get(kind, "").strip():
            return ProxyServer(url if "://" in url else f"http://{url}", _source(kind))
    return None


def httpx_proxy(origin: str) -> httpx.Proxy | None:
    """The proxy for a scheme, host and port as httpx takes it.

    Raises:
        ProviderError: of kind "connection": it cannot be used.
    """
    proxy = proxy_for(origin)
    return proxy.for_httpx() if proxy else None


def _source(kind: str) -> str:
    """The variable that names the proxy: urllib prefers the one in lower case."""
    names = (f"{kind}_proxy", f"{kind}_proxy".upper())
    return next((name for name in names if os.environ.get(name, "").strip()), "the system's settings")
