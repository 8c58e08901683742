"""An application's own HTTP clients: their proxies, authorities, hooks and limits count; keys, times and redirects stay ours."""

import asyncio
import gc
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from certificate_authority import Authority, authority
from model_server import KEY, ModelServer, in_turn, model_server, refusing, saying
from raw_server import Peer, RawServer
from service_calls import WAYS, ask, project
from tunnel_proxy import tunnel_proxy

from model_manager import AIService, ProviderError, Reply, UsageError

TASK = '[tasks.t]\nmodel = "m"\n'


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(work) -> Iterator[ModelServer]:
    with model_server(saying("fi", "ne")) as running:
        configure(running, work)
        yield running


def configure(server: ModelServer, work) -> None:
    server.project(work)
    with (work / "models.toml").open("a") as file:
        file.write(TASK)


class Clients:
    """A client of each kind, made in the same way."""

    def __init__(self, **options: Any) -> None:
        self.hooks: list[str] = []
        self.blocking = httpx.Client(event_hooks={"request": [self._note]}, **options)
        self.waiting = httpx.AsyncClient(event_hooks={"request": [self._anote]}, **options)

    def _note(self, request: httpx.Request) -> None:
        self.hooks.append(request.url.path)

    async def _anote(self, request: httpx.Request) -> None:
        self.hooks.append(request.url.path)

    def service(self, **options: Any) -> AIService:
        return AIService(http_client=self.blocking, async_http_client=self.waiting, **options)

    def ask(self, way: str, **options: Any) -> Reply:
        """A call by a service with these clients, which are closed where they were used."""
        with self.blocking, self.service(**options) as service:
            if way in {"chat", "stream"}:
                return ask(service, way, "t")

            async def called() -> Reply:
                async with self.waiting:
                    if way == "achat":
                        return await service.achat("t", "Hello")
                    found = [chunk.reply async for chunk in service.astream("t", "Hello")]
                    assert found[-1] is not None
                    return found[-1]

            return asyncio.run(called())


@pytest.mark.parametrize("way", WAYS)
def test_proxy_authority_and_hooks_of_the_client_count(work, own_authority, way):
    """A call goes through the client's proxy to a server that only the client's authority vouches for."""
    with model_server(saying("fi", "ne"), own_authority.server) as server, tunnel_proxy() as proxy:
        configure(server, work)
        clients = Clients(proxy=proxy.url, verify=ssl.create_default_context(cafile=own_authority.file))
        assert clients.ask(way).text == "fine"
    assert proxy.asked == [server.url.removeprefix("https://").removesuffix("/v1")]
    assert clients.hooks == ["/v1/chat/completions"]
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("way", WAYS)
def test_an_authority_that_the_client_does_not_know(work, own_authority, way):
    """A server that the client does not trust is refused with a hint at the client, not at a variable."""
    with model_server(saying("no"), own_authority.server) as server:
        configure(server, work)
        with pytest.raises(ProviderError, match="not trusted") as caught:
            Clients().ask(way, retries=0)
    assert caught.value.hint == "check which certificate authorities the HTTP client trusts (verify=…)"


@pytest.mark.parametrize("way", WAYS)
def test_headers_of_the_client_are_added_and_ours_win(server, way):
    """A gateway's header goes along; the key and the content's type are those of the call."""
    clients = Clients(headers={"x-gateway": "eu", "authorization": "Bearer other", "content-type": "text/plain"})
    clients.ask(way)
    headers = server.requests[0].headers
    assert (headers["x-gateway"], headers["authorization"]) == ("eu", f"Bearer {KEY}")
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("way", WAYS)
def test_authentication_of_the_client_does_not_replace_the_key(server, way):
    """A client's own user and password stand back where the call has a key."""
    Clients(auth=("user", "password")).ask(way)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("way", WAYS)
