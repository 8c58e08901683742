"""A service's connections: kept and used again, by threads, loops and forks; closed when cancelled; and their times."""

import asyncio
import gc
import os
import socket
import ssl
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from weakref import ref

import httpx
import pytest
import trio
from counting_server import HEAD, PIECE, REPLY, KeepingServer
from raw_server import Peer, RawServer, chunked, sized
from service_calls import WAYS, ask, chunks, project

from model_manager import AIService, ProviderError, UsageError
from model_manager.providers.io.transport import certificates
from model_manager.providers.io.transport.timers import TimerThread


@pytest.fixture
def keeping(work: Path) -> Iterator[KeepingServer]:
    server = KeepingServer()
    project(work, server.url, ["m"], {"t": "m"})
    yield server
    server.close()


def raw_project(server: RawServer, directory: Path, *models: str) -> None:
    project(directory, server.url, models or ["m"], {"t": "m"})


@pytest.mark.parametrize("way", ["chat", "stream"])
def test_a_thread_uses_its_connection_again(keeping, way):
    """Twenty calls, one connection; it is closed with the service."""
    with AIService() as service:
        for _ in range(20):
            ask(service, way, "t")
        assert (keeping.requests, keeping.connections) == (20, 1)
        assert not keeping.closed.acquire(timeout=0.05)
    assert keeping.closed.acquire(timeout=20)


def test_an_event_loop_uses_its_connection_again_and_closes_it_when_it_ends(keeping):
    """Twenty calls of a loop, one connection; the end of the loop closes it, and leaves no warning behind."""
    service = AIService()

    async def main() -> None:
        for n in range(20):
            if n % 2:
                await service.achat("t", "Hello")
            else:
                async for _ in service.astream("t", "Hello"):
                    pass

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loops in (1, 2):
            asyncio.run(main())
            assert (keeping.requests, keeping.connections) == (20 * loops, loops)
            assert keeping.closed.acquire(timeout=20)
        gc.collect()
    service.close()


@pytest.mark.usefixtures("keeping")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_loops_that_are_closed_by_hand_are_forgotten():
    """Whoever closes a loop without ending its generators leaves no more behind than the last one, until the service is closed."""
    loops = []
    with AIService() as service:
        for _ in range(5):
            loop = asyncio.new_event_loop()
            assert loop.run_until_complete(service.achat("t", "Hello")).model == "m"
            loop.close()
            loops.append(ref(loop))
        del loop
        gc.collect()
        assert sum(loop() is not None for loop in loops) <= 1
    gc.collect()
    assert [loop() for loop in loops] == [None] * 5


@pytest.mark.usefixtures("keeping")
def test_threads_and_loops_at_once():
    """One service serves threads and several event loops at the same time."""

    async def several() -> list[str]:
        return [reply.text for reply in await asyncio.gather(*(service.achat("t", "Hello") for _ in range(10)))]

    with AIService() as service, ThreadPoolExecutor(8) as pool:
        loops = [pool.submit(lambda: asyncio.run(several())) for _ in range(3)]
        threads = [pool.submit(lambda: service.chat("t", "Hello").text) for _ in range(30)]
        assert {text for loop in loops for text in loop.result()} == {"fine"}
        assert {thread.result() for thread in threads} == {"fine"}


@pytest.mark.usefixtures("keeping")
def test_a_blocking_call_inside_an_event_loop():
    """In a notebook's cell, where a loop is running, the blocking calls work too."""

    async def cell() -> str:
        return service.chat("t", "Hello").text + "".join(chunk.text for chunk in service.stream("t", "Hello"))

    with AIService() as service:
        assert asyncio.run(cell()) == "fineword "


