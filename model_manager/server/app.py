"""The FastAPI application: its endpoints, the state that they share, and the polling of the files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from model_manager._version import __version__
from model_manager.errors import ModelManagerError
from model_manager.live_test.cost_limit import CostLimit
from model_manager.server.api import costs as questions
from model_manager.server.api import history, metrics, models, overview, page, tasks, usage
from model_manager.server.api.live_tests import LiveTestRunner
from model_manager.server.api.problems import on_error
from model_manager.server.auth import login
from model_manager.server.auth.access import Access
from model_manager.server.context import Server
from model_manager.server.events.broadcaster import Broadcaster
from model_manager.server.events.ledger_watch import watch_ledger
from model_manager.server.schemas.description import describe
from model_manager.server.workspace_cache import WorkspaceCache


def make_app(cache: WorkspaceCache, access: Access, budget: CostLimit, *, read_only: bool) -> FastAPI:
    """The application, without the middleware that authenticates."""
    routers = (
        models.router,
        tasks.router,
        history.router,
        questions.router,
        usage.router,
        metrics.router,
        overview.router,
        login.router,
        page.router,
    )
    endpoints = [route for router in routers for route in router.routes]
    app = FastAPI(
        title="model-manager",
        routes=endpoints,  # `include_router` would make all validators again: a fifth of a second
        openapi_url=None,  # ours is made once, and compressed
        docs_url=None,  # FastAPI's pages load scripts from the internet
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.cache, app.state.access = cache, access
    app.state.budget, app.state.read_only = budget, read_only
    app.state.metrics = metrics.metrics_text(cache)
    for kind in (ModelManagerError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, on_error)
    app.state.endpoints = endpoints
    app.openapi = partial(describe, app, __version__)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Make the parts that need the event loop, and end them with it."""
    state = app.state
    broadcaster = Broadcaster(state.cache)
    tests = LiveTestRunner(state.cache, broadcaster, state.budget)
    state.server = Server(cache=state.cache, broadcaster=broadcaster, tests=tests, read_only=state.read_only)
    watching = [
        asyncio.create_task(broadcaster.watch()),
        asyncio.create_task(watch_ledger(state.cache, broadcaster)),
    ]
    try:
        yield
    finally:
        for task in watching:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        tests.cancel()
