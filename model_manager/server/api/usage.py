"""The ledger over HTTP: reports of recorded calls, and scores."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from model_manager.commands import budgets, usage, usage_arms
from model_manager.rendering.documents.arms import arms_document
from model_manager.rendering.documents.budgets import budgets_document
from model_manager.rendering.documents.types.arms import ArmsDocument
from model_manager.rendering.documents.types.budgets import BudgetsDocument
from model_manager.rendering.documents.types.usage import ScoreDocument, UsageDocument
from model_manager.rendering.documents.usage import usage_document
from model_manager.server.api.http import json_answer
from model_manager.server.api.problems import HttpError
from model_manager.server.api.query_parameters import EACH_ONCE, NO_QUERY
from model_manager.server.context import ServerOf, WorkspaceCacheOf
from model_manager.server.json_body import StrictJsonRoute
from model_manager.server.schemas.description import answers
from model_manager.server.schemas.usage_requests import ArmsFilters, ScoreRequest, UsageFilters
from model_manager.service.recording import recorder_for

router = APIRouter(route_class=StrictJsonRoute, prefix="/api/ai", tags=["usage"])


@router.get("/usage", dependencies=[EACH_ONCE], responses=answers(UsageDocument, 404, 409, 503))
def get_usage(query: Annotated[UsageFilters, Query()], cache: WorkspaceCacheOf) -> Response:
    """Recorded calls: what was called, spent and waited for."""
    workspace = cache.workspace()
    answer = usage.run(query.request(), datetime.now(UTC), workspace, workspace.environ)
    return json_answer(cache.as_json(usage_document(answer)))


@router.get("/budgets", dependencies=[NO_QUERY], responses=answers(BudgetsDocument, 503))
def get_budgets(cache: WorkspaceCacheOf) -> Response:
    """The budgets, and what is spent and held of each."""
    standings = budgets.run(cache.workspace(), datetime.now(UTC))
    return json_answer(cache.as_json(budgets_document(standings)))


@router.get("/arms/{task}", dependencies=[EACH_ONCE], responses=answers(ArmsDocument, 404, 409, 503))
def compare_arms(task: str, query: Annotated[ArmsFilters, Query()], cache: WorkspaceCacheOf) -> Response:
    """The arms of a task's split, compared by users, and the verdict.

    They are compared since the shares last changed. Looking often does no harm.
    """
    workspace = cache.workspace()
    answer = usage_arms.run(query.request(task), datetime.now(UTC), workspace, workspace.environ)
    return json_answer(cache.as_json(arms_document(answer)))


@router.post(
    "/scores",
    dependencies=[NO_QUERY],
    responses=answers(ScoreDocument, 400, 409, 413, 415, 503),
)
def add_score(body: ScoreRequest, server: ServerOf) -> Response:
    """Record what a user thought of a call; a later score of the same name replaces an earlier one."""
    if server.read_only:
        raise HttpError(403, "this server is read-only", kind="permission")
    recorder = recorder_for(server.cache.workspace())
    if recorder is not None:
        recorder.score(body.call, body.value, body.name)
    document: ScoreDocument = {
        "schema": 1,
        "call": body.call,
        "name": body.name.strip(),
        "value": body.value,
        "recorded": recorder is not None and recorder.flush(),
    }
    return json_answer(server.cache.as_json(document))
