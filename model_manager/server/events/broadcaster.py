"""Tells the subscribers of a server what happens, and when the files change."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from model_manager.commands import list as listing
from model_manager.config.workspace import Workspace
from model_manager.rendering.documents.json import error_document
from model_manager.rendering.documents.list import list_document
from model_manager.rendering.documents.types.base import RootDocument
from model_manager.rendering.documents.types.problems import ErrorDocument
from model_manager.rendering.documents.types.server import ChangedTasksEvent
from model_manager.rendering.documents.types.tasks import TaskObject
from model_manager.server.api.problems import NAMES, HttpError, as_ours
from model_manager.server.workspace_cache import WorkspaceCache, today

#: How often the files are looked at.
_LOOK_S = 0.25
#: The most subscribers at once, and the most events that may wait for one before its stream ends.
MOST_SUBSCRIBERS = 500
_MOST_WAITING = 200


class Subscriber:
    """A listener, with the events that wait for it; None is the end."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def put(self, event: str, data: bytes) -> None:
        """Add an event; the stream of a listener that does not fetch them ends."""
        if self._items.qsize() < _MOST_WAITING:
            self._items.put_nowait((event, data))
        elif self._items.qsize() == _MOST_WAITING:
            self._items.put_nowait(None)

    def end(self) -> None:
        """End the stream after the events that wait."""
        self._items.put_nowait(None)

    async def get(self) -> tuple[str, bytes] | None:
        """The next event, waited for; None at the end."""
        return await self._items.get()


class Broadcaster:
    """Tells all subscribers what happens. For one event loop."""

    def __init__(self, cache: WorkspaceCache) -> None:
        self._cache = cache
        self._subscribers: set[Subscriber] = set()
        self._is_closed = False

    def subscribe(self) -> Subscriber:
        """A subscriber that gets every event from now on.

        Raises:
            HttpError: 429, there are too many.
        """
        if len(self._subscribers) >= MOST_SUBSCRIBERS:
            message = f"{MOST_SUBSCRIBERS} clients are already listening"
            raise HttpError(429, message, headers={"retry-after": "10"})
        subscriber = Subscriber()
        if self._is_closed:
            subscriber.end()
        self._subscribers.add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Send this one nothing more."""
        self._subscribers.discard(subscriber)

    def publish(self, event: str, document: RootDocument) -> None:
        """Send an event to all subscribers."""
        data = self._cache.as_json(document)
        for subscriber in self._subscribers:
            subscriber.put(event, data)

    def close(self) -> None:
        """End all streams."""
        self._is_closed = True
        for subscriber in self._subscribers:
            subscriber.end()

    async def watch(self) -> None:
        """Look at the files without end, and publish what has changed."""
        # What the server began with: a change that is made before the first look is one, too.
        version, first = self._cache.version, self._cache.latest
        seen = await asyncio.to_thread(_Seen.of, lambda: first)
        while True:
            await asyncio.sleep(_LOOK_S)
            # A request may have read the change already.
            if version == self._cache.version and not self._cache.is_stale():
                continue
            version, fresh = self._cache.version, await asyncio.to_thread(_Seen.of, self._cache.workspace)
            for event, document in fresh.since(seen):
                self.publish(event, document)
            seen = fresh


@dataclass(frozen=True, slots=True)
class _Seen:
    """The state of the files: tasks by name, the rest as a digest; or the problem with them."""

    tasks: dict[str, TaskObject]
    catalogue: str
    problem: ErrorDocument | None

    @classmethod
    def of(cls, read: Callable[[], Workspace]) -> "_Seen":
        try:
            workspace = read()
            found = list_document(listing.run(workspace, listing.Filters(all=True), today()))
        except Exception as error:  # noqa: BLE001 - the watch goes on, whatever the files hold
            return cls({}, "", error_document(as_ours(error), NAMES))
        models = [{**model, "tasks": None} for model in found["models"]]
        demands = [(task.requires, task.profile) for task in workspace.catalogue.tasks.values()]
        catalogue = json.dumps([models, found["providers"], found["scenarios"], demands], default=str)
        tasks = {task["task"]: task for task in found["tasks"]}
        return cls(tasks, hashlib.sha256(catalogue.encode()).hexdigest(), None)

    def since(self, before: "_Seen") -> list[tuple[str, RootDocument]]:
        """The events of what differs from an earlier state."""
        if self.problem is not None:
            return [("problem", self.problem)] if self.problem != before.problem else []
        told: list[tuple[str, RootDocument]] = []
        if self.catalogue != before.catalogue:
            told.append(("catalogue", {"schema": 1}))
        names = [*self.tasks, *(name for name in before.tasks if name not in self.tasks)]
        changed = [name for name in names if self.tasks.get(name) != before.tasks.get(name)]
        if changed:
            event: ChangedTasksEvent = {"schema": 1, "tasks": changed}
            told.append(("assignments", event))
        return told
