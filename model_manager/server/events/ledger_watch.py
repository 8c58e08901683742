"""Tells subscribers that calls were recorded, by looking at a counter of the ledger's file."""

import asyncio
from contextlib import suppress
from pathlib import Path

from model_manager.commands.usage_watch import WatchedLedger
from model_manager.config.directories import ledger_path
from model_manager.errors import ModelManagerError
from model_manager.server.events.broadcaster import Broadcaster
from model_manager.server.workspace_cache import WorkspaceCache

#: How often the file is looked at, and how long a change waits for others after one was told.
_LOOK_S, _CALM_S = 0.5, 2.0


async def watch_ledger(cache: WorkspaceCache, broadcaster: Broadcaster) -> None:
    """Look at the ledger without end, and publish `ledger` when it has changed."""
    watched: WatchedLedger | None = None
    path: Path | None = None
    seen: tuple[int, int] | None = None
    while True:
        if path != (path := _path(cache, path)):
            if watched:
                watched.close()
            watched, seen = WatchedLedger(path) if path else None, None
        pause = _LOOK_S
        if watched:
            version = await asyncio.to_thread(watched.version)
            if seen is not None and version != seen:
                broadcaster.publish("ledger", {"schema": 1})
                pause = _CALM_S
            seen = version
        await asyncio.sleep(pause)


def _path(cache: WorkspaceCache, before: Path | None) -> Path | None:
    """The ledger's file, None where nothing is recorded; the same as before while the files cannot be used."""
    with suppress(ModelManagerError):
        workspace = cache.workspace()
        return ledger_path(workspace.settings.ledger, workspace.environ)
    return before
