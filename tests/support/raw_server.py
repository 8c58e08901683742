"""A server that writes bytes on sockets: what it answers is chosen by the model asked for, and need not be HTTP."""

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

_LONGEST_S = 20
_GEMINI_MODEL = re.compile(r"/models/([^:]+):")


class Peer:
    """The server's end of one connection."""

    def __init__(self, line: socket.socket, stopped: threading.Event) -> None:
        self._line = line
        self._stopped = stopped

    def send(self, *pieces: bytes | float) -> None:
        """Write bytes; a number is a pause in seconds."""
        for piece in pieces:
            if isinstance(piece, bytes):
                self._line.sendall(piece)
            else:
                self._stopped.wait(piece)

    def hold(self) -> None:
        """Say no more, and stay until the other side goes."""
        deadline = time.monotonic() + _LONGEST_S
        self._line.settimeout(0.05)
        while not self._stopped.is_set() and time.monotonic() < deadline:
            with suppress(TimeoutError):
                if not self._line.recv(1):
                    return

    def flood(self, block: bytes) -> int:
        """Write without end, until the other side goes; the bytes that it took."""
        sent, deadline = 0, time.monotonic() + _LONGEST_S
        with suppress(OSError):
            while time.monotonic() < deadline:
                sent += self._line.send(block)
        return sent

    def reset(self) -> None:
        """End with a reset in place of an orderly close."""
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def request(self) -> tuple[str, str, bytes] | None:
        """The model asked for, the request's head and its body, or None if the other side has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self._line.recv(65536)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        words = head.decode("latin-1")
        length = int(re.search(r"content-length: *(\d+)", words, re.IGNORECASE)[1])
        while len(body) < length:
            body += self._line.recv(65536)
        named = _GEMINI_MODEL.search(words)
        return named[1] if named else json.loads(body)["model"], words, body


Script = Callable[[Peer], None]


class RawServer:
    """Serves scripts by the name of the model; each connection has its own thread and one request."""

    def __init__(self, scripts: dict[str, list[Script]] | None = None) -> None:
        #: The scripts of a model, in turn; the last one stays.
        self.scripts = scripts or {}
        self.connections = 0
        self.requests: list[tuple[str, str]] = []
        self.times: dict[str, list[float]] = {}
        self._stopped = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._socket.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept)]
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def count(self, model: str) -> int:
        """How often a model was asked for."""
        return sum(asked == model for asked, _ in self.requests)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            with suppress(TimeoutError):
                line, _ = self._socket.accept()
                self.connections += 1
                line.settimeout(_LONGEST_S)
                thread = threading.Thread(target=self._serve, args=(line,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            peer = Peer(line, self._stopped)
            asked = peer.request()
            if asked:
                model, head, _ = asked
                self.requests.append((model, head))
                self.times.setdefault(model, []).append(time.monotonic())
                scripts = self.scripts[model]
                script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
                script(peer)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()


def head(status: str = "200 OK", content_type: str = "", *, version: str = "HTTP/1.1", **headers: object) -> bytes:
    """A status line and headers; `_` in their names stands for `-`."""
    fields = {"content_type": content_type, **headers}
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value != ""]
    return f"{version} {status}\r\n{''.join(lines)}\r\n".encode("latin-1")


def chunked(pieces: Iterable[bytes], *, ended: bool = True) -> list[bytes]:
    """Pieces in HTTP's chunked coding."""
    coded = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece]
    return [*coded, b"0\r\n\r\n"] if ended else coded


def sized(body: bytes, status: str = "200 OK", content_type: str = "application/json", **headers: object) -> bytes:
    """A whole response with its length."""
    return head(status, content_type, content_length=len(body), connection="close", **headers) + body


def saying(*pieces: bytes | float) -> Script:
    """A script that writes and closes."""
    return lambda peer: peer.send(*pieces)
