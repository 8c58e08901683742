"""One call and one streamed chunk, ours and others', beside bare httpx: each program measures in its own environment.

    python service_programs.py serve            # prints its port, answers until it is killed
    python service_programs.py WHAT WHO URL     # WHAT: call or chunk; WHO: ours, openai or litellm; prints JSON

The server has a process of its own, so that its work does not count. In turn, so that noise meets both, WHO and bare
httpx make the same calls on kept connections; the figure is the ratio of their times.
"""

import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

CHUNKS, CALLS, ROUNDS = 2000, 100, 15
ASK = [{"role": "user", "content": "Hello"}]
ANSWER = {
    "id": "r",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello there"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
}
END = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
}


def piece(number: int) -> dict[str, object]:
    """A chunk; none is like the other, for some clients mistrust that."""
    choice = {"index": 0, "delta": {"content": f"word{number} "}, "finish_reason": None}
    return {**END, "choices": [choice]}


def serve() -> None:
    """Answer on a free port."""
    body = json.dumps(ANSWER).encode()
    whole = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )
    events = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in [*map(piece, range(CHUNKS)), END]]
    stream = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    stream += (
        b"".join(b"%x\r\n%s\r\n" % (len(event), event) for event in [*events, b"data: [DONE]\n\n"]) + b"0\r\n\r\n"
    )

    def answer(line: socket.socket) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        while True:
            while b"\r\n\r\n" not in data or not data.endswith(b"}"):
                try:
                    received = line.recv(65536)
                except ConnectionError:
                    return
                if not received:
                    return
                data += received
            streamed, data = b'"stream": true' in data or b'"stream":true' in data, b""
            line.sendall(stream if streamed else whole)

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - this is its output
    while True:
        threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


Calls = tuple[Callable[[], object], Callable[[], Iterator[object]]]


def bare(url: str) -> Calls:
    """A shared client of httpx, and what it takes at least to read a stream."""
    import httpx

    client = httpx.Client()
    address, body = f"{url}/chat/completions", {"model": "m", "messages": ASK}

    def chunks() -> Iterator[object]:
        with client.stream("POST", address, json={**body, "stream": True}) as response:
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    yield json.loads(line[6:])

    return lambda: client.post(address, json={**body, "stream": False}).json(), chunks


def ours(url: str) -> Calls:
    """The service, with a task in a project of its own."""
    os.chdir(tempfile.mkdtemp())
    Path("models.toml").write_text(
        f'[providers.p]\nwire = "openai"\nbase_url = "{url}"\nkey = "none"\n[models.m]\nprovider = "p"\n'
        '[models.m.price]\ninput = 1\noutput = 2\n[tasks.t]\nmodel = "m"\n'
    )
    os.utime("models.toml", (time.time() - 3600,) * 2)
    from model_manager import AIService

    service = AIService()
    return lambda: service.chat("t", "Hello"), lambda: service.stream("t", "Hello")


def openai(url: str) -> Calls:
    """OpenAI's own SDK."""
    from openai import OpenAI

    create = OpenAI(base_url=url, api_key="x").chat.completions.create
    return (
        lambda: create(model="m", messages=ASK),
        lambda: iter(create(model="m", messages=ASK, stream=True)),
    )


def litellm(url: str) -> Calls:
    """The library of LiteLLM."""
    from litellm import completion

    options = {"model": "openai/m", "api_base": url, "api_key": "x", "messages": ASK}
    return lambda: completion(**options), lambda: iter(completion(**options, stream=True))


WHO = {"ours": ours, "openai": openai, "litellm": litellm}


def call_s(calls: Calls) -> float:
    """Seconds of one call."""
    begin = time.perf_counter()
    for _ in range(CALLS):
        calls[0]()
    return (time.perf_counter() - begin) / CALLS


def chunk_s(calls: Calls) -> float:
    """Seconds of one chunk."""
    begin = time.perf_counter()
    count = sum(1 for _ in calls[1]())
    return (time.perf_counter() - begin) / count


def main() -> None:
    """Measure one thing."""
    if sys.argv[1] == "serve":
        serve()
    what, who, url = sys.argv[1:]
    measure = call_s if what == "call" else chunk_s
    theirs, base = WHO[who](url), bare(url)
    measure(theirs), measure(base)
    pairs = [(measure(theirs), measure(base)) for _ in range(ROUNDS)]
    low, _, high = quantiles([mine / other for mine, other in pairs], n=4)
    ratio = median(mine for mine, _ in pairs) / median(other for _, other in pairs)
    print(json.dumps([ratio, low, high]))  # noqa: T201 - this is its output


if __name__ == "__main__":
    main()
