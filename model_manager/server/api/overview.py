"""The overview of recorded calls over HTTP, which the page begins with."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from model_manager.commands import overview
from model_manager.rendering.documents.overview import overview_document
from model_manager.rendering.documents.types.overview import OverviewDocument
from model_manager.server.api.http import json_answer
from model_manager.server.api.query_parameters import EACH_ONCE
from model_manager.server.context import WorkspaceCacheOf
from model_manager.server.json_body import StrictJsonRoute
from model_manager.server.schemas.description import answers
from model_manager.server.schemas.usage_requests import OverviewFilters

router = APIRouter(route_class=StrictJsonRoute, prefix="/api/ai", tags=["usage"])


@router.get("/overview", dependencies=[EACH_ONCE], responses=answers(OverviewDocument, 409, 503))
def get_overview(query: Annotated[OverviewFilters, Query()], cache: WorkspaceCacheOf) -> Response:
    """What was spent on which tasks, how fast and reliably, and the latest calls, up to now.

    Where the ledger is off, empty or unreadable, it is told as `ledger.state`, and everything else is empty.
    """
    found = overview.run(cache.workspace(), datetime.now(UTC), range_=query.range, timezone=query.timezone)
    return json_answer(cache.as_json(overview_document(found)))
