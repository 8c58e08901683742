"""Clients that nobody uses at the moment, each with its connection, until these are used again or let go."""

import time
from collections import defaultdict
from typing import Any, Generic, NamedTuple, TypeVar

#: How long a connection is kept that nobody uses.
_KEPT_S = 5.0
#: How often connections that the server has closed are looked for.
SWEEP_S = 1.0

ClientT = TypeVar("ClientT")


class _Entry(NamedTuple, Generic[ClientT]):
    """A client, what its connection can be looked at by, and when it is let go."""

    client: ClientT
    stream: Any
    until: float

    @property
    def is_over(self) -> bool:
        """Whether its time is over or the server has closed the connection: there is nothing else to read."""
        return time.monotonic() >= self.until or (
            self.stream is not None and bool(self.stream.get_extra_info("is_readable"))
        )


class IdleClients(Generic[ClientT]):
    """Idle clients by origin. Not safe in threads by itself."""

    def __init__(self) -> None:
        self._entries: dict[str, list[_Entry[ClientT]]] = defaultdict(list)

    def __bool__(self) -> bool:
        return any(self._entries.values())

    def put(self, origin: str, client: ClientT, stream: Any) -> None:
        """Keep a client; `stream` is the network stream of its last response, if there was one."""
        self._entries[origin].append(_Entry(client, stream, time.monotonic() + _KEPT_S))

    def take(self, origin: str) -> ClientT | None:
        """The client that was used last."""
        entries = self._entries[origin]
        return entries.pop().client if entries else None

    def take_ended(self) -> list[ClientT]:
        """Those whose connections have ended; whoever takes them closes them."""
        ended: list[ClientT] = []
        for origin, entries in self._entries.items():
            over = [entry for entry in entries if entry.is_over]
            if over:
                ended += [entry.client for entry in over]
                self._entries[origin] = [entry for entry in entries if entry not in over]
        return ended

    def take_all(self) -> list[ClientT]:
        """All of them; whoever takes them closes them."""
        clients = [entry.client for entries in self._entries.values() for entry in entries]
        self._entries.clear()
        return clients
