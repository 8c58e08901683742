"""The history of a task's assignment over HTTP, and its last change taken back."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from model_manager.commands import history, undo
from model_manager.config.dotenv.change_log import Author
from model_manager.core.suggestions import find_task
from model_manager.rendering.documents.assign import assign_document
from model_manager.rendering.documents.history import history_document
from model_manager.rendering.documents.types.changes import AssignDocument, HistoryDocument
from model_manager.server.api.http import json_answer
from model_manager.server.api.query_parameters import EACH_ONCE, NO_BODY, NO_QUERY
from model_manager.server.api.tasks import IfMatch, TaskName, check_match, check_writable, etag_of
from model_manager.server.context import AuthorOf, Server, ServerOf
from model_manager.server.json_body import StrictJsonRoute
from model_manager.server.schemas.description import answers
from model_manager.server.schemas.requests import Removal

router = APIRouter(route_class=StrictJsonRoute, prefix="/api/ai/tasks", tags=["tasks"])
_UNDO = """Take back the last change that was made by this tool to the file with the assignments, once.

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
    async with server.planning if query.dry_run else server.writing:
        return await asyncio.to_thread(_undone, server, task, if_match, author, dry_run=query.dry_run)


def _undone(server: Server, task: str, if_match: str | None, author: Author, *, dry_run: bool) -> Response:
    """Take the last change back, unless the task is not as the client has read it.

    Raises:
        HttpError: 403, the server only reads; 412, the task has changed.
        ModelManagerError: as `undo` refuses it.
    """
    check_writable(server, dry_run=dry_run)
    cache, now = server.cache, datetime.now(UTC)
    workspace = cache.read()
    find_task(workspace.catalogue, task)
    check_match(workspace, task, if_match, now)
    report = undo.run(
        workspace,
        now,
        task=task,
        dry_run=dry_run,
        # Read again when nobody else can write: only then is it sure that nothing has come between.
        when_locked=lambda: check_match(cache.read(), task, if_match, now) if if_match else None,
        author=author,
    )
    return json_answer(cache.as_json(assign_document(report)), etag_of(cache.read(), task, now))
