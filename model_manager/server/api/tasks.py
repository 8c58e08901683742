"""Tasks and their routes, over HTTP: read, changed as `assign` does, and never over somebody else's change."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import Response

from model_manager.commands import assign as assigning
from model_manager.commands import info, measured
from model_manager.commands.assign import AssignReport
from model_manager.config.dotenv.change_log import Author
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import resolve
from model_manager.core.suggestions import find_task
from model_manager.errors import UnknownNameError
from model_manager.rendering.documents.assign import assign_document
from model_manager.rendering.documents.info import task_info_object
from model_manager.rendering.documents.types.changes import AssignDocument
from model_manager.rendering.documents.types.server import TaggedTaskDocument, TaggedTaskObject, TasksDocument
from model_manager.server.api.http import json_answer, tagged
from model_manager.server.api.problems import HttpError
from model_manager.server.api.query_parameters import EACH_ONCE, NO_BODY, NO_QUERY
from model_manager.server.context import AuthorOf, Server, ServerOf, WorkspaceCacheOf
from model_manager.server.json_body import StrictJsonRoute
from model_manager.server.schemas.description import answers
from model_manager.server.schemas.requests import Absent, AssignRequest, Removal

router = APIRouter(route_class=StrictJsonRoute, prefix="/api/ai/tasks", tags=["tasks"])
TaskName = Annotated[str, Path(description="A task in the catalogue.", max_length=200)]
_ASSIGN = """Give a task a route, in `.env.local` if there is one, else in `.env`.

Refused (409), unless forced: a retired model, one that is known to lack what the task requires, one that the
catalogue does not have. A route that does not parse is always refused."""
_UNSET = "Remove a task's own value; the default or the catalogue's model applies again."
IfMatch = Annotated[
    str | Absent,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The task's `etag` as it was read: nothing is written if it has changed since; `*`: any.",
        examples=["*"],
    ),
]


@router.get("", dependencies=[NO_QUERY], responses=answers(TasksDocument, 304, 503))
def list_tasks(request: Request, cache: WorkspaceCacheOf) -> Response:
    """Every task with its route, where that comes from, what is wrong with it, and what it costs a month."""
    body = cache.document(("tasks", measured.version(cache.workspace(), datetime.now(UTC))), _all)
    return tagged(request, body)


@router.get("/{task}", dependencies=[NO_QUERY], responses=answers(TaggedTaskDocument, 404, 503))
def get_task(task: TaskName, cache: WorkspaceCacheOf) -> Response:
    """A task with its route, where that comes from, what is wrong with it, and what it costs a month."""
    workspace, now = cache.workspace(), datetime.now(UTC)
    found = _one(workspace, task, now, measured.run(workspace, now))
    document: TaggedTaskDocument = {"schema": 1, "task": found}
    return json_answer(cache.as_json(document), found["etag"])


@router.put(
    "/{task}",
    dependencies=[NO_QUERY],
    description=_ASSIGN,
    responses=answers(AssignDocument, 400, 404, 409, 412, 413, 415, 503),
)
async def assign_task(
    task: TaskName, body: AssignRequest, server: ServerOf, author: AuthorOf, if_match: IfMatch = None
) -> Response:
    """Give a task a route."""
    order = assigning.Order(
        routes={task: body.route}, dry_run=body.dry_run, force=body.force, keep_alias=body.keep_alias
    )
    return await _assign(server, task, order, if_match, author)


@router.delete(
    "/{task}",
    dependencies=[EACH_ONCE, NO_BODY],
    description=_UNSET,
    responses=answers(AssignDocument, 404, 409, 412, 413, 503),
)
async def unset_task(
    task: TaskName,
    query: Annotated[Removal, Query()],
    server: ServerOf,
    author: AuthorOf,
    if_match: IfMatch = None,
) -> Response:
    """Remove a task's own value."""
    order = assigning.Order(routes={}, unset=(task,), dry_run=query.dry_run)
    return await _assign(server, task, order, if_match, author)


