"""The host of a URL: whether it is loopback, whether two URLs have the same one, and one spelling of each URL."""

import re
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

#: What makes of a path another one: `.` and `..`, as they are or escaped, and an escaped slash.
_RESOLVED = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)|%2f|%5c|%25", re.IGNORECASE)
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


def is_within(url: str, own: str) -> bool:
    """Whether a URL has the host of another one and its path or one below it: tenants share hosts.

    A path with a segment that servers and proxies resolve, such as `..`, is below nothing.
    """
    path, own_path = urlsplit(url).path, urlsplit(own).path.rstrip("/")
    is_below = path.rstrip("/") == own_path or path.startswith(f"{own_path}/")
    return same_host(url, own) and is_below and not (own_path and _RESOLVED.search(path))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def canonical_url(url: str) -> str:
    """A base URL in one spelling: host in lower case, no default port, no slash at the end."""
    scheme, host, port = _origin(url.strip())
    host = f"[{host}]" if host and ":" in host else host
    shown_port = "" if port is None or port == _PORTS.get(scheme) else f":{port}"
    return f"{scheme}://{host or ''}{shown_port}{urlsplit(url.strip()).path.rstrip('/')}"


def is_exempt(url: str, rules: str) -> bool:
    """Whether a URL's host is called without a proxy by the rules of NO_PROXY, as curl and Go understand them.

    Rules are separated by commas or spaces: `*`, a host or a domain with all below it (a dot before it changes
    nothing), an address, a network such as 10.0.0.0/8 or fd00::/8; but for networks with `:PORT` behind, IPv6 then
    in brackets.
    """
    _, host, port = _origin(url)
    host = (host or "").rstrip(".")
    return any(_is_rule_for(rule, host, port) for rule in re.split(r"[,\s]+", rules.lower()) if rule)


def _is_rule_for(rule: str, host: str, port: int | None) -> bool:
    if rule == "*":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    try:
        network = ip_network(rule.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        pass
    else:
        return address is not None and address in network
    name, wanted = rule.removeprefix("*"), ""
    if rule.startswith("["):
        name, _, wanted = rule[1:].partition("]")
    elif rule.count(":") == 1:
        name, _, wanted = name.partition(":")
    wanted = wanted.removeprefix(":")
    if wanted and wanted != str(port):
        return False
    if address is not None:
        return _same_address(name, host)
    name = name.strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _same_address(text: str, other: str) -> bool:
    try:
        return ip_address(text) == ip_address(other)
    except ValueError:
        return False