def test_trio_works_like_asyncio(keeping):
    """The service runs on trio, and its connections end with trio's loop."""

    async def main() -> list[str]:
        async with AIService() as service:
            reply = await service.achat("t", "Hello")
            return [reply.text, *[chunk.text async for chunk in service.astream("t", "Hello")]]

    assert trio.run(main) == ["fine", "word ", ""]
    assert keeping.closed.acquire(timeout=20)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_makes_its_own_connection(keeping):
    """A worker that was forked after a call neither uses nor closes its parent's connection."""
    with AIService() as service:
        service.chat("t", "Hello")
        child = os.fork()
        if not child:
            try:
                os._exit(0 if service.chat("t", "Hello").text == "fine" else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert keeping.connections == 2
        service.chat("t", "Hello")
        assert keeping.connections == 2


def test_one_ssl_context_for_all(monkeypatch, work):
    """However many clients there are, authorities are loaded once."""
    made = []
    create = httpx.create_ssl_context

    def counted(*args: object, **options: object) -> ssl.SSLContext:
        made.append(1)
        return create(*args, **options)

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    certificates.default_context.cache_clear()
    project(work, "https://127.0.0.1:9", ["m", "n"], {"t": "m"})
    with AIService(retries=0) as service:
        for way in WAYS:
            with pytest.raises(ProviderError):
                ask(service, way, "t", route="m,n")
    assert made == [1]


def test_breaking_off_a_stream_closes_its_connection(work):
    """Whoever stops reading a stream, in a thread or a task, hangs up on the server."""
    gone: list[float] = []

    def endless(peer: Peer) -> None:
        peer.send(HEAD, *chunked([PIECE], ended=False))
        peer.hold()
        gone.append(time.monotonic())

    with RawServer({"m": [endless]}) as server:
        raw_project(server, work)
        with AIService() as service:
            stream = service.stream("t", "Hello")
            assert next(stream).text == "word "
            stream.close()

            async def first() -> str:
                async for chunk in service.astream("t", "Hello"):
                    return chunk.text
                return ""

            assert asyncio.run(first()) == "word "
            deadline = time.monotonic() + 20
            while len(gone) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
    assert len(gone) == 2


@pytest.mark.parametrize("way", ["achat", "astream"])
@pytest.mark.parametrize("begun", [False, True], ids=["before-the-answer", "in-the-answer"])
def test_cancelling_a_task_closes_its_connection(work, way, begun):
    """A task that is cancelled is gone at once, and so is its connection; the service goes on."""
    asked, gone = threading.Event(), threading.Event()

    def silent(peer: Peer) -> None:
        if begun:
            peer.send(HEAD, *chunked([PIECE], ended=False))
        asked.set()
        peer.hold()
        gone.set()

    async def main() -> None:
        async def call() -> None:
            if way == "achat":
                await service.achat("t", "Hello")
            else:
                async for _ in service.astream("t", "Hello"):
                    pass

        task = asyncio.create_task(call())
        assert await asyncio.to_thread(asked.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 20)
        assert await asyncio.to_thread(gone.wait, 20)
        assert (await service.achat("t", "Hello")).text == "fine"

    with RawServer({"m": [silent, lambda peer: peer.send(sized(REPLY))]}) as server:
        raw_project(server, work)
        with AIService() as service:
            asyncio.run(main())


@pytest.mark.parametrize("way", WAYS)
def test_silence_is_not_waited_for_longer_than_allowed(work, way):
    """A server that says nothing is given up after `timeout`, of the service or of the call."""
    with RawServer({"m": [lambda peer: peer.hold()]}) as server:
        raw_project(server, work)
        for service_s, options in ((0.75, {}), (60, {"timeout": 0.75})):
            with AIService(timeout=service_s, retries=0) as service:
                with pytest.raises(ProviderError) as caught:
                    ask(service, way, "t", **options)
                assert caught.value.kind == "timeout"
                assert "sent nothing for 0.75 s" in caught.value.message


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dripping", [False, True], ids=["silent", "dripping"])
def test_a_whole_call_may_last_so_long(work, way, dripping):
    """A server that drips, or falls silent, is cut off when the time for the whole call is over; what came is kept."""

    def script(peer: Peer) -> None:
        peer.send(HEAD, *chunked([PIECE], ended=False))
        if not dripping:
            peer.hold()
        for _ in range(100):
            peer.send(*chunked([PIECE], ended=False), 0.02)

    with RawServer({"m": [script]}) as server:
        raw_project(server, work)
        with AIService(total_timeout=0.3) as service, pytest.raises(ProviderError) as caught:
            ask(service, way, "t")
    assert (caught.value.kind, caught.value.attempts) == ("timeout", 1)
    assert "took longer than 0.3 s" in caught.value.message
    assert caught.value.partial is not None
    assert caught.value.partial.text.startswith("word ")


@pytest.mark.parametrize("way", WAYS)
def test_retries_and_fallbacks_do_not_outlast_the_whole(work, way):
    """The time for the whole call bounds waits and other options too."""
    refusal = sized(b'{"error": {"message": "no"}}', "503 Service Unavailable")
    with RawServer({"m": [lambda peer: peer.send(refusal)], "n": [lambda peer: peer.hold()]}) as server:
        raw_project(server, work, "m", "n")
        with AIService(total_timeout=0.4, retries=5) as service:
            begin = time.monotonic()
            with pytest.raises(ProviderError):
                ask(service, way, "t", route="m,n")
            assert time.monotonic() - begin < 30  # n would be waited for twice as long


def answering(peer: Peer) -> None:
    peer.send(sized(REPLY))


@pytest.mark.parametrize("way", WAYS)
def test_a_wait_that_does_not_fit_is_not_begun(work, way):
    """Where the next attempt would come too late, the refusal stands, the provider cools down and the next is asked."""
    refusal = sized(b'{"error": {"message": "no"}}', "503 Service Unavailable\r\nRetry-After: 1.9")
    with RawServer({"m": [lambda peer: peer.send(refusal)], "n": [answering]}) as server:
        raw_project(server, work, "m", "n")
        with AIService(total_timeout=10) as service:
            reply = ask(service, way, "t", route="m,n", total_timeout=1.9)
            assert (reply.model, reply.attempts) == ("n", 2)
            assert "m skipped while cooling down" in ask(service, way, "t", route="m,n").reason
            with pytest.raises(ProviderError, match="HTTP 503") as caught:
                ask(service, way, "t", route="m", total_timeout=1.9)
    assert (caught.value.kind, caught.value.attempts, caught.value.retryable) == ("overloaded", 1, True)


@pytest.mark.parametrize("way", WAYS)
def test_a_silent_option_leaves_time_to_the_others(work, way):
    """Where a silent server could use up the time of the whole call, the next option has the other half of it."""
    with RawServer({"m": [lambda peer: peer.hold()], "n": [answering]}) as server:
        raw_project(server, work, "m", "n")
        with AIService(total_timeout=2) as service:
            reply = ask(service, way, "t", route="m,n", total_timeout=2)
            assert (reply.model, reply.reason) == ("n", "fallback after m: timeout")
            assert "sent nothing for" in reply.warnings[0]
            # A short time of one's own, of the call or of the service, says nothing of the provider to others.
            assert ask(service, way, "t", route="m,n").attempts == 2
            assert ask(service, way, "t", route="m,n").attempts == 2


@pytest.mark.parametrize("way", WAYS)
def test_an_end_of_time_tells_what_came_before(work, way):
    """When the time is over during another attempt, the failure of the one before is told, and every request counted."""
    refusal = sized(b'{"error": {"message": "no"}}', "503 Service Unavailable")
    with RawServer({"m": [lambda peer: peer.send(refusal), lambda peer: peer.hold()]}) as server:
        raw_project(server, work)
        with (
            AIService(total_timeout=2) as service,
            pytest.raises(ProviderError, match=r"after .*HTTP 503") as caught,
        ):
            ask(service, way, "t")
        assert server.count("m") == caught.value.attempts == 2
    assert (caught.value.kind, caught.value.retryable) == ("timeout", True)
    assert caught.value.hint == "raise `total_timeout`"


@pytest.mark.parametrize("way", WAYS)
def test_dripping_headers_do_not_outlast_the_whole(work, way):
    """A server that sends its headers letter by letter is cut off like any other."""

    def script(peer: Peer) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200:
            peer.send(bytes([letter]), 0.02)

    with RawServer({"m": [script]}) as server:
        raw_project(server, work)
        error = pytest.raises(ProviderError, match=r"took longer than 0\.3 s")
        with AIService(total_timeout=0.3) as service, error:
            ask(service, way, "t")


def test_timers_that_were_cancelled_do_not_pile_up():
    """Ten thousand calls with a limit of an hour leave no ten thousand timers."""
    timers = TimerThread()
    for _ in range(10_000):
        timers.at(time.monotonic() + 3600, lambda: None).cancel()
    assert len(timers) < 600


@pytest.mark.parametrize("way", WAYS)
def test_no_frame_that_waits_holds_the_key(work, way):
    """A traceback with local variables, as error trackers take them, does not show the key."""
    with RawServer({"m": [lambda peer: peer.hold()]}) as server:
        raw_project(server, work)
        models = work / "models.toml"
        models.write_text(models.read_text().replace('key = "none"', 'api_key_env = ["M_API_KEY"]'))
        (work / ".env").write_text("M_API_KEY=kq7-locals-0123456789\n")
        with AIService(total_timeout=0.2) as service:
            try:
                ask(service, way, "t")
            except ProviderError as error:
                shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "took longer than" in shown
    assert "kq7-locals" not in shown


def test_a_connection_that_is_not_made(work):
    """`connect_timeout` bounds the making of a connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex(address)
        project(work, f"http://127.0.0.1:{address[1]}", ["m"], {"t": "m"})
        with AIService(connect_timeout=0.2, retries=0) as service:
            begin = time.monotonic()
            with pytest.raises(ProviderError) as caught:
                service.chat("t", "Hello")
        for filler in fillers:
            filler.close()
    assert caught.value.kind == "timeout"
    assert time.monotonic() - begin < 20  # the system itself tries for two minutes


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"retries": -1},
        {"retries": 11},
        {"total_timeout": "x"},
        {"connect_timeout": float("nan")},
    ],
)
def test_times_that_cannot_be_are_refused(options):
    """A service says at its making what it cannot be made with."""
    with pytest.raises(UsageError, match=next(iter(options))):
        AIService(**options)


def test_a_closed_service_leaves_nothing_open(keeping):
    """After `aclose` no connection is kept, and a call after it closes its own."""

    async def main() -> None:
        async with AIService() as service:
            await service.achat("t", "Hello")
        assert await asyncio.to_thread(keeping.closed.acquire, timeout=20)
        await service.achat("t", "Hello")
        assert await asyncio.to_thread(keeping.closed.acquire, timeout=20)

    asyncio.run(main())
    service = AIService()
    service.close()
    assert chunks(service, "chat", "t")[1].text == "fine"
    assert keeping.closed.acquire(timeout=20)
