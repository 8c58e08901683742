"""Connections that send nothing: closed after a while, so that they cannot use up the server."""

import asyncio
import errno
import time
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds in which a request's head has to come, of silence in its body, and between two requests.
PATIENCE_S = 15
#: What accepting a connection fails with where the machine has no room for it.
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
#: How long the same fault is not told again: asyncio reports a full table once for each connection that waits.
_REPEATED_S = 60.0


class FaultReporter:
    """Tells what an event loop could not handle in a line, without a traceback, and the same only once a minute.

    Args:
        say: is told the line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told: dict[str, float] = {}

    def __call__(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """As asyncio calls its handler of exceptions."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            line = f"Warning: no room for more connections: {error.strerror}; raise ulimit -n, or allow fewer"
        else:
            line = f"Warning: {context.get('message')}" + (f": {type(error).__name__}" if error else "")
        now = time.monotonic()
        if now - self._told.get(line, -_REPEATED_S) >= _REPEATED_S:
            self._told[line] = now
            self._say(line)


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, which waits for a request only so long.

    uvicorn closes a connection that is idle between two requests, but waits forever for the first byte, the rest
    of a head and the rest of a body.
    """

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's; the first request has to come soon."""
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        self._cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's; a head has a moment in all, a body after each piece."""
        super().data_received(data)
        state: Any = self.conn.their_state
        if state is h11.IDLE:
            if self._timer is None:
                self._start()
            return
        self._cancel()
        if state is h11.SEND_BODY:
            self._start()

    def _start(self) -> None:
        self._timer = self.loop.call_later(PATIENCE_S, self._give_up)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.flow.read_paused:  # it is the server that does not read
            self._start()
        elif not self.transport.is_closing():
            self.transport.close()
