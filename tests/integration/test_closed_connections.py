"""Connections that a server closes while nobody uses them: none of ours stays half open."""

import asyncio
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from counting_server import REPLY
from raw_server import sized
from service_calls import project

from model_manager import AIService

CALLS = 150
_CLOSE_WAIT = "08"


class Server(socketserver.ThreadingTCPServer):
    """Answers when all calls are there, on connections that could be used again, and closes them at once."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self) -> None:
        self.all_there = threading.Barrier(CALLS)
        self.closed = threading.Semaphore(0)
        super().__init__(("127.0.0.1", 0), Handler)

    def shutdown_request(self, request: object) -> None:
        """Close a connection, and count it."""
        super().shutdown_request(request)  # type: ignore[arg-type]
        self.closed.release()

    def wait_until_closed(self) -> None:
        """Return when every call's connection is closed."""
        for _ in range(CALLS):
            assert self.closed.acquire(timeout=60)


class Handler(socketserver.BaseRequestHandler):
    """One request."""

    server: Server

    def handle(self) -> None:
        data = b""
        while not data.endswith(b"}"):
            data += self.request.recv(65536)
        self.server.all_there.wait(60)
        self.request.sendall(sized(REPLY).replace(b"connection: close\r\n", b""))


@pytest.fixture
def server(work: Path) -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        project(work, f"http://127.0.0.1:{running.server_address[1]}", ["m"], {"t": "m"})
        yield running
        running.shutdown()


def half_open(server: Server) -> int:
    """How many sockets that a server of this port has closed are still open on our side."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    port = server.server_address[1]
    return sum(row[3] == _CLOSE_WAIT and row[2].endswith(f":{port:04X}") for row in rows)


def is_soon(condition: Callable[[], bool]) -> bool:
    """Whether something comes true: in a moment, or on a busy machine much later."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux shows its sockets so")
def test_threads_let_go_of_what_the_server_closed(server):
    """After 150 calls at once by threads, no socket stays in CLOSE-WAIT, while the service lives on."""
    with AIService(retries=0) as service, ThreadPoolExecutor(CALLS) as pool:
        replies = list(pool.map(lambda _: service.chat("t", "hi").text, range(CALLS)))
        assert replies == ["fine"] * CALLS
        server.wait_until_closed()
        assert is_soon(lambda: half_open(server) == 0)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux shows its sockets so")
def test_an_event_loop_lets_go_of_what_the_server_closed(server):
    """After 150 calls at once by a loop, no socket stays in CLOSE-WAIT, while loop and service live on."""

    async def main() -> None:
        async with AIService(retries=0) as service:
            calls = (service.achat("t", "hi") for _ in range(CALLS))
            assert [reply.text for reply in await asyncio.gather(*calls)] == ["fine"] * CALLS
            await asyncio.to_thread(server.wait_until_closed)
            assert await asyncio.to_thread(is_soon, lambda: half_open(server) == 0)

    asyncio.run(main())
