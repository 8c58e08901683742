"""Who listens to what happens, and the watch over the files."""

import asyncio
import hashlib
import json
from dataclasses import dataclass

from model_manager.commands import list as listing
from model_manager.rendering.documents.json import error_document
from model_manager.rendering.documents.list import list_document
from model_manager.rendering.documents.types.base import Document
from model_manager.rendering.documents.types.problems import ErrorDocument
from model_manager.rendering.documents.types.server import ChangedTasksEvent
from model_manager.rendering.documents.types.tasks import TaskObject
from model_manager.server.api.problems import HttpError, as_ours
from model_manager.server.workspace_cache import WorkspaceCache, today

#: How often the files are looked at; a change counts when they were the same twice.
_LOOK_S = 0.25
#: Listeners at once, and what one may have waiting before it is let go; it then begins anew.
MOST_LISTENERS = 500
_MOST_WAITING = 200


class Subscriber:
    """What one listener has not heard yet; None is the end."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def put(self, event: str, data: bytes) -> None:
        """Leave something; who does not fetch it is let go."""
        if self._items.qsize() < _MOST_WAITING:
            self._items.put_nowait((event, data))
        elif self._items.qsize() == _MOST_WAITING:
            self._items.put_nowait(None)

    def end(self) -> None:
        """Leave word that nothing more comes."""
        self._items.put_nowait(None)

    async def get(self) -> tuple[str, bytes] | None:
        """The next thing, waited for."""
        return await self._items.get()


class Broadcaster:
    """Tells all listeners what happens. For one event loop."""

    def __init__(self, desk: WorkspaceCache) -> None:
        self._desk = desk
        self._listeners: set[Subscriber] = set()
        self._is_closed = False

    def subscribe(self) -> Subscriber:
        """A mailbox that gets everything from now on.

        Raises:
            HttpError: 429, there are too many.
        """
        if len(self._listeners) >= MOST_LISTENERS:
            raise HttpError(429, f"{MOST_LISTENERS} listen already", headers={"retry-after": "10"})
        mailbox = Subscriber()
        if self._is_closed:
            mailbox.end()
        self._listeners.add(mailbox)
        return mailbox

    def unsubscribe(self, mailbox: Subscriber) -> None:
        """Nothing more for this one."""
        self._listeners.discard(mailbox)

    def publish(self, event: str, document: Document) -> None:
        """Tell everybody."""
        data = self._desk.as_json(document)
        for mailbox in self._listeners:
            mailbox.put(event, data)

    def close(self) -> None:
        """End all streams."""
        self._is_closed = True
        for mailbox in self._listeners:
            mailbox.end()

    async def watch(self) -> None:
        """Look after the files without end, and tell what has changed."""
        version, seen = self._desk.version, await asyncio.to_thread(_Seen.of, self._desk)
        while True:
            await asyncio.sleep(_LOOK_S)
            # A request may have read the change already.
            if version == self._desk.version and not self._desk.is_changed():
                continue
            await asyncio.sleep(_LOOK_S)  # a file may be half-written
            version, fresh = self._desk.version, await asyncio.to_thread(_Seen.of, self._desk)
            for event, document in fresh.since(seen):
                self.publish(event, document)
            seen = fresh


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the files said when they were looked at: tasks by name, the rest as a digest; or why they cannot be."""

    tasks: dict[str, TaskObject]
    catalogue: str
    problem: ErrorDocument | None

    @classmethod
    def of(cls, desk: WorkspaceCache) -> "_Seen":
        try:
            workspace = desk.workspace()
            found = list_document(listing.run(workspace, listing.Filters(all=True), today()))
        except Exception as error:  # noqa: BLE001 - the watch goes on, whatever the files hold
            return cls({}, "", error_document(as_ours(error)))
        models = [{**model, "tasks": None} for model in found["models"]]
        demands = [(task.requires, task.profile) for task in workspace.catalogue.tasks.values()]
        catalogue = json.dumps([models, found["providers"], found["scenarios"], demands], default=str)
        tasks = {task["task"]: task for task in found["tasks"]}
        return cls(tasks, hashlib.sha256(catalogue.encode()).hexdigest(), None)

    def since(self, before: "_Seen") -> list[tuple[str, Document]]:
        """What to tell, by event."""
        if self.problem is not None:
            return [("problem", self.problem)] if self.problem != before.problem else []
        told: list[tuple[str, Document]] = []
        if self.catalogue != before.catalogue:
            told.append(("catalogue", {"schema": 1}))
        names = [*self.tasks, *(name for name in before.tasks if name not in self.tasks)]
        changed = [name for name in names if self.tasks.get(name) != before.tasks.get(name)]
        if changed:
            event: ChangedTasksEvent = {"schema": 1, "tasks": changed}
            told.append(("assignments", event))
        return told
