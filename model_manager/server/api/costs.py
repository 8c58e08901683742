"""Endpoints besides models and tasks: costs, routes, events, and the server's state."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from model_manager._version import __version__
from model_manager.commands import cost, measured, route
from model_manager.rendering.documents.cost import cost_document
from model_manager.rendering.documents.route import route_document
from model_manager.rendering.documents.types.costs import CostDocument, RouteDocument
from model_manager.rendering.documents.types.server import HealthObject, ServerDocument
from model_manager.server.api.http import json_answer
from model_manager.server.api.query_parameters import NO_QUERY
from model_manager.server.auth.access import HEALTH
from model_manager.server.context import ServerOf, WorkspaceCacheOf
from model_manager.server.events.streams import event_stream
from model_manager.server.json_body import StrictJsonRoute
from model_manager.server.schemas.description import answers
from model_manager.server.schemas.requests import CostRequest, RouteRequest

router = APIRouter(route_class=StrictJsonRoute)


@router.post(
    "/api/ai/costs",
    tags=["costs"],
    dependencies=[NO_QUERY],
    responses=answers(CostDocument, 400, 404, 409, 413, 415, 503),
)
def price_workload(body: CostRequest, cache: WorkspaceCacheOf) -> Response:
    """The cost of a workload on each model, the cheapest first, unknown costs last."""
    workspace = cache.workspace()
    measurements = measured.run(workspace, datetime.now(UTC)) if body.assigned else None
    report = cost.run(workspace, body.query(), body.moment, measurements)
    return json_answer(cache.as_json(cost_document(report)))


@router.post(
    "/api/ai/route",
    tags=["tasks"],
    dependencies=[NO_QUERY],
    responses=answers(RouteDocument, 400, 404, 409, 413, 415, 503),
)
def explain_route(body: RouteRequest, cache: WorkspaceCacheOf) -> Response:
    """Which model a call of a task would go to, and why; no call is made."""
    report = route.run(
        cache.workspace(), body.task, body.prompt, datetime.now(UTC), user=body.user, preference=body.preference
    )
    return json_answer(cache.as_json(route_document(report)))


@router.get(
    "/api/ai/events",
    tags=["events"],
    dependencies=[NO_QUERY],
    responses={
        **answers(HealthObject, 429),
        200: {
            "description": (
                "Server-sent events, each with an object as its data: `assignments` (`tasks` has the names of "
                "those that changed), `catalogue`, `ledger` (calls were recorded; at most one in two seconds), "
                "`problem` (`error`: the files cannot be used), `test` (the state of a live call). They begin "
                "with the connection; read again what you show when it was lost."
            ),
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
)
async def listen(request: Request, server: ServerOf) -> Response:
    """A stream of changes and live tests, as they happen."""
    subscriber = server.broadcaster.subscribe()
    return event_stream(request, subscriber.get, lambda: server.broadcaster.unsubscribe(subscriber))


@router.get("/api/ai/server", tags=["server"], dependencies=[NO_QUERY], responses=answers(ServerDocument, 503))
def get_server(server: ServerOf) -> Response:
    """The server: what it serves, whether it only reads, what live tests have cost in the last hour."""
    workspace, spending = server.cache.workspace(), server.tests.budget.spending
    document: ServerDocument = {
        "schema": 1,
        "version": __version__,
        "read_only": server.read_only,
        "directory": workspace.directory.resolve().name or "/",
        "file": workspace.file_to_write(),
        "spending": {
            "limit_usd": spending.limit,
            "spent_usd": spending.spent,
            "reserved_usd": spending.held,
        },
    }
    return json_answer(server.cache.as_json(document))


@router.head(HEALTH, include_in_schema=False)
@router.get(HEALTH, tags=["server"], responses={200: {"model": HealthObject}})
async def get_health() -> HealthObject:
    """That the server answers: for those who watch over it, without a token."""
    return {"status": "ok"}
