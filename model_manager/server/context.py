"""What every endpoint has at hand."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from model_manager.server.desk import Desk
from model_manager.server.hub import Hub
from model_manager.server.live_tests import LiveTests


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What belongs to a running server."""

    desk: Desk
    hub: Hub
    tests: LiveTests
    read_only: bool


def _server(request: Request) -> Server:
    server: Server = request.app.state.server
    return server


def _desk(request: Request) -> Desk:
    return _server(request).desk


ServerOf = Annotated[Server, Depends(_server)]
DeskOf = Annotated[Desk, Depends(_desk)]
