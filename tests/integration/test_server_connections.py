"""The edges of the server: connections that send nothing, too many of them, HEAD, logout, and a proxy's sub-path."""

import asyncio
import errno
import os
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from serving import CATALOGUE, TOKEN, Served, serving

from model_manager.errors import UsageError
from model_manager.server import connections


@pytest.fixture
def project(work):
    (work / "models.toml").write_text(CATALOGUE.format(url="http://127.0.0.1:9/v1"))
    return work


def connected(served: Served) -> socket.socket:
    parts = urlsplit(served.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
BODY = b'POST /api/ai/costs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"'


@pytest.mark.parametrize("sent", [b"", b"GET /hea", HEAD, BODY, HEAD + b"\r\n" + HEAD], ids=repr)
def test_a_connection_that_sends_nothing_more_is_closed(project, monkeypatch, sent):
    """Silence before a request, in its head, in its body and in the next one ends with the server's patience."""
    monkeypatch.setattr(connections, "PATIENCE_S", 0.3)
    with serving(project) as served, connected(served) as line:
        line.sendall(sent)
        while line.recv(65536):
            pass  # an answer to what was whole; then the end


def test_a_body_that_comes_slowly_is_waited_for(project, monkeypatch):
    """Each piece of a body gives it time again: only silence ends it."""
    monkeypatch.setattr(connections, "PATIENCE_S", 1.0)
    with serving(project) as served, connected(served) as line:
        body = b'{"models": ["alpha"]}'
        line.sendall(
            b"POST /api/ai/costs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        reader = line.makefile("rb")
        for byte in body:
            line.settimeout(0.1)
            with pytest.raises(TimeoutError):
                line.recv(1)
            line.sendall(bytes([byte]))
        line.settimeout(20)
        reader = line.makefile("rb")
        assert reader.readline().split()[1] == b"200"


def test_more_connections_than_the_limit_are_refused(project):
    """What comes beyond the limit gets 503 with a moment to wait; health is told all the same; afterwards all is well."""
    with serving(project, limit=3) as served:
        lines = [connected(served) for _ in range(3)]
        refused = served.get("/api/ai/server")
        assert (refused.status_code, refused.headers["retry-after"], refused.json()["kind"]) == (
            503,
            "1",
            "overloaded",
        )
        assert served.get("/healthz").status_code == 200
        for line in lines:
            line.close()
        with served.client() as client:
            while client.get("/api/ai/server").status_code == 503:  # until the server has seen that they are gone
                pass


@pytest.mark.parametrize(
    "path", ["/", "/api/ai/models", "/api/ai/tasks", "/openapi.json", "/api/ai/events", "/page/app.js"]
)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_head_answers_as_get_without_the_body(project, path, encoding):
    """HEAD has GET's status and headers at every path, a stream's too, and the connection can be used again."""
    with serving(project) as served, served.client(Accept_Encoding=encoding) as client:
        head = client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        if path != "/api/ai/events":
            with client.stream("GET", path) as asked:
                sent = b"".join(asked.iter_raw())
            assert head.headers["content-length"] == asked.headers["content-length"] == str(len(sent))
            assert head.headers.get("content-encoding") == asked.headers.get("content-encoding")
        assert client.head("/api/ai/nothing").status_code == 404


def test_a_cookie_is_void_after_logout(project):
    """Whoever has copied the cookie is logged out with its owner; other logins stay."""
    with (
        serving(project) as served,
        httpx.Client(base_url=served.url) as first,
        httpx.Client(base_url=served.url) as other,
    ):
        for client in (first, other):
            client.post("/login", data={"token": TOKEN}, headers={"Origin": served.url})
        copied = dict(first.cookies)
        assert first.post("/logout", headers={"Origin": served.url}).status_code == 204
        with httpx.Client(base_url=served.url, cookies=copied) as thief:
            assert thief.get("/api/ai/server").status_code == 401
        assert other.get("/api/ai/server").status_code == 200


@pytest.mark.parametrize("token", [None, "fifteen-letters"])
def test_others_need_a_token_that_cannot_be_guessed(project, token):
    """Where other machines can reach the server, no token or a short one is refused; here a short one is only warned of."""
    with (
        pytest.raises(UsageError, match=r"MODEL_MANAGER_SERVER_TOKEN|a token is needed"),
        serving(project, token=token, host="0.0.0.0"),
    ):
        pass
    with serving(project, token=token) as served:
        assert any("can be guessed" in warning for warning in served.serving.listening.warnings) == (
            token is not None
        )


@pytest.mark.parametrize("root_path", ["/models", "/a/b/"])
@pytest.mark.parametrize("stripped", [True, False], ids=["the proxy takes it away", "the proxy leaves it"])
def test_a_sub_path_of_a_proxy(project, root_path, stripped):
    """Below a sub-path the page, its files, the API and the login work, with a cookie for that path alone."""
    with serving(project, root_path=root_path) as served:
        base = root_path.rstrip("/")
        assert served.get("/openapi.json").json()["servers"] == [{"url": base}]
        assert served.url.endswith(base)
        origin = served.url.removesuffix(base)
        prefix = "" if stripped else base
        with httpx.Client(base_url=origin) as client:
            answer = client.post(f"{prefix}/login", data={"token": TOKEN}, headers={"Origin": origin})
            assert answer.headers["location"] == f"{base}/"
            assert f"Path={base}/;" in answer.headers["set-cookie"]
            cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
            page = client.get(f"{prefix}/", headers=cookie)
            assert 'src="page/app.js"' in page.text
            for path in ("/page/app.js", "/api/ai/tasks"):
                assert client.get(prefix + path, headers=cookie).status_code == 200
            if not stripped:
                there = client.get(base, headers=cookie)
                assert (there.status_code, there.headers["location"]) == (307, f"{base}/")


@pytest.mark.parametrize("root_path", ["models", "/a b", "/../x?", "//evil.example"])
def test_a_sub_path_that_is_none(project, root_path):
    """What cannot be a path is refused at the start."""
    with pytest.raises(UsageError, match="is not a path"), serving(project, root_path=root_path):
        pass


def test_a_full_table_of_files_is_told_once():
    """Whoever opens more connections than the machine has room for does not fill the log, nor is there a traceback."""
    told: list[str] = []

    async def fail() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(connections.FaultReporter(told.append))
        for _ in range(1000):
            error = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            loop.call_exception_handler({"message": "socket.accept() out of system resource", "exception": error})
        loop.call_exception_handler({"message": "something else", "exception": ValueError("a secret")})

    asyncio.run(fail())
    first, second = told
    assert first.startswith("Warning: no room for more connections: Too many open files; raise ulimit -n")
    assert second == "Warning: something else: ValueError"
