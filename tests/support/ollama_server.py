"""A small server that speaks Ollama's HTTP on loopback, with faults on demand. For tests only."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

#: What can go wrong in the middle of an answer.
FAULTS = ("disconnect", "truncate", "malformed", "stall", "error")


@dataclass
class Script:
    """How the next requests are answered; each refusal (status, body, headers) and each fault is used once."""

    pieces: tuple[str, ...] = ("Grüß ", "dich ", "🎬")
    models: tuple[str, ...] = ("asked-1",)
    refusals: deque[tuple[int, str, dict[str, str]]] = field(default_factory=deque)
    faults: deque[str] = field(default_factory=deque)
    stall_s: float = 30.0
    prompt_tokens: int | None = 12
    done_reason: str = "stop"


class OllamaServer:
    """The server and what it has seen; use as a context manager."""

    def __init__(self) -> None:
        self.script = Script()
        self.requests: list[tuple[str, dict[str, str], dict | None]] = []
        self.stopping = threading.Event()
        owner = self

        class Handler(_Handler):
            server_owner = owner

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def reset(self) -> None:
        """Forget requests, faults and refusals."""
        self.script = Script()
        self.requests.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    #: More than five at once would be turned away, and come again after a second.
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_owner: OllamaServer

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._note(None)
        if self.path == "/api/tags":
            tags = [
                {"name": name, "model": name, "size": 1, "details": {}} for name in self.server_owner.script.models
            ]
            self._send(200, json.dumps({"models": tags}))
        else:
            self._send(404, "404 page not found", "text/plain")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        script = self.server_owner.script
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        self._note(body)
        if script.refusals:
            status, text, headers = script.refusals.popleft()
            self._send(status, text, headers=headers)
        elif self.path != "/api/chat":
            self._send(404, "404 page not found", "text/plain")
        elif body is None or not body.get("messages"):
            self._send(400, json.dumps({"error": "missing request body"}))
        elif body.get("model") not in script.models:
            self._send(404, json.dumps({"error": f"model '{body.get('model')}' not found"}))
        elif body.get("stream", True):
            self._stream(body["model"])
        else:
            self._send(200, json.dumps(self._last(body["model"], "".join(script.pieces))))

    def _note(self, body: dict | None) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server_owner.requests.append((self.path, headers, body))

    def _send(
        self, status: int, text: str, content_type: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _line(self, model: str, text: str, **more: object) -> dict:
        message = {"role": "assistant", "content": text}
        return {"model": model, "created_at": "2026-11-22T10:00:00Z", "message": message, "done": False, **more}

    def _last(self, model: str, text: str) -> dict:
        script = self.server_owner.script
        counts = {"eval_count": 7, "eval_duration": 700_000_000, "total_duration": 900_000_000}
        if script.prompt_tokens is not None:
            counts["prompt_eval_count"] = script.prompt_tokens
        return self._line(model, text, done=True, done_reason=script.done_reason, **counts)

    def _lines(self, model: str) -> Iterator[str]:
        script = self.server_owner.script
        fault = script.faults.popleft() if script.faults else None
        for count, piece in enumerate(script.pieces):
            if count == 1 and fault is not None:
                if fault in {"disconnect", "truncate"}:
                    yield fault
                    return
                if fault == "malformed":
                    yield '{"model": "asked-1", "mess\n'
                    return
                if fault == "error":
                    yield json.dumps({"error": "an error was encountered while running the model"}) + "\n"
                    return
                self.server_owner.stopping.wait(script.stall_s)
            yield json.dumps(self._line(model, piece), ensure_ascii=False) + "\n"
        yield json.dumps(self._last(model, "")) + "\n"

    def _stream(self, model: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/x-ndjson")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for line in self._lines(model):
            if line == "disconnect":
                self.close_connection = True
                # Closing alone leaves the descriptor that the reading file holds open.
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if line == "truncate":
                break
            content = line.encode()
            try:
                self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
                self.wfile.flush()
            except OSError:
                self.close_connection = True
                return
            time.sleep(0.001)
        self.wfile.write(b"0\r\n\r\n")
