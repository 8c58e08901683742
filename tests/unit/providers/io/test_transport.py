"""The transport: what httpx raises, where a key may go, how bodies are read, and that nothing leaks between calls."""

import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Self

import httpx
import pytest
from exchange_player import KEY, MOMENT, endpoint_of
from ollama_server import OllamaServer

from model_manager.core.endpoints import Secret
from model_manager.core.messages import ChatMessage, HttpCall
from model_manager.core.options import ChatOptions
from model_manager.errors import ProviderError
from model_manager.providers.exchange.exchange import exchange
from model_manager.providers.exchange.retry_policy import RetryPolicy
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.driver import run_sync
from model_manager.providers.io.steps import Data, Fault, Head, Open
from model_manager.providers.io.transport import Transport
from model_manager.providers.io.transport.certificates import default_context
from model_manager.providers.io.transport.sync_backend import SyncHttpConnection
from model_manager.providers.response.reader import FailedAttempt, of_fault

URL = "https://api.example.com/v1/chat"


def call_of(url: str = URL, key: str | None = None, body: dict | None = None) -> HttpCall:
    """A request, with a key if there is one."""
    secrets = {"authorization": ("Bearer ", Secret(key))} if key is not None else {}
    return HttpCall(url=url, headers={"x-extra": "1"}, secret_headers=secrets, body=body or {"model": "m"})


def connection(handler: Callable[[httpx.Request], httpx.Response]) -> SyncHttpConnection:
    """A connection whose requests a function answers."""
    return Transport(client=httpx.Client(transport=httpx.MockTransport(handler))).connect()


def everything(line: SyncHttpConnection) -> bytes:
    """The rest of the body."""
    pieces = []
    while isinstance(answer := line.read(), Data) and answer.content:
        pieces.append(answer.content)
    return b"".join(pieces)


def is_retried(fault: Fault) -> bool:
    """Whether the request is sent again after a fault that came before any answer."""
    failed = FailedAttempt(failure=of_fault(fault), at=fault.at, cause=fault.cause, answered=False)
    return RetryPolicy().is_retried(failed)


RAISED = [
    (httpx.ConnectTimeout("x"), "timeout", "cannot connect to api.example.com", True),
    (httpx.ReadTimeout("x"), "timeout", "api.example.com sent nothing for 120 s", False),
    (httpx.ConnectError("x"), "connection", "cannot connect to api.example.com", True),
    (httpx.ReadError("x"), "connection", "the connection to api.example.com broke", True),
    (httpx.ProxyError("x"), "connection", "the proxy to api.example.com failed", True),
    (
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        "connection",
        "closed the connection without an answer",
        True,
    ),
    (
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
        "connection",
        "closed the connection in the middle",
        True,
    ),
    (httpx.RemoteProtocolError("illegal status line"), "protocol", "sent an invalid HTTP response", False),
    (httpx.LocalProtocolError(f"Illegal header value {KEY}"), "protocol", "could not be sent", False),
    (httpx.TooManyRedirects(KEY), "protocol", "could not be sent", False),
]


@pytest.mark.parametrize(("error", "kind", "words", "retryable"), RAISED, ids=lambda value: type(value).__name__)
def test_exceptions(error: Exception, kind: str, words: str, retryable: bool) -> None:  # noqa: FBT001 - a table's column
    """Every exception of httpx becomes a fault with a kind, naming the host and never what it was told."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    fault = connection(handler).open(Open(call_of(key=KEY)))
    assert isinstance(fault, Fault)
    assert (fault.kind, is_retried(fault)) == (kind, retryable)
    assert words in fault.message
    assert KEY not in repr(fault)


def certificate_error(verify_code: int) -> ssl.SSLCertVerificationError:
    """The error of a certificate, with OpenSSL's number for what is wrong."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = verify_code
    return error


