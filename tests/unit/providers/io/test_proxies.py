"""Proxies: which calls they stand before, and what is said when one fails; authorities that cannot be read."""

import gc
import os
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import httpx
import pytest
from model_server import model_server, refusing
from socks_server import socks_server

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


def open_at(url: str, way: str, body: dict[str, str] | None = None) -> Head | Fault:
    """The first answer of a call, made from a thread or an event loop."""
    step = Open(HttpCall(url=url, body=body or {}))
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


class HangsUp(socketserver.BaseRequestHandler):
    """Reads a request and closes the connection."""

    def handle(self) -> None:
        self.request.recv(65536)


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


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_is_called_through(monkeypatch, way, scheme):
    """A call goes through a SOCKS proxy, with its password, which resolves the host's name."""
    with (
        model_server(refusing(418)) as server,
        socks_server({HOST: urlsplit(server.url).port}, ("me", "hunter22")) as proxy,
    ):
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:hunter22@{proxy.address}")
        head = open_at(f"http://{HOST}/v1/chat/completions", way, body={"model": "m"})
    assert isinstance(head, Head), head
    assert (head.status, proxy.asked) == (418, [(HOST, 80)])
    assert server.requests[0].headers["host"] == HOST


# httpcore leaves the socket of a handshake that failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("credentials", "host", "message"),
    [
        ("", HOST, "the SOCKS proxy {} (ALL_PROXY) asks for a password"),
        ("me:wrong-password@", HOST, "the SOCKS proxy {} (ALL_PROXY) refused the password"),
        ("me:hunter22@", "other.example", "the SOCKS proxy {} (ALL_PROXY) does not connect to other.example"),
    ],
)
def test_a_socks_proxy_that_refuses_is_named(monkeypatch, way, credentials, host, message):
    """A SOCKS proxy that wants a password, refuses one or cannot reach the host is at fault; no password is shown."""
    with socks_server({HOST: 1}, ("me", "hunter22")) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5h://{credentials}{proxy.address}")
        fault = open_at(f"http://{host}/v1", way)
    gc.collect()
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.message) == ("connection", message.format(proxy.address))
    assert "hunter22" not in repr(fault)
    assert "wrong-password" not in repr(fault)


def test_a_proxy_that_hangs_up_is_named_beside_the_host(monkeypatch, way):
    """Where a proxy closes the connection, nobody can tell who did it: host and proxy are both named."""
    with socketserver.TCPServer(("127.0.0.1", 0), HangsUp) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
        fault = open_at(f"https://{HOST}/v1", way)
        server.shutdown()
    assert isinstance(fault, Fault)
    assert fault.kind == "connection"
    assert f"{HOST} through the proxy {address} (HTTPS_PROXY)" in fault.message


def test_a_proxy_of_plain_http_that_is_called_by_https_gets_a_hint(monkeypatch, way):
    """The usual slip, https:// for a proxy that speaks http, is named with the way out."""
    with proxy_that_answers(403) as (address, _):
        monkeypatch.setenv("HTTPS_PROXY", f"https://{address}")
        fault = open_at(f"https://{HOST}/v1", way)
    assert isinstance(fault, Fault)
    assert "through the proxy" in fault.message
    assert fault.hint == "check HTTPS_PROXY: most proxies use http://, even for https"


def test_the_nearer_variable_counts(monkeypatch):
    """A scheme's own variable comes before ALL_PROXY, the one in lower case before the other, and loopback needs none."""
    monkeypatch.setenv("ALL_PROXY", "http://all:1")
    assert proxy_for(f"https://{HOST}").source == "ALL_PROXY"
    monkeypatch.setenv("HTTPS_PROXY", "http://upper:1")
    monkeypatch.setenv("https_proxy", "lower:1")
    found = proxy_for(f"https://{HOST}")
    assert (found.source, found.url) == ("https_proxy", "http://lower:1")
    assert proxy_for("https://127.0.0.1") is None


@pytest.fixture
def no_authorities_kept() -> Iterator[None]:
    default_context.cache_clear()
    yield
    default_context.cache_clear()


@pytest.mark.usefixtures("no_authorities_kept")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_authorities_that_are_not_there_are_named(monkeypatch, tmp_path, way, variable):
    """A missing file or directory of certificates is told with its variable, and is no fault of the host."""
    monkeypatch.setenv(variable, str(tmp_path / "gone"))
    fault = open_at("https://127.0.0.1:1/v1", way)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.cause) == ("connection", "unusable")
    assert fault.message.startswith(f"{variable}={tmp_path / 'gone'}: there is no such ")


@pytest.mark.usefixtures("no_authorities_kept")
def test_authorities_of_the_wrong_kind_are_named(monkeypatch, tmp_path: Path):
    """A FIFO as a file of certificates, and a file as a directory of them, are told at once."""
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "fifo"))
    fault = open_at("https://127.0.0.1:1/v1", "thread")
    assert isinstance(fault, Fault)
    assert fault.message == f"SSL_CERT_FILE={tmp_path / 'fifo'}: it is not a file"
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "fifo"))
    fault = open_at("https://127.0.0.1:1/v1", "thread")
    assert isinstance(fault, Fault)
    assert fault.message == f"SSL_CERT_DIR={tmp_path / 'fifo'}: it is not a directory"


@pytest.mark.usefixtures("no_authorities_kept")
def test_a_file_without_certificates_is_named(monkeypatch, tmp_path: Path, way):
    """A file of certificates that holds none is told with its variable."""
    (tmp_path / "ca.pem").write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    fault = open_at("https://127.0.0.1:1/v1", way)
    assert isinstance(fault, Fault)
    assert fault.message == f"SSL_CERT_FILE={tmp_path / 'ca.pem'}: it holds no certificate in PEM format"


@pytest.mark.usefixtures("no_authorities_kept")
def test_a_file_of_certificates_that_must_not_be_read_is_named(monkeypatch, tmp_path: Path):
    """A file of certificates without permission is told with its variable, by a user who has none."""
    closed = tmp_path / "ca.pem"
    closed.write_text("x")
    refused = OSError(13, "Permission denied", str(closed))  # the administrator may read everything
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: (_ for _ in ()).throw(refused))
    monkeypatch.setenv("SSL_CERT_FILE", str(closed))
    fault = open_at("https://127.0.0.1:1/v1", "thread")
    assert isinstance(fault, Fault)
    assert fault.message == f"SSL_CERT_FILE={closed}: it cannot be read: Permission denied"
