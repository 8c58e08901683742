"""Proxies: which calls they stand before, and what is said when one fails; authorities that cannot be read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anyio
import pytest

from model_manager.core.hosts import is_exempt
from model_manager.core.messages import HttpCall
from model_manager.providers.io.steps import Fault, Head, Open
from model_manager.providers.io.transport import Transport
from model_manager.providers.io.transport.certificates import default_context
from model_manager.providers.io.transport.proxies import proxy_for

HOST = "llm.acme.example"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(params=["thread", "asyncio", "trio"])
def way(request: pytest.FixtureRequest) -> str:
    return request.param


def open_at(url: str, way: str) -> Head | Fault:
    """The first answer of a call, made from a thread or an event loop."""
    step = Open(HttpCall(url=url))
    with Transport(connect_s=20) as transport:
        if way == "thread":
            connection = transport.connect()
            answer = connection.open(step)
            connection.close()
            return answer

        async def opened() -> Head | Fault:
            connection = transport.aconnect()
            answer = await connection.open(step)
            await connection.close()
            await transport.aclose()
            return answer

        return anyio.run(opened, backend=way)


@contextmanager
def proxy_that_answers(status: int) -> Iterator[tuple[str, list[str]]]:
    """A proxy that refuses everything with a status, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.do_CONNECT()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


@pytest.mark.parametrize(
    ("rules", "url", "expected"),
    [
        ("*", f"https://{HOST}", True),
        ("", f"https://{HOST}", False),
        (HOST, f"https://{HOST}/v1", True),
        ("acme.example", f"https://{HOST}", True),
        (".acme.example", f"https://{HOST}", True),
        ("*.acme.example", f"https://{HOST}", True),
        (".ACME.example", f"https://{HOST}", True),
        ("cme.example", f"https://{HOST}", False),
        ("x.example, acme.example", f"https://{HOST}", True),
        ("x.example acme.example", f"https://{HOST}", True),
        ("acme.example:443", f"https://{HOST}", True),
        ("acme.example:8443", f"https://{HOST}", False),
        ("acme.example:8443", f"https://{HOST}:8443", True),
        ("127.0.0.0/8,::1/128", f"https://{HOST}", False),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.1.2.3", "https://10.1.2.3", True),
        ("10.1.2.3:80", "https://10.1.2.3", False),
        ("10.1.2.3:443", "https://10.1.2.3", True),
        ("fd00::/8", "https://[fd00::1]", True),
        ("fd00::/8", "https://[fe80::1]", False),
        ("[fd00::1]", "https://[fd00::1]:9", True),
        ("fd00:0::1", "https://[fd00::1]", True),
        ("[fd00::1]:9", "https://[fd00::1]:9", True),
        ("[fd00::1]:8", "https://[fd00::1]:9", False),
        ("[::1", f"https://{HOST}", False),
        ("10.0.0.0/99,:,/,.", f"https://{HOST}", False),
    ],
)
def test_no_proxy_is_read_as_curl_and_go_read_it(rules, url, expected):
    """Hosts, domains, addresses, networks, ports and brackets in NO_PROXY; what is none of these exempts nothing."""
    assert is_exempt(url, rules) is expected


@pytest.mark.parametrize("rules", ["localhost,127.0.0.0/8,::1/128", "localhost,[::1]", "fd00::/8", "[::1"])
def test_a_rule_about_other_hosts_stops_no_call(monkeypatch, way, rules):
    """With networks and IPv6 addresses in NO_PROXY, calls go on through the proxy."""
    with proxy_that_answers(403) as (address, asked):
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv("NO_PROXY", rules)
        fault = open_at(f"https://{HOST}/v1", way)
    assert asked == [f"CONNECT {HOST}:443"]
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.cause) == ("connection", "unusable")
    assert fault.message == f"the proxy {address} (HTTPS_PROXY) does not connect to {HOST} (403)"


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_proxy_that_wants_a_password_says_so(monkeypatch, way, scheme):
    """A 407, of a tunnel or of a request by plain http, names the proxy and where the password goes."""
    with proxy_that_answers(407) as (address, _):
        monkeypatch.setenv("ALL_PROXY", f"http://{address}")
        fault = open_at(f"{scheme}://{HOST}/v1", way)
        monkeypatch.setenv("ALL_PROXY", f"http://me:hunter22@{address}")
        again = open_at(f"{scheme}://{HOST}/v1", way)
    assert isinstance(fault, Fault)
    assert isinstance(again, Fault)
    assert fault.message == f"the proxy {address} (ALL_PROXY) asks for a password (407)"
    assert "ALL_PROXY" in (fault.hint or "")
    assert again.message == f"the proxy {address} (ALL_PROXY) refused the password"
    assert "hunter22" not in repr(again)


def test_a_proxy_that_is_down_is_named(monkeypatch, way):
    """Where nobody listens at the proxy's address, the proxy is at fault and not the host."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    fault = open_at(f"https://{HOST}/v1", way)
    assert isinstance(fault, Fault)
    assert "the proxy 127.0.0.1:1 (HTTPS_PROXY)" in fault.message
    assert HOST not in fault.message
    assert "NO_PROXY" in (fault.hint or "")


def test_a_socks_proxy_needs_the_extra(monkeypatch, way):
    """Without the extra, a SOCKS proxy is told with what to install."""
    monkeypatch.setattr("model_manager.providers.io.transport.proxies.find_spec", lambda _: None)
    monkeypatch.setenv("ALL_PROXY", "socks5h://me:hunter22@127.0.0.1:1")
    fault = open_at(f"https://{HOST}/v1", way)
    assert isinstance(fault, Fault)
    assert fault.message == "SOCKS proxies need the extra [socks] (ALL_PROXY names one)"
    assert "llm-model-manager[socks]" in (fault.hint or "")


def test_the_nearer_variable_counts(monkeypatch):
    """A scheme's own variable comes before ALL_PROXY, the one in lower case before the other, and loopback needs none."""
    monkeypatch.setenv("ALL_PROXY", "http://all:1")
    assert proxy_for(f"https://{HOST}").source == "ALL_PROXY"
    monkeypatch.setenv("HTTPS_PROXY", "http://upper:1")
    monkeypatch.setenv("https_proxy", "lower:1")
    found = proxy_for(f"https://{HOST}")
    assert (found.source, found.url) == ("https_proxy", "http://lower:1")
    assert proxy_for("https://127.0.0.1") is None


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_authorities_that_are_not_there_are_named(monkeypatch, tmp_path, way, variable):
    """A missing file or directory of certificates is told with its variable, and is no fault of the host."""
    default_context.cache_clear()
    monkeypatch.setenv(variable, str(tmp_path / "gone"))
    fault = open_at("https://127.0.0.1:1/v1", way)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.cause) == ("connection", "unusable")
    assert fault.message.startswith(f"{variable}={tmp_path / 'gone'}: there is no such ")


def test_a_file_without_certificates_is_named(monkeypatch, tmp_path: Path, way):
    """A file of certificates that holds none is told with its variable."""
    default_context.cache_clear()
    (tmp_path / "ca.pem").write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    fault = open_at("https://127.0.0.1:1/v1", way)
    assert isinstance(fault, Fault)
    assert fault.message == f"SSL_CERT_FILE={tmp_path / 'ca.pem'}: it holds no certificate in PEM format"
