"""Providers: from a request value to a reply value. A wire is imported when a model first needs it."""

from functools import cache
from importlib import import_module
from typing import cast

from model_manager.core.models import WIRES
from model_manager.providers.wires.base import Wire


@cache
def wire_of(name: str) -> Wire:
    """The wire of this name (one of `core.models.WIRES`).

    Raises:
        ModuleNotFoundError: if there is none; the catalogue's checks let no other name through.
    """
    return cast("Wire", import_module(f"{__name__}.wires.{name.replace('-', '_')}"))


def load_wires() -> None:
    """Import all of them, for a program that cannot wait for one later."""
    for name in WIRES:
        wire_of(name)
