"""The history of a task's assignment over HTTP, and its last change taken back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from model_manager.commands import history, undo
from model_manager.commands.assign import AssignReport
from model_manager.config.workspace import Workspace
from model_manager.rendering.documents.history import history_document
from model_manager.rendering.documents.types.changes import AssignDocument, HistoryDocument
from model_manager.server.api.http import json_answer
from model_manager.server.api.query_parameters import EACH_ONCE, NO_BODY, NO_QUERY
from model_manager.server.api.tasks import IfMatch, TaskName, change_task, etag_of
from model_manager.server.context import AuthorOf, ServerOf
from model_manager.server.json_body import StrictJsonRoute
from model_manager.server.schemas.description import answers
from model_manager.server.schemas.requests import Removal

router = APIRouter(route_class=StrictJsonRoute, prefix="/api/ai/tasks", tags=["tasks"])
_UNDO = """Undo the last change that this tool made to the file with the assignments, once.

Refused (409) if there is none, if it was not a change of this task or of the default, or if the line has been
edited since."""


@router.get("/{task}/history", dependencies=[NO_QUERY], responses=answers(HistoryDocument, 404, 503))
def get_history(task: TaskName, server: ServerOf) -> Response:
    """Who changed a task's assignment when, from what to what; not what was changed in an editor."""
    workspace, now = server.cache.read(), datetime.now(UTC)
    found = history.run(workspace, task)
    document = history_document(found, can_undo=undo.is_possible(workspace, task, now))
    return json_answer(server.cache.as_json(document), etag_of(workspace, task, now))


@router.post(
    "/{task}/undo",
    dependencies=[EACH_ONCE, NO_BODY],
    description=_UNDO,
    responses=answers(AssignDocument, 404, 409, 412, 413, 415, 503),
)
async def undo_change(
    task: TaskName,
    query: Annotated[Removal, Query()],
    server: ServerOf,
    author: AuthorOf,
    if_match: IfMatch = None,
) -> Response:
    """Take the last change of a task back."""

    def change(workspace: Workspace, now: datetime, when_locked: Callable[[], None]) -> AssignReport:
        return undo.run(workspace, now, task=task, dry_run=query.dry_run, when_locked=when_locked, author=author)

    return await change_task(server, task, if_match, change, dry_run=query.dry_run)