def test_authentication_of_the_client_counts_without_a_key(server, work, way):
    """A provider without a key is called as the client authenticates itself."""
    models = work / "models.toml"
    models.write_text(models.read_text().replace("[models.m]", 'key = "none"\n[models.m]', 1))
    Clients(auth=("user", "password")).ask(way)
    assert server.requests[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("way", WAYS)
def test_a_redirect_is_not_followed_even_where_the_client_would(work, way):
    """No request, and so no key, goes to another place."""
    with model_server(saying("stolen")) as elsewhere:
        redirecting = in_turn(lambda _, answer: answer.json({}, 307, Location=f"{elsewhere.url}/chat/completions"))
        with model_server(redirecting) as server:
            configure(server, work)
            with pytest.raises(ProviderError, match="not followed"):
                Clients(follow_redirects=True).ask(way)
    assert elsewhere.requests == []


@pytest.mark.usefixtures("server")
def test_clients_are_not_closed():
    """They are the application's, which may use them for other things."""
    clients = Clients()
    with clients.service() as service:
        ask(service, "chat", "t")
    asyncio.run(service.aclose())
    assert not clients.blocking.is_closed
    assert not clients.waiting.is_closed
    clients.blocking.close()


@pytest.mark.parametrize("way", WAYS)
def test_time_limits_hold(work, way):
    """The call's limits count, not those of the client."""
    with RawServer({"m": [lambda peer: peer.hold()]}) as silent:
        project(work, silent.url, ["m"], {"t": "m"})
        with pytest.raises(ProviderError, match=r"sent nothing for 0\.2 s") as caught:
            Clients(timeout=None).ask(way, timeout=0.2, retries=0)
    assert caught.value.kind == "timeout"


@pytest.mark.parametrize("way", WAYS)
def test_a_body_that_drips_does_not_outlast_the_whole(work, way):
    """`total_timeout` ends an answer that comes letter by letter."""

    def script(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n")
        for _ in range(200):
            peer.send(b" ", 0.02)

    with RawServer({"m": [script]}) as server:
        project(work, server.url, ["m"], {"t": "m"})
        with pytest.raises(ProviderError, match="took longer"):
            Clients().ask(way, total_timeout=0.3)


def test_a_hook_that_raises_for_the_status_is_no_other_fault(work):
    """A response hook that calls `raise_for_status` leaves the status and the retries as they are."""
    with model_server(in_turn(refusing(503), saying("fine"))) as server:
        configure(server, work)
        client = httpx.Client(event_hooks={"response": [lambda response: response.raise_for_status()]})
        with client, AIService(http_client=client) as service:
            reply = service.chat("t", "Hello")
    assert (reply.text, reply.attempts) == ("fine", 2)


@pytest.mark.parametrize(
    ("argument", "client", "words"),
    [
        ("http_client", httpx.AsyncClient, "expected an httpx.Client, got httpx.AsyncClient"),
        ("async_http_client", httpx.Client, "expected an httpx.AsyncClient, got httpx.Client"),
        ("http_client", dict, "expected an httpx.Client, got builtins.dict"),
    ],
)
def test_another_client_is_refused(argument, client, words):
    """What is no client of the right kind is named at once."""
    with pytest.raises(UsageError, match=words) as caught:
        AIService(**{argument: client()})
    gc.collect()
    assert caught.value.parameter == argument
    assert "async_http_client event loops" in caught.value.hint


@pytest.mark.usefixtures("server")
def test_a_closed_client_is_named():
    """A call by a client that was closed says so, instead of an exception of httpx."""
    client = httpx.Client()
    client.close()
    with (
        AIService(http_client=client) as service,
        pytest.raises(UsageError, match="`http_client`: the client is closed"),
    ):
        service.chat("t", "Hello")


@pytest.mark.usefixtures("server")
def test_a_client_of_another_event_loop_is_refused():
    """Its connections belong to the loop that made them; a call from another one is an error that says so."""

    async def main() -> UsageError:
        async with httpx.AsyncClient() as client, AIService(async_http_client=client) as service:
            assert [(await service.achat("t", "Hello")).text for _ in range(2)] == ["fine", "fine"]
            with pytest.raises(UsageError, match="belong to another event loop") as caught:
                await asyncio.to_thread(lambda: asyncio.run(service.achat("t", "Hello")))
            return caught.value

    assert asyncio.run(main()).parameter == "async_http_client"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.usefixtures("server")
def test_a_client_that_was_used_before_a_fork_is_refused_in_the_child():
    """Two processes on one connection would mix up their answers; a client that was not used yet is fine."""
    for is_used, expected in ((False, b"fine"), (True, b"UsageError")):
        with httpx.Client() as client, AIService(http_client=client, ledger="off") as service:
            if is_used:
                service.chat("t", "Hello")
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                try:
                    said = service.chat("t", "Hello").text.encode()
                except Exception as error:  # noqa: BLE001 - told to the parent
                    said = type(error).__name__.encode()
                os.write(writing, said)
                os._exit(0)
            os.close(writing)
            os.waitpid(child, 0)
            assert os.read(reading, 100) == expected
            os.close(reading)


def test_a_full_pool_is_named(work):
    """Where the client's limits leave no connection, the error says so and names no server."""
    asked, release = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        asked.set()
        release.wait(20)
        peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    def first_call() -> None:
        with suppress(ProviderError):
            service.chat("t", "Hello")

    with RawServer({"m": [script]}) as server:
        project(work, server.url, ["m"], {"t": "m"})
        with (
            httpx.Client(limits=httpx.Limits(max_connections=1)) as client,
            AIService(http_client=client, retries=0) as service,
        ):
            first = threading.Thread(target=first_call)
            first.start()
            assert asked.wait(20)
            with pytest.raises(
                ProviderError, match="the connection pool of the HTTP client is exhausted"
            ) as caught:
                service.chat("t", "Hello", timeout=0.2)
            release.set()
            first.join()
    assert caught.value.hint == "raise its limits (httpx.Limits)"
