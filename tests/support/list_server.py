"""A server on loopback whose GET answers are chosen by path and query: providers' lists of models, downloads."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class GetRequest:
    """What a client sent; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ListServer:
    """A running server: its URL, its answers (which may be changed) and what it was asked."""

    url: str
    answers: dict[str, Any]
    requests: list[GetRequest] = field(default_factory=list)


@contextmanager
def list_server(answers: Mapping[str, Any], status: int = 200, **headers: str) -> Iterator[ListServer]:
    """Serves documents, or bytes as they are, by path with query; others are 404.

    Args:
        answers: path to document.
        status: of every answer.
        headers: of every answer; `_` in their names stands for `-`.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            sent = {name.lower(): value for name, value in self.headers.items()}
            served.requests.append(GetRequest(self.path, sent, self.rfile.read(length)))
            found = served.answers.get(self.path)
            content = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(404 if found is None else status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = ListServer(f"http://127.0.0.1:{server.server_port}", dict(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
