"""A server that keeps its connections, counts them and answers in no time: always the same, streamed or not."""

import socket
import threading

from raw_server import chunked, head, sized

REPLY = b'{"model": "m", "choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}'
PIECE = b'data: {"model": "m", "choices": [{"index": 0, "delta": {"content": "word "}}]}\n\n'
END = b'data: {"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
HEAD = head(content_type="text/event-stream", transfer_encoding="chunked")


class KeepingServer:
    """Answers any number of requests on each connection, and counts connections and those that were closed."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests = 0
        self.closed = threading.Semaphore(0)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        data = b""
        with line:
            while True:
                while b"\r\n\r\n" not in data or not data.rstrip().endswith(b"}"):
                    try:
                        piece = line.recv(65536)
                    except OSError:
                        piece = b""
                    if not piece:
                        self.closed.release()
                        return
                    data += piece
                streamed, data = b'"stream": true' in data, b""
                self.requests += 1
                answer = (
                    HEAD + b"".join(chunked([PIECE, END]))
                    if streamed
                    else sized(REPLY).replace(b"connection: close\r\n", b"")
                )
                line.sendall(answer)

    def close(self) -> None:
        self._socket.close()
