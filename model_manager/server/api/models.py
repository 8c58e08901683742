"""Models over HTTP: listed, explained, tested live."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from model_manager.commands import info, measured, performance
from model_manager.commands import list as listing
from model_manager.commands.list import ListReport
from model_manager.config.workspace import Workspace
from model_manager.core.suggestions import find_model
from model_manager.errors import UnknownNameError
from model_manager.rendering.documents.info import info_document
from model_manager.rendering.documents.list import list_document
from model_manager.rendering.documents.types.calls import ProbeDocument, TestDocument
from model_manager.rendering.documents.types.models import ListDocument, ModelInfoDocument
from model_manager.server.api.http import EVENTS, json_answer, prefers_events, tagged
from model_manager.server.api.query_parameters import EACH_ONCE, NO_QUERY
from model_manager.server.context import ServerOf, WorkspaceCacheOf
from model_manager.server.json_body import StrictJsonRoute
from model_manager.server.schemas.description import answers
from model_manager.server.schemas.live_test_request import LiveTest, ProbeBody
from model_manager.server.schemas.requests import ModelFilters

router = APIRouter(route_class=StrictJsonRoute, prefix="/api/ai/models", tags=["models"])


@router.get("", dependencies=[EACH_ONCE], responses=answers(ListDocument, 304, 404, 409, 503))
def list_models(request: Request, query: Annotated[ModelFilters, Query()], cache: WorkspaceCacheOf) -> Response:
    """The models that pass the filters, or a page of them, with all tasks, providers and scenarios."""

    def make(workspace: Workspace, now: datetime) -> ListDocument:
        worse = performance.degraded(workspace, now)
        report = listing.run(workspace, query.filters(), query.on or now.date(), worse)
        is_whole = query.limit is None and query.after is None
        return list_document(report) if is_whole else _page(report, query.limit, query.after)

    version = measured.version(cache.workspace(), datetime.now(UTC))
    return tagged(request, cache.document(("models", query.model_dump_json(), version), make))


@router.post(
    "/test",
    dependencies=[NO_QUERY],
    responses={
        **answers(TestDocument, 400, 404, 409, 413, 415, 429, 503),
        200: {
            "model": TestDocument,
            "description": (
                "The answers. Where `Accept` names text/event-stream, with no lower `q` than JSON: the events "
                "`started`, `text`, `notice` and `finished`, each with the `index` of its call, and at last "
                "`done` with this document."
            ),
            "content": {EVENTS: {"schema": {"type": "string"}}},
        },
    },
)
async def test_models(request: Request, body: LiveTest, server: ServerOf) -> Response:
    """Call models live. That a call failed is told by its `error`, not by the status of this answer.

    Which host is called, with which key and headers, is up to the catalogue alone. A client that disconnects
    ends its calls.
    """
    if prefers_events(request):
        return await server.tests.streamed(request, body.test_request())
    return await server.tests.whole(request, body.test_request())


@router.post(
    "/probe",
    dependencies=[NO_QUERY],
    responses={
        **answers(ProbeDocument, 400, 404, 409, 413, 415, 429, 503),
        200: {
            "model": ProbeDocument,
            "description": (
                "The findings. Where `Accept` names text/event-stream, with no lower `q` than JSON: the events "
                "`started`, `notice` and `finished` of each call, with the `index` of its model, and at last "
                "`done` with this document."
            ),
            "content": {EVENTS: {"schema": {"type": "string"}}},
        },
    },
)
async def probe_models(request: Request, body: ProbeBody, server: ServerOf) -> Response:
    """Find out by a few small live calls what models can do, and compare it with the catalogue.

    A client that disconnects ends the calls.
    """
    if prefers_events(request):
        return await server.tests.streamed(request, body.test_request(), probe=True)
    return await server.tests.whole(request, body.test_request(), probe=True)


@router.get("/{model:path}", dependencies=[NO_QUERY], responses=answers(ModelInfoDocument, 404, 503))
def get_model(
    model: Annotated[
        str, Path(description="Id, alias or provider/model_id, with unencoded slashes.", max_length=200)
    ],
    cache: WorkspaceCacheOf,
) -> Response:
    """Everything about one model."""
    workspace = cache.workspace()
    now, name = datetime.now(UTC), find_model(workspace.catalogue, model).id
    found = info.run(workspace, name, now)
    if isinstance(found, info.ModelInfo):
        lately, _ = performance.lately(workspace, name, now)
        found = info.with_lately(found, lately)
    return json_answer(cache.as_json(info_document(found)))


def _page(report: ListReport, limit: int | None, after: str | None) -> ListDocument:
    """A part of the models, how many there are, and where the next one begins; only that part becomes a document.

    Raises:
        UnknownNameError: `after` is none of the models.
    """
    rows = report.models
    start = 0
    if after is not None:
        start = next((index + 1 for index, row in enumerate(rows) if row.model.id == after), 0)
        if not start:
            raise UnknownNameError(f"no model {after!r} in this list", hint="begin without it", parameter="after")
    shown = rows[start:] if limit is None else rows[start : start + limit]
    is_last = start + len(shown) >= len(rows)
    found = list_document(replace(report, models=shown))
    return {**found, "next": None if is_last or not shown else shown[-1].model.id, "total": len(rows)}
