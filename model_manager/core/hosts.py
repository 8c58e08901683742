"""The host of a URL: whether it is loopback, whether two URLs have the same one, and one spelling of each URL."""

from ipaddress import ip_address
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine: localhost, 127.0.0.0/8, or ::1 however it is written."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def same_host(url: str, other: str) -> bool:
    """Whether two URLs agree in scheme, host and port."""
    return _origin(url) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def canonical_url(url: str) -> str:
    """A base URL in one spelling: host in lower case, no default port, no slash at the end."""
    scheme, host, port = _origin(url.strip())
    host = f"[{host}]" if host and ":" in host else host
    shown_port = "" if port is None or port == _PORTS.get(scheme) else f":{port}"
    return f"{scheme}://{host or ''}{shown_port}{urlsplit(url.strip()).path.rstrip('/')}"
