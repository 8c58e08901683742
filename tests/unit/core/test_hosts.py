"""The host of a URL."""

import pytest

from model_manager.core.hosts import canonical_url, is_loopback, same_host


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        *((f"http://{host}/v1", True) for host in ("localhost", "LOCALHOST:8080", "127.0.0.1", "127.9.9.9", "[::1]")),
        *((f"http://{host}/v1", True) for host in ("[0:0:0:0:0:0:0:1]:80", "user@127.0.0.1")),
        *((f"http://{host}/v1", False) for host in ("localhost.example", "126.0.0.1", "0.0.0.0", "[::2]", "x127.0.0.1")),
        *((f"http://{host}/v1", False) for host in ("127.0.0.1.example", "127.0.0.1@example.com")),
        ("", False),
        ("nonsense", False),
    ],
)  # fmt: skip
def test_what_stays_on_this_machine(url: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Only localhost and addresses of the loopback are this machine, however a URL tries to look like it."""
    assert is_loopback(url) is expected


@pytest.mark.parametrize(
    ("url", "other", "expected"),
    [
        ("https://a.example/v1", "https://A.example/v2?x", True),
        ("https://a.example", "https://a.example:443", True),
        ("http://a.example", "http://a.example:80", True),
        ("https://a.example:80", "https://a.example", False),
        ("http://a.example:443", "http://a.example", False),
        ("http://a.example:79", "http://a.example", False),
        ("http://a.example:81", "http://a.example", False),
        ("https://a.example:442", "https://a.example", False),
        ("https://a.example:444", "https://a.example", False),
        ("http://a.example", "https://a.example", False),
        ("https://a.example", "https://b.example", False),
        ("https://a.example:8443", "https://a.example:8443/", True),
    ],
)
def test_the_same_host(url: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Scheme, host and port are the same, a port that is left out being the scheme's."""
    assert same_host(url, other) is expected


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://API.Example:443/v1/", "https://api.example/v1"),
        (" http://api.example:80 ", "http://api.example"),
        ("http://api.example:443/V1", "http://api.example:443/V1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]"),
    ],
)
def test_a_base_url_has_one_spelling(url, canonical):
    """Case of the host, a default port and a slash at the end make no other URL; path and other ports do."""
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical
