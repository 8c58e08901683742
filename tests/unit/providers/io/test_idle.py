"""Idle connections: which are used again, and which are let go."""

import socket

from model_manager.providers.io.transport import idle
from model_manager.providers.io.transport.idle import IdleClients


class Stream:
    """What httpcore shows of a connection: whether its socket can be read."""

    def __init__(self, own: socket.socket) -> None:
        self._own = own

    def get_extra_info(self, _: str) -> bool:
        self._own.settimeout(0)
        try:
            self._own.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        return True


def test_a_connection_that_the_server_closed_is_let_go(monkeypatch):
    """Of two idle clients the one whose server has hung up goes; the other is used again."""
    monkeypatch.setattr(idle, "_KEPT_S", 3600.0)
    (ours, theirs), (alive, peer) = socket.socketpair(), socket.socketpair()
    clients: IdleClients[str] = IdleClients()
    clients.put("https://a", "ended", Stream(ours))
    clients.put("https://a", "alive", Stream(alive))
    assert clients.take_ended() == []
    theirs.close()
    assert clients.take_ended() == ["ended"]
    assert clients.take("https://a") == "alive"
    assert not clients
    for one in (ours, alive, peer):
        one.close()


def test_a_connection_that_nobody_used_for_long_is_let_go(monkeypatch):
    """What was idle for the whole time that it is kept goes, whatever the server does."""
    monkeypatch.setattr(idle, "_KEPT_S", 0.0)
    clients: IdleClients[str] = IdleClients()
    clients.put("https://a", "old", None)
    assert clients.take_ended() == ["old"]
