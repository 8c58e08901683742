"""A SOCKS5 proxy on loopback that reaches hosts by a table of its own, with or without a password (RFC 1928, 1929)."""

import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_VERSION, _NO_PASSWORD, _PASSWORD, _NONE_ACCEPTABLE = 5, 0, 2, 0xFF
_OK, _HOST_UNREACHABLE = 0, 4
_DOMAIN, _LENGTHS = 3, {1: 4, 4: 16}


@dataclass
class SocksServer:
    """A running proxy: its address, and the hosts and ports that it was asked for."""

    address: str
    asked: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def socks_server(hosts: Mapping[str, int], password: tuple[str, str] | None = None) -> Iterator[SocksServer]:
    """Serve SOCKS5: a host of the table is the given port on loopback, any other cannot be reached."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.serve()

        def read(self, size: int) -> bytes:
            data = self.request.recv(size, socket.MSG_WAITALL)
            if len(data) < size:
                raise ConnectionError("the client has gone")
            return data

        def serve(self) -> None:
            methods = self.read(self.read(2)[1])
            wanted = _PASSWORD if password else _NO_PASSWORD
            if wanted not in methods:
                self.request.sendall(bytes([_VERSION, _NONE_ACCEPTABLE]))
                return
            self.request.sendall(bytes([_VERSION, wanted]))
            if password:
                user = self.read(self.read(2)[1]).decode()
                is_right = (user, self.read(self.read(1)[0]).decode()) == password
                self.request.sendall(bytes([1, 0 if is_right else 1]))
                if not is_right:
                    return
            kind = self.read(4)[3]
            host = self.read(self.read(1)[0] if kind == _DOMAIN else _LENGTHS[kind]).decode("latin-1")
            port = int.from_bytes(self.read(2), "big")
            running.asked.append((host, port))
            reply = _OK if host in hosts else _HOST_UNREACHABLE
            self.request.sendall(bytes([_VERSION, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
            if reply == _OK:
                self.relay(hosts[host])

        def relay(self, port: int) -> None:
            with socket.create_connection(("127.0.0.1", port)) as target:
                threading.Thread(target=_copy, args=(target, self.request), daemon=True).start()
                _copy(self.request, target)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        running = SocksServer(f"127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield running
        server.shutdown()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Hand on what one side sends, and that it has ended."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
