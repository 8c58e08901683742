"""What every endpoint has at hand."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from model_manager.server.desk import Desk
from model_manager.server.hub import Hub
from model_manager.server.live_tests import LiveTests

#: More would only share the processor with whoever reads.
_PLANS_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What belongs to a running server.

    Attributes:
        writing: held by whoever changes a file.
        planning: held by whoever asks what would change; a few at once.
    """

    desk: Desk
    hub: Hub
    tests: LiveTests
    read_only: bool
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    planning: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PLANS_AT_ONCE))


async def _server(request: Request) -> Server:
    server: Server = request.app.state.server
    return server


async def _desk(request: Request) -> Desk:
    return (await _server(request)).desk


ServerOf = Annotated[Server, Depends(_server)]
DeskOf = Annotated[Desk, Depends(_desk)]