CAUSES = [
    (socket.gaierror(-2, "Name or service not known"), "cannot be resolved", True),
    (ConnectionRefusedError(111, "refused"), "refused the connection", True),
    (ssl.SSLCertVerificationError(1, "self-signed"), "is not trusted", False),
    (certificate_error(9), "is not valid yet", False),
    (certificate_error(10), "has expired", False),
    (certificate_error(62), "is for another name", False),
    (certificate_error(64), "is for another address", False),
    (certificate_error(20), "is not trusted", False),
    (ssl.SSLError(1, "wrong version number"), "failed the TLS handshake", False),
]


@pytest.mark.parametrize(("cause", "words", "retryable"), CAUSES, ids=lambda value: type(value).__name__)
def test_causes(cause: Exception, words: str, retryable: bool) -> None:  # noqa: FBT001 - a table's column
    """A failed connection is explained by what began it."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x") from cause

    fault = connection(handler).open(Open(call_of()))
    assert isinstance(fault, Fault)
    assert words in fault.message
    assert is_retried(fault) is retryable


def test_request_as_sent() -> None:
    """The key joins its prefix, loses the white space around it, and the body is JSON as it is."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"X-Thing": "A"}, content=b"ok")

    line = connection(handler)
    head = line.open(Open(call_of(key=f"  {KEY}\n", body={"text": "Grüß\udcff"})))
    assert isinstance(head, Head)
    assert (head.status, head.headers["x-thing"]) == (200, "A")
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert seen[0].headers["x-extra"] == "1"
    assert json.loads(seen[0].content) == {"text": "Grüß?"}
    assert everything(line) == b"ok"


@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-\x00", "sk-é", "sk-“quoted”", "", " \n"])
def test_impossible_key(key: str) -> None:
    """A key that no header can carry is refused before anything is sent, and not repeated."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    fault = connection(handler).open(Open(call_of(key=key)))
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.sent, is_retried(fault)) == ("auth", False, False)
    assert not key.strip() or key.strip() not in repr(fault)


def test_compressed_body() -> None:
    """A compressed body is read as what it was, and a broken one is a protocol fault."""
    packed = gzip.compress(b"data: hello\n\n" * 100)

    def handler(request: httpx.Request) -> httpx.Response:
        content = packed if request.url.path == "/good" else b"not gzip at all"
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(content))

    line = connection(handler)
    line.open(Open(call_of("https://api.example.com/good")))
    assert everything(line) == b"data: hello\n\n" * 100
    line.open(Open(call_of("https://api.example.com/bad")))
    fault = line.read()
    assert isinstance(fault, Fault)
    assert fault.kind == "protocol"


@pytest.mark.parametrize("url", ["https://", "ftp://api.example.com/", "https://exa mple.com:x/", "/v1/chat"])
def test_impossible_url(url: str) -> None:
    """A URL that cannot be called is a fault, not a traceback."""
    with Transport() as transport:
        fault = transport.connect().open(Open(call_of(url)))
    assert isinstance(fault, Fault)
    assert not is_retried(fault)


def test_wrong_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy variable that makes no sense is named, without the password that may stand in it."""
    monkeypatch.setenv("HTTPS_PROXY", "gopher://user:hunter22@proxy")
    with Transport() as transport:
        fault = transport.connect().open(Open(call_of()))
    assert isinstance(fault, Fault)
    assert fault.message == "HTTPS_PROXY names a proxy with the scheme 'gopher'"
    assert "hunter22" not in repr(fault)


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer() as server:
        yield server


def ask(transport: Transport, url: str, silence_s: float = 5) -> str:
    """The text of one streamed call."""
    steps = exchange(
        endpoint_of("ollama", base_url=url),
        [ChatMessage("user", "Hello")],
        ChatOptions(),
        random=lambda: 1.0,
        moment=MOMENT,
        policy=RetryPolicy(retries=0),
        deadline=Deadline(silence_s=silence_s),
    )
    return run_sync(steps, transport.connect()).text


