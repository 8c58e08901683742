"""The wires, one module each, and what carries them. A door: a wire is imported when it is asked for."""

from importlib import import_module
from typing import cast

from model_manager.providers.wire import Wire


def wire_of(name: str) -> Wire:
    """The wire of this name (one of `core.models.WIRES`).

    Raises:
        ModuleNotFoundError: if there is none; the catalogue's checks let no other name through.
    """
    return cast("Wire", import_module(f"{__name__}.{name}"))