async def change_task(
    server: Server,
    task: str,
    if_match: str | None,
    change: Callable[[Workspace, datetime, Callable[[], None]], AssignReport],
    *,
    dry_run: bool,
) -> Response:
    """Change a task when nobody else does, unless it is not as the client has read it.

    Who waits for others has no thread, so that reading goes on meanwhile.

    Args:
        server: the server.
        task: the task's name.
        if_match: the ETags that the client accepts.
        change: changes the files; calls its last argument when nobody else can write them.
        dry_run: nothing is written.

    Raises:
        HttpError: 403, the server only reads; 412, the task has changed.
        ModelManagerError: there is no such task; else as `change` refuses it.
    """

    def changed() -> Response:
        _check_writable(server, dry_run=dry_run)
        cache, now = server.cache, datetime.now(UTC)
        workspace = cache.read()
        find_task(workspace.catalogue, task)
        _check_match(workspace, task, if_match, now)
        # Read again when nobody else can write: only then is it sure that nothing has come between.
        report = change(
            workspace, now, lambda: _check_match(cache.read(), task, if_match, now) if if_match else None
        )
        return json_answer(cache.as_json(assign_document(report)), etag_of(cache.read(), task, now))

    async with server.planning if dry_run else server.writing:
        return await asyncio.to_thread(changed)


async def _assign(
    server: Server, task: str, order: assigning.Order, if_match: str | None, author: Author
) -> Response:
    def change(workspace: Workspace, now: datetime, when_locked: Callable[[], None]) -> AssignReport:
        return assigning.run(workspace, order, now, when_locked=when_locked, author=author)

    return await change_task(server, task, if_match, change, dry_run=order.dry_run)


def _check_writable(server: Server, *, dry_run: bool) -> None:
    """Check that the server may write, if that is what is asked.

    Raises:
        HttpError: 403, it only reads.
    """
    if server.read_only and not dry_run:
        raise HttpError(403, "this server is read-only", hint="it was started read-only")


def _check_match(workspace: Workspace, task: str, if_match: str | None, now: datetime) -> None:
    """Check that a task is as the client has read it, if the client says how.

    Raises:
        HttpError: 412, it has changed.
    """
    if if_match is None:
        return
    given = {one.strip() for one in if_match.split(",")}
    if "*" not in given and etag_of(workspace, task, now) not in given:
        hint = "read it again: GET /api/ai/tasks has its etag"
        raise HttpError(412, f"the task {task} has changed since it was read", kind="changed", hint=hint)


def _all(workspace: Workspace, now: datetime) -> TasksDocument:
    found = measured.run(workspace, now)
    return {"schema": 1, "tasks": [_one(workspace, name, now, found) for name in workspace.catalogue.tasks]}


def _one(workspace: Workspace, name: str, now: datetime, measurements: measured.Measurements) -> TaggedTaskObject:
    """A task as `info` has it, with its tag.

    Raises:
        UnknownNameError: there is no such task.
    """
    find_task(workspace.catalogue, name)
    found = info.run(workspace, name, now, measurements)
    if not isinstance(found, info.TaskInfo):
        raise UnknownNameError(f"{name} is a model, not a task")
    return {**task_info_object(found), "etag": etag_of(workspace, name, now)}


def etag_of(workspace: Workspace, name: str, now: datetime) -> str:
    """The ETag of a task's assignment: of its value, where it is set, and what it overrides."""
    context = workspace.context(now.date())
    found = resolve(find_task(workspace.catalogue, name), workspace.catalogue, workspace.places, context)
    sources = [(found.text, found.source), *((item.value, item.source) for item in found.shadowed)]
    told = [(value, source and (source.kind, source.variable, source.file)) for value, source in sources]
    digest = hashlib.sha256(json.dumps([name, told]).encode()).hexdigest()
    return f'"{digest[:20]}"'
