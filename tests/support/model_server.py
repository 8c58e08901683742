"""A model server on loopback that speaks the openai wire and does what a test tells it to."""

import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KEY = "kq7-wWx4TzR9uVbN2mLp8s"


@dataclass(frozen=True)
class Request:
    """What a client sent; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def model(self) -> str:
        return str(self.body["model"])


class Answer:
    """The means to answer one request."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler
        self.has_begun = False

    def json(self, payload: Any, status: int = 200, **headers: str) -> None:
        """One document."""
        content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self._handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Content-Length", str(len(content)))
        self._handler.end_headers()
        self._handler.wfile.write(content)

    def event(self, payload: Any) -> None:
        """One event of a stream, at once; the first one begins it."""
        if not self.has_begun:
            self._handler.send_response(200)
            self._handler.send_header("Content-Type", "text/event-stream")
            self._handler.send_header("Connection", "close")
            self._handler.end_headers()
            self.has_begun = True
        data = payload if isinstance(payload, str) else json.dumps(payload)
        self._handler.wfile.write(f"data: {data}\n\n".encode())
        self._handler.wfile.flush()

    def hang_up(self) -> None:
        """Close the connection without a word more."""
        self._handler.close_connection = True
        self._handler.connection.close()

    def piece(self, text: str, model: str = "m") -> None:
        """A piece of text."""
        self.event({"model": model, "choices": [{"index": 0, "delta": {"content": text}}]})

    def end(self, finish: str = "stop", usage: tuple[int, int] = (10, 5), model: str = "m") -> None:
        """The end mark, the usage and the closing word."""
        self.event({"model": model, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        self.event({"model": model, "choices": [], "usage": counts(*usage)})
        self.event("[DONE]")

    def say(self, request: Request, *pieces: str, finish: str = "stop", usage: tuple[int, int] = (10, 5)) -> None:
        """A whole answer, streamed if the request asks for that."""
        if request.body.get("stream"):
            for piece in pieces:
                self.piece(piece, request.model)
            self.end(finish, usage, request.model)
            return
        message = {"role": "assistant", "content": "".join(pieces)}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        self.json({"id": "r", "model": request.model, "choices": [choice], "usage": counts(*usage)})

    def refuse(self, status: int, message: str, code: str | None = None, **headers: str) -> None:
        """An error."""
        self.json({"error": {"message": message, "code": code}}, status, **headers)


def counts(prompt: int, completion: int) -> dict[str, int]:
    """A usage object."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


Script = Callable[[Request, Answer], None]


@dataclass
class ModelServer:
    """A running server: its base URL and what it was asked."""

    url: str
    requests: list[Request] = field(default_factory=list)

    def catalogue(self, *models: str, **extra: str) -> str:
        """A models.toml whose provider `local` is this server. `extra` adds lines to the provider."""
        provider = {"wire": '"openai"', "base_url": f'"{self.url}"', "api_key_env": '["LOCAL_API_KEY"]', **extra}
        lines = ["[providers.local]", *(f"{key} = {value}" for key, value in provider.items())]
        for model in models or ("m",):
            lines += [f"[models.{model}]", 'provider = "local"', f'model_id = "{model}"', "max_output = 1000"]
            lines += [f"[models.{model}.price]", "input = 1", "output = 10"]
        return "\n".join(lines) + "\n"

    def project(self, directory: Path, *models: str, **extra: str) -> None:
        """Write the catalogue, and the key into .env."""
        directory.joinpath("models.toml").write_text(self.catalogue(*models, **extra))
        directory.joinpath(".env").write_text(f"LOCAL_API_KEY={KEY}{os.linesep}")


@contextmanager
def model_server(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[ModelServer]:
    """Serve on a free port of this machine, by https with a context; each request has its own thread."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        #: Head and body are two writes; without this each answer would wait for the client's acknowledgement.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers, json.loads(content))
            running.requests.append(request)
            with suppress(ConnectionError):  # the client may have gone
                script(request, Answer(self))

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):
                super().handle()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    running = ModelServer(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def saying(*pieces: str, finish: str = "stop", usage: tuple[int, int] = (10, 5)) -> Script:
    """A script that always answers the same."""
    return lambda request, answer: answer.say(request, *pieces, finish=finish, usage=usage)


def by_model(scripts: dict[str, Script]) -> Script:
    """A script for each model."""
    return lambda request, answer: scripts[request.model](request, answer)


def refusing(status: int, message: str = "no", code: str | None = None, **headers: str) -> Script:
    """A script that always refuses."""
    return lambda _, answer: answer.refuse(status, message, code, **headers)


def in_turn(*scripts: Script) -> Script:
    """The first script for the first request, and so on; the last one for all that follow."""
    left: Sequence[Script] = list(scripts)

    def script(request: Request, answer: Answer) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]  # type: ignore[attr-defined]
        now(request, answer)

    return script
