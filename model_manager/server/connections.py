"""Connections that send nothing: closed after a while, so that they cannot use up the server."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds in which a request's head has to come, of silence in its body, and between two requests.
PATIENCE_S = 15


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