def test_loopback_needs_no_proxy(ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call to this machine goes there directly, whatever proxy the environment names."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Transport() as transport:
        assert ask(transport, ollama.url) == "Grüß dich 🎬"
        assert ask(transport, ollama.url.replace("127.0.0.1", "localhost")) == "Grüß dich 🎬"


def test_redirect_is_not_followed(ollama: OllamaServer) -> None:
    """A redirect comes back as it is; nothing is sent on."""
    ollama.script.refusals.append((307, "", {"location": f"{ollama.url}/elsewhere"}))
    with Transport() as transport:
        line = transport.connect()
        head = line.open(Open(call_of(ollama.url, key=KEY)))
        line.close()
    assert isinstance(head, Head)
    assert head.status == 307
    assert len(ollama.requests) == 1


def test_plain_http_loads_no_authorities(ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call over plain http does not pay for loading certificates."""

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("certificates were loaded")

    default_context.cache_clear()
    monkeypatch.setattr(httpx, "create_ssl_context", refuse)
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", refuse)
    with Transport() as transport:
        assert ask(transport, ollama.url) == "Grüß dich 🎬"


def test_connection_is_used_again(ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished stream leaves its connection to the next call."""
    connected: list[tuple] = []
    connect = socket.create_connection

    def counted(address: tuple, *args: object, **options: object) -> socket.socket:
        connected.append(address)
        return connect(address, *args, **options)

    monkeypatch.setattr(socket, "create_connection", counted)
    with Transport() as transport:
        for _ in range(3):
            ask(transport, ollama.url)
    assert len(connected) == 1


def test_many_at_once(ollama: OllamaServer) -> None:
    """Calls from many threads do not disturb each other."""
    answers: list[str] = []
    with Transport() as transport:
        threads = [threading.Thread(target=lambda: answers.append(ask(transport, ollama.url))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == ["Grüß dich 🎬"] * 12


class RawServer:
    """Answers one connection with fixed bytes, then closes it or holds it open."""

    def __init__(self, answer: bytes, *, hold: bool = False) -> None:
        self._answer = answer
        self._hold = hold
        self._released = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        peer, _ = self._socket.accept()
        with peer:
            received = b""
            # All of it: closing with unread bytes would reset the connection.
            while not received.rstrip().endswith(b"}"):
                received += peer.recv(65536)
            if self._answer:
                peer.sendall(self._answer)
            if self._hold:
                self._released.wait(10)

    @property
    def is_open(self) -> bool:
        """Whether the server still holds its side of the connection."""
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._released.set()
        self._thread.join()
        self._socket.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
DONE_LINE = b'{"model":"asked-1","message":{"content":"Hi"},"done":true,"done_reason":"stop"}\n'
WHOLE = HEAD + b"%x\r\n%s\r\n" % (len(DONE_LINE), DONE_LINE)
RAW = [
    (b"", "connection", "closed the connection without an answer"),
    (HEAD + b"ff\r\n{", "connection", "closed the connection in the middle"),
    (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "protocol", "sent an invalid HTTP response"),
]


@pytest.mark.parametrize(("answer", "kind", "words"), RAW)
def test_what_is_no_http(answer: bytes, kind: str, words: str) -> None:
    """Servers that hang up, hang up half-way or speak something else are told apart."""
    with RawServer(answer) as server, Transport() as transport, pytest.raises(ProviderError) as caught:
        ask(transport, server.url)
    assert caught.value.kind == kind
    assert words in caught.value.message


def test_line_held_open() -> None:
    """A server that holds the line after its last word does not hold up the answer."""
    with RawServer(WHOLE, hold=True) as server, Transport() as transport:
        assert ask(transport, server.url) == "Hi"
        assert server.is_open


def test_silence() -> None:
    """A server that says nothing is given up after the silence allowed."""
    silent, patience = RawServer(b"", hold=True), Transport()
    with silent as server, patience as transport, pytest.raises(ProviderError) as caught:
        ask(transport, server.url, silence_s=0.1)
    assert caught.value.kind == "timeout"
    assert "sent nothing for 0.1 s" in caught.value.message
