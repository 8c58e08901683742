"""The wires, one module each, and what carries them. A door: what it opens is imported when it is asked for."""

from functools import cache
from importlib import import_module
from typing import Any, cast

from model_manager.providers.wire import Wire


@cache
def wire_of(name: str) -> Wire:
    """The wire of this name (one of `core.models.WIRES`).

    Raises:
        ModuleNotFoundError: if there is none; the catalogue's checks let no other name through.
    """
    return cast("Wire", import_module(f"{__name__}.{name}"))


def waiting_ways() -> Any:
    """How tasks of event loops use connections: a process without one does not load what these need."""
    from model_manager.providers.transport.waiting import WaitingWays

    return WaitingWays()
