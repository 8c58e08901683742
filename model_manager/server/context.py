"""The parts of a running server that endpoints use, as FastAPI dependencies."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from model_manager.config.dotenv.change_log import Author
from model_manager.server.api.live_tests import LiveTestRunner
from model_manager.server.events.broadcaster import Broadcaster
from model_manager.server.workspace_cache import WorkspaceCache

#: More would only slow down the requests that read.
_PLANS_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The parts of a running server.

    Attributes:
        writing: held while a file is changed.
        planning: held while a change is only planned; a few at once.
    """

    cache: WorkspaceCache
    broadcaster: Broadcaster
    tests: LiveTestRunner
    read_only: bool
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    planning: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PLANS_AT_ONCE))


async def _server(request: Request) -> Server:
    server: Server = request.app.state.server
    return server


async def _cache(request: Request) -> WorkspaceCache:
    return (await _server(request)).cache


async def _author(request: Request) -> Author:
    """Who asks: programs send the token, and the page has the cookie of a login."""
    address = f" {request.client.host}" if request.client else ""
    is_program = "authorization" in request.headers
    return Author(by=f"API client{address}", via="api" if is_program else "page")


ServerOf = Annotated[Server, Depends(_server)]
AuthorOf = Annotated[Author, Depends(_author)]
WorkspaceCacheOf = Annotated[WorkspaceCache, Depends(_cache)]
