"""Idle connections: which are used again, and which are let go."""

import socket
import subprocess
import sys

from command_line import environment

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


def test_the_asynchronous_backend_is_not_imported_by_the_event_loop():
    """The first asynchronous call has what it needs imported by another thread than that of its loop."""
    script = """
import asyncio, builtins, sys, threading
from model_manager.providers.io.transport import load_async_backend
seen = []
sys.addaudithook(lambda event, about: seen.append((about[0], threading.current_thread())) if event == "import" else None)
async def main():
    await load_async_backend()
    return threading.current_thread()
loop_thread = asyncio.run(main())
loaded = [thread for name, thread in seen if name.startswith(("anyio", "httpcore", "model_manager"))]
assert "model_manager.providers.io.transport.async_backend" in sys.modules
assert loaded and loop_thread not in loaded, seen
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, env=environment())
